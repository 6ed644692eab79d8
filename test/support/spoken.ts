/** Prompts said by the real machine voices, and where their syllables are. */
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { PHRASE_IDS, type PhraseBook, type PhraseSlots, phraseText } from '../../src/announcer/phrases';
import { parseWav, type Sound } from '../../src/announcer/sound/wav';
import { type DialectSpeech, DialectVoice, spoken } from '../../src/announcer/voices/dialect';
import type { SyllablePlace } from '../../src/announcer/voices/dialect-sound';
import { mandarinScript } from '../../src/announcer/voices/mandarin';
import { renderSpeech, type SpeechScript } from '../../src/announcer/voices/say-voice';
import type { PromptLanguage } from '../../src/domain';
import { AUDIO_DIR, temporaryFolder } from './announcing';
import type { Span } from './contours';

const VOICE_FOLDER = path.join(AUDIO_DIR, 'voice');

/** Every phrase with and without its slots, such that each word of each slot is said at least once. */
export function promptTexts(book: PhraseBook, lang: PromptLanguage): readonly string[] {
  const words: Readonly<Record<string, object>> = book.words;
  const turns = Math.max(...Object.values(words).map((group) => Object.keys(group).length));
  const slotsOf = (turn: number) =>
    Object.fromEntries(
      Object.entries(words).map(([slot, group]) => {
        const keys = Object.keys(group);
        return [slot, keys[turn % keys.length]];
      }),
    ) as PhraseSlots;
  const rounds = Math.ceil(turns / PHRASE_IDS.length);
  const texts = PHRASE_IDS.flatMap((phraseId, index) => [
    phraseText(book, { phraseId, lang, slots: {} }).text,
    ...Array.from({ length: rounds }, (_, round) => {
      const slots = slotsOf(index + round * PHRASE_IDS.length);
      return phraseText(book, { phraseId, lang, slots }).text;
    }),
    phraseText(book, { phraseId: 'base', lang, slots: slotsOf(index) }).text,
  ]);
  return [...new Set(texts)];
}

export interface SpokenDialect {
  readonly text: string;
  readonly speech: DialectSpeech;
  readonly sound: Sound;
  readonly places: readonly SyllablePlace[];
}

const dialect = new DialectVoice(path.join(AUDIO_DIR, 'wuu'));

export async function sayDialect(text: string): Promise<SpokenDialect> {
  const speech = await dialect.speech(text);
  return { text, speech, ...spoken(speech, await rendered(speech.script, 'anqi-flat')) };
}

/** What espeak-ng understands of phonemes: those it does not know, it leaves out. */
export function phonemesHeard(input: string): string {
  const args = ['--load', '-v', 'anqi-flat', '-q', '-x', '--stdin'];
  const { stdout, error } = spawnSync('espeak-ng', args, {
    cwd: VOICE_FOLDER,
    input,
    encoding: 'utf8',
    timeout: 10_000,
  });
  if (error !== undefined) throw error;
  return stdout;
}

export interface SpokenMandarin {
  readonly text: string;
  readonly syllables: readonly MandarinSyllable[];
  readonly sound: Sound;
}

export interface MandarinSyllable extends Span {
  /** With its tone, `hao3`. */
  readonly pinyin: string;
  /** The mark after it is a pause, or nothing follows. */
  readonly isFinal: boolean;
}

/**
 * espeak-ng tells nobody where its syllables are. So the sentence is said twice, once with every odd and once with
 * every even syllable softer: wherever one of the two is louder than the other, one syllable is.
 */
export async function sayMandarin(text: string): Promise<SpokenMandarin> {
  const script = mandarinScript(text);
  const said = [...script.input.matchAll(SYLLABLE)].map(({ 0: pinyin, index }) => {
    return { pinyin, isFinal: !/^ [a-z]/.test(script.input.slice(index + pinyin.length)) };
  });
  const softened = (odd: number) => {
    let count = 0;
    return script.input.replaceAll(SYLLABLE, (pinyin) => {
      count += 1;
      return count % 2 === odd ? `<prosody volume="soft">${pinyin}</prosody>` : pinyin;
    });
  };
  const first = await rendered({ ...script, input: softened(0) }, 'anqi');
  const second = await rendered({ ...script, input: softened(1) }, 'anqi');
  const spans = spansOf(first, second);
  if (spans.length !== said.length) throw new Error(`${text}: found ${spans.length} of ${said.length} syllables`);
  const syllables = said.map((each, index) => ({ ...each, ...(spans[index] ?? { fromMs: 0, toMs: 0 }) }));
  return { text, syllables, sound: first };
}

/** Pinyin with its tone, and no part of `<break time="280ms"/>`. */
const SYLLABLE = /\b[a-z]+[1-5]\b/g;

async function rendered(script: SpeechScript, name: string): Promise<Sound> {
  await using home = await temporaryFolder();
  const wavPath = path.join(home.folder, 'said.wav');
  await renderSpeech({ script, voice: { folder: VOICE_FOLDER, name }, wavPath }, new AbortController().signal);
  return parseWav(await readFile(wavPath));
}

const HOP_MS = 3;
/** Loudness is compared over this long to either side. */
const HALF_MS = 5;
const SILENT_RMS = 80;
/** Neighbours that vote on whose a moment is; shorter stretches than MIN_SYLLABLE_MS are doubt, not syllables. */
const VOTERS = 4;
const MIN_SYLLABLE_MS = 30;

function spansOf(first: Sound, second: Sound): readonly Span[] {
  const count = Math.floor(((first.samples.length / first.sampleRateHz) * 1000) / HOP_MS);
  const louder = Array.from({ length: count }, (_, index) => {
    const [a, b] = [rmsAt(first, index * HOP_MS), rmsAt(second, index * HOP_MS)];
    return Math.max(a, b) < SILENT_RMS ? 0 : Math.sign(a - b);
  });
  const spans: { owner: number; fromMs: number; toMs: number }[] = [];
  for (const [index, own] of louder.entries()) {
    if (own === 0) continue;
    const votes = louder.slice(Math.max(0, index - VOTERS), index + VOTERS + 1).reduce((sum, each) => sum + each, 0);
    const owner = votes > 0 ? 1 : -1;
    const last = spans.at(-1);
    if (last?.owner === owner) last.toMs = (index + 1) * HOP_MS;
    else spans.push({ owner, fromMs: index * HOP_MS, toMs: (index + 1) * HOP_MS });
  }
  const merged: typeof spans = [];
  for (const span of spans.filter(({ fromMs, toMs }) => toMs - fromMs >= MIN_SYLLABLE_MS)) {
    const last = merged.at(-1);
    if (last?.owner === span.owner) last.toMs = span.toMs;
    else merged.push(span);
  }
  return merged;
}

function rmsAt({ samples, sampleRateHz }: Sound, atMs: number): number {
  const at = (ms: number) => Math.max(0, Math.round((ms / 1000) * sampleRateHz));
  const near = samples.subarray(at(atMs - HALF_MS), at(atMs + HALF_MS));
  return Math.sqrt(near.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, near.length));
}
