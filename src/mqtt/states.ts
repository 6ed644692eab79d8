/**
 * What the retained state topics carry. A camera's or speaker's state holds only while the node's own state is `online`.
 * The schemas are the source of the types; statusPayload() makes the text.
 */
import { z } from 'zod';

const count = z.int().min(0);
const time = z.iso.datetime({ offset: true });
const reason = z.string().min(1).max(300).describe('a stable code or a short sentence without secrets');

/** Node state topic: plain text, so that the broker itself can write the last one (LWT). */
export const nodeState = z.enum(['online', 'stopped', 'offline']);
/** Whether something is switched on: plain text, as switches of home automation have it. */
export const switchState = z.enum(['ON', 'OFF']);

export const cameraStatus = z.strictObject({
  state: z.enum(['online', 'connecting', 'stalled', 'offline', 'disabled']),
  reason: reason.optional().describe('why it is not online'),
  since: time,
});

export const speakerStatus = z.strictObject({
  state: z.enum(['online', 'offline', 'muted', 'disabled']),
  reason: reason.optional(),
  since: time,
});

export const nodeInfo = z.strictObject({
  version: z.string().min(1),
  contract: z.string().optional().describe('version of this contract that the node speaks'),
  models: z.array(z.strictObject({ name: z.string(), sha256: z.string().regex(/^[0-9a-f]{64}$/) })),
  cameras: z.array(z.string()),
  speakers: z.array(z.string()),
  commands: z.array(z.string()).optional().describe('which commands the site allows'),
  configRevision: z.string().optional().describe('sha256 of the configuration file in force'),
  startedAt: time,
});

export const promptCounts = z.strictObject({
  spoken: count,
  groups: count.describe('of these, to three or more at once'),
  refused: z
    .record(z.string(), count)
    .describe(
      'never spoken, by why: person_left, helmet_on, stale, queue_full, hourly_cap, quiet_hours, volume_zero, noise_sensitive',
    ),
});

export const nodeHealth = z.strictObject({
  status: z.enum(['healthy', 'degraded', 'failing']),
  symptoms: z.array(z.string()).describe('stable codes of what is wrong now; empty when healthy'),
  outbox: z.strictObject({
    depth: count.describe('events that wait for the broker'),
    oldestAgeS: count.describe('age of the oldest of them'),
    dropped: count.describe('events that found no room since the start; they never got a number'),
    evidenceDropped: count.optional().describe('pictures deleted before their time to make room for events'),
  }),
  prompts: z.record(z.string(), promptCounts).describe('by speaker, since the node started'),
  at: time,
});

const rate = z.number().min(0).max(100).nullable();
const statsWindow = z.strictObject({
  from: time.describe('begin of the window, by the clock of the site; it runs to now'),
  reminded: count.describe('people who heard a prompt and whose incident is over: corrected + notCorrected + unknown'),
  corrected: count,
  notCorrected: count,
  unknown: count.describe('never counted as either'),
  correctionRate: rate.describe('per cent, two decimals: corrected ÷ (corrected + notCorrected); null where that is 0'),
  helmetUse: z.strictObject({
    riders: count.describe('riders and passengers whose head could be judged on arrival'),
    helmeted: count,
    undecided: count.describe('others'),
    helmetUseRate: rate.describe('per cent, two decimals: helmeted ÷ riders'),
  }),
});
/** An incident counts in the window in which it ended. */
export const cameraStats = z.strictObject({ hour: statsWindow, day: statsWindow, month: statsWindow });

export type CameraStats = z.infer<typeof cameraStats>;
export type NodeState = z.infer<typeof nodeState>;
export type CameraStatus = z.infer<typeof cameraStatus>;
export type SpeakerStatus = z.infer<typeof speakerStatus>;
export type NodeInfo = z.infer<typeof nodeInfo>;
export type PromptCounts = z.infer<typeof promptCounts>;
export type NodeHealth = z.infer<typeof nodeHealth>;

export function statusPayload(status: CameraStatus | SpeakerStatus | NodeInfo | NodeHealth | CameraStats): string {
  return JSON.stringify(status);
}
