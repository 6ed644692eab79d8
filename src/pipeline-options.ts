/** From the configuration and the models' manifests to what the pipeline of one camera decides with (pure). */
import type { CameraConfig, Config, SpeakerConfig } from './config/schema';
import type { Ground, Polygons } from './incident/ground';
import type { IncidentPolicy, Rung } from './incident/machine';
import type { Hours, TurnPolicy } from './incident/turns';
import type { CameraIdentity } from './mqtt/drafts';
import type { RiderOptions } from './rider/riders';
import type { TrackerOptions } from './tracker/tracker';
import type { DetectorInfo } from './vision/detector';

export interface PipelineOptions {
  readonly camera: CameraIdentity;
  readonly tracker: TrackerOptions;
  readonly riders: Omit<RiderOptions, 'picture'>;
  readonly policy: IncidentPolicy;
  /** Where riders are spoken to. */
  readonly ground: Ground;
  readonly ignore: Polygons;
}

const COMPANION_GRACE_MS = 1200;
const MAX_WAITING_PROMPTS = 8;

export function pipelineOptions(config: Config, camera: CameraConfig, detector: DetectorInfo): PipelineOptions {
  const { decision, prompts } = config;
  const { thresholds } = detector;
  const { track, confirm, confirmAfterMs } = thresholds['rider-detector'];
  return {
    camera: cameraIdentity(config, camera, detector),
    tracker: {
      confirmConfidence: confirm,
      minConfidence: track,
      confirmAfterMs,
      lostForMs: decision.lostForMs,
    },
    riders: { ...thresholds['rider-detector'], ...thresholds['head-finder'], vote: thresholds['head-classifier'] },
    policy: {
      ladder: ladder(prompts),
      correctedAfterMs: decision.correctedAfterMs,
      companionGraceMs: COMPANION_GRACE_MS,
      saysThanks: prompts.thanks,
      saysCaptured: prompts.captured,
    },
    ground: { watch: camera.watch, approach: camera.approach, travel: camera.travel ?? null },
    ignore: camera.ignore,
  };
}

/** Mandarin, then the dialect, then at most one reminder in Mandarin. */
export function ladder({ dialect, reactionMs, reminderAfterMs, reminders }: Config['prompts']): Rung[] {
  const rungs: Rung[] = [{ lang: 'zh-CN', kind: 'request', waitMs: reactionMs }];
  if (dialect === 'wuu') rungs.push({ lang: 'wuu', kind: 'request', waitMs: reactionMs });
  if (reminders > 0) {
    rungs.push({ lang: 'zh-CN', kind: 'reminder', waitMs: reminderAfterMs });
    const before = rungs.at(-2);
    if (before !== undefined) rungs[rungs.length - 2] = { ...before, waitMs: reminderAfterMs };
  }
  return rungs;
}

/** @param ownPercent the volume of the speaker itself, of which the time of day leaves a share */
export function turnPolicy(prompts: Config['prompts'], ownPercent = 100): TurnPolicy {
  const { minGapMs, maxPerHour, maxWaitMs, quietHours, noiseSensitive, approvalNumber, volume } = prompts;
  const share = (percent: number): number => Math.round((ownPercent * percent) / 100);
  const level = ({ percent, ...clock }: Config['prompts']['volume']['noon']) => ({
    ...hours(clock),
    percent: share(percent),
  });
  return {
    minGapMs,
    maxPerHour,
    maxWaitMs,
    maxWaiting: MAX_WAITING_PROMPTS,
    quiet: quietHours === null ? null : hours(quietHours),
    volume: { dayPercent: share(volume.day), levels: [level(volume.noon), level(volume.evening)] },
    isSilenced: noiseSensitive && approvalNumber === undefined,
  };
}

/** Minutes since midnight in an IANA time zone. */
export function minuteOfDay(nowMs: number, timeZone: string): number {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(nowMs);
  const value = (type: string): number => Number(parts.find((part) => part.type === type)?.value ?? 0);
  return value('hour') * 60 + value('minute');
}

/** 0–100; a kind without a volume of its own plays a sound as it is. */
export function volumeOf(speaker: SpeakerConfig): number {
  return 'volume' in speaker ? speaker.volume : 100;
}

function hours({ from, to }: { readonly from: string; readonly to: string }): Hours {
  return { fromMinute: minutes(from), toMinute: minutes(to) };
}

function minutes(clock: string): number {
  const [hours = 0, rest = 0] = clock.split(':').map(Number);
  return hours * 60 + rest;
}

function cameraIdentity({ node }: Config, camera: CameraConfig, detector: DetectorInfo): CameraIdentity {
  const classifier = detector.models.find((model) => model.name === 'head-classifier') ?? {
    name: 'head-classifier',
    sha256: '',
  };
  return {
    cameraId: camera.id,
    timeZone: node.timeZone,
    model: { name: classifier.name, sha256: classifier.sha256 },
    site: {
      ...(node.deviceId === undefined ? {} : { deviceId: node.deviceId }),
      ...(node.name === '' ? {} : { name: node.name }),
      lat: node.lat,
      lon: node.lon,
      lane: camera.lane,
      ...(camera.direction === undefined ? {} : { direction: camera.direction }),
    },
  };
}
