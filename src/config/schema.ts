/** The configuration: single source of its types, defaults, limits and descriptions. */
import { z } from 'zod';

const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/, 'letters, digits, - and _ (at most 64, beginning with a letter or digit)');

const pointSchema = z.tuple([z.number().min(0).max(1), z.number().min(0).max(1)]);
const polygonSchema = z.array(pointSchema).min(3).max(20);
const clockSchema = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "22:00" (in quotes)');

const cameraSchema = z.strictObject({
  id: idSchema,
  name: z.string().max(100).default('').describe('shown to people'),
  enabled: z.boolean().default(true),
  url: z
    .string()
    .regex(/^rtsps?:\/\/[^\s]+$/, 'an address such as rtsp://192.0.2.10:554/stream1')
    .describe('without user and password: they go into username and password'),
  username: z.string().max(200).optional(),
  password: z.string().max(200).optional().describe('better: environment variable ANQI_CAMERA_<ID>_PASSWORD'),
  transport: z.enum(['tcp', 'udp']).default('tcp'),
  analysedFps: z.number().min(1).max(25).default(5),
  maxWidthPx: z.number().int().min(320).max(3840).default(1920),
  stallTimeoutMs: z.number().int().min(1000).max(60_000).default(4000),
  speaker: idSchema.optional().describe('id of the speaker that belongs to this camera; none = silent'),
  watch: z
    .array(polygonSchema)
    .max(10)
    .default([])
    .describe('only riders whose wheels touch the ground in here are addressed'),
  ignore: z.array(polygonSchema).max(10).default([]).describe('whatever stands in here is not looked at'),
  lane: z.number().int().min(0).max(20).default(0),
  direction: z.enum(['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW']).optional(),
});

const speakerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    id: idSchema,
    kind: z.literal('local').describe('ALSA or PulseAudio on this box'),
    device: z.string().max(200).optional(),
    volume: z.number().int().min(0).max(100).default(80),
  }),
  z.strictObject({
    id: idSchema,
    kind: z.literal('folder').describe('writes WAV files instead of playing them'),
    folder: z.string().min(1),
  }),
]);

const mqttSchema = z.strictObject({
  url: z.string().regex(/^(mqtts?|wss?):\/\/[^\s]+$/, 'an address such as mqtt://192.0.2.20:1883'),
  username: z.string().max(200).optional(),
  password: z.string().max(200).optional().describe('better: environment variable ANQI_MQTT_PASSWORD'),
  protocolVersion: z
    .union([z.literal(4), z.literal(5)])
    .default(5)
    .describe('4 = MQTT 3.1.1, 5 = MQTT 5'),
  caFile: z.string().optional(),
});

const promptsSchema = z.strictObject({
  dialect: z.enum(['wuu', 'none']).default('wuu').describe('wuu = Changxing dialect after Mandarin'),
  reactionMs: z.number().int().min(1000).max(60_000).default(8000),
  reminderAfterMs: z.number().int().min(1000).max(120_000).default(15_000),
  reminders: z.number().int().min(0).max(1).default(1),
  thanks: z.boolean().default(true),
  minGapMs: z.number().int().min(0).max(60_000).default(1500),
  maxPerHour: z.number().int().min(1).max(600).default(120),
  maxWaitMs: z.number().int().min(1000).max(60_000).default(8000),
  quietHours: z.strictObject({ from: clockSchema, to: clockSchema }).nullable().default({ from: '22:00', to: '06:00' }),
  noiseSensitive: z.boolean().default(false),
  approvalNumber: z.string().max(100).optional(),
  captured: z.boolean().default(false).describe('say 您已经被抓拍 as well'),
  wording: z
    .record(
      z.string(),
      z.strictObject({ 'zh-CN': z.string().min(1).max(200).optional(), wuu: z.string().min(1).max(200).optional() }),
    )
    .default({})
    .describe('own wording by phrase'),
});

const decisionSchema = z.strictObject({
  correctedAfterMs: z.number().int().min(200).max(10_000).default(1000),
  lostForMs: z.number().int().min(500).max(30_000).default(3000),
});

const evidenceSchema = z.strictObject({
  retentionDays: z.number().int().min(1).max(30).default(30),
  maxBytes: z.number().int().min(10_000_000).default(5_000_000_000),
});

export const configSchema = z.strictObject({
  version: z.literal(1),
  node: z.strictObject({
    id: idSchema.describe('unique among all boxes of the platform'),
    name: z.string().max(100).default(''),
    deviceId: z
      .string()
      .regex(/^\d{20}$/, 'the 20 digits of the GB/T 28181 device id (in quotes)')
      .optional(),
    lat: z.number().min(-90).max(90).default(0),
    lon: z.number().min(-180).max(180).default(0),
    timeZone: z.string().refine(isTimeZone, 'an IANA time zone such as Asia/Shanghai').default('Asia/Shanghai'),
  }),
  dataFolder: z.string().min(1).default('/var/lib/anqi'),
  log: z.strictObject({ level: z.enum(['trace', 'debug', 'info', 'warn', 'error']).default('info') }).prefault({}),
  models: z
    .strictObject({ folder: z.string().optional(), threads: z.number().int().min(1).max(8).default(1) })
    .prefault({}),
  cameras: z.array(cameraSchema).min(1).max(16),
  speakers: z.array(speakerSchema).max(16).default([]),
  mqtt: mqttSchema.optional().describe('without it events wait in the outbox'),
  prompts: promptsSchema.prefault({}),
  decision: decisionSchema.prefault({}),
  evidence: evidenceSchema.prefault({}),
});

export type Config = z.infer<typeof configSchema>;
export type CameraConfig = Config['cameras'][number];
export type SpeakerConfig = Config['speakers'][number];

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
