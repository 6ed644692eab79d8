/** Renders sentences as the service would, and measures them. */
import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PhraseBook } from '../../src/announcer/phrases';
import { parseWav } from '../../src/announcer/sound/wav';
import { type PromptSound, Voices, wordingOf } from '../../src/announcer/voices/voices';
import { messageOf, RecoverableError } from '../../src/errors';
import { AUDIO_FOLDER } from '../../src/places';
import { type Measures, measuresOf } from './measure';
import { type Sentence, slotWords } from './sentences';

export interface Row extends Sentence {
  readonly voice: PromptSound['voice'];
  readonly measures: Measures;
}

/** While espeak-ng speaks one sentence, the tones and the loudness of another are worked on. */
const AT_ONCE = 2;

/**
 * Rows in the order of the sentences; `wavFolder` keeps the sounds.
 * @throws RecoverableError `prompt_failed` naming the first sentence that cannot be rendered; the signal's reason.
 */
export async function render(
  sentences: readonly Sentence[],
  {
    book,
    wavFolder,
    onDone,
  }: { readonly book: PhraseBook; readonly wavFolder?: string | undefined; readonly onDone: (count: number) => void },
  signal: AbortSignal,
): Promise<readonly Row[]> {
  if (wavFolder !== undefined) await mkdir(wavFolder, { recursive: true });
  const cacheDir = await mkdtemp(join(tmpdir(), 'anqi-prompts-'));
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  const voices = new Voices({ audioDir: AUDIO_FOLDER, cacheDir }, { warn: () => undefined });
  const rows = new Map<number, Row>();
  const waiting = sentences.entries();
  const work = async () => {
    for (const [index, sentence] of waiting) {
      either.throwIfAborted();
      rows.set(index, await rowOf(sentence, { book, wavFolder, voices }, either));
      onDone(rows.size);
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, () => work().catch((error) => failed.abort(error))));
    either.throwIfAborted();
    return sentences.flatMap((_, index) => rows.get(index) ?? []);
  } finally {
    await rm(cacheDir, { recursive: true, force: true });
  }
}

async function rowOf(
  sentence: Sentence,
  {
    book,
    wavFolder,
    voices,
  }: { readonly book: PhraseBook; readonly wavFolder?: string | undefined; readonly voices: Voices },
  signal: AbortSignal,
): Promise<Row> {
  const { lang, phraseId, slots } = sentence;
  const name = [lang, phraseId, slotWords(slots)].filter((each) => each !== '').join(' ');
  try {
    const { wavPath, voice, text } = await voices.soundFor(wordingOf(book, sentence), signal);
    if (wavFolder !== undefined) await copyFile(wavPath, join(wavFolder, `${name.replaceAll(' ', '-')}.wav`));
    return { ...sentence, text, voice, measures: measuresOf(parseWav(await readFile(wavPath))) };
  } catch (cause) {
    throw new RecoverableError('prompt_failed', `${name}: ${messageOf(cause)}`, { cause });
  }
}
