/** How long events took from their making to their arrival, in calm and around an outage (pure). */
import { percentile } from '../../src/runtime/percentile';
import type { Got } from '../lib/delivery';

export interface Timed extends Got {
  readonly madeAtMs: number;
  /** From the moment it was made to its arrival. */
  readonly delayMs: number;
}

/** Something was away, for some nodes or for all. */
export interface Outage {
  /** A process was killed, or a box had no network. */
  readonly kind: 'kill' | 'cut';
  readonly fromMs: number;
  /** Everything is back, and what waited has had time to leave. */
  readonly toMs: number;
  readonly concerns: (node: string) => boolean;
}

export type Weather = 'calm' | Outage['kind'];

export interface Delays {
  readonly count: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Delays of events that met no outage between their making and their arrival, of those whose box was cut off, and of the rest. */
export function delays(got: readonly Timed[], outages: readonly Outage[]): Readonly<Record<Weather, Delays>> {
  const weather = ({ node, madeAtMs, delayMs }: Timed): Weather => {
    const met = outages.filter(
      ({ fromMs, toMs, concerns }) => madeAtMs <= toMs && madeAtMs + delayMs >= fromMs && concerns(node),
    );
    return met.find(({ kind }) => kind === 'cut')?.kind ?? met[0]?.kind ?? 'calm';
  };
  const sorted: Record<Weather, Timed[]> = { calm: [], kill: [], cut: [] };
  for (const one of got) sorted[weather(one)].push(one);
  return { calm: delaysOf(sorted.calm), kill: delaysOf(sorted.kill), cut: delaysOf(sorted.cut) };
}

function delaysOf(got: readonly Timed[]): Delays {
  const values = got.map(({ delayMs }) => delayMs);
  const of = (share: number) => percentile(values, share);
  return { count: values.length, p50: of(0.5), p95: of(0.95), p99: of(0.99), max: of(1) };
}
