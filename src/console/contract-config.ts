/** Routes of the configuration and of the loudspeakers. */
import { z } from 'zod';
import { brokerSchema, changeSchema, idSchema, line, type RouteSpec } from './route';

const revision = z.string().regex(/^[0-9a-f]{64}$/);
/** A configuration is some kilobytes; wording and zones may make it longer. */
const TEXT_CHARS = 200_000;
const TEXT_BYTES = 128 * 1024;
const yaml = z.string().max(TEXT_CHARS);
const problem = z.strictObject({ line: z.int(), key: z.string(), found: z.string(), expected: z.string() });

export const CONFIG_ROUTES = {
  changeOutcome: {
    method: 'GET',
    path: '/api/changes/:transaction',
    access: 'technician',
    summary: 'What became of a change: in force, still being tried, or taken back and why',
    params: z.strictObject({ transaction: z.string().regex(/^[0-9a-f-]{8,64}$/) }),
    response: z.strictObject({ state: z.enum(['trying', 'in_force', 'rolled_back', 'unknown']), detail: z.string() }),
  },
  config: {
    method: 'GET',
    path: '/api/config',
    access: 'technician',
    summary: 'The configuration file, secrets shown as ••••••, and the one before the last change',
    response: z.strictObject({
      revision,
      text: z.string(),
      previous: z.string().nullable(),
      schema: z.record(z.string(), z.unknown()).describe('JSON Schema with descriptions'),
      broker: z.strictObject({ url: z.string(), username: z.string().nullable() }).nullable(),
    }),
  },
  checkConfig: {
    method: 'POST',
    path: '/api/config/check',
    access: 'technician',
    summary: 'Every problem of a text, with its line; changes nothing',
    body: z.strictObject({ text: yaml }),
    maxBytes: TEXT_BYTES,
    response: z.strictObject({ problems: z.array(problem) }),
  },
  saveConfig: {
    method: 'PUT',
    path: '/api/config',
    access: 'technician',
    summary: 'Puts a text in force on trial; •••••• keeps the secret that was there',
    body: z.strictObject({ text: yaml, revision }),
    maxBytes: TEXT_BYTES,
    response: changeSchema,
  },
  rollBackConfig: {
    method: 'POST',
    path: '/api/config/roll-back',
    access: 'technician',
    summary: 'Puts the text before the last change in force on trial, with the secrets that it had',
    body: z.strictObject({ revision }),
    response: changeSchema,
  },
  backUpConfig: {
    method: 'POST',
    path: '/api/config/backup',
    access: 'technician',
    summary: 'The configuration file with its secrets, for whoever gives their own password again',
    body: z.strictObject({ password: z.string().min(1).max(200) }),
    response: z.strictObject({ text: z.string() }),
  },
  restart: { method: 'POST', path: '/api/restart', access: 'technician', summary: 'Starts the service anew' },
  setBroker: {
    method: 'PUT',
    path: '/api/broker',
    access: 'technician',
    summary: 'Where events go; the old one returns when the new one is not reached',
    body: brokerSchema,
    response: changeSchema,
  },
  speakers: {
    method: 'GET',
    path: '/api/speakers',
    access: 'technician',
    summary: 'The loudspeakers, and the manners that hold for all of them',
    response: z.strictObject({
      speakers: z.array(z.strictObject({ id: z.string(), kind: z.string(), volume: z.number(), isGood: z.boolean() })),
      quietHours: z.strictObject({ from: z.string(), to: z.string() }).nullable(),
      volume: z.strictObject({
        day: z.number(),
        noon: z.strictObject({ from: z.string(), to: z.string(), percent: z.number() }),
        evening: z.strictObject({ from: z.string(), to: z.string(), percent: z.number() }),
      }),
      noiseSensitive: z.boolean(),
      approvalNumber: z.string().nullable(),
      dialect: z.enum(['wuu', 'none']),
    }),
  },
  setSpeaking: {
    method: 'PUT',
    path: '/api/speakers',
    access: 'technician',
    summary: 'Volumes by time of day, quiet hours, noise-sensitive site',
    body: z.strictObject({
      volumes: z.record(idSchema, z.int().min(0).max(100)).describe('of each speaker'),
      quietHours: z.strictObject({ from: z.string().max(5), to: z.string().max(5) }).nullable(),
      volume: z.strictObject({
        day: z.int().min(0).max(100),
        noon: z.strictObject({ from: z.string().max(5), to: z.string().max(5), percent: z.int().min(0).max(100) }),
        evening: z.strictObject({ from: z.string().max(5), to: z.string().max(5), percent: z.int().min(0).max(100) }),
      }),
      noiseSensitive: z.boolean(),
      approvalNumber: line(100).nullable(),
    }),
    response: changeSchema,
  },
  testSpeaker: {
    method: 'POST',
    path: '/api/speakers/:id/test',
    access: 'technician',
    summary: 'Says the first request; quiet hours and the hourly cap hold for it as well',
    params: z.strictObject({ id: idSchema }),
    body: z.strictObject({ lang: z.enum(['zh-CN', 'wuu']) }),
    response: z.strictObject({ text: z.string(), playback: z.string(), reason: z.string().nullable() }),
  },
} as const satisfies Record<string, RouteSpec>;
