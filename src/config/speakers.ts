/** The `speakers` of the configuration: one form for each kind. */
import { isIPv4 } from 'node:net';
import { z } from 'zod';
import { idSchema } from './id';

const id = idSchema;
const volume = z.number().int().min(0).max(100).default(80);
const channel = z.number().int().min(1).max(64).default(1).describe('1 in a device with one loudspeaker');

/** Of a device that is logged in to. */
const login = {
  username: z
    .string()
    .max(200)
    .regex(/^[\x20-\x7e]+$/, 'printable ASCII characters')
    .optional(),
  password: z.string().max(200).optional().describe('better: environment variable ANQI_SPEAKER_<ID>_PASSWORD'),
};

const httpDevice = {
  id,
  url: z
    .string()
    .regex(/^https?:\/\/[^\s/?#]+\/?$/, 'an address such as http://192.0.2.30, without user and path')
    .refine((url) => URL.canParse(url), 'an address such as http://192.0.2.30'),
  ...login,
  acceptAnyCertificate: z.boolean().default(false).describe('https to a device with a certificate of its own making'),
  volume,
};

export const speakerSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    id,
    kind: z.literal('local').describe('ALSA or PulseAudio on this box'),
    device: z.string().max(200).optional(),
    volume,
  }),
  z.strictObject({
    id,
    kind: z.literal('folder').describe('writes WAV files instead of playing them'),
    folder: z.string().min(1),
  }),
  z.strictObject({ kind: z.literal('axis'), ...httpDevice }),
  z.strictObject({ kind: z.literal('hikvision'), ...httpDevice, channel }),
  z.strictObject({ kind: z.literal('dahua'), ...httpDevice, channel }),
  z.strictObject({
    id,
    kind: z.literal('onvif').describe('audio backchannel of an ONVIF Profile T camera'),
    url: z
      .string()
      .regex(/^rtsp:\/\/[^\s]+$/, 'an address such as rtsp://192.0.2.10:554/stream1')
      .refine((url) => URL.canParse(url), 'an address such as rtsp://192.0.2.10:554/stream1'),
    ...login,
    volume,
  }),
  z.strictObject({
    id,
    kind: z.literal('rtp').describe('a horn that listens to RTP, alone or in a multicast group'),
    host: z.string().regex(/^[\w.:-]{1,253}$/, 'an IP address such as 239.255.0.10, or a name'),
    port: z.number().int().min(1024).max(65_534),
    codec: z.enum(['pcmu', 'opus']).default('pcmu'),
    payloadType: z.number().int().min(96).max(127).default(96).describe('of Opus; PCMU has 0'),
    ttl: z.number().int().min(1).max(255).default(1).describe('routers a multicast packet may pass, 1 = none'),
    interface: z.string().refine(isIPv4, 'the IPv4 address of a network card of this box').optional(),
    volume,
  }),
]);

/** For people, in the order of the manual. */
export const SPEAKER_KINDS = speakerSchema.options.map((option) => option.shape.kind.value);
