/** From what was measured to figures beside their targets (pure). */
import type { IncidentEvent } from '../../src/mqtt/events';
import { percentile } from '../../src/runtime/percentile';
import type { CrowdFigures, InferenceFloor, SpeechFigures } from './floors';
import type { Decision } from './service';

export interface RssSample {
  /** Since the service was warm. */
  readonly atS: number;
  readonly mb: number;
}

export interface Measured {
  readonly seconds: number;
  /** CPU seconds within the measured time. */
  readonly cpu: { readonly node: number; readonly ffmpeg: number; readonly other: number };
  /** Pictures that came out of ffmpeg in the measured time. */
  readonly frames: number;
  readonly decisions: readonly Decision[];
  readonly events: readonly IncidentEvent[];
  readonly rss: readonly RssSample[];
  readonly ffmpegAloneShares: readonly number[];
  readonly inference: InferenceFloor;
  /** With one thread, and with as many as the service would use on this machine. */
  readonly crowds: readonly CrowdFigures[];
  readonly speech: SpeechFigures;
}

export interface Row {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  /** Null where the figure has none. */
  readonly target: string | null;
  /** Null where there is no target, or nothing to judge it by. */
  readonly isMet: boolean | null;
  readonly note?: string;
}

const MIN_FPS = 5;
/** A camera's 25 pictures a second do not divide evenly into seconds of ours. */
const FPS_TOLERANCE = 0.05;
const MAX_CORE_SHARE = 0.6;
const MAX_DECISION_MS = 150;
const MAX_FIRST_SOUND_MS = 300;
const MAX_RSS_MB = 400;
/** Garbage waits for its collection, so memory is a sawtooth; a leak is what raises its peaks. */
const MAX_PEAK_GROWTH_PERCENT = 5;
const RSS_JUDGED_AFTER_S = 600;

export function rowsOf(measured: Measured): Row[] {
  return [
    ...speedRows(measured),
    ...soundRows(measured.events),
    ...memoryRows(measured.rss),
    ...floorRows(measured),
    ...measured.crowds.flatMap(crowdRows),
    ...speechRows(measured.speech),
  ];
}

function speedRows({ seconds, cpu, frames, decisions }: Measured): Row[] {
  const share = (cpu.node + cpu.ffmpeg + cpu.other) / seconds;
  const fps = decisions.length / seconds;
  const delays = decisions.map((one) => one.decidedAfterMs);
  const p95 = percentile(delays, 0.95);
  const of = `of ${delays.length} pictures`;
  return [
    limit('analysed pictures per second', fps, { unit: '/s', atLeast: MIN_FPS, tolerance: FPS_TOLERANCE }),
    figure('dropped pictures', frames - decisions.length, ''),
    limit('CPU, service and its children', 100 * share, { unit: '% of one core', atMost: 100 * MAX_CORE_SHARE }),
    figure('  of which the Node process', (100 * cpu.node) / seconds, '% of one core'),
    figure('  of which ffmpeg', (100 * cpu.ffmpeg) / seconds, '% of one core'),
    figure('  of which voices and players', (100 * cpu.other) / seconds, '% of one core'),
    figure('capture → decision p50', percentile(delays, 0.5), 'ms', of),
    limit('capture → decision p95', p95, { unit: 'ms', atMost: MAX_DECISION_MS, note: of }),
    figure('capture → decision p99', percentile(delays, 0.99), 'ms', of),
  ];
}

/** From the picture that confirmed a violation to the first sound, for prompts that had to wait for nobody. */
export function firstSoundDelaysMs(events: readonly IncidentEvent[]): { atOnce: number[]; waited: number[] } {
  const violations = new Map(
    events.flatMap((event) =>
      event.type === 'cn.anqi.helmet.violation.v1' ? [[event.data.incidentId, Date.parse(event.time)] as const] : [],
    ),
  );
  const atOnce: number[] = [];
  const waited: number[] = [];
  const counted = new Set<string>();
  for (const event of events) {
    if (event.type !== 'cn.anqi.helmet.prompt.v1') continue;
    const { prompt, incidentId } = event.data;
    const confirmedAtMs = violations.get(incidentId);
    const isFirst = prompt.number === 1 && !counted.has(prompt.promptId);
    if (!isFirst || confirmedAtMs === undefined || prompt.startedAt === undefined) continue;
    counted.add(prompt.promptId);
    const isAskedAtOnce = Date.parse(prompt.requestedAt) === confirmedAtMs;
    const startedAtMs = Date.parse(prompt.startedAt);
    const isSpeakerFree = !wasSpeaking(events, { fromMs: confirmedAtMs, untilMs: startedAtMs, not: prompt.promptId });
    (isAskedAtOnce && isSpeakerFree ? atOnce : waited).push(startedAtMs - confirmedAtMs);
  }
  return { atOnce, waited };
}

