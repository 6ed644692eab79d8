/**
 * Whose turn it is at one loudspeaker: one voice at a time, longest waiting first, one prompt for many, with the manners
 * of the site: quiet hours, volume by time of day, a gap between prompts, a cap per hour. A reducer; the clock is an argument.
 */
import type { PromptLanguage } from '../domain';

/** Minutes of the local day; `fromMinute` may be later than `toMinute` (over midnight). */
export interface Hours {
  readonly fromMinute: number;
  readonly toMinute: number;
}

export interface TurnPolicy {
  /** Silence between two prompts of the speaker. */
  readonly minGapMs: number;
  readonly maxPerHour: number;
  /** A prompt nobody could start within this time is stale. */
  readonly maxWaitMs: number;
  /** Waiting requests; the next one is refused. */
  readonly maxWaiting: number;
  /** null = never quiet. */
  readonly quiet: Hours | null;
  /** 0–100; the first level whose hours it is, else the daytime's. 0 mutes. */
  readonly volume: { readonly dayPercent: number; readonly levels: readonly (Hours & { readonly percent: number })[] };
  /** A noise-sensitive site without an approval number never speaks. */
  readonly isSilenced: boolean;
}

export type CancelReason = 'person_left' | 'helmet_on';
export type RefusalReason =
  | 'quiet_hours'
  | 'volume_zero'
  | 'noise_sensitive'
  | 'hourly_cap'
  | 'stale'
  | 'queue_full'
  | CancelReason;

export interface TurnRequest {
  readonly promptId: string;
  readonly requestedAtMs: number;
  readonly lang: PromptLanguage;
  /** How many it asks to put a helmet on; 0 = it asks nobody. */
  readonly violators: number;
}

/** Whoever is spoken to now: one vehicle, or a group with a prompt of its own. */
export interface Turn<R extends TurnRequest> {
  readonly requests: readonly R[];
  readonly isGroup: boolean;
  readonly volumePercent: number;
}

/** Since the start. */
export interface TurnCounts {
  readonly spoken: number;
  /** Of these, to groups. */
  readonly groups: number;
  /** Requests that were never spoken, by why. */
  readonly refused: Readonly<Partial<Record<RefusalReason, number>>>;
}

export interface TurnState<R extends TurnRequest> {
  readonly waiting: readonly R[];
  readonly speaking: Turn<R> | null;
  readonly lastEndedAtMs: number;
  readonly startedAtMs: readonly number[];
  readonly counts: TurnCounts;
}

export interface TurnStep<R extends TurnRequest> {
  readonly state: TurnState<R>;
  readonly start: Turn<R> | null;
  readonly refused: readonly { readonly request: R; readonly reason: RefusalReason }[];
}

/** From so many waiting violators on they are addressed together. */
const GROUP_FROM = 3;
/** Between a picture and the end of a sentence lie seconds. */
const CLOCK_SET_MS = 60_000;
const HOUR_MS = 3_600_000;

export function silent<R extends TurnRequest>(): TurnState<R> {
  const counts = { spoken: 0, groups: 0, refused: {} };
  return { waiting: [], speaking: null, lastEndedAtMs: Number.NEGATIVE_INFINITY, startedAtMs: [], counts };
}

export function volumeAt({ dayPercent, levels }: TurnPolicy['volume'], minuteOfDay: number): number {
  return levels.find((level) => isWithin(level, minuteOfDay))?.percent ?? dayPercent;
}

export function isWithin({ fromMinute, toMinute }: Hours, minuteOfDay: number): boolean {
  return fromMinute <= toMinute
    ? minuteOfDay >= fromMinute && minuteOfDay < toMinute
    : minuteOfDay >= fromMinute || minuteOfDay < toMinute;
}

/** The moment of a decision. */
interface Now {
  readonly ms: number;
  readonly minuteOfDay: number;
}

export function request<R extends TurnRequest>(
  state: TurnState<R>,
  wanted: R,
  now: Now,
  policy: TurnPolicy,
): TurnStep<R> {
  const reason = muting(now, policy) ?? overload(state, now, policy);
  if (reason !== null) return refuse({ state, start: null, refused: [{ request: wanted, reason }] });
  return next({ ...state, waiting: [...state.waiting, wanted] }, now, policy);
}

