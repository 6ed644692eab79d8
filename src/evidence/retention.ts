/**
 * Evidence is deleted when its time is up, and the oldest first when it needs too much room (PIPL §19: no longer than necessary).
 * A pure decision and the shell that lists and deletes.
 */
import { readdirSync, rmSync, statSync } from 'node:fs';
import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, RecoverableError } from '../errors';
import type { Logger } from '../runtime/logger';
import { osCodeOf } from './os-error';

export interface StoredFile {
  readonly path: string;
  readonly bytes: number;
  readonly writtenAtMs: number;
}

export interface RetentionLimits {
  readonly retentionDays: number;
  readonly maxBytes: number;
}

export interface Deletion {
  readonly expired: readonly StoredFile[];
  /** Not yet expired, deleted for want of room: counts as dropped evidence. */
  readonly surplus: readonly StoredFile[];
}

const DAY_MS = 86_400_000;
const SWEEP_EVERY_MS = 10 * 60_000;
/** Only folders the evidence writer names are looked into. */
const DAY_FOLDER = /^\d{4}-\d{2}-\d{2}$/;

/** Which files go: all older than the retention, then the oldest until the rest fits. */
export function chooseDeletions(files: readonly StoredFile[], limits: RetentionLimits, nowMs: number): Deletion {
  const oldestKeptMs = nowMs - limits.retentionDays * DAY_MS;
  const expired = files.filter((file) => file.writtenAtMs < oldestKeptMs);
  const oldestFirst = files
    .filter((file) => file.writtenAtMs >= oldestKeptMs)
    .toSorted((a, b) => a.writtenAtMs - b.writtenAtMs || a.path.localeCompare(b.path));
  let excessBytes = oldestFirst.reduce((sum, file) => sum + file.bytes, 0) - limits.maxBytes;
  const surplus: StoredFile[] = [];
  for (const file of oldestFirst) {
    if (excessBytes <= 0) break;
    surplus.push(file);
    excessBytes -= file.bytes;
  }
  return { expired, surplus };
}

/** One round over folder/YYYY-MM-DD/. Throws RecoverableError `evidence/unwritable`. A missing folder is an empty one. */
export async function sweepEvidence(folder: string, limits: RetentionLimits, nowMs: number): Promise<Deletion> {
  try {
    const days = (await names(folder)).filter((name) => DAY_FOLDER.test(name)).map((name) => join(folder, name));
    const files = (await Promise.all(days.map(filesIn))).flat();
    const deletion = chooseDeletions(files, limits, nowMs);
    const gone = [...deletion.expired, ...deletion.surplus].map((file) => file.path);
    for (const path of gone) await rm(path, { force: true });
    // Fails for a folder that still holds something, which is the wish.
    for (const day of new Set(gone.map(dirname))) await rmdir(day).catch(() => undefined);
    return deletion;
  } catch (error) {
    throw new RecoverableError('evidence/unwritable', `cannot clear old evidence in ${folder}: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/**
 * Deletes the oldest evidence, at least `bytes` of it, at once: an event that finds no room is waiting.
 * Never throws; what cannot be deleted frees nothing.
 */
export function sacrificeOldest(folder: string, bytes: number): { readonly files: number; readonly bytes: number } {
  let freed = { files: 0, bytes: 0 };
  try {
    for (const day of readdirSync(folder)
      .filter((name) => DAY_FOLDER.test(name))
      .sort()) {
      const paths = readdirSync(join(folder, day)).map((name) => join(folder, day, name));
      for (const path of paths.sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs)) {
        if (freed.bytes >= bytes) return freed;
        const size = statSync(path).size;
        rmSync(path, { force: true });
        freed = { files: freed.files + 1, bytes: freed.bytes + size };
      }
    }
  } catch {
    // A folder that is not there or cannot be read has nothing to give.
  }
  return freed;
}

/** Sweeps now and every ten minutes until `signal` aborts. Never throws: evidence that cannot be deleted is logged. */
export async function keepRetention(
  { folder, limits, log }: { readonly folder: string; readonly limits: () => RetentionLimits; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      const { expired, surplus } = await sweepEvidence(folder, limits(), Date.now());
      if (expired.length > 0) log.info({ files: expired.length }, 'expired evidence deleted');
      if (surplus.length > 0) log.warn({ files: surplus.length }, 'evidence deleted early: over its size limit');
    } catch (err) {
      log.error({ err }, 'evidence retention');
    }
    await sleep(SWEEP_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function filesIn(day: string): Promise<StoredFile[]> {
  const listed = await Promise.all(
    (await names(day)).map(async (name) => {
      const path = join(day, name);
      const found = await stat(path).catch(() => undefined);
      return found?.isFile() ? [{ path, bytes: found.size, writtenAtMs: found.mtimeMs }] : [];
    }),
  );
  return listed.flat();
}

async function names(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (osCodeOf(error) === 'ENOENT') return [];
    throw error;
  }
}
