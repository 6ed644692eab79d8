/** Routes of incidents: list, story, evidence, mark. Every look at one is audited. */
import { z } from 'zod';
import { idSchema, line, type RouteSpec } from './route';

const incidentId = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,63}$/);
const result = z.enum(['corrected', 'not_corrected', 'unknown_left', 'unknown_occluded']);
const flag = z.enum(['yes', 'no']);
export const WRONG_REASONS = [
  'helmet_on',
  'cap_or_hood',
  'no_rider',
  'not_riding',
  'wrong_person',
  'wrong_outcome',
  'other',
] as const;
const wrong = z.enum(WRONG_REASONS);

const incident = z.strictObject({
  incidentId: z.string(),
  camera: z.string(),
  endedAt: z.string(),
  seat: z.string(),
  result,
  prompts: z.int().describe('how many this person heard'),
  lastLang: z.string().nullable(),
  reactionMs: z.number().nullable(),
  mark: z.strictObject({ by: z.string(), reason: wrong, note: z.string() }).nullable(),
});

const step = z.strictObject({
  at: z.string(),
  kind: z.enum(['violation', 'prompt', 'outcome']),
  persons: z.array(
    z.strictObject({
      seat: z.string(),
      head: z.string(),
      score: z.number(),
      votes: z.strictObject({ worn: z.int(), notWorn: z.int() }),
      clothes: z.array(z.string()),
    }),
  ),
  prompt: z
    .strictObject({
      number: z.int(),
      lang: z.string(),
      text: z.string(),
      playback: z.string(),
      proof: z.string().nullable(),
      reason: z.string().nullable(),
    })
    .nullable(),
  outcome: z
    .strictObject({ result, reason: z.string().nullable(), afterPrompt: z.int(), reactionMs: z.number().nullable() })
    .nullable(),
});

export const INCIDENT_ROUTES = {
  listIncidents: {
    method: 'GET',
    path: '/api/incidents',
    access: 'technician',
    summary: 'Incidents that are over, the latest first',
    query: z.strictObject({
      since: z
        .string()
        .regex(/^(\d{1,5}[dh]|\d{4}-\d{2}-\d{2})$/)
        .default('7d'),
      before: z.string().max(40).optional().describe('endedAt of the last one of the page before'),
      camera: idSchema.optional(),
      result: result.optional(),
      reminded: flag.optional(),
      marked: flag.optional(),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
    response: z.strictObject({ incidents: z.array(incident) }),
  },
  incident: {
    method: 'GET',
    path: '/api/incidents/:id',
    access: 'technician',
    summary: 'The story of one incident, and which evidence of it is still there',
    params: z.strictObject({ id: incidentId }),
    response: z.strictObject({
      incident,
      steps: z.array(step),
      evidence: z.array(z.strictObject({ kind: z.enum(['full', 'crop', 'clip']), name: z.string() })),
    }),
  },
  incidentEvidence: {
    method: 'GET',
    path: '/api/incidents/:id/evidence/:name',
    access: 'technician',
    summary: 'A picture or the clip of an incident: everybody but the subject is blurred',
    params: z.strictObject({ id: incidentId, name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9.-]{0,160}$/) }),
    file: 'application/octet-stream',
  },
  markIncident: {
    method: 'PUT',
    path: '/api/incidents/:id/mark',
    access: 'technician',
    summary: 'Marks an incident as wrong; null takes the mark away',
    params: z.strictObject({ id: incidentId }),
    body: z.strictObject({ reason: wrong.nullable(), note: line(300) }),
  },
} as const satisfies Record<string, RouteSpec>;
