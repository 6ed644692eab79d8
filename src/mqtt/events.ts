/**
 * The three events of an incident as CloudEvents 1.0 structured JSON: violation, prompt, outcome.
 * These schemas are the only source of the payload types. Live publishing and `anqi replay` both go through
 * toCloudEvent + encodeEvent, so what a file shows is byte for byte what MQTT carries.
 */
import { z } from 'zod';
import { CLOTHING_COLOURS, NAMED_GARMENTS, PLAYBACK_PROOFS, type PromptLanguage, SIDES } from '../domain';
import { UNKNOWN_REASONS } from '../incident/incident';
import { formatTime } from './time';

const ratio = z.number().min(0).max(1);
const count = z.int().min(0);
const time = z.iso.datetime({ offset: true });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const colour = z.enum(CLOTHING_COLOURS);
const garment = z.enum(NAMED_GARMENTS);
const seat = z.enum(['driver', 'passenger', 'child']);
const language = z.enum(['zh-CN', 'wuu'] as const satisfies readonly PromptLanguage[]);

const site = z.strictObject({
  deviceId: z
    .string()
    .regex(/^\d{20}$/)
    .optional()
    .describe('GB/T 28181 device id'),
  name: z.string().min(1).max(100).optional(),
  lat: z.number().min(-90).max(90).optional(),
  lon: z.number().min(-180).max(180).optional(),
  lane: count.optional(),
  direction: z.enum(['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW']).optional(),
});

const box = z.strictObject({ x: ratio, y: ratio, w: ratio, h: ratio });

const vehicle = z.strictObject({
  kind: z.literal('two_wheeler'),
  trackId: count,
  riderCount: z.int().min(1),
  box: box.describe('vehicle with its riders, 0–1 of the picture'),
  frame: z
    .strictObject({ w: z.int().min(1), h: z.int().min(1) })
    .describe('size in pixels of the picture that was analysed'),
});

const appearance = z.strictObject({
  upperColour: colour.optional(),
  colourScore: ratio.optional(),
  garment: garment.optional(),
  garmentScore: ratio.optional(),
});

const described = z
  .strictObject({
    seat,
    colour: colour.optional(),
    garment: garment.optional(),
    side: z.enum(SIDES).optional().describe("the riders' own, looking ahead, among those they could be taken for"),
  })
  .describe('by which properties the prompt singled somebody out');

const person = z.strictObject({
  seat,
  head: z.enum(['worn', 'not_worn', 'unknown']),
  headBox: box.optional().describe('where the head is, 0–1 of the picture; absent while it is hidden'),
  score: ratio.describe('how sure the vote is of `head`'),
  votes: z
    .strictObject({ worn: count, not_worn: count, unknown: count.optional() })
    .describe('looks at this head, by what each said'),
  appearance: appearance.optional(),
});

const prompt = z
  .strictObject({
    promptId: z.string().min(1).max(64).describe('one prompt to several people has one id in all their events'),
    number: z.int().min(1).describe('1 for the first prompt of the incident, then 2, …'),
    phrase: z.string().min(1).max(40).describe("which sentence of the site's wording, e.g. base, passenger, group"),
    lang: language.describe('BCP 47; wuu = Changxing dialect'),
    text: z.string().min(1).max(500),
    described: described.optional().describe('absent where the words fit more than one: neutral forms, groups, thanks'),
    voice: z.enum(['synthetic', 'recorded']),
    voiceModel: z.string().min(1).max(100).optional().describe('the site’s own voice model, where it spoke'),
    requestedAt: time,
    startedAt: time.optional().describe('absent when no sound was ever started'),
    endedAt: time.optional(),
    playback: z
      .enum(['confirmed', 'unconfirmed', 'failed'])
      .describe('unconfirmed: handed to a speaker that cannot say whether it played'),
    proof: z
      .enum(PLAYBACK_PROOFS)
      .optional()
      .describe(
        'what confirms it: the player’s end, the sound on the monitor, the file, the device’s answer, the receiver’s count',
      ),
    reason: z.string().min(1).max(300).optional().describe('why it failed or stayed unconfirmed'),
  })
  .refine((value) => value.playback !== 'failed' || value.reason !== undefined, {
    path: ['reason'],
    error: 'a failed prompt says why',
  })
  .refine((value) => value.playback !== 'confirmed' || (value.startedAt !== undefined && value.endedAt !== undefined), {
    path: ['startedAt'],
    error: 'a confirmed prompt says when its sound started and ended',
  })
  .refine((value) => value.playback === 'confirmed' || value.proof === undefined, {
    path: ['proof'],
    error: 'only what is confirmed has a proof',
  });