/** Whether another prompt, or the silence owed after it, lay within the time. */
function wasSpeaking(
  events: readonly IncidentEvent[],
  { fromMs, untilMs, not }: { fromMs: number; untilMs: number; not: string },
): boolean {
  return events.some((event) => {
    if (event.type !== 'cn.anqi.helmet.prompt.v1' || event.data.prompt.promptId === not) return false;
    const { startedAt, endedAt } = event.data.prompt;
    if (startedAt === undefined || endedAt === undefined) return false;
    return Date.parse(startedAt) < untilMs && Date.parse(endedAt) + GAP_MS > fromMs;
  });
}

/** The configuration's default of prompts.minGapMs. */
const GAP_MS = 1_500;

function soundRows(events: readonly IncidentEvent[]): Row[] {
  const { atOnce, waited } = firstSoundDelaysMs(events);
  const name = 'violation → first sound';
  if (atOnce.length === 0) {
    const note = 'no violation with a free speaker in the measured time';
    return [{ name, value: null, unit: 'ms', target: `≤ ${MAX_FIRST_SOUND_MS}`, isMet: null, note }];
  }
  const note = `of ${atOnce.length} prompts with a free speaker; ${waited.length} waited their turn`;
  return [
    figure(`${name} p50`, percentile(atOnce, 0.5), 'ms', note),
    limit(`${name} p95`, percentile(atOnce, 0.95), { unit: 'ms', atMost: MAX_FIRST_SOUND_MS, note }),
  ];
}

function memoryRows(rss: readonly RssSample[]): Row[] {
  const last = rss.at(-1);
  if (last === undefined) return [];
  const isLong = last.atS >= RSS_JUDGED_AFTER_S - 1;
  const minutes = rss.filter((one, i) => i === 0 || Math.floor(one.atS / 60) > Math.floor((rss[i - 1]?.atS ?? 0) / 60));
  const note = `each minute: ${minutes.map((one) => one.mb.toFixed(0)).join(' ')}`;
  const growth = { name: 'growth of its peaks, first to last third', unit: '%' };
  const short = `needs ${RSS_JUDGED_AFTER_S / 60} minutes: --minutes ${RSS_JUDGED_AFTER_S / 60}`;
  return [
    limit(`Node's resident memory after ${Math.round(last.atS / 60)} min`, last.mb, {
      ...{ unit: 'MB', atMost: MAX_RSS_MB, note },
    }),
    figure('  its largest', Math.max(...rss.map((one) => one.mb)), 'MB'),
    figure('  its slope', slopePerMinute(rss), 'MB per minute'),
    isLong
      ? limit(`  ${growth.name}`, peakGrowthPercent(rss), { unit: growth.unit, atMost: MAX_PEAK_GROWTH_PERCENT })
      : { ...growth, value: null, target: `≤ ${MAX_PEAK_GROWTH_PERCENT}`, isMet: null, note: short },
  ];
}

/** How much higher the highest sample of the last third is than that of the first. */
export function peakGrowthPercent(samples: readonly RssSample[]): number {
  const third = (samples.at(-1)?.atS ?? 0) / 3;
  const peak = (from: number, until: number): number =>
    Math.max(...samples.filter(({ atS }) => atS >= from && atS <= until).map(({ mb }) => mb));
  return 100 * (peak(2 * third, 3 * third) / peak(0, third) - 1);
}