/** A moment far ahead is of a clock that was set back since: long ago, or the speaker would be silent until it comes again. */
function passedMs(sinceMs: number, now: Now): number {
  return sinceMs - now.ms > CLOCK_SET_MS ? Number.POSITIVE_INFINITY : now.ms - sinceMs;
}

function muting(now: Now, policy: TurnPolicy): RefusalReason | null {
  if (policy.isSilenced) return 'noise_sensitive';
  if (policy.quiet !== null && isWithin(policy.quiet, now.minuteOfDay)) return 'quiet_hours';
  return volumeAt(policy.volume, now.minuteOfDay) === 0 ? 'volume_zero' : null;
}

function overload(state: TurnState<TurnRequest>, now: Now, policy: TurnPolicy): RefusalReason | null {
  const waiting = state.waiting.length;
  // Those that wait will speak within the hour as well.
  if (state.startedAtMs.filter((ms) => passedMs(ms, now) < HOUR_MS).length + waiting >= policy.maxPerHour)
    return 'hourly_cap';
  return waiting >= policy.maxWaiting ? 'queue_full' : null;
}

/** Starts the longest-waiting request when the speaker is free; drops what waited too long or into the quiet hours. */
export function next<R extends TurnRequest>(state: TurnState<R>, now: Now, policy: TurnPolicy): TurnStep<R> {
  const mute = muting(now, policy);
  const fate = (r: R): RefusalReason | null => mute ?? (now.ms - r.requestedAtMs > policy.maxWaitMs ? 'stale' : null);
  const refused = state.waiting.flatMap((request) => {
    const reason = fate(request);
    return reason === null ? [] : [{ request, reason }];
  });
  const waiting = state.waiting.filter((r) => fate(r) === null);
  const requests = firstTurn(waiting);
  const isFree = state.speaking === null && passedMs(state.lastEndedAtMs, now) >= policy.minGapMs;
  if (requests.length === 0 || !isFree) return refuse({ state: { ...state, waiting }, start: null, refused });
  const isGroup = violatorsOf(requests) >= GROUP_FROM;
  const start = { requests, isGroup, volumePercent: volumeAt(policy.volume, now.minuteOfDay) };
  const { spoken, groups, refused: before } = state.counts;
  const begun = {
    waiting: waiting.filter((r) => !requests.includes(r)),
    speaking: start,
    lastEndedAtMs: state.lastEndedAtMs,
    startedAtMs: [...state.startedAtMs.filter((ms) => passedMs(ms, now) < HOUR_MS), now.ms],
    counts: { spoken: spoken + 1, groups: groups + (isGroup ? 1 : 0), refused: before },
  };
  return refuse({ state: begun, start, refused });
}

/** The longest waiting; with it all who wait to be asked in the same language, when together they are a group. */
function firstTurn<R extends TurnRequest>(waiting: readonly R[]): readonly R[] {
  const [first] = waiting;
  if (first === undefined) return [];
  const alike = waiting.filter((r) => r.lang === first.lang && r.violators > 0);
  return first.violators > 0 && violatorsOf(alike) >= GROUP_FROM ? alike : [first];
}

function violatorsOf(requests: readonly TurnRequest[]): number {
  return requests.reduce((sum, r) => sum + r.violators, 0);
}

export function ended<R extends TurnRequest>(state: TurnState<R>, nowMs: number): TurnState<R> {
  return { ...state, speaking: null, lastEndedAtMs: nowMs };
}

/** Takes a waiting request back; one that is being spoken is finished. */
export function cancel<R extends TurnRequest>(
  state: TurnState<R>,
  { promptId, reason }: { readonly promptId: string; readonly reason: CancelReason },
): TurnStep<R> {
  const taken = state.waiting.filter((r) => r.promptId === promptId);
  const waiting = state.waiting.filter((r) => r.promptId !== promptId);
  return refuse({
    state: { ...state, waiting },
    start: null,
    refused: taken.map((request) => ({ request, reason })),
  });
}

/** Counts what a step refuses. */
function refuse<R extends TurnRequest>(step: TurnStep<R>): TurnStep<R> {
  if (step.refused.length === 0) return step;
  const refused = { ...step.state.counts.refused };
  for (const { reason } of step.refused) refused[reason] = (refused[reason] ?? 0) + 1;
  return { ...step, state: { ...step.state, counts: { ...step.state.counts, refused } } };
}
