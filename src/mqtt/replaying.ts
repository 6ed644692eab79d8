/** Sends events again: the same ids and numbers, marked as replayed. What waits for its first delivery is left to the relay. */
import { MAX_REPLAYED } from './commands';

export interface StoredEvent {
  readonly sequence: number;
  readonly topic: string;
  readonly payload: string;
  readonly isDelivered: boolean;
}

export interface ReplayParts {
  readonly outbox: {
    rowsBetween(query: { readonly from: number; readonly to: number; readonly limit: number }): readonly StoredEvent[];
    lastSequence(): number;
  };
  /** Resolves on PUBACK. */
  readonly publish: (topic: string, payload: string) => Promise<void>;
}

/** Few at once: events of now go first. */
const AT_ONCE = 16;

export async function replayEvents(
  { fromSequence, toSequence }: { readonly fromSequence: number; readonly toSequence?: number | undefined },
  { outbox, publish }: ReplayParts,
) {
  const newest = outbox.lastSequence();
  const to = Math.min(toSequence ?? newest, newest, fromSequence + MAX_REPLAYED - 1);
  const seen: number[] = [];
  let sent = 0;
  for (let from = fromSequence; from <= to; ) {
    const rows = outbox.rowsBetween({ from, to, limit: AT_ONCE });
    const delivered = rows.filter(({ isDelivered }) => isDelivered);
    await Promise.all(delivered.map(({ topic, payload }) => publish(topic, asReplayed(payload))));
    sent += delivered.length;
    seen.push(...rows.map(({ sequence }) => sequence));
    const last = rows.at(-1);
    if (last === undefined) break;
    from = last.sequence + 1;
  }
  return {
    fromSequence,
    toSequence: Math.max(0, to),
    sent,
    waiting: seen.length - sent,
    gone: holes(seen, fromSequence, to),
  };
}

/** The ranges of from..to that `seen` (in order) lacks. */
export function holes(seen: readonly number[], from: number, to: number): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  let next = from;
  for (const sequence of [...seen, to + 1]) {
    if (sequence > next) found.push({ from: next, to: sequence - 1 });
    next = sequence + 1;
  }
  return found;
}

/** What is no event any more, on a disk that lost some of it, is sent as it is: the number at least is told. */
function asReplayed(payload: string): string {
  let event: unknown;
  try {
    event = JSON.parse(payload);
  } catch {
    return payload;
  }
  if (typeof event !== 'object' || event === null || !('data' in event)) return payload;
  return JSON.stringify({ ...event, data: { ...Object(event.data), replayed: true } });
}
