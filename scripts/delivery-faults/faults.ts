/** The faults: each is done to a box that sends to a real Mosquitto, and ends with a healthy box that may send what is left. */
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { closeDatabase, openDatabase } from '../../src/outbox/database';
import { Outbox } from '../../src/outbox/outbox';
import type { Gate } from '../lib/gate';
import type { SendingBox } from './box';

export interface Scene {
  readonly box: SendingBox;
  readonly gate: Gate;
  readonly folder: string;
  /** 0–1, the same for the same seed. */
  readonly random: () => number;
  /** Waits until the platform has received everything that was made so far. */
  readonly delivered: () => Promise<void>;
}

export interface Fault {
  readonly name: string;
  /** Of the box, from the start. */
  readonly options?: {
    readonly eventsPerS?: number;
    readonly speed?: number;
    readonly needsClock?: boolean;
    readonly diskBytes?: number;
  };
  /** Loss is expected, and must be told. */
  readonly mayLose?: boolean;
  readonly act: (scene: Scene) => Promise<void>;
}

export interface Amounts {
  readonly kills: number;
  readonly powerCuts: number;
  /** How long a broker stays silent. */
  readonly silenceMs: number;
  /** In which an hour of events happens. */
  readonly hourMs: number;
}

export const FULL: Amounts = { kills: 200, powerCuts: 100, silenceMs: 30_000, hourMs: 60_000 };
const HOUR_MS = 3_600_000;
/** Below, one folder for each architecture. */
const LIBRARIES = '/usr/lib';
const DISK_BYTES = 8_000_000;

export function faults({ kills, powerCuts, silenceMs, hourMs }: Amounts): readonly Fault[] {
  return [
    {
      name: `SIGKILL at ${kills} random moments`,
      options: { eventsPerS: 500 },
      act: async ({ box, random }) => {
        for (let kill = 0; kill < kills; kill++) {
          await sleep(300 + random() * 700);
          await box.end('SIGKILL');
          box.start();
        }
      },
    },
    {
      name: `${powerCuts} copies of the files at random instants, with a torn end`,
      act: (scene) => cutPower(scene, powerCuts),
    },
    {
      name: 'broker away for an hour of event time',
      // Six incidents a minute, as long as the hour takes.
      options: { speed: HOUR_MS / hourMs, eventsPerS: (0.4 * HOUR_MS) / hourMs },
      act: async ({ gate }) => {
        gate.set('closed');
        await sleep(hourMs);
        gate.set('open');
      },
    },
    {
      name: 'broker accepts and never acknowledges',
      act: async ({ gate }) => {
        gate.set('one-way');
        await sleep(silenceMs);
        gate.set('open');
      },
    },
    {
      name: 'half-open TCP: the peer vanishes without a word',
      act: async ({ gate, delivered }) => {
        gate.set('silent');
        await sleep(silenceMs);
        gate.set('open');
        await delivered();
      },
    },
    { name: 'clock a day ahead, a day back, and a kill in between', options: { needsClock: true }, act: jumpClock },
    { name: 'disk full, then room again', options: { diskBytes: DISK_BYTES }, act: (scene) => fillDisk(scene, false) },
    {
      name: 'disk full, broker away, SIGKILL',
      options: { diskBytes: DISK_BYTES },
      mayLose: true,
      act: (scene) => fillDisk(scene, true),
    },
    { name: 'database file damaged while events wait', mayLose: true, act: damageFile },
  ];
}

/**
 * What a power cut leaves is at least what was flushed: the files as they stand at an instant, and behind the flushed part of
 * the log whatever the disk had begun to write. Every event whose append had returned must be in the copy, without gaps.
 */
