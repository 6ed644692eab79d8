/**
 * Changxing dialect text → phonemes with tones. The pronunciation is data: lexicon.tsv says how each character sounds,
 * phonemes.tsv how that is made with espeak-ng's Mandarin phoneme table. Machine-made, unchecked by a native speaker.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, RecoverableError } from '../errors';
import type { SpeechScript } from './say-voice';

export interface DialectTable {
  /** Character or word → its syllables in IPA with tone contour, e.g. `dei12`. */
  readonly lexicon: ReadonlyMap<string, readonly string[]>;
  readonly longestWord: number;
  readonly onsets: ReadonlyMap<string, string>;
  readonly rimes: ReadonlyMap<string, string>;
  readonly tones: ReadonlyMap<string, string>;
}

/** A little slower than Mandarin: the voice is foreign to its listeners. */
const SPEED = 160;
const PITCH = 45;
/** espeak-ng holds about 200 phonemes a word; eight syllables stay well below. */
const SYLLABLES_PER_WORD = 8;
const MAX_CHARACTERS = 300;
const PAUSE = /[，、：；。！？,.!?:;\s]/u;
const STRONG_PAUSE = /[。！？.!?]/u;

export class DialectVoice {
  #table: Promise<DialectTable> | null = null;

  /** `folder` holds lexicon.tsv and phonemes.tsv; they are read at the first use, and again after a failure. */
  constructor(private readonly folder: string) {}

  /** @throws RecoverableError `lexicon_invalid`, `text_unspeakable` (every unknown character), `text_empty`, `text_too_long`. */
  async script(text: string): Promise<SpeechScript> {
    this.#table ??= readDialectTable(this.folder);
    try {
      return dialectScript(await this.#table, text);
    } catch (error) {
      this.#table = null;
      throw error;
    }
  }
}

/** @throws RecoverableError `lexicon_invalid` with file and line. */
export async function readDialectTable(folder: string): Promise<DialectTable> {
  const phonemes = await readRows(path.join(folder, 'phonemes.tsv'));
  const ofKind = (kind: string) =>
    new Map(phonemes.filter(([each]) => each === kind).map(([, ipa = '', espeak = '']) => [ipa, espeak]));
  const lexicon = new Map<string, readonly string[]>();
  for (const [written = '', syllables = ''] of await readRows(path.join(folder, 'lexicon.tsv'))) {
    for (const form of written.split('/')) lexicon.set(form, syllables.split(' '));
  }
  const longestWord = Math.max(1, ...[...lexicon.keys()].map((word) => [...word].length));
  const table = { lexicon, longestWord, onsets: ofKind('onset'), rimes: ofKind('rime'), tones: ofKind('tone') };
  const faults = [...lexicon].flatMap(([word, syllables]) => {
    if ([...word].length !== syllables.length) return [`${word}: ${syllables.length} syllables`];
    return syllables.filter((each) => espeakSyllable(table, each) === null).map((each) => `${word}: ${each}`);
  });
  if (faults.length === 0) return table;
  const message = `${folder}: lexicon.tsv has syllables that phonemes.tsv cannot make: ${faults.join(', ')}`;
  throw new RecoverableError('lexicon_invalid', message);
}

/** Pure part of DialectVoice.script. */
export function dialectScript(table: DialectTable, text: string): SpeechScript {
  const { clauses, unknown } = pronounce(table, text);
  const length = [...text].length;
  if (length > MAX_CHARACTERS) throw new RecoverableError('text_too_long', `${length} of ${MAX_CHARACTERS} characters`);
  if (unknown.length > 0) {
    const message = `no dialect pronunciation of ${unknown.join(' ')}; add it to audio/wuu/lexicon.tsv`;
    throw new RecoverableError('text_unspeakable', message);
  }
  const syllables = clauses.reduce((sum, clause) => sum + clause.syllables.length, 0);
  if (syllables === 0) throw new RecoverableError('text_empty', 'there is nothing to say');
  const input = clauses
    .filter((clause) => clause.syllables.length > 0)
    .map(({ syllables: each, end }) => `${inWords(each)}${end}`)
    .join(' ');
  return { input, syllables, speed: SPEED, pitch: PITCH };
}

interface Clause {
  readonly syllables: string[];
  end: string;
}

/** Longest word first, so that a character sounds as its neighbours make it sound. */
function pronounce(table: DialectTable, text: string): { clauses: Clause[]; unknown: string[] } {
  const characters = [...text];
  const clauses: Clause[] = [{ syllables: [], end: ',' }];
  const unknown = new Set<string>();
  for (let at = 0; at < characters.length; ) {
    const character = characters[at] ?? '';
    const clause = clauses.at(-1) ?? { syllables: [], end: ',' };
    const word = PAUSE.test(character) ? null : longestWordAt(table, characters, at);
    if (PAUSE.test(character)) {
      clause.end = STRONG_PAUSE.test(character) ? '.' : ',';
      clauses.push({ syllables: [], end: ',' });
    } else if (word === null) unknown.add(character);
    else clause.syllables.push(...word.syllables.map((each) => espeakSyllable(table, each) ?? ''));
    at += word?.length ?? 1;
  }
  return { clauses, unknown: [...unknown] };
}

function longestWordAt(table: DialectTable, characters: readonly string[], at: number) {
  for (let length = Math.min(table.longestWord, characters.length - at); length > 0; length -= 1) {
    const syllables = table.lexicon.get(characters.slice(at, at + length).join(''));
    if (syllables !== undefined) return { syllables, length };
  }
  return null;
}

/** `dei12` → `dei11`: onset, rime and tone by the table; null when one of them is not there. */
export function espeakSyllable(table: DialectTable, syllable: string): string | null {
  const contour = /\d+$/u.exec(syllable)?.[0] ?? '';
  const tone = table.tones.get(contour);
  const sounds = syllable.slice(0, syllable.length - contour.length);
  if (tone === undefined) return null;
  for (let split = Math.min(3, sounds.length - 1); split >= 0; split -= 1) {
    const onset = sounds.slice(0, split);
    const rime = sounds.slice(split);
    const made = split === 0 ? '' : (table.onsets.get(`${onset}_${rime.charAt(0)}`) ?? table.onsets.get(onset));
    const vowel = table.rimes.get(rime);
    if (made !== undefined && vowel !== undefined) return `${made}${vowel.replace('*', tone)}`;
  }
  return null;
}

function inWords(syllables: readonly string[]): string {
  const words: string[] = [];
  for (let at = 0; at < syllables.length; at += SYLLABLES_PER_WORD) {
    words.push(`[[${syllables.slice(at, at + SYLLABLES_PER_WORD).join('')}]]`);
  }
  return words.join(' ');
}

/** Rows of a TSV file below its `#` comments and its heading; Unicode composed, so that ã equals ã. */
async function readRows(file: string): Promise<string[][]> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (cause) {
    throw new RecoverableError('lexicon_invalid', `${file}: cannot be read: ${messageOf(cause)}`, { cause });
  }
  const lines = content
    .normalize('NFC')
    .split(/\r?\n/u)
    .map((line, index) => ({ line, number: index + 1 }));
  const rows = lines.filter(({ line }) => line.trim() !== '' && !line.startsWith('#')).slice(1);
  return rows.map(({ line, number }) => {
    const cells = line.split('\t').map((cell) => cell.trim());
    if (cells.length >= 2 && cells[0] !== '' && cells[1] !== '') return cells;
    throw new RecoverableError('lexicon_invalid', `${file}:${number}: expected columns separated by tabs`);
  });
}
