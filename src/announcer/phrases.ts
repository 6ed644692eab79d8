/**
 * What is said: templates with slots for colour, garment and addressee, in Mandarin and in Changxing dialect.
 * Pure. The wording itself is data (audio/phrases.json), read by phrase-book.ts.
 */
import { CLOTHING_COLOURS, type ClothingColour, type PromptLanguage } from '../domain';

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

export const GARMENTS = [
  'clothes',
  'shirt',
  't_shirt',
  'jacket',
  'coat',
  'vest',
  'sweater',
  'down_jacket',
  'raincoat',
  'uniform',
  'dress',
] as const;
export type Garment = (typeof GARMENTS)[number];

/** `sir` and `madam` only where the site has turned honorifics on. */
export const ADDRESSEES = ['rider', 'sir', 'madam'] as const;
export type Addressee = (typeof ADDRESSEES)[number];

/** What is known of the person; an unknown garment is "clothes", an unknown addressee "rider". */
export interface PhraseSlots {
  readonly colour?: ClothingColour | undefined;
  readonly garment?: Garment | undefined;
  readonly addressee?: Addressee | undefined;
}

export const SLOT_NAMES = ['colour', 'garment', 'addressee'] as const satisfies readonly (keyof PhraseSlots)[];

/** `neutral` is said when the person's colour is unknown; without it the fallback phrase is. */
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
  };
}

/** One prompt before it is put into words. */
export interface PromptWording {
  readonly phraseId: PhraseId;
  readonly lang: PromptLanguage;
  readonly slots: PhraseSlots;
}

/**
 * The sentence to say. Never an unfilled brace and never empty: a personal template without a known colour becomes
 * its neutral form, or the fallback phrase. `personal` = the sentence picks one person out.
 */
export function phraseText(
  book: PhraseBook,
  { phraseId, lang, slots }: PromptWording,
): { readonly text: string; readonly personal: boolean } {
  const template = book.phrases[phraseId][lang];
  if (!template.text.includes('{')) return { text: template.text, personal: false };
  if (template.text.includes('{colour}') && slots.colour === undefined) {
    return { text: neutralText(book, phraseId, lang), personal: false };
  }
  const words = {
    colour: slots.colour === undefined ? '' : book.words.colour[slots.colour][lang],
    garment: book.words.garment[slots.garment ?? 'clothes'][lang],
    addressee: book.words.addressee[slots.addressee ?? 'rider'][lang],
  };
  const text = SLOT_NAMES.reduce((filled, slot) => filled.replaceAll(`{${slot}}`, words[slot]), template.text);
  return { text, personal: slots.colour !== undefined };
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