async function cutPower({ box, folder, random }: Scene, times: number): Promise<void> {
  const copy = join(folder, 'after-the-cut', 'outbox.db');
  for (let cut = 0; cut < times; cut++) {
    await sleep(50 + random() * 200);
    await box.freeze();
    rmSync(join(copy, '..'), { recursive: true, force: true });
    mkdirSync(join(copy, '..'));
    for (const suffix of ['', '-wal']) {
      if (existsSync(box.databaseFile + suffix)) copyFileSync(box.databaseFile + suffix, copy + suffix);
    }
    const made = box.made();
    box.goOn();
    tear(`${copy}-wal`, random);
    const { database, replaced } = openDatabase({ path: copy, nowMs: Date.now() });
    if (replaced !== undefined) throw new Error(`cut ${cut}: the copy is damaged: ${replaced.reason}`);
    const outbox = new Outbox(database);
    const rows = outbox.rowsBetween({ from: 1, to: outbox.lastSequence(), limit: 1_000_000 });
    closeDatabase(database);
    const ids = new Set(rows.map(({ payload }) => String(JSON.parse(payload).id)));
    const missing = made.filter(({ id }) => !ids.has(id)).length;
    const holes = (rows.at(-1)?.sequence ?? 0) - rows.length;
    if (missing > 0 || holes > 0) throw new Error(`cut ${cut}: ${missing} events missing, ${holes} numbers missing`);
  }
}

function tear(logFile: string, random: () => number): void {
  if (!existsSync(logFile)) return;
  const file = openSync(logFile, 'r+');
  const garbage = Buffer.from(
    Array.from({ length: 1 + Math.floor(random() * 5_000) }, () => Math.floor(random() * 256)),
  );
  writeSync(file, garbage, 0, garbage.length, fstatSync(file).size);
  closeSync(file);
}

async function jumpClock({ box, folder, delivered }: Scene): Promise<void> {
  const set = (offset: string): void => writeFileSync(clockFile(folder), offset);
  for (const offset of ['+1d', '-1d', '+0', '-1d']) {
    set(offset);
    await sleep(2_000);
    await delivered();
  }
  await box.end('SIGKILL');
  set('+1d');
  box.start();
  await sleep(2_000);
  await delivered();
  set('+0');
}

/** A small disk of its own for the data folder, and something else that takes what is left of it. */
async function fillDisk({ box, gate, delivered }: Scene, isKilled: boolean): Promise<void> {
  const ballast = join(box.dataFolder, 'ballast');
  await sleep(1_000);
  if (isKilled) gate.set('closed');
  fill(ballast);
  const filledAt = box.made().length;
  // Until the log has no room left either, and well beyond.
  while (box.made().length < filledAt + 6_000) {
    fill(ballast);
    await sleep(200);
  }
  const note = readFileSync(join(box.dataFolder, 'outbox.spilled'), 'utf8');
  if (note.startsWith('- 0 ')) throw new Error('the disk was never full');
  if (isKilled) await box.end('SIGKILL');
  rmSync(ballast);
  gate.set('open');
  if (isKilled) box.start();
  await sleep(2_000);
  if (!isKilled) await delivered();
}

function fill(path: string): void {
  const file = openSync(path, 'a');
  const block = Buffer.alloc(4096, 1);
  try {
    for (;;) if (writeSync(file, block) < block.length) return;
  } catch {
    // No room left: what was wanted.
  } finally {
    closeSync(file);
  }
}

async function damageFile({ box, gate, delivered }: Scene): Promise<void> {
  await sleep(2_000);
  await delivered();
  gate.set('closed');
  await sleep(1_000);
  await box.end('SIGKILL');
  const file = openSync(box.databaseFile, 'r+');
  for (let at = 0; at < fstatSync(file).size; at += 8_192) writeSync(file, 'damage', at + 100);
  closeSync(file);
  gate.set('open');
  box.start();
  await sleep(2_000);
  const aside = readdirSync(box.dataFolder).filter((name) => name.startsWith('outbox.db.corrupt-'));
  if (aside.length === 0) throw new Error('the damaged file was not moved aside');
}

export function clockFile(folder: string): string {
  return join(folder, 'clock');
}

/** The clock of the process follows the file; what measures durations does not. */
export function clockEnv(folder: string): NodeJS.ProcessEnv {
  const places = readdirSync(LIBRARIES).map((name) => join(LIBRARIES, name, 'faketime/libfaketime.so.1'));
  const library = places.find((path) => existsSync(path));
  if (library === undefined) throw new Error('libfaketime.so.1 is missing: apt-get install libfaketime');
  writeFileSync(clockFile(folder), '+0');
  return {
    ...process.env,
    LD_PRELOAD: library,
    FAKETIME_TIMESTAMP_FILE: clockFile(folder),
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
  };
}

/** @throws where this user may not mount */
export function mountDisk(folder: string, bytes: number): Disposable {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', folder]);
  return { [Symbol.dispose]: () => void execFileSync('umount', ['--lazy', folder]) };
}
