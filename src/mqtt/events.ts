/**
 * The three events of an incident as CloudEvents 1.0 structured JSON: violation, prompt, outcome.
 * These schemas are the only source of the payload types. Live publishing and `anqi replay` both go through
 * toCloudEvent + encodeEvent, so what a file shows is byte for byte what MQTT carries.
 */
import { z } from 'zod';
import { CLOTHING_COLOURS, type PromptLanguage } from '../domain';
import { formatTime } from './time';

const ratio = z.number().min(0).max(1);
const count = z.int().min(0);
const time = z.iso.datetime({ offset: true });
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const colour = z.enum(CLOTHING_COLOURS);
const language = z.enum(['zh-CN', 'wuu'] as const satisfies readonly PromptLanguage[]);

const site = z.strictObject({
  /** GB/T 28181 device id. */
  deviceId: z
    .string()
    .regex(/^\d{20}$/)
    .optional(),
  name: z.string().min(1).max(100).optional(),
  lat: z.number().min(-90).max(90).optional(),
  lon: z.number().min(-180).max(180).optional(),
  lane: count.optional(),
  direction: z.enum(['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW']).optional(),
});

const vehicle = z.strictObject({
  kind: z.literal('two_wheeler'),
  trackId: count,
  riderCount: z.int().min(1),
  /** Vehicle with its riders, 0–1 of the picture. */
  box: z.strictObject({ x: ratio, y: ratio, w: ratio, h: ratio }),
  /** Size in pixels of the picture that was analysed. */
  frame: z.strictObject({ w: z.int().min(1), h: z.int().min(1) }),
});

const appearance = z.strictObject({
  upperColour: colour.optional(),
  colourScore: ratio.optional(),
  garment: z.string().min(1).max(40).optional(),
});

const person = z.strictObject({
  seat: z.enum(['driver', 'passenger', 'child']),
  head: z.enum(['worn', 'not_worn', 'unknown']),
  /** How sure the vote is of `head`. */
  score: ratio,
  /** Looks at this head, by what each said. */
  votes: z.strictObject({ worn: count, not_worn: count, unknown: count.optional() }),
  appearance: appearance.optional(),
});

const prompt = z
  .strictObject({
    promptId: z.string().min(1).max(64),
    /** 1 for the first prompt of the incident, then 2, … */
    number: z.int().min(1),
    /** Which sentence of the site's wording, e.g. base, basket, passenger, group. */
    phrase: z.string().min(1).max(40),
    lang: language,
    text: z.string().min(1).max(500),
    voice: z.enum(['synthetic', 'recorded']),
    requestedAt: time,
    /** Absent when no sound was ever started. */
    startedAt: time.optional(),
    endedAt: time.optional(),
    /** unconfirmed: handed to a speaker that cannot say whether it played. */
    playback: z.enum(['confirmed', 'unconfirmed', 'failed']),
    /** Why it failed or stayed unconfirmed. */
    reason: z.string().min(1).max(300).optional(),
  })
  .refine((value) => value.playback !== 'failed' || value.reason !== undefined, {
    path: ['reason'],
    error: 'a failed prompt says why',
  })
  .refine((value) => value.playback !== 'confirmed' || (value.startedAt !== undefined && value.endedAt !== undefined), {
    path: ['startedAt'],
    error: 'a confirmed prompt says when its sound started and ended',
  });

const outcome = z
  .strictObject({
    result: z.enum(['corrected', 'not_corrected', 'unknown_left', 'unknown_occluded']),
    /** Number of the last prompt spoken before it; 0 when none was. */
    afterPrompt: count,
    afterPromptLang: language.optional(),
    /** From the start of prompt `afterPrompt` (from the violation when 0) to the helmet being seen on the head. */
    reactionMs: count.optional(),
  })
  .refine((value) => (value.result === 'corrected') === (value.reactionMs !== undefined), {
    path: ['reactionMs'],
    error: 'present when corrected, and only then',
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
  /** true when sent again on request, false the first time. */
  replayed: z.boolean(),
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
  /** `outcome` is absent for somebody who was no violator. */
  persons: z
    .array(person.extend({ outcome: outcome.optional() }))
    .min(1)
    .max(8),
  /** Every prompt of the incident, in the order spoken. */
  prompts: z.array(prompt).max(32),
  outcome,
});

const envelope = {
  specversion: z.literal('1.0'),
  /** UUIDv7; with `source` it recognises a duplicate. */
  id: z.uuidv7(),
  source: z.string().regex(/^\/anqi\/node\/[^/]+\/camera\/[^/]+$/),
  subject: z.string().startsWith('incident/'),
  time,
  datacontenttype: z.literal('application/json'),
  /** Without gaps per node; ten digits, so that text order is number order. */
  sequence: z.string().regex(/^\d{10,}$/),
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
  /** IANA name or fixed offset of the site. */
  readonly timeZone: string;
}

/** Wraps a draft as CloudEvents 1.0. Throws a ZodError naming the field when the draft breaks the contract. */
export function toCloudEvent(draft: EventDraft, { nodeId, id, sequence, timeZone }: EventStamp): IncidentEvent {
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
    data: draft.data,
  });
}

/** The exact text that is published: one line of JSON. */
export function encodeEvent(event: IncidentEvent): string {
  return JSON.stringify(event);
}
