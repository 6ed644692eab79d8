/** From events to the figures of the site, and what is still to be said of incidents that a power cut left open. */
import type { Config } from './config/schema';
import { FatalError } from './errors';
import { type Clock, type Ended, type Figures, figures } from './incident/rate';
import type { MqttClient } from './mqtt/client';
import { type EventDraft, type IncidentEvent, type OutcomeData, readEvent, type WirePrompt } from './mqtt/events';
import { type CameraStats, statusPayload } from './mqtt/states';
import { formatTime } from './mqtt/time';
import type { NodeTopics } from './mqtt/topics';
import type { SpillingOutbox } from './outbox/spilling';
import type { ClockOffset, TallyEntry } from './outbox/tally';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTH_DAYS = 30;
const QUARTER_MS = 900_000;
/** No clock is set forth and back within less. */
const WEEK_MS = 7 * DAY_MS;
/** Figures change by the minute at most; an uplink of 4G is paid for by the byte. */
const PUBLISH_EVERY_MS = 60_000;

/** What an event means for the figures. */
export function entryOf(draft: EventDraft): TallyEntry {
  const { incidentId } = draft.data;
  return draft.kind === 'outcome' ? { kind: 'ended', ended: endedBy(draft) } : { kind: 'open', incidentId };
}

/** The same from a file of events: every incident counts once, whatever was sent twice. */
export function endedIn(events: Iterable<IncidentEvent>): Ended[] {
  const byIncident = new Map<string, Ended>();
  for (const event of events) {
    if (event.type !== 'cn.anqi.helmet.outcome.v1' || byIncident.has(event.data.incidentId)) continue;
    const cameraId = event.source.split('/').at(-1) ?? '';
    byIncident.set(event.data.incidentId, endedBy({ cameraId, atMs: Date.parse(event.time), data: event.data }));
  }
  return [...byIncident.values()];
}

function endedBy({
  cameraId,
  atMs,
  data,
}: {
  readonly cameraId: string;
  readonly atMs: number;
  readonly data: OutcomeData;
}): Ended {
  const { result, afterPrompt, reactionMs = null } = data.outcome;
  const isHeard = (prompt: WirePrompt): boolean =>
    prompt.playback !== 'failed' &&
    prompt.phrase !== 'thanks' &&
    (result !== 'corrected' || prompt.number <= afterPrompt);
  const heard = data.prompts.filter(isHeard).map(({ number, lang }) => ({ number, lang }));
  const seat = data.persons[0]?.seat ?? 'driver';
  return { incidentId: data.incidentId, cameraId, atMs, seat, result, heard, reactionMs };
}

/**
 * The outcome of an incident that was open when the service was ended without a stop: unknown, and said so.
 * @param payloads its events as they were stored; null where they are no longer understood
 */
export function closing(payloads: readonly string[], nowMs: number): EventDraft | null {
  const events = payloads.flatMap((text) => {
    const read = readEvent(text);
    return read.ok ? [read.event] : [];
  });
  const violation = events.find((event) => event.type === 'cn.anqi.helmet.violation.v1');
  if (violation === undefined) return null;
  const prompts = events.flatMap((one) => (one.type === 'cn.anqi.helmet.prompt.v1' ? [one.data.prompt] : []));
  const last = prompts.filter(({ playback, phrase }) => playback !== 'failed' && phrase !== 'thanks').at(-1);
  const heard = last === undefined ? { afterPrompt: 0 } : { afterPrompt: last.number, afterPromptLang: last.lang };
  const outcome = { result: 'unknown_left', reason: 'restarted', ...heard } as const;
  const persons = violation.data.persons.map((person) => ({ ...person, outcome }));
  const cameraId = violation.source.split('/').at(-1) ?? '';
  return { cameraId, atMs: nowMs, kind: 'outcome', data: { ...violation.data, persons, prompts, outcome } };
}

export function siteClock(timeZone: string): Clock {
  const known = new Map<number, ReturnType<Clock>>();
  return (atMs) => {
    const quarter = Math.floor(atMs / QUARTER_MS);
    const found = known.get(quarter) ?? localTime(quarter * QUARTER_MS, timeZone);
    known.set(quarter, found);
    return found;
  };
}

function localTime(atMs: number, timeZone: string): { readonly day: string; readonly hour: string } {
  const text = formatTime(atMs, timeZone);
  return { day: text.slice(0, 10), hour: text.slice(11, 13) };
}

