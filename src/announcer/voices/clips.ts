/**
 * Recorded voices: finds the recordings that say a sentence and joins them. A sentence is recorded as a whole or not
 * at all: recorded and machine words are never mixed, a voice that changes in mid-sentence is not understood.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { PromptLanguage } from '../../domain';
import { AppError, messageOf } from '../../errors';
import type { PhrasePart } from '../phrases';
import { joined, trimmed } from '../sound/joining';
import { evened } from '../sound/levelling';
import { resampled } from '../sound/resample';
import type { Sound } from '../sound/wav';
import { atomsOf, type Cover, cover } from './recorded-words';
import { type Recording, readRecording } from './recording';

/** A sentence in recordings, not yet joined. */
export interface RecordedSentence {
  /** Changes with the recordings and their rests. */
  readonly content: readonly (Buffer | number)[];
  readonly sound: () => Sound;
}

/** More than a horn can use; a higher rate only costs time. */
const MAX_RATE_HZ = 48_000;
const EXTENSION = '.wav';

export class Clips {
  /** What was already told of. */
  readonly #told = new Set<string>();

  /** `folders` hold a folder for each language; the first that has a recording is taken. */
  constructor(
    private readonly folders: readonly string[],
    private readonly log: { warn(facts: object, message: string): void },
  ) {}

  /** Null when the sentence is not recorded completely; what is missing, or cannot be used, is told once. */
  async sentence(lang: PromptLanguage, parts: readonly PhrasePart[]): Promise<RecordedSentence | null> {
    const files = new Map(await recordedFiles(this.folders, lang));
    if (files.size === 0) return null;
    const atoms = atomsOf(parts);
    for (;;) {
      const found = cover(atoms, (words) => files.has(words));
      if (found.kind === 'missing') {
        this.#tellMissing(lang, found.atoms, atoms.length);
        return null;
      }
      const pieces = await this.#pieces(found, files);
      if (pieces === null) continue; // one less, so this ends
      return {
        content: pieces.flatMap(({ recording, pauseMs }) => [recording.bytes, pauseMs]),
        sound: () => join(pieces),
      };
    }
  }

  /** Null when one of them cannot be used; it is then no longer among `files`. */
  async #pieces(found: Extract<Cover, { kind: 'covered' }>, files: Map<string, string>): Promise<PieceFile[] | null> {
    const pieces: PieceFile[] = [];
    for (const { text, pauseMs } of found.runs) {
      const file = files.get(text) ?? '';
      try {
        pieces.push({ recording: await readRecording(file), pauseMs });
      } catch (error) {
        files.delete(text);
        const reason = error instanceof AppError ? `${error.code}: ${error.message}` : messageOf(error);
        this.#tellOnce(`${file} ${reason}`, { file, reason }, 'recorded clip cannot be used');
        return null;
      }
    }
    return pieces;
  }

  /** A sentence of which nothing is recorded is not half done: the site has not recorded that one. */
  #tellMissing(lang: PromptLanguage, missing: readonly string[], count: number): void {
    if (missing.length === count) return;
    this.#tellOnce(`${lang} ${missing.join()}`, { lang, missing }, 'sentence not recorded completely: machine voice');
  }

  #tellOnce(key: string, facts: object, message: string): void {
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.log.warn(facts, message);
  }
}

interface PieceFile {
  readonly recording: Recording;
  readonly pauseMs: number;
}

/** Words → file. Folders that are not there have none. */
export async function recordedFiles(
  folders: readonly string[],
  lang: PromptLanguage,
): Promise<ReadonlyMap<string, string>> {
  const files = new Map<string, string>();
  for (const folder of folders) {
    const names = await readdir(path.join(folder, lang)).catch(() => []);
    for (const name of names.filter((each) => each.toLowerCase().endsWith(EXTENSION))) {
      const words = name.slice(0, -EXTENSION.length).normalize('NFC');
      if (!files.has(words)) files.set(words, path.join(folder, lang, name));
    }
  }
  return files;
}

function join(pieces: readonly PieceFile[]): Sound {
  const rateHz = Math.min(MAX_RATE_HZ, Math.max(...pieces.map(({ recording }) => recording.sound.sampleRateHz)));
  const even = pieces.map(({ recording, pauseMs }) => ({
    sound: evened(trimmed(resampled(recording.sound, rateHz))),
    pauseMs,
  }));
  return joined(even, rateHz);
}
