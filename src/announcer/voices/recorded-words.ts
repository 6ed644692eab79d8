/**
 * How a sentence is put together from recordings. A recording is named after the words it says, without marks
 * (`蓝色.wav`), so one of 谢谢 serves every sentence, and changed wording never plays an old one. Pure.
 */
import type { PhrasePart } from '../phrases';
import { longestPauseMs, MARKS } from './pauses';

/** What is recorded at the least: a slot's word, or a clause of the fixed wording, and the rest that follows it. */
export interface Atom {
  readonly text: string;
  readonly pauseMs: number;
}

/** A text as recordings are named after: its characters alone. */
export function wordsOf(text: string): string {
  return text
    .normalize('NFC')
    .split(MARKS)
    .filter((_, index) => index % 2 === 0)
    .join('');
}

export function atomsOf(parts: readonly PhrasePart[]): readonly Atom[] {
  const atoms: Atom[] = [];
  for (const part of parts) {
    for (const [index, piece] of part.text.normalize('NFC').split(MARKS).entries()) {
      const last = atoms.at(-1);
      if (index % 2 === 1 && last !== undefined) atoms[atoms.length - 1] = { ...last, pauseMs: longestPauseMs(piece) };
      if (index % 2 === 0 && piece !== '') atoms.push({ text: piece, pauseMs: 0 });
    }
  }
  return atoms;
}

/** `runs` in order are the sentence, in as few recordings as possible; or what is not recorded in any of them. */
export type Cover =
  | { readonly kind: 'covered'; readonly runs: readonly Atom[] }
  | { readonly kind: 'missing'; readonly atoms: readonly string[] };

/** `isRecorded` is asked for the words of every stretch of neighbouring atoms. */
export function cover(atoms: readonly Atom[], isRecorded: (words: string) => boolean): Cover {
  const recorded = atoms.map((_, from) =>
    atoms.map((__, last) => last >= from && isRecorded(wordsBetween(atoms, from, last + 1))),
  );
  const best: (readonly Atom[] | null)[] = [[]];
  for (let end = 1; end <= atoms.length; end += 1) {
    const ways = best.flatMap((before, from) => {
      if (before === null || recorded[from]?.[end - 1] !== true) return [];
      return [[...before, { text: wordsBetween(atoms, from, end), pauseMs: atoms[end - 1]?.pauseMs ?? 0 }]];
    });
    best.push(ways.sort((a, b) => a.length - b.length)[0] ?? null);
  }
  const runs = best.at(-1) ?? null;
  if (runs !== null && runs.length > 0) return { kind: 'covered', runs };
  const isInAny = (at: number) => recorded.some((row, from) => from <= at && row.some((is, last) => is && last >= at));
  const lacking = atoms.filter((_, at) => !isInAny(at));
  const named = lacking.length > 0 ? lacking : atoms.filter(({ text }) => !isRecorded(text));
  return { kind: 'missing', atoms: [...new Set(named.map(({ text }) => text))] };
}

function wordsBetween(atoms: readonly Atom[], from: number, end: number): string {
  return atoms
    .slice(from, end)
    .map(({ text }) => text)
    .join('');
}
