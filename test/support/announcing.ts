/** An announcer at work in a folder of its own, and a PATH that tests may change. */
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Announcer, type AnnouncerOptions } from '../../src/announcer/announcer';
import { readPhraseBook } from '../../src/announcer/phrase-book';
import { createLogger } from '../../src/runtime/logger';

export const AUDIO_DIR = path.join(__dirname, '../../audio');
export const PHRASES = readPhraseBook(path.join(AUDIO_DIR, 'phrases.json'));

export interface Announcing extends AsyncDisposable {
  readonly announcer: Announcer;
  readonly folder: string;
  readonly cacheDir: string;
  /** Aborts run() and waits for its end. */
  stop(): Promise<void>;
}

export interface AnnouncingOptions {
  readonly folder: string;
  readonly speaker?: AnnouncerOptions['speaker'];
  readonly voices?: Partial<AnnouncerOptions['voices']>;
  readonly phrases?: AnnouncerOptions['phrases'];
  readonly volumePercent?: number;
}

/** Runs an announcer whose cache, and folder speaker unless told otherwise, live in `folder`. */
export function startAnnouncing({ folder, speaker, voices, phrases, volumePercent }: AnnouncingOptions): Announcing {
  const cacheDir = path.join(folder, 'cache');
  const options = {
    phrases: phrases ?? PHRASES,
    voices: { audioDir: AUDIO_DIR, cacheDir, ...voices },
    speaker: speaker ?? { kind: 'folder' as const, directory: path.join(folder, 'played') },
    volumePercent,
  };
  const announcer = new Announcer(options, { log: createLogger({ level: 'silent' }) });
  const control = new AbortController();
  const running = announcer.run(control.signal);
  const stop = async () => {
    control.abort();
    await running;
  };
  return { announcer, folder, cacheDir, stop, [Symbol.asyncDispose]: stop };
}

export interface TemporaryFolder extends AsyncDisposable {
  readonly folder: string;
}

export async function temporaryFolder(): Promise<TemporaryFolder> {
  const folder = await mkdtemp(path.join(tmpdir(), 'announcer-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}

/** Puts shell scripts in front of PATH, or makes them all of it, until disposed. */
export async function commands(
  folder: string,
  scripts: Readonly<Record<string, string>>,
  place: 'before-others' | 'nothing-else' = 'before-others',
): Promise<Disposable> {
  const bin = path.join(folder, 'bin');
  await mkdir(bin, { recursive: true });
  for (const [name, script] of Object.entries(scripts)) {
    await writeFile(path.join(bin, name), `#!/bin/sh\n${script}\n`);
    await chmod(path.join(bin, name), 0o755);
  }
  const earlier = process.env.PATH;
  process.env.PATH = place === 'nothing-else' ? bin : `${bin}:${earlier}`;
  return {
    [Symbol.dispose]: () => {
      process.env.PATH = earlier;
    },
  };
}

const UNTIL_LIMIT_MS = 20_000;

/** Waits for something that is about to happen; fails with `what` when it does not. */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const giveUpAtMs = performance.now() + UNTIL_LIMIT_MS;
  while (!isSo()) {
    if (performance.now() > giveUpAtMs) throw new Error(`waited ${UNTIL_LIMIT_MS} ms in vain: ${what}`);
    await delay(1);
  }
}
