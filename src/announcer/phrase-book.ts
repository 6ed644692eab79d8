/**
 * Reads the wording: audio/phrases.json, checked completely, then the site's own wording over it.
 * Every fault is reported at once with its place and what is allowed there.
 */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { CLOTHING_COLOURS, type PromptLanguage, SIDES } from '../domain';
import { FatalError, messageOf } from '../errors';
import {
  ADDRESSEES,
  GARMENTS,
  PHRASE_IDS,
  type PhraseBook,
  type PhraseId,
  type PhraseTemplate,
  SEATS,
  SLOT_NAMES,
} from './phrases';

/** Site wording: a template per phrase and language, with any of the slots and one pair of brackets around clothes. */
export type PhraseOverrides = Readonly<
  Partial<Record<PhraseId, Readonly<Partial<Record<PromptLanguage, string>>> | undefined>>
>;

/** A prompt a rider can still follow; about 40 s of speech would already be far too long. */
const MAX_TEMPLATE_CHARACTERS = 120;
const SPEAKABLE = /^[\p{Script=Han}，。！？、：；,.!?:;\s]*$/u;

const CLOTHES_ONLY = 'square brackets hold what is left out when the clothes are not known: {colour} or {garment}';

/** @throws FatalError `phrases_unreadable` or `phrases_invalid` (every fault, with its place in the file). */
export function readPhraseBook(file: string, overrides: PhraseOverrides = {}): PhraseBook {
  let json: string;
  try {
    json = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new FatalError('phrases_unreadable', `${file}: cannot be read: ${messageOf(cause)}`, { cause });
  }
  return withOverrides(parsePhraseBook(json, file), overrides);
}

/** @throws FatalError `phrases_invalid`; `source` names the text in the message. */
export function parsePhraseBook(json: string, source: string): PhraseBook {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new FatalError('phrases_invalid', `${source}: is not JSON: ${messageOf(cause)}`, { cause });
  }
  const result = bookSchema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => `${source}: ${issue.path.join('.')}: ${issue.message}`);
  throw new FatalError('phrases_invalid', faults.join('\n'));
}

/** @throws FatalError `phrases_invalid` naming each override that cannot be said. */
export function withOverrides(book: PhraseBook, overrides: PhraseOverrides): PhraseBook {
  const phrases: Record<PhraseId, Record<PromptLanguage, PhraseTemplate>> = { ...book.phrases };
  const known: readonly string[] = PHRASE_IDS;
  const faults = Object.keys(overrides)
    .filter((id) => !known.includes(id))
    .map((id) => `site wording ${id}: no such phrase; known phrases: ${known.join(', ')}`);
  for (const id of PHRASE_IDS) {
    for (const lang of ['zh-CN', 'wuu'] as const) {
      const text = overrides[id]?.[lang];
      if (text === undefined) continue;
      const fault = templateFault(text, id === 'fallback' ? [] : SLOT_NAMES);
      if (fault !== null) faults.push(`site wording ${id}.${lang}: ${fault}`);
      phrases[id] = { ...phrases[id], [lang]: { ...phrases[id][lang], text } };
    }
  }
  if (faults.length > 0) throw new FatalError('phrases_invalid', faults.join('\n'));
  return { ...book, phrases };
}

/** What is wrong with a template, or null. */
function templateFault(text: string, slots: readonly string[] = SLOT_NAMES): string | null {
  const unknown = [...text.matchAll(/\{([^{}]*)\}/gu)].map((match) => match[1] ?? '').find((s) => !slots.includes(s));
  if (unknown !== undefined) {
    const allowed =
      slots.length === 0 ? 'no slot is allowed here' : `known slots: ${slots.map((s) => `{${s}}`).join(' ')}`;
    return `unknown slot {${unknown}}; ${allowed}`;
  }
  const bracketed = [...text.matchAll(/\[([^[\]]*)\]/gu)].map((match) => match[1] ?? '');
  if (bracketed.some((part) => !/\{(colour|garment)\}/u.test(part))) return CLOTHES_ONLY;
  const plain = text.replaceAll(/\{[^{}]*\}/gu, '').replaceAll(/\[([^[\]]*)\]/gu, '$1');
  if (!/\p{Script=Han}/u.test(plain)) return 'says nothing; write it in Chinese characters';
  if ([...text].length > MAX_TEMPLATE_CHARACTERS) return `longer than ${MAX_TEMPLATE_CHARACTERS} characters`;
  const strange = [...plain].find((character) => !SPEAKABLE.test(character));
  if (strange === undefined) return null;
  return `"${strange}" cannot be said; use Chinese characters, ，。！？、：； and known slots (write numbers and letters out)`;
}

const template = (slots: readonly string[]) =>
  z.string().superRefine((text, context) => {
    const fault = templateFault(text, slots);
    if (fault !== null) context.addIssue({ code: 'custom', message: fault });
  });
const byLanguage = <T extends z.ZodType>(each: T) => z.strictObject({ 'zh-CN': each, wuu: each });
const word = byLanguage(template([]));
const bookSchema = z.strictObject({
  phrases: z
    .record(
      z.enum(PHRASE_IDS),
      byLanguage(z.strictObject({ text: template(SLOT_NAMES), neutral: template([]).optional() })),
    )
    .superRefine(({ fallback }, context) => {
      for (const lang of ['zh-CN', 'wuu'] as const) {
        if (!fallback[lang].text.includes('{')) continue;
        context.addIssue({ code: 'custom', path: ['fallback', lang, 'text'], message: 'the fallback has no slots' });
      }
    }),
  words: z.strictObject({
    colour: z.record(z.enum(CLOTHING_COLOURS), word),
    garment: z.record(z.enum(GARMENTS), word),
    addressee: z.record(z.enum(ADDRESSEES), word),
    side: z.record(z.enum(SIDES), word),
    seat: z.record(z.enum(SEATS), word),
  }),
});
