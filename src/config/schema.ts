/** The configuration: single source of its types, defaults, limits and descriptions. */
import { z } from 'zod';
import { COMMAND_NAMES } from '../mqtt/commands';
import { consoleSchema } from './console';
import { idSchema } from './id';
import { speakerSchema } from './speakers';

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
  approach: z
    .array(polygonSchema)
    .max(10)
    .default([])
    .describe('only riders whose wheels came through here are addressed; none = wherever they come from'),
  travel: z
    .tuple([pointSchema, pointSchema])
    .optional()
    .describe('an arrow, from one point to the other: who rides the other way is not addressed'),
  ignore: z.array(polygonSchema).max(10).default([]).describe('whatever stands in here is not looked at'),
  lane: z.number().int().min(0).max(20).default(0),
  direction: z.enum(['N', 'NE', 'E', 'SE', 'S', 'SW', 'W', 'NW']).optional(),
});

const mqttSchema = z.strictObject({
  url: z.string().regex(/^(mqtts?|wss?):\/\/[^\s]+$/, 'an address such as mqtt://192.0.2.20:1883'),
  username: z.string().max(200).optional(),
  password: z.string().max(200).optional().describe('better: environment variable ANQI_MQTT_PASSWORD'),
  protocolVersion: z
    .union([z.literal(4), z.literal(5)])
    .default(5)
    .describe('4 = MQTT 3.1.1, 5 = MQTT 5'),
  caFile: z.string().optional(),
  certFile: z.string().optional().describe('client certificate, with keyFile'),
  keyFile: z.string().optional(),
  alpn: z.string().min(1).max(255).optional().describe('TLS application protocol, where the broker shares a port'),
  commands: z
    .array(z.enum(COMMAND_NAMES))
    .default(['ping', 'info', 'stats.get', 'event.replay'])
    .describe('what the platform may ask for'),
  homeAssistant: z
    .strictObject({
      prefix: z
        .string()
        .regex(/^[\w/-]+$/)
        .default('homeassistant'),
    })
    .optional()
    .describe('announce this box to Home Assistant'),
});

const outboxSchema = z.strictObject({
  maxBytes: z.number().int().min(10_000_000).default(1_000_000_000),
});

const percentSchema = z.number().int().min(0).max(100);
const volumeSchema = z.strictObject({
  day: percentSchema.default(100).describe('share of the speaker’s own volume whenever no other level holds'),
  noon: z
    .strictObject({ from: clockSchema, to: clockSchema, percent: percentSchema })
    .default({ from: '11:30', to: '14:00', percent: 70 }),
  evening: z
    .strictObject({ from: clockSchema, to: clockSchema, percent: percentSchema })
    .default({ from: '19:00', to: '22:00', percent: 60 }),
});

const promptsSchema = z.strictObject({
  dialect: z.enum(['wuu', 'none']).default('wuu').describe('wuu = Changxing dialect after Mandarin'),
  mandarinModel: z
    .string()
    .min(1)
    .optional()
    .describe('folder of a sherpa-onnx voice for Mandarin; espeak-ng speaks where it is left out or fails'),
  reactionMs: z.number().int().min(1000).max(60_000).default(8000),
  reminderAfterMs: z.number().int().min(1000).max(120_000).default(15_000),
  reminders: z.number().int().min(0).max(1).default(1),
  thanks: z.boolean().default(true),
  minGapMs: z.number().int().min(0).max(60_000).default(1500),
  maxPerHour: z.number().int().min(1).max(600).default(120),
  maxWaitMs: z.number().int().min(1000).max(60_000).default(8000),
  quietHours: z.strictObject({ from: clockSchema, to: clockSchema }).nullable().default({ from: '22:00', to: '06:00' }),
  volume: volumeSchema.prefault({}),
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
  serve: z
    .strictObject({
      url: z
        .string()
        .regex(/^https?:\/\/[^\s?#]+$/, 'an address such as http://192.0.2.5:8090')
        .describe('as the platform reaches this box'),
      host: z.string().min(1).default('0.0.0.0'),
      port: z.number().int().min(0).max(65_535).default(8090),
    })
    .optional()
    .describe('show pictures to whoever has the signed link in the event'),
  upload: z
    .strictObject({
      url: z.string().regex(/^https?:\/\/[^\s?#]+$/, 'an address such as https://store.example/anqi'),
      username: z.string().max(200).optional(),
      password: z.string().max(200).optional().describe('better: environment variable ANQI_UPLOAD_PASSWORD'),
      maxBytesPerS: z.number().int().min(1_000).default(250_000).describe('what the uplink can spare'),
    })
    .optional()
    .describe('bring pictures to a store by HTTP PUT; the events then name them there'),
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
    .strictObject({
      folder: z.string().optional(),
      threads: z.number().int().min(1).max(8).default(1),
      provider: z.enum(['cpu', 'cuda', 'tensorrt']).default('cpu'),
    })
    .prefault({}),
  cameras: z.array(cameraSchema).max(16),
  speakers: z.array(speakerSchema).max(16).default([]),
  mqtt: mqttSchema.optional().describe('without it events wait in the outbox'),
  prompts: promptsSchema.prefault({}),
  decision: decisionSchema.prefault({}),
  outbox: outboxSchema.prefault({}),
  evidence: evidenceSchema.prefault({}),
  console: consoleSchema.nullable().prefault({}).describe('the technician’s page in a browser; null = none'),
});

/** For editors: keys, limits and descriptions. */
export function configJsonSchema(): Record<string, unknown> {
  return z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
}

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