/** How far the site's clock is ahead of UTC between two moments: summer time comes and goes. */
export function clockOffsets(
  timeZone: string,
  { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
): ClockOffset[] {
  const offsetAt = (atMs: number): number => {
    const utcMs = Math.floor(atMs / QUARTER_MS) * QUARTER_MS;
    return Date.parse(`${formatTime(utcMs, timeZone).slice(0, -6)}Z`) - utcMs;
  };
  const found = [{ fromMs, offsetMs: offsetAt(fromMs) }];
  let offsetMs = offsetAt(fromMs);
  for (let atMs = fromMs; atMs < toMs; atMs += WEEK_MS) {
    let [before, after] = [atMs, Math.min(toMs, atMs + WEEK_MS)];
    if (offsetAt(after) === offsetMs) continue;
    while (after - before > QUARTER_MS) {
      const middle = Math.floor((before + after) / 2);
      if (offsetAt(middle) === offsetMs) before = middle;
      else after = middle;
    }
    offsetMs = offsetAt(after);
    found.push({ fromMs: Math.floor(after / QUARTER_MS) * QUARTER_MS, offsetMs });
  }
  return found;
}

/** Midnight of a local date such as 2026-11-27. */
export function startOfDay(day: string, timeZone: string): number {
  const utcMs = Date.parse(`${day}T00:00:00Z`);
  const offset = formatTime(utcMs, timeZone).slice(-6);
  return Date.parse(`${day}T00:00:00${offset}`);
}

/** @param text a local date, a time with its offset, or how long ago: 7d, 24h. @throws FatalError stats/since */
export function parseSince(text: string, { nowMs, timeZone }: { nowMs: number; timeZone: string }): number {
  const [, amount, unit] = /^(\d{1,5})([dh])$/.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (unit === 'd' ? DAY_MS : HOUR_MS);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const isTime = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2})$/.test(text);
  if (isTime && !Number.isNaN(Date.parse(text))) return Date.parse(text);
  const utcMs = isDay ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // JavaScript takes 31 February for 3 March.
  if (!Number.isNaN(utcMs) && new Date(utcMs).toISOString().startsWith(text)) return startOfDay(text, timeZone);
  throw new FatalError(
    'stats/since',
    `--since ${text}: write a date of the site (2026-11-01), a time with offset (2026-11-01T08:00+08:00), or how long ago (7d, 24h)`,
  );
}

/** Keeps the retained figures of every camera up to date. @returns the end of it */
export function publishFigures(
  config: Config,
  { outbox, client, topics }: { outbox: SpillingOutbox; client: MqttClient | null; topics: NodeTopics },
): () => void {
  const publish = (): void => {
    for (const [id, found] of Object.entries(allCameraStats(config, outbox)))
      client?.setRetained(topics.camera(id).stats, statusPayload(found));
  };
  const safely = (): void => {
    try {
      publish();
    } catch {
      // Health says that the database cannot be read.
    }
  };
  safely();
  const timer = setInterval(safely, PUBLISH_EVERY_MS);
  return () => {
    safely();
    clearInterval(timer);
  };
}

/** Of one camera or of all, by id. */
export function allCameraStats(config: Config, outbox: Pick<SpillingOutbox, 'tally'>, cameraId?: string) {
  const { timeZone } = config.node;
  const clock = siteClock(timeZone);
  const ids = config.cameras.map(({ id }) => id).filter((id) => cameraId === undefined || id === cameraId);
  return Object.fromEntries(ids.map((id) => [id, cameraStats(outbox, { cameraId: id, timeZone, clock })]));
}

/** Today, this hour and the last thirty days, by the site's own clock. */
export function cameraStats(
  outbox: Pick<SpillingOutbox, 'tally'>,
  { cameraId, timeZone, clock }: { cameraId: string; timeZone: string; clock: Clock },
  nowMs = Date.now(),
): CameraStats {
  const today = startOfDay(clock(nowMs).day, timeZone);
  const windows = {
    hour: startOfHour(nowMs, timeZone),
    day: today,
    month: today - (MONTH_DAYS - 1) * DAY_MS,
  };
  const { ended, arrivals } = outbox.tally({ sinceMs: windows.month, cameraId });
  const since = (fromMs: number): CameraStats['day'] => {
    const is = ({ atMs }: { readonly atMs: number }): boolean => atMs >= fromMs;
    const { total, helmetUse }: Figures = figures(ended.filter(is), arrivals.filter(is), clock);
    return { from: formatTime(fromMs, timeZone), ...total, helmetUse };
  };
  return { hour: since(windows.hour), day: since(windows.day), month: since(windows.month) };
}

function startOfHour(nowMs: number, timeZone: string): number {
  const text = formatTime(nowMs, timeZone);
  return Date.parse(`${text.slice(0, 13)}:00:00${text.slice(-6)}`);
}
