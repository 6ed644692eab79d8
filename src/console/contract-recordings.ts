/** Routes of the recording room: words of the dialect, takes, who spoke them, and what is heard now. */
import { z } from 'zod';
import type { RouteSpec } from './route';

const words = z
  .string()
  .normalize('NFC')
  .regex(/^\p{Script=Han}{1,60}$/u, 'Chinese characters alone');
const lang = z.enum(['zh-CN', 'wuu']);
const speakerName = z
  .string()
  .trim()
  .min(1)
  .max(60)
  .regex(/^\P{Cc}+$/u, 'a name without control characters');

/** Half a minute of 48 kHz in two channels. */
const MAX_TAKE_BYTES = 6 * 1024 * 1024;
export const MAX_ZIP_BYTES = 64 * 1024 * 1024;
const TAKE_TYPES = [
  ...['audio/wav', 'audio/x-wav', 'audio/wave', 'audio/vnd.wave'],
  ...['audio/webm', 'audio/ogg', 'audio/mpeg', 'audio/mp4', 'audio/x-m4a', 'audio/m4a', 'audio/aac', 'audio/x-caf'],
  ...['audio/amr', 'audio/3gpp', 'audio/flac', 'video/mp4', 'video/webm', 'video/3gpp'],
  'application/octet-stream',
] as const;

const advice = z.strictObject({
  code: z.enum([
    ...(['unreadable', 'silent', 'too_long', 'low_rate', 'clipped', 'quiet', 'short'] as const),
    ...(['long', 'noisy', 'no_silence_start', 'no_silence_end'] as const),
  ]),
  isSerious: z.boolean().describe('only another take helps'),
  value: z
    .number()
    .nullable()
    .describe('low_rate: Hz; clipped: places; quiet: LUFS; noisy: dB of voice above noise; short, long: seconds'),
});

const judged = z.strictObject({
  advice: z.array(advice),
  startMs: z.number().nullable().describe('where the voice begins in the take'),
  endMs: z.number().nullable(),
  lufs: z.number().nullable(),
});

const listed = z.strictObject({
  words: z.string(),
  kind: z.enum(['clause', 'slot', 'other']).describe('other: recorded, but no prompt needs it alone'),
  uses: z.array(z.string()).describe('phrases that say it, or the slot word it is'),
  state: z
    .enum(['recorded', 'machine', 'missing'])
    .describe('machine: the machine voice says it; missing: nothing can'),
  mandarin: z.string(),
  clause: z.string().describe('the clause around it, … for what changes'),
  ipa: z.string().nullable().describe('null where the tables lack a character'),
  note: z.string(),
  recording: z
    .strictObject({
      speaker: z.string().nullable().describe('null: put there by hand, nobody’s consent is written down'),
      recordedAt: z.string().nullable(),
      lengthMs: z.number().nullable(),
    })
    .nullable(),
});

const voice = z.enum(['recorded', 'synthetic']);

export const RECORDING_ROUTES = {
  listRecordings: {
    method: 'GET',
    path: '/api/recordings',
    access: 'technician',
    summary: 'What has to be recorded in dialect, what is, and who spoke it',
    response: z.strictObject({
      words: z.array(listed),
      speakers: z.array(z.strictObject({ name: z.string(), consentedAt: z.string(), recordings: z.int() })),
      consent: z.string().describe('the sentence that a speaker agrees to'),
      phrases: z.array(
        z.strictObject({
          id: z.string(),
          sentences: z.array(z.strictObject({ lang, text: z.string(), voice })),
        }),
      ),
    }),
  },
  checkTake: {
    method: 'POST',
    path: '/api/recordings/:words/check',
    access: 'technician',
    summary: 'Judges a take without keeping it: WAV, or whatever the ffmpeg of the box reads',
    params: z.strictObject({ words }),
    upload: TAKE_TYPES,
    maxBytes: MAX_TAKE_BYTES,
    response: judged,
  },
  keepTake: {
    method: 'PUT',
    path: '/api/recordings/:words',
    access: 'technician',
    summary: 'Keeps a take, cut to the voice: the next prompt uses it. Nothing serious may be wrong with it',
    params: z.strictObject({ words }),
    query: z.strictObject({ speaker: speakerName.describe('who spoke it, and has agreed') }),
    upload: TAKE_TYPES,
    maxBytes: MAX_TAKE_BYTES,
    response: judged,
  },
  removeRecording: {
    method: 'DELETE',
    path: '/api/recordings/:words',
    access: 'technician',
    summary: 'Deletes a recording of the site',
    params: z.strictObject({ words }),
  },
  wordsSound: {
    method: 'GET',
    path: '/api/recordings/:words/sound',
    access: 'technician',
    summary: 'How the words sound now: the recording, or else the machine voice',
    params: z.strictObject({ words }),
    file: 'audio/wav',
  },
  phraseSound: {
    method: 'GET',
    path: '/api/phrases/:phrase/:lang/sound',
    access: 'technician',
    summary: 'How a phrase sounds now, as a loudspeaker would play it; personal ones with an example',
    params: z.strictObject({ phrase: z.string().regex(/^[a-z]{1,20}$/), lang }),
    file: 'audio/wav',
  },
  addVoiceSpeaker: {
    method: 'POST',
    path: '/api/voice-speakers',
    access: 'technician',
    summary: 'Writes down that somebody agrees to be recorded',
    body: z.strictObject({
      name: speakerName,
      consent: z.literal(true).describe('they have read, or been read, the sentence, and agree'),
    }),
  },
  removeVoiceSpeaker: {
    method: 'DELETE',
    path: '/api/voice-speakers/:name',
    access: 'technician',
    summary: 'Somebody takes their consent back: their recordings are deleted',
    params: z.strictObject({ name: speakerName }),
    response: z.strictObject({ deleted: z.int() }),
  },
  exportRecordings: {
    method: 'GET',
    path: '/api/recordings.zip',
    access: 'technician',
    summary:
      'Recordings with recordings.json: who spoke them, when they agreed, SHA-256. Without those put there by hand',
    file: 'application/zip',
  },
  importRecordings: {
    method: 'POST',
    path: '/api/recordings.zip',
    access: 'technician',
    summary: 'Takes in such a ZIP: all of it, or nothing and why',
    upload: ['application/zip', 'application/x-zip-compressed', 'application/octet-stream'],
    maxBytes: MAX_ZIP_BYTES,
    response: z.strictObject({
      imported: z.int(),
      problems: z.array(
        z.strictObject({
          name: z.string(),
          code: z.enum(['book', 'not_booked', 'not_there', 'changed', 'no_consent', 'take']),
          detail: z.string(),
          advice: z.array(advice),
        }),
      ),
    }),
  },
} as const satisfies Record<string, RouteSpec>;