const outcome = z
  .strictObject({
    result: z.enum(['corrected', 'not_corrected', 'unknown_left', 'unknown_occluded']),
    /** Why it is unknown. */
    reason: z.enum(UNKNOWN_REASONS).optional(),
    afterPrompt: count.describe('number of the last prompt spoken before it; 0 when none was'),
    afterPromptLang: language.optional(),
    reactionMs: count
      .optional()
      .describe('from the start of prompt `afterPrompt` (from the violation when 0) to the helmet being seen worn'),
  })
  .refine((value) => (value.result === 'corrected') === (value.reactionMs !== undefined), {
    path: ['reactionMs'],
    error: 'present when corrected, and only then',
  })
  .refine((value) => value.reason === undefined || value.result.startsWith('unknown_'), {
    path: ['reason'],
    error: 'only where the result is unknown',
  })
  .refine((value) => value.afterPrompt > 0 === (value.afterPromptLang !== undefined), {
    path: ['afterPromptLang'],
    error: 'present when a prompt was spoken, and only then',
  });

const evidence = z.strictObject({
  kind: z.enum(['full', 'crop', 'clip']),
  url: z.url(),
  sha256,
  expiresAt: time,
});

const incidentBase = {
  incidentId: z.string().min(1).max(64),
  replayed: z.boolean().describe('true when sent again on request, false the first time'),
  site,
};
const seen = {
  vehicle,
  evidence: z.array(evidence).max(16),
  model: z.strictObject({ name: z.string().min(1), sha256 }),
};

const violationData = z.strictObject({ ...incidentBase, ...seen, persons: z.array(person).min(1).max(8) });
const promptData = z.strictObject({ ...incidentBase, prompt });
const outcomeData = z.strictObject({
  ...incidentBase,
  ...seen,
  persons: z
    .array(person.extend({ outcome: outcome.optional().describe('absent for somebody who was no violator') }))
    .min(1)
    .max(8),
  prompts: z.array(prompt).max(32).describe('every prompt of the incident, in the order spoken'),
  outcome,
});

