/** One camera for minutes: is memory level? (`npm run bench -- --minutes 10`) */
import { setTimeout as sleep } from 'node:timers/promises';
import { percentile } from '../../src/runtime/percentile';
import { firstSoundDelaysMs } from './first-sound';
import { allSeconds, residentMb } from './processes';
import { figure, limit, type Part, type Row } from './report';
import { MeasuredService, type ServiceOptions } from './service';

interface RssSample {
  /** Since the service was warm. */
  readonly atS: number;
  readonly mb: number;
}

const RSS_EVERY_MS = 5_000;
const SETTLE_MS = 10_000;
const MAX_RSS_MB = 400;
/** Garbage waits for its collection, so memory is a sawtooth; a leak is what raises its peaks. */
const MAX_PEAK_GROWTH_PERCENT = 5;
const RSS_JUDGED_AFTER_S = 600;

/** @returns what there is to say, and the service's own warnings */
export async function longRun(
  options: ServiceOptions,
  seconds: number,
): Promise<{ readonly part: Part; readonly problems: readonly string[] }> {
  await using service = await MeasuredService.start(options);
  await sleep(SETTLE_MS);
  const [startedAtMs, startedMs, cpu] = [Date.now(), performance.now(), allSeconds(service.pid)];
  const rss: RssSample[] = [];
  const elapsedMs = (): number => performance.now() - startedMs;
  while (elapsedMs() < seconds * 1000) {
    rss.push({ atS: elapsedMs() / 1000, mb: residentMb(service.pid) });
    await sleep(Math.min(RSS_EVERY_MS, Math.max(0, seconds * 1000 - elapsedMs())));
  }
  rss.push({ atS: elapsedMs() / 1000, mb: residentMb(service.pid) });
  const percent = (100_000 * (allSeconds(service.pid) - cpu)) / elapsedMs();
  const decisions = service.decisions.filter((one) => one.atMs >= startedAtMs);
  const delays = decisions.map((one) => one.decidedAfterMs);
  const frames = (decisions.at(-1)?.frame ?? 0) - (decisions[0]?.frame ?? 0) + 1;
  const sounds = firstSoundDelaysMs(service.events).atOnce;
  const rows = [
    figure('analysed pictures per second', (1000 * decisions.length) / elapsedMs(), '/s'),
    figure('dropped pictures', frames - decisions.length, '', `of ${frames}`),
    figure('CPU, service and its children', percent, '% of one core'),
    figure('capture → decision p50', percentile(delays, 0.5), 'ms'),
    figure('capture → decision p95', percentile(delays, 0.95), 'ms'),
    figure('violation → first sound p95', percentile(sounds, 0.95), 'ms', `of ${sounds.length} prompts`),
    ...memoryRows(rss),
  ];
  return { part: { title: `One camera, ${Math.round(seconds / 60)} min`, rows }, problems: [...service.problems] };
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
