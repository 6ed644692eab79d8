/**
 * The sentences of the prompt table: every phrase in every language, and in it every word of every slot. The base
 * phrase has all colours × garments besides; the full product of all slots is about 110,000 sentences. Pure.
 */
import {
  ADDRESSEES,
  GARMENTS,
  LANGUAGES,
  PHRASE_IDS,
  type PhraseBook,
  type PhraseId,
  type PhraseSlots,
  type PromptWording,
  phraseText,
  SEATS,
  SLOT_NAMES,
} from '../../src/announcer/phrases';
import { CLOTHING_COLOURS, NAMED_GARMENTS, SIDES } from '../../src/domain';

export interface Sentence extends PromptWording {
  readonly text: string;
}

/** The phrase in which every garment is said in every colour. */
const PAIRED: PhraseId = 'base';

const COLOURS: readonly PhraseSlots[] = CLOTHING_COLOURS.map((colour) => ({ colour }));
const PAIRS: readonly PhraseSlots[] = CLOTHING_COLOURS.flatMap((colour) =>
  GARMENTS.map((garment) => ({ colour, garment })),
);
/** An addressee alone picks nobody out, so it is said with a side; `rider` is in all the other sentences. */
const OTHERS: readonly PhraseSlots[] = [
  ...NAMED_GARMENTS.map((garment) => ({ garment })),
  ...SIDES.map((side) => ({ side })),
  ...SEATS.map((seat) => ({ seat })),
  ...ADDRESSEES.filter((each) => each !== 'rider').map((addressee) => ({ side: 'left' as const, addressee })),
];

/** In the order of languages, phrases and slot words; the sentence without slots first. */
export function sentencesOf(book: PhraseBook): readonly Sentence[] {
  return LANGUAGES.flatMap((lang) =>
    PHRASE_IDS.flatMap((phraseId) => {
      const hasSlots = book.phrases[phraseId][lang].text.includes('{');
      const personal = hasSlots ? [...(phraseId === PAIRED ? PAIRS : COLOURS), ...OTHERS] : [];
      return [{}, ...personal].map((slots) => {
        const wording = { lang, phraseId, slots };
        return { ...wording, text: phraseText(book, wording).text };
      });
    }),
  );
}

/** As `anqi say --slots` takes them: `colour=blue garment=shirt`. */
export function slotWords(slots: PhraseSlots): string {
  return SLOT_NAMES.flatMap((name) => (slots[name] === undefined ? [] : [`${name}=${slots[name]}`])).join(' ');
}