const envelope = {
  specversion: z.literal('1.0'),
  id: z.uuidv7().describe('made once, with the event; with `source` it recognises a duplicate'),
  source: z.string().regex(/^\/anqi\/node\/[^/]+\/camera\/[^/]+$/),
  subject: z.string().regex(/^incident\//),
  time: time.describe('when it happened, not when it was sent'),
  datacontenttype: z.literal('application/json'),
  sequence: z
    .string()
    .regex(/^\d{10,}$/)
    .describe('counts the events of the node without gaps; ten digits, so that text order is number order'),
  epoch: z
    .string()
    .regex(/^[0-9a-f]{12}$/)
    .describe(
      'names the numbering: another one means that `sequence` began again at 1, because the node lost its disk',
    ),
};

export const violationEvent = z.strictObject({
  ...envelope,
  type: z.literal('cn.anqi.helmet.violation.v1'),
  dataschema: z.literal('urn:anqi:schema:violation-1.json'),
  data: violationData,
});
export const promptEvent = z.strictObject({
  ...envelope,
  type: z.literal('cn.anqi.helmet.prompt.v1'),
  dataschema: z.literal('urn:anqi:schema:prompt-1.json'),
  data: promptData,
});
export const outcomeEvent = z.strictObject({
  ...envelope,
  type: z.literal('cn.anqi.helmet.outcome.v1'),
  dataschema: z.literal('urn:anqi:schema:outcome-1.json'),
  data: outcomeData,
});
/** Any event of an incident. */
export const incidentEvent = z.discriminatedUnion('type', [violationEvent, promptEvent, outcomeEvent]);

export type EventKind = 'violation' | 'prompt' | 'outcome';
export type WireSite = z.infer<typeof site>;
export type WireVehicle = z.infer<typeof vehicle>;
export type WirePerson = z.infer<typeof person>;
export type WirePrompt = z.infer<typeof prompt>;
export type WireOutcome = z.infer<typeof outcome>;
export type WireEvidence = z.infer<typeof evidence>;
export type ViolationData = z.infer<typeof violationData>;
export type PromptData = z.infer<typeof promptData>;
export type OutcomeData = z.infer<typeof outcomeData>;
export type IncidentEvent = z.infer<typeof incidentEvent>;

/** What the pipeline knows of an event; id and sequence come from the outbox. */
export type EventDraft = { readonly cameraId: string /** Epoch ms. */; readonly atMs: number } & (
  | { readonly kind: 'violation'; readonly data: ViolationData }
  | { readonly kind: 'prompt'; readonly data: PromptData }
  | { readonly kind: 'outcome'; readonly data: OutcomeData }
);

export interface EventStamp {
  readonly nodeId: string;
  /** UUIDv7, made once. */
  readonly id: string;
  readonly sequence: number;
  /** Of the outbox that gave the number. */
  readonly epoch: string;
  /** IANA name or fixed offset of the site. */
  readonly timeZone: string;
}

/** Wraps a draft as CloudEvents 1.0. Throws a ZodError naming the field when the draft breaks the contract. */
export function toCloudEvent(draft: EventDraft, { nodeId, id, sequence, epoch, timeZone }: EventStamp): IncidentEvent {
  return incidentEvent.parse({
    specversion: '1.0',
    id,
    source: `/anqi/node/${nodeId}/camera/${draft.cameraId}`,
    type: `cn.anqi.helmet.${draft.kind}.v1`,
    subject: `incident/${draft.data.incidentId}`,
    time: formatTime(draft.atMs, timeZone),
    datacontenttype: 'application/json',
    dataschema: `urn:anqi:schema:${draft.kind}-1.json`,
    sequence: String(sequence).padStart(10, '0'),
    epoch,
    data: draft.data,
  });
}

/** The exact text that is published: one line of JSON. */
export function encodeEvent(event: IncidentEvent): string {
  return JSON.stringify(event);
}

export type ReadEvent =
  | { readonly ok: true; readonly event: IncidentEvent }
  | { readonly ok: false; readonly reason: string };

/** For a reader: what a newer node says beyond this release's contract is left out, everything else must fit. */
export function readEvent(text: string): ReadEvent {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { ok: false, reason: 'not JSON' };
  }
  const first = incidentEvent.safeParse(value);
  if (first.success) return { ok: true, event: first.data };
  for (const issue of first.error.issues) if (issue.code === 'unrecognized_keys') leaveOut(value, issue);
  const second = incidentEvent.safeParse(value);
  if (second.success) return { ok: true, event: second.data };
  const [issue] = second.error.issues;
  return { ok: false, reason: `${issue?.path.map(String).join('.')}: ${issue?.message}` };
}

function leaveOut(
  root: unknown,
  issue: { readonly path: readonly PropertyKey[]; readonly keys: readonly string[] },
): void {
  let place: unknown = root;
  for (const key of issue.path) place = Reflect.get(Object(place), key);
  for (const key of issue.keys) Reflect.deleteProperty(Object(place), key);
}
