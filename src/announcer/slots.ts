/** Slot words by their English keys, as a person types them: `colour=blue`. Pure. */
import { z } from 'zod';
import { CLOTHING_COLOURS, SIDES } from '../domain';
import { FatalError } from '../errors';
import { ADDRESSEES, GARMENTS, PHRASE_IDS, type PhraseId, type PhraseSlots, SEATS, SLOT_NAMES } from './phrases';

const slotsSchema = z.strictObject({
  colour: z.enum(CLOTHING_COLOURS).optional(),
  garment: z.enum(GARMENTS).optional(),
  addressee: z.enum(ADDRESSEES).optional(),
  side: z.enum(SIDES).optional(),
  seat: z.enum(SEATS).optional(),
} satisfies Record<(typeof SLOT_NAMES)[number], z.ZodType>);

/** @throws FatalError `slots_invalid`: every fault, and what is known. */
export function parseSlots(pairs: readonly string[]): PhraseSlots {
  const faults: string[] = [];
  const given: Record<string, string> = Object.create(null);
  for (const pair of pairs) {
    const [name, value] = splitAtFirst(pair);
    if (value === undefined) faults.push(`"${pair}" is not slot=word, e.g. colour=blue`);
    else if (Object.hasOwn(given, name)) faults.push(`${name} is given twice`);
    else given[name] = value;
  }
  const result = slotsSchema.safeParse(given);
  if (result.success && faults.length === 0) return result.data;
  for (const issue of result.error?.issues ?? []) {
    const name = String(issue.path[0] ?? '');
    if (issue.code === 'unrecognized_keys')
      faults.push(`no slot ${issue.keys.join(', ')}; slots: ${SLOT_NAMES.join(', ')}`);
    else if (issue.code === 'invalid_value')
      faults.push(`${name} has no "${given[name]}"; words: ${issue.values.join(', ')}`);
    else faults.push(`${name}: ${issue.message}`);
  }
  throw new FatalError('slots_invalid', faults.join('\n'));
}

/** @throws FatalError `phrase_unknown`. */
export function parsePhraseId(text: string): PhraseId {
  const id = PHRASE_IDS.find((each) => each === text);
  if (id !== undefined) return id;
  throw new FatalError('phrase_unknown', `no phrase "${text}"; phrases: ${PHRASE_IDS.join(', ')}`);
}

function splitAtFirst(pair: string): readonly [string, string | undefined] {
  const at = pair.indexOf('=');
  return at <= 0 ? [pair, undefined] : [pair.slice(0, at), pair.slice(at + 1)];
}
