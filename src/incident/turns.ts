/**
 * Whose turn it is at one loudspeaker: one voice at a time, longest waiting first, with the manners of the
 * site: quiet hours, a gap between prompts, a cap per hour. A reducer; the clock is an argument.
 */

export interface TurnPolicy {
  /** Silence between two prompts of the speaker. */
  readonly minGapMs: number;
  readonly maxPerHour: number;
  /** A prompt nobody could start within this time is stale. */
  readonly maxWaitMs: number;
  /** Waiting requests; the next one is refused. */
  readonly maxWaiting: number;
  /** Minutes of the local day; null = never quiet. `from` may be later than `to` (over midnight). */
  readonly quiet: { readonly fromMinute: number; readonly toMinute: number } | null;
  /** A noise-sensitive site without an approval number never speaks. */
  readonly isSilenced: boolean;
}

export type RefusalReason = 'quiet_hours' | 'noise_sensitive' | 'hourly_cap' | 'stale' | 'queue_full' | 'cancelled';

export interface TurnRequest {
  readonly promptId: string;
  readonly requestedAtMs: number;
}

export interface TurnState<R extends TurnRequest> {
  readonly waiting: readonly R[];
  readonly speaking: R | null;
  readonly lastEndedAtMs: number;
  readonly startedAtMs: readonly number[];
}

export interface TurnStep<R extends TurnRequest> {
  readonly state: TurnState<R>;
  readonly start: R | null;
  readonly refused: readonly { readonly request: R; readonly reason: RefusalReason }[];
}

const HOUR_MS = 3_600_000;

export function silent<R extends TurnRequest>(): TurnState<R> {
  return { waiting: [], speaking: null, lastEndedAtMs: Number.NEGATIVE_INFINITY, startedAtMs: [] };
}

export function isQuiet(quiet: TurnPolicy['quiet'], minuteOfDay: number): boolean {
  if (quiet === null) return false;
  const { fromMinute, toMinute } = quiet;
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
  if (reason !== null) return { state, start: null, refused: [{ request: wanted, reason }] };
  return next({ ...state, waiting: [...state.waiting, wanted] }, now, policy);
}

function muting(now: Now, policy: TurnPolicy): RefusalReason | null {
  if (policy.isSilenced) return 'noise_sensitive';
  return isQuiet(policy.quiet, now.minuteOfDay) ? 'quiet_hours' : null;
}

function overload(state: TurnState<TurnRequest>, now: Now, policy: TurnPolicy): RefusalReason | null {
  const waiting = state.waiting.length;
  // Those that wait will speak within the hour as well.
  if (state.startedAtMs.filter((ms) => now.ms - ms < HOUR_MS).length + waiting >= policy.maxPerHour)
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
  const [first, ...rest] = waiting;
  const isFree = state.speaking === null && now.ms - state.lastEndedAtMs >= policy.minGapMs;
  if (first === undefined || !isFree) return { state: { ...state, waiting }, start: null, refused };
  const startedAtMs = [...state.startedAtMs.filter((ms) => now.ms - ms < HOUR_MS), now.ms];
  return { state: { ...state, waiting: rest, speaking: first, startedAtMs }, start: first, refused };
}

export function ended<R extends TurnRequest>(state: TurnState<R>, nowMs: number): TurnState<R> {
  return { ...state, speaking: null, lastEndedAtMs: nowMs };
}

/** Takes a waiting request back; one that is being spoken is finished. */
export function cancel<R extends TurnRequest>(state: TurnState<R>, promptId: string): TurnStep<R> {
  const taken = state.waiting.filter((r) => r.promptId === promptId);
  return {
    state: { ...state, waiting: state.waiting.filter((r) => r.promptId !== promptId) },
    start: null,
    refused: taken.map((r) => ({ request: r, reason: 'cancelled' })),
  };
}
