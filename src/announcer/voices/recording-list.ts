/** What a language needs to be recorded completely, in the order of the wording; and which names say such words. Pure. */
import type { PromptLanguage } from '../../domain';
import { PHRASE_IDS, type PhraseBook, SLOT_NAMES } from '../phrases';
import { atomsOf } from './recorded-words';

export interface ListedWords {
  readonly words: string;
  /** Phrases that say them, or the slot words they are: `base`, `colour=blue`. */
  readonly uses: readonly string[];
}

/** Slots, and the brackets around what may be left out. */
const HOLES = /\{\w+\}|[[\]]/u;

export function recordingList(book: PhraseBook, lang: PromptLanguage): readonly ListedWords[] {
  const uses = new Map<string, Set<string>>();
  const note = (text: string, use: string) => {
    for (const { text: words } of atomsOf([{ kind: 'fixed', text }])) {
      uses.set(words, (uses.get(words) ?? new Set()).add(use));
    }
  };
  for (const id of PHRASE_IDS) {
    const { text, neutral = '' } = book.phrases[id][lang];
    for (const piece of [...text.split(HOLES), neutral]) note(piece, id);
  }
  for (const slot of SLOT_NAMES) {
    for (const [value, word] of Object.entries(book.words[slot])) note(word[lang], `${slot}=${value}`);
  }
  return [...uses].map(([words, by]) => ({ words, uses: [...by] }));
}

/** Whether a recording of these words can be used: they are listed words, one or several in a row. */
export function isNeeded(words: string, list: readonly ListedWords[]): boolean {
  const characters = words.length;
  const reached = new Set([0]);
  for (let at = 0; at < characters; at += 1) {
    if (!reached.has(at)) continue;
    for (const listed of list) if (words.startsWith(listed.words, at)) reached.add(at + listed.words.length);
  }
  return characters > 0 && reached.has(characters);
}

/** The listed words that are nearest to a mistyped name: at most half of it differs. */
export function nearest(words: string, list: readonly ListedWords[]): string | null {
  const typed = [...words];
  const ranked = list
    .map((listed) => ({ words: listed.words, steps: editSteps(typed, [...listed.words]) }))
    .sort((a, b) => a.steps - b.steps);
  const best = ranked[0];
  return best !== undefined && best.steps <= Math.max(typed.length, [...best.words].length) / 2 ? best.words : null;
}

/** Levenshtein: characters to add, drop or replace. */
function editSteps(from: readonly string[], to: readonly string[]): number {
  let row = Array.from({ length: to.length + 1 }, (_, i) => i);
  for (const [i, character] of from.entries()) {
    const next = [i + 1];
    for (const [j, other] of to.entries()) {
      const replaced = (row[j] ?? 0) + (character === other ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
