/**
 * The pronunciation of the dialect as data in a folder: lexicon.tsv (characters and words), phonemes.tsv (how their
 * IPA is made with espeak-ng), tones.tsv, sandhi.tsv and voice.tsv. Every fault is named with its file and line.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, RecoverableError } from '../../errors';

export interface Onset {
  /** In espeak-ng's letters; empty for no onset. */
  readonly espeak: string;
  readonly isVoiced: boolean;
  readonly closureMs: number;
  /** Noise between the opening of the mouth and the voice; null = as espeak-ng makes it. */
  readonly releaseMs: number | null;
}

export interface Tone {
  readonly name: string;
  /** Steps of the voice's range, 1 low to 5 high, evenly spread over the syllable. */
  readonly pitch: readonly number[];
  /** Share of a full syllable. */
  readonly lengthRatio: number;
  readonly isStopped: boolean;
}

/** The rows of voice.tsv. */
export interface Manner {
  readonly lowest_hz: number;
  readonly highest_hz: number;
  readonly speed: number;
  readonly onset_ms: number;
  readonly join_ms: number;
  readonly stop_ms: number;
  readonly final_ratio: number;
  readonly comma_ms: number;
  readonly full_stop_ms: number;
}

export interface DialectTable {
  /** Character or word → its syllables in IPA with the mark of their tone, e.g. `dei12`. */
  readonly lexicon: ReadonlyMap<string, readonly string[]>;
  readonly longestWord: number;
  readonly onsets: ReadonlyMap<string, Onset>;
  readonly rimes: ReadonlyMap<string, string>;
  readonly tones: ReadonlyMap<string, Tone>;
  /** Written word, or marks of tones joined by `+` → pitches of its syllables. */
  readonly sandhi: ReadonlyMap<string, readonly (readonly number[])[]>;
  readonly manner: Manner;
}

/** A syllable of the lexicon taken apart. */
export interface Syllable {
  readonly ipa: string;
  readonly espeak: string;
  readonly onset: Onset;
  readonly tone: Tone;
  readonly toneMark: string;
}

/** What phonemes.tsv calls a syllable without onset. */
const NO_ONSET = '∅';

interface Row {
  readonly cells: readonly string[];
  /** `file:line`, for complaints. */
  readonly place: string;
}

/** @throws RecoverableError `lexicon_invalid` with file and line. */
export async function readDialectTable(folder: string): Promise<DialectTable> {
  const read = (name: string, columns: number) => readRows(path.join(folder, name), columns);
  const phonemes = await read('phonemes.tsv', 6);
  const lexicon = lexiconOf(await read('lexicon.tsv', 2));
  const table = {
    lexicon,
    longestWord: Math.max(1, ...[...lexicon.keys()].map((word) => [...word].length)),
    onsets: new Map(phonemes.filter(({ cells }) => cells[0] === 'onset').map(onsetOf)),
    rimes: new Map(phonemes.filter(({ cells }) => cells[0] === 'rime').map(rimeOf)),
    tones: new Map((await read('tones.tsv', 5)).map(toneOf)),
    sandhi: new Map((await read('sandhi.tsv', 2)).map(sandhiOf)),
    manner: mannerOf(await read('voice.tsv', 2), folder),
  };
  const faults = [...lexicon].flatMap(([word, syllables]) => {
    if ([...word].length !== syllables.length) return [`${word}: ${syllables.length} syllables`];
    return syllables.filter((each) => syllableOf(table, each) === null).map((each) => `${word}: ${each}`);
  });
  if (faults.length > 0) {
    const message = `${folder}: lexicon.tsv has syllables that phonemes.tsv and tones.tsv cannot make: ${faults.join(', ')}`;
    throw new RecoverableError('lexicon_invalid', message);
  }
  return table;
}

/** `dei12` → onset, rime and tone by the table; null when one of them is not there. */
export function syllableOf({ onsets, rimes, tones }: Pick<DialectTable, 'onsets' | 'rimes' | 'tones'>, ipa: string) {
  const toneMark = /\d+$/u.exec(ipa)?.[0] ?? '';
  const tone = tones.get(toneMark);
  const sounds = ipa.slice(0, ipa.length - toneMark.length);
  for (let split = Math.min(3, sounds.length - 1); split >= 0 && tone !== undefined; split -= 1) {
    const letters = split === 0 ? NO_ONSET : sounds.slice(0, split);
    const rime = sounds.slice(split);
    const onset = onsets.get(`${letters}_${rime.charAt(0)}`) ?? onsets.get(letters);
    const vowel = rimes.get(rime);
    if (onset === undefined || vowel === undefined) continue;
    return { ipa, espeak: onset.espeak + vowel, onset, tone, toneMark } satisfies Syllable;
  }
  return null;
}