/** Least squares. */
export function slopePerMinute(samples: readonly RssSample[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const at = mean(samples.map((one) => one.atS));
  const mb = mean(samples.map((one) => one.mb));
  const spread = samples.reduce((sum, one) => sum + (one.atS - at) ** 2, 0);
  return spread === 0 ? 0 : (60 * samples.reduce((sum, one) => sum + (one.atS - at) * (one.mb - mb), 0)) / spread;
}

function floorRows({ seconds, cpu, decisions, ffmpegAloneShares, inference }: Measured): Row[] {
  const fps = decisions.length / seconds;
  const ffmpegAlone = ffmpegAloneShares.reduce((sum, share) => sum + share, 0) / ffmpegAloneShares.length;
  const inferenceShare = (inference.rawMsPerFrame * fps) / 1000;
  const whole = (cpu.node + cpu.ffmpeg + cpu.other) / seconds;
  const spread = ffmpegAloneShares.map((share) => (100 * share).toFixed(1)).join(' and ');
  return [
    figure('floor: ffmpeg alone', 100 * ffmpegAlone, '% of one core', `before and after: ${spread}`),
    figure('floor: onnxruntime alone', inference.rawMsPerFrame, 'ms CPU per picture', `${inference.frames} pictures`),
    figure('  with scaling and decoding', inference.visionMsPerFrame, 'ms CPU per picture'),
    figure(
      'floor: both together',
      100 * (ffmpegAlone + inferenceShare),
      '% of one core',
      'at the same pictures per second',
    ),
    figure('service ÷ floor', whole / (ffmpegAlone + inferenceShare), '×'),
    figure('ffmpeg in the service ÷ alone', cpu.ffmpeg / seconds / ffmpegAlone, '×'),
  ];
}

const MAX_CROWD_MS = 120;
const MAX_DETECTOR_MS = 35;
const MAX_FINDER_MS_PER_GROUP = 5;
const MAX_CLASSIFIER_MS_PER_HEAD = 0.6;

/** The networks have targets on one thread, the whole picture on two. */
export function crowdRows(crowd: CrowdFigures): Row[] {
  const { threads, groups, heads } = crowd;
  const name = (what: string): string => `crowd, ${threads} ${threads === 1 ? 'thread' : 'threads'}: ${what}`;
  const perGroup = crowd.finderMs / Math.max(1, groups);
  const perHead = crowd.classifierMs / Math.max(1, heads);
  const rest = crowd.frameMs - crowd.detectorMs - crowd.finderMs - crowd.classifierMs;
  const note = `${groups} rider groups, ${heads} heads`;
  const onOne = (what: string, value: number, atMost: number, unit: string): Row =>
    threads === 1 ? limit(name(what), value, { unit, atMost }) : figure(name(what), value, unit);
  return [
    threads === 2
      ? limit(name('the whole picture'), crowd.frameMs, { unit: 'ms', atMost: MAX_CROWD_MS, note })
      : figure(name('the whole picture'), crowd.frameMs, 'ms', note),
    onOne('rider detector', crowd.detectorMs, MAX_DETECTOR_MS, 'ms'),
    onOne('head finder', perGroup, MAX_FINDER_MS_PER_GROUP, 'ms per group'),
    onOne('head classifier', perHead, MAX_CLASSIFIER_MS_PER_HEAD, 'ms per head'),
    figure(name('cutting, scaling, colours'), rest, 'ms'),
    figure(name('head finder, batch ÷ one by one'), crowd.finderMs / Math.max(1e-3, crowd.finderOneByOneMs), '×'),
    figure(name('all settled ÷ all undecided'), crowd.settledFrameMs / crowd.frameMs, '×'),
  ];
}

const MAX_PROMPT_DECIDED_MS = 5;
const MAX_CACHED_START_MS = 150;
const MAX_UNCACHED_START_MS = 500;

export function speechRows({ riders, decidedMs, cachedMs, uncachedMs }: SpeechFigures): Row[] {
  const row = (name: string, delays: readonly number[], { atMost, of }: { atMost: number; of: string }): Row => {
    const note = `of ${delays.length} ${of}; median ${percentile(delays, 0.5).toFixed(2)}, largest ${Math.max(...delays).toFixed(1)}`;
    return limit(`prompt: ${name} p95`, percentile(delays, 0.95), { unit: 'ms', atMost, note });
  };
  return [
    row('its words', decidedMs, { atMost: MAX_PROMPT_DECIDED_MS, of: `decisions among ${riders} riders` }),
    row('decision → start, cached', cachedMs, { atMost: MAX_CACHED_START_MS, of: 'prompts' }),
    row('decision → start, uncached', uncachedMs, { atMost: MAX_UNCACHED_START_MS, of: 'prompts' }),
  ];
}

function figure(name: string, value: number, unit: string, note?: string): Row {
  return { name, value, unit, target: null, isMet: null, ...(note === undefined ? {} : { note }) };
}

interface Limit {
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly tolerance?: number;
  readonly note?: string;
}

function limit(name: string, value: number, { unit, atMost, atLeast, tolerance = 0, note }: Limit): Row {
  const isMet = value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity) - tolerance;
  const target = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  return { name, value, unit, target, isMet, ...(note === undefined ? {} : { note }) };
}

/** Plain text, one line a figure. */
export function formatRows(rows: readonly Row[]): string {
  const cells = rows.map(({ name, value, unit, target, isMet, note }) => [
    name,
    value === null ? '–' : value.toFixed(Math.abs(value) < 10 ? 2 : 1),
    unit,
    target ?? '',
    isMet === null ? '' : isMet ? 'met' : 'NOT MET',
    note ?? '',
  ]);
  const header = ['figure', 'measured', 'unit', 'target', '', ''];
  const widths = header.map((_, column) => Math.max(...[header, ...cells].map((row) => row[column]?.length ?? 0)));
  return [header, ...cells]
    .map((row) =>
      row.map((cell, i) => (i === 1 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  '),
    )
    .map((line) => line.trimEnd())
    .join('\n');
}
