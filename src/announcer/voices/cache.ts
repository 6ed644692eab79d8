/** Finished sounds on disk, kept by key within a bound: written whole or not at all, the longest unused go first. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, statfs, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, RecoverableError } from '../../errors';
import { encodeWav, parseWav, type Sound } from '../sound/wav';

export interface SoundCacheOptions {
  /** Made when missing. Several announcers may share it; nothing else may live there. */
  readonly folder: string;
  readonly maxBytes: number;
}

const GONE = { size: 0, mtimeMs: 0 };
/** Two copies of a long prompt take 2 MB while it is made. */
const MIN_FREE_BYTES = 4_000_000;

export class SoundCache {
  readonly #making = new Map<string, Promise<void>>();

  constructor(private readonly options: SoundCacheOptions) {}

  /**
   * The file of this key, made first if it is missing or damaged; `temporary` is a path that `make` may use.
   * @throws RecoverableError of `make`, `cache_failed`, `cache_disk_full`.
   */
  async file(key: string, make: (temporary: string) => Promise<Sound>): Promise<string> {
    const wavPath = path.resolve(this.options.folder, `${key}.wav`);
    if (await isUsable(wavPath)) return wavPath;
    const making = this.#making.get(key) ?? this.#fill(wavPath, make).finally(() => this.#making.delete(key));
    this.#making.set(key, making);
    await making;
    return wavPath;
  }

  /** The file of this key where it is there and whole. */
  async find(key: string): Promise<string | null> {
    const wavPath = path.resolve(this.options.folder, `${key}.wav`);
    return (await isUsable(wavPath)) ? wavPath : null;
  }

  async #fill(wavPath: string, make: (temporary: string) => Promise<Sound>): Promise<void> {
    const { folder } = this.options;
    const temporary = path.resolve(folder, `${randomUUID()}.tmp`);
    try {
      await mkdir(folder, { recursive: true });
      await checkRoom(folder);
      await writeFile(temporary, encodeWav(await make(temporary)));
      await rename(temporary, wavPath);
      await this.#trim(wavPath);
    } catch (cause) {
      if (cause instanceof RecoverableError) throw cause;
      throw new RecoverableError('cache_failed', `${wavPath}: ${messageOf(cause)}`, { cause });
    } finally {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  /** Deletes the longest unused sounds until the cache is within its bound; `keep` stays. */
  async #trim(keep: string): Promise<void> {
    const { folder, maxBytes } = this.options;
    const names = await readdir(folder); // what a killed process left half-made counts, and goes, like the rest
    const files = await Promise.all(
      names.map(async (name) => {
        const file = path.join(folder, name);
        const { size, mtimeMs } = await stat(file).catch(() => GONE); // another speaker trims the same folder
        return { file, size, usedAtMs: mtimeMs };
      }),
    );
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    for (const { file, size } of files.sort((a, b) => a.usedAtMs - b.usedAtMs)) {
      if (bytes <= maxBytes) return;
      if (file === keep) continue;
      await rm(file, { force: true });
      bytes -= size;
    }
  }
}

/** Deletes every finished sound; what is being made meanwhile is finished and kept. */
export async function emptyCache(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  const sounds = names.filter((name) => name.endsWith('.wav'));
  await Promise.all(sounds.map((name) => rm(path.join(folder, name), { force: true })));
}

/** A key that changes with any of its parts. */
export function cacheKey(...parts: readonly (string | number | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) {
    const bytes = Buffer.isBuffer(part) ? part : Buffer.from(String(part));
    hash.update(`${bytes.length}:`).update(bytes);
  }
  return hash.digest('hex').slice(0, 32);
}

/** espeak-ng says nothing of a full disk and leaves half a sentence. */
async function checkRoom(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= MIN_FREE_BYTES) return;
  throw new RecoverableError('cache_disk_full', `${folder}: less than 4 MB are free, make room`);
}

/** Present and whole; marks it as used now, so that trimming takes others first. */
async function isUsable(wavPath: string): Promise<boolean> {
  try {
    parseWav(await readFile(wavPath));
    await utimes(wavPath, new Date(), new Date());
    return true;
  } catch {
    return false;
  }
}
