/** What the words of a recording mean, for whoever has to say them: the Mandarin, and the clause around them. Pure. */
import { PHRASE_IDS, type PhraseBook, type PhraseTemplate, SLOT_NAMES } from '../phrases';
import { MARKS } from './pauses';
import { atomsOf, wordsOf } from './recorded-words';

export interface WordMeaning {
  readonly mandarin: string;
  /** The dialect's clause with … for slots; the words themselves where they are all of it. */
  readonly clause: string;
}

const HOLES = /\{\w+\}|[[\]]/u;

/** Words of the recording list in dialect → what they mean, where they first appear with a clause of their own. */
export function dialectMeanings(book: PhraseBook): ReadonlyMap<string, WordMeaning> {
  const meanings = new Map<string, WordMeaning & { readonly isWhole: boolean }>();
  const note = (words: string, meaning: WordMeaning, isWhole: boolean): void => {
    const before = meanings.get(words);
    // A Mandarin clause says more exactly what is meant than a sentence with clauses of its own.
    if (before === undefined || (before.isWhole && !isWhole)) meanings.set(words, { ...meaning, isWhole });
  };
  for (const id of PHRASE_IDS) {
    const { 'zh-CN': mandarin, wuu } = book.phrases[id];
    for (const [dialect, other] of pairsOf(wuu, mandarin)) {
      const [ours, theirs] = [clausesOf(dialect), clausesOf(other)];
      for (const [at, clause] of ours.entries()) {
        const match = ours.length === theirs.length ? theirs[at] : undefined;
        const meaning = { mandarin: shown(match ?? other), clause: shown(clause) };
        for (const piece of clause.split(HOLES)) {
          for (const { text } of atomsOf([{ kind: 'fixed', text: piece }])) note(text, meaning, match === undefined);
        }
      }
    }
  }
  for (const slot of SLOT_NAMES) {
    for (const word of Object.values(book.words[slot])) {
      const words = wordsOf(word.wuu);
      meanings.set(words, { mandarin: word['zh-CN'], clause: words, isWhole: false });
    }
  }
  return meanings;
}

function pairsOf(wuu: PhraseTemplate, mandarin: PhraseTemplate): readonly (readonly [string, string])[] {
  const neutral = wuu.neutral === undefined ? [] : [[wuu.neutral, mandarin.neutral ?? mandarin.text] as const];
  return [[wuu.text, mandarin.text] as const, ...neutral];
}

function clausesOf(text: string): readonly string[] {
  return text
    .normalize('NFC')
    .split(MARKS)
    .filter((piece, index) => index % 2 === 0 && piece !== '');
}

function shown(text: string): string {
  return text.replaceAll(/[[\]]/gu, '').replaceAll(/(?:\{\w+\})+/gu, '…');
}