function lexiconOf(rows: readonly Row[]): ReadonlyMap<string, readonly string[]> {
  const lexicon = new Map<string, readonly string[]>();
  for (const { cells } of rows) {
    for (const form of (cells[0] ?? '').split('/')) lexicon.set(form, (cells[1] ?? '').split(' '));
  }
  return lexicon;
}

function onsetOf({ cells: [, ipa = '', espeak = '', voiced, closure, release], place }: Row): [string, Onset] {
  const isVoiced = yesOrNo(voiced, place);
  const releaseMs = release === '-' ? null : numberOf(release, place, MOMENT_MS);
  return [
    ipa,
    {
      espeak: ipa === NO_ONSET ? '' : lettersOf(espeak, place),
      isVoiced,
      closureMs: numberOf(closure, place, MOMENT_MS),
      releaseMs,
    },
  ];
}

function rimeOf({ cells: [, ipa = '', espeak = ''], place }: Row): [string, string] {
  return [ipa, lettersOf(espeak, place)];
}

/** What can stand between `[[` and `]]` and is no markup. */
function lettersOf(espeak: string, place: string): string {
  if (/^[!-~]+$/.test(espeak) && !/[<&\]]/.test(espeak)) return espeak;
  throw invalid(place, `"${espeak}" are no phonemes of espeak-ng`);
}

function toneOf({ cells: [mark = '', name = '', pitch, length, stopped], place }: Row): [string, Tone] {
  const lengthRatio = numberOf(length, place, RATIO);
  return [mark, { name, pitch: pitchOf(pitch, place), lengthRatio, isStopped: yesOrNo(stopped, place) }];
}

function sandhiOf({ cells: [what = '', becomes = ''], place }: Row): [string, readonly (readonly number[])[]] {
  const pitches = becomes.split('+').map((each) => pitchOf(each, place));
  const length = what.includes('+') ? what.split('+').length : [...what].length;
  if (pitches.length !== length) throw invalid(place, `${pitches.length} pitches for ${length} syllables`);
  return [what, pitches];
}

function mannerOf(rows: readonly Row[], folder: string): Manner {
  const row = (name: keyof Manner, limits: Limits) => {
    const found = rows.find(({ cells }) => cells[0] === name);
    if (found === undefined) throw invalid(path.join(folder, 'voice.tsv'), `${name} is missing`);
    return numberOf(found.cells[1], found.place, limits);
  };
  return {
    lowest_hz: row('lowest_hz', VOICE_HZ),
    highest_hz: row('highest_hz', VOICE_HZ),
    speed: row('speed', [80, 450]),
    onset_ms: row('onset_ms', MOMENT_MS),
    join_ms: row('join_ms', MOMENT_MS),
    stop_ms: row('stop_ms', MOMENT_MS),
    final_ratio: row('final_ratio', RATIO),
    comma_ms: row('comma_ms', REST_MS),
    full_stop_ms: row('full_stop_ms', REST_MS),
  };
}

function pitchOf(cell: string | undefined, place: string): readonly number[] {
  if (cell === undefined || !/^[1-5]+$/.test(cell)) throw invalid(place, `"${cell}" is no pitch: digits 1 to 5`);
  return [...cell].map(Number);
}

function yesOrNo(cell: string | undefined, place: string): boolean {
  if (cell === 'yes' || cell === 'no') return cell === 'yes';
  throw invalid(place, `"${cell}": expected yes or no`);
}

type Limits = readonly [least: number, most: number];
const VOICE_HZ: Limits = [60, 500];
const MOMENT_MS: Limits = [0, 200];
const REST_MS: Limits = [0, 2000];
const RATIO: Limits = [0.2, 4];

function numberOf(cell: string | undefined, place: string, [least, most]: Limits): number {
  const value = cell === undefined || !/^\d+(?:\.\d+)?$/.test(cell) ? Number.NaN : Number(cell);
  if (value >= least && value <= most) return value;
  throw invalid(place, `"${cell}": expected a number, ${least} to ${most}`);
}

function invalid(place: string, what: string): RecoverableError {
  return new RecoverableError('lexicon_invalid', `${place}: ${what}`);
}

/** Rows of a TSV file below its `#` comments and its heading; Unicode composed, so that ã equals ã. */
async function readRows(file: string, columns: number): Promise<readonly Row[]> {
  let content: string;
  try {
    content = await readFile(file, 'utf8');
  } catch (cause) {
    throw new RecoverableError('lexicon_invalid', `${file}: cannot be read: ${messageOf(cause)}`, { cause });
  }
  const lines = content
    .normalize('NFC')
    .split(/\r?\n/u)
    .map((line, index) => ({ line, place: `${file}:${index + 1}` }));
  return lines
    .filter(({ line }) => line.trim() !== '' && !line.startsWith('#'))
    .slice(1)
    .map(({ line, place }) => {
      const cells = line.split('\t').map((cell) => cell.trim());
      if (cells.slice(0, columns).filter((cell) => cell !== '').length === columns) return { cells, place };
      throw invalid(place, `expected ${columns} columns separated by tabs`);
    });
}
