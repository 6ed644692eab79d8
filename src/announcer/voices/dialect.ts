/**
 * Changxing dialect text → what espeak-ng is to say on one pitch, and what dialect-sound.ts makes of it: tones,
 * lengths, pauses. The pronunciation is data (dialect-table.ts). Machine-made, unchecked by a native speaker.
 */
import { RecoverableError } from '../../errors';
import type { Sound } from '../sound/wav';
import { type DialectSound, type PlannedSyllable, tonedSpeech } from './dialect-sound';
import { type DialectTable, type Manner, readDialectTable, type Syllable, syllableOf } from './dialect-table';
import { MARK } from './pauses';
import type { SpeechScript } from './say-voice';

export interface DialectSpeech {
  /** Every syllable alone, between silences. */
  readonly script: SpeechScript;
  readonly syllables: readonly PlannedSyllable[];
  readonly manner: Manner;
}

/** Long enough a silence to tell syllables apart, in espeak-ng's letters. */
const APART = '_:_:';
/** espeak-ng holds about 200 phonemes a word and 1000 a sentence; eight syllables stay well below. */
const SYLLABLES_PER_SENTENCE = 8;
/** Of espeak-ng; the voice file has no range, so that it only shifts the one pitch. */
const PITCH = 50;
const MAX_CHARACTERS = 300;
const STRONG_MARK = /[。！？.!?]/u;

export class DialectVoice {
  #table: Promise<DialectTable> | null = null;

  /** `folder` holds the five files of the table; they are read at the first use, and again after a failure. */
  constructor(private readonly folder: string) {}

  /** @throws RecoverableError `lexicon_invalid`, `text_unspeakable` (every unknown character), `text_empty`, `text_too_long`. */
  async speech(text: string): Promise<DialectSpeech> {
    this.#table ??= readDialectTable(this.folder);
    try {
      return dialectSpeech(await this.#table, text);
    } catch (error) {
      this.#table = null;
      throw error;
    }
  }
}

/** Pure part of DialectVoice.speech. */
export function dialectSpeech(table: DialectTable, text: string): DialectSpeech {
  const length = [...text].length;
  if (length > MAX_CHARACTERS) throw new RecoverableError('text_too_long', `${length} of ${MAX_CHARACTERS} characters`);
  const { spoken, unknown } = pronounce(table, text);
  if (unknown.length > 0) {
    const message = `no dialect pronunciation of ${unknown.join(' ')}; add it to audio/wuu/lexicon.tsv`;
    throw new RecoverableError('text_unspeakable', message);
  }
  if (spoken.length === 0) throw new RecoverableError('text_empty', 'there is nothing to say');
  const input = inSentences(spoken.map(({ syllable }) => syllable.espeak));
  return {
    script: { input, syllables: spoken.length, speed: table.manner.speed, pitch: PITCH },
    syllables: spoken.map((each) => planned(each, table.manner)),
    manner: table.manner,
  };
}

/** What espeak-ng said of `speech.script` → the speech itself. @throws RecoverableError `voice_failed`. */
export function spoken(speech: DialectSpeech, flat: Sound): DialectSound {
  return tonedSpeech(flat, speech.syllables, speech.manner);
}

interface Spoken {
  readonly syllable: Syllable;
  readonly pitch: readonly number[];
  end: 'none' | 'comma' | 'full stop';
}

/** Longest word first, so that a character sounds as its neighbours make it sound. */
function pronounce(table: DialectTable, text: string): { spoken: readonly Spoken[]; unknown: readonly string[] } {
  const characters = [...text];
  const spoken: Spoken[] = [];
  const unknown = new Set<string>();
  for (let at = 0; at < characters.length; ) {
    const character = characters[at] ?? '';
    const last = spoken.at(-1);
    const word = MARK.test(character) ? null : longestWordAt(table, characters, at);
    if (word !== null) spoken.push(...said(table, word));
    else if (!MARK.test(character)) unknown.add(character);
    else if (last !== undefined && last.end !== 'full stop') {
      last.end = STRONG_MARK.test(character) ? 'full stop' : 'comma';
    }
    at += word === null ? 1 : [...word].length;
  }
  return { spoken, unknown: [...unknown] };
}

function longestWordAt(table: DialectTable, characters: readonly string[], at: number): string | null {
  for (let length = Math.min(table.longestWord, characters.length - at); length > 0; length -= 1) {
    const word = characters.slice(at, at + length).join('');
    if (table.lexicon.has(word)) return word;
  }
  return null;
}

/** The syllables of a word with the pitches that sandhi gives them, if it has a rule. */
function said(table: DialectTable, word: string): readonly Spoken[] {
  const syllables = (table.lexicon.get(word) ?? []).flatMap((each) => syllableOf(table, each) ?? []);
  const rule = table.sandhi.get(word) ?? table.sandhi.get(syllables.map(({ toneMark }) => toneMark).join('+'));
  return syllables.map((syllable, index) => ({ syllable, pitch: rule?.[index] ?? syllable.tone.pitch, end: 'none' }));
}

function planned({ syllable, pitch, end }: Spoken, manner: Manner): PlannedSyllable {
  const { ipa, onset, tone } = syllable;
  const pauseMs = { none: 0, comma: manner.comma_ms, 'full stop': manner.full_stop_ms }[end];
  const lengthRatio = tone.lengthRatio * (end === 'none' ? 1 : manner.final_ratio);
  return {
    ipa,
    isVoiced: onset.isVoiced,
    closureMs: onset.closureMs,
    releaseMs: onset.releaseMs,
    pitch,
    lengthRatio,
    isStopped: tone.isStopped,
    pauseMs,
  };
}

function inSentences(syllables: readonly string[]): string {
  const sentences: string[] = [];
  for (let at = 0; at < syllables.length; at += SYLLABLES_PER_SENTENCE) {
    sentences.push(`[[${syllables.slice(at, at + SYLLABLES_PER_SENTENCE).join(APART)}${APART}]].`);
  }
  return sentences.join(' ');
}
