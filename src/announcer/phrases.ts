/**
 * What is said: templates with slots for who is meant, in Mandarin and in Changxing dialect.
 * Pure. The wording itself is data (audio/phrases.json), read by phrase-book.ts.
 */
import {
  CLOTHING_COLOURS,
  type ClothingColour,
  NAMED_GARMENTS,
  type PromptLanguage,
  type Seat,
  type Side,
} from '../domain';

export const LANGUAGES = ['zh-CN', 'wuu'] as const satisfies readonly PromptLanguage[];

export const PHRASE_IDS = [
  'base',
  'captured',
  'passenger',
  'child',
  'both',
  'basket',
  'cap',
  'again',
  'group',
  'thanks',
  'fallback',
] as const;
export type PhraseId = (typeof PHRASE_IDS)[number];

/** "clothes" is the word for a garment that is not known. */
export const GARMENTS = ['clothes', ...NAMED_GARMENTS] as const;
export type Garment = (typeof GARMENTS)[number];

/** `passenger` for whoever sits behind; `sir` and `madam` only in a site's own wording: the service never guesses them. */
export const ADDRESSEES = ['rider', 'passenger', 'sir', 'madam'] as const;
export type Addressee = (typeof ADDRESSEES)[number];

/** Seats there is a word for. Children are never described. */
export const SEATS = ['driver', 'passenger'] as const satisfies readonly Seat[];

/** What is said of the person; an unknown garment is "clothes", an unknown addressee "rider". */
export interface PhraseSlots {
  readonly colour?: ClothingColour | undefined;
  readonly garment?: Garment | undefined;
  readonly addressee?: Addressee | undefined;
  readonly side?: Side | undefined;
  readonly seat?: (typeof SEATS)[number] | undefined;
}

export const SLOT_NAMES = [
  'colour',
  'garment',
  'addressee',
  'side',
  'seat',
] as const satisfies readonly (keyof PhraseSlots)[];
export type SlotName = (typeof SLOT_NAMES)[number];

/**
 * `text` has slots, and may have clothes in square brackets, left out when neither colour nor garment is known:
 * `{side}这位{seat}[穿{colour}{garment}的]{addressee}`. An unknown side or seat is silent.
 * `neutral` is said when the person cannot be told apart; without it the fallback phrase is.
 */
export interface PhraseTemplate {
  readonly text: string;
  readonly neutral?: string | undefined;
}

type ByLanguage<T> = Readonly<Record<PromptLanguage, T>>;

export interface PhraseBook {
  readonly phrases: Readonly<Record<PhraseId, ByLanguage<PhraseTemplate>>>;
  readonly words: {
    readonly colour: Readonly<Record<ClothingColour, ByLanguage<string>>>;
    readonly garment: Readonly<Record<Garment, ByLanguage<string>>>;
    readonly addressee: Readonly<Record<Addressee, ByLanguage<string>>>;
    readonly side: Readonly<Record<Side, ByLanguage<string>>>;
    readonly seat: Readonly<Record<(typeof SEATS)[number], ByLanguage<string>>>;
  };
}

/** One prompt before it is put into words. */
export interface PromptWording {
  readonly phraseId: PhraseId;
  readonly lang: PromptLanguage;
  readonly slots: PhraseSlots;
}

/** A stretch of a sentence: fixed words, or the word of a slot. In order they are the sentence. */
export type PhrasePart =
  | { readonly kind: 'fixed'; readonly text: string }
  | { readonly kind: 'slot'; readonly slot: SlotName; readonly value: string; readonly text: string };

/**
 * The sentence to say. Never an unfilled brace and never empty: a personal template that cannot say all that picks the
 * person out becomes its neutral form, or the fallback phrase. `personal` = the sentence picks one person out.
 */
export function phraseText(
  book: PhraseBook,
  wording: PromptWording,
): { readonly text: string; readonly personal: boolean } {
  const parts = phraseParts(book, wording);
  const personal = parts.some((part) => part.kind === 'slot' && part.slot !== 'addressee');
  return { text: parts.map((part) => part.text).join(''), personal };
}

/** The sentence of `phraseText` in its parts, for voices that join recorded words. */
export function phraseParts(book: PhraseBook, { phraseId, lang, slots }: PromptWording): PhrasePart[] {
  const template = book.phrases[phraseId][lang].text;
  const hasClothes = slots.colour !== undefined || (slots.garment ?? 'clothes') !== 'clothes';
  const said = hasClothes ? template.replaceAll(/[[\]]/gu, '') : template.replaceAll(/\[[^\]]*\]/gu, '');
  if (isPersonal(template) && !canSay(said, slots, hasClothes)) {
    return [{ kind: 'fixed', text: neutralText(book, phraseId, lang) }];
  }
  const values: Readonly<Partial<Record<string, string>>> = {
    ...slots,
    garment: slots.garment ?? 'clothes',
    addressee: slots.addressee ?? 'rider',
  };
  return said.split(/(\{\w+\})/u).flatMap((piece): PhrasePart[] => {
    const slot = SLOT_NAMES.find((name) => piece === `{${name}}`);
    if (slot === undefined) return piece === '' ? [] : [{ kind: 'fixed', text: piece }];
    const value = values[slot];
    const words: Readonly<Partial<Record<string, ByLanguage<string>>>> = book.words[slot];
    const text = value === undefined ? undefined : words[value]?.[lang];
    return value === undefined || text === undefined ? [] : [{ kind: 'slot', slot, value, text }];
  });
}

/** Something is known, all of it has its place, and no clothes are asked for that are not known. */
function canSay(said: string, slots: PhraseSlots, hasClothes: boolean): boolean {
  const { colour, side, seat } = slots;
  const garment = slots.garment === 'clothes' ? undefined : slots.garment;
  const known = Object.entries({ colour, garment, side, seat }).filter(([, value]) => value !== undefined);
  const hasPlaces = known.every(([slot]) => said.includes(`{${slot}}`));
  return known.length > 0 && hasPlaces && (hasClothes || !/\{(colour|garment)\}/u.test(said));
}

function isPersonal(template: string): boolean {
  return /\{(?!addressee\})/u.test(template);
}

/** The form without slots: what a clip recorded for the whole phrase says. */
export function neutralText(book: PhraseBook, phraseId: PhraseId, lang: PromptLanguage): string {
  const template = book.phrases[phraseId][lang];
  return template.text.includes('{') ? (template.neutral ?? book.phrases.fallback[lang].text) : template.text;
}

/** Every prompt of the book with ordinary slots (each colour, "clothes", "rider"), the impersonal ones first. */
export function commonPrompts(book: PhraseBook, languages: readonly PromptLanguage[] = LANGUAGES): PromptWording[] {
  const both = PHRASE_IDS.flatMap((phraseId) => languages.map((lang) => ({ phraseId, lang })));
  const personal = both.filter(({ phraseId, lang }) => book.phrases[phraseId][lang].text.includes('{colour}'));
  return [
    ...both.map((prompt) => ({ ...prompt, slots: {} })),
    ...CLOTHING_COLOURS.flatMap((colour) => personal.map((prompt) => ({ ...prompt, slots: { colour } }))),
  ];
}

/** Fitted to the two machine voices over all prompts (within 15 %): ms per spoken character and per pause inside. */
const PACE_MS: ByLanguage<{ readonly character: number; readonly pause: number }> = {
  'zh-CN': { character: 240, pause: 360 },
  wuu: { character: 200, pause: 350 },
};

/** Estimate of how long the machine voice takes for a text, in ms; for recorded time, where nothing is played. */
export function spokenDurationMs(text: string, lang: PromptLanguage): number {
  const characters = text.match(/\p{Script=Han}/gu)?.length ?? 0;
  const pauses = text.match(/[^\p{Script=Han}]+(?=\p{Script=Han})/gu)?.length ?? 0;
  return characters * PACE_MS[lang].character + pauses * PACE_MS[lang].pause;
}
