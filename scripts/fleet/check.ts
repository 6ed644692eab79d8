/** Holds what boxes made against what a platform received (pure): nothing lost, no id with two contents, no number twice. */
import { percentile } from '../../src/runtime/percentile';

export interface Made {
  readonly node: string;
  readonly sequence: number;
  readonly id: string;
}

export interface Got extends Made {
  readonly epoch: string;
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

export interface Findings {
  readonly made: number;
  readonly received: number;
  /** Made, and never received. */
  readonly lost: readonly Made[];
  /** Received, and not in a box's log: its process was killed between the outbox and the log. */
  readonly unlogged: number;
  /** Numbers of a node that stand for more than one id. */
  readonly givenTwice: readonly Got[];
  /** Numbers that are missing between the first and the last of a node. */
  readonly gaps: number;
}

export function check(made: readonly Made[], got: readonly Got[]): Findings {
  const receivedIds = new Set(got.map(({ id }) => id));
  const madeIds = new Set(made.map(({ id }) => id));
  const idOf = new Map<string, string>();
  const givenTwice: Got[] = [];
  const numbersOf = new Map<string, Set<number>>();
  for (const one of got) {
    const number = `${one.node} ${one.epoch} ${one.sequence}`;
    if ((idOf.get(number) ?? one.id) !== one.id) givenTwice.push(one);
    idOf.set(number, one.id);
    const name = `${one.node} ${one.epoch}`;
    numbersOf.set(name, (numbersOf.get(name) ?? new Set()).add(one.sequence));
  }
  const holes = [...numbersOf.values()].map(
    (numbers) => Math.max(...numbers) - Math.min(...numbers) + 1 - numbers.size,
  );
  return {
    made: made.length,
    received: receivedIds.size,
    lost: made.filter(({ id }) => !receivedIds.has(id)),
    unlogged: [...receivedIds].filter((id) => !madeIds.has(id)).length,
    givenTwice,
    gaps: holes.reduce((sum, count) => sum + count, 0),
  };
}

/** Delays of events that met no outage between their making and their arrival, of those whose box was cut off, and of the rest. */
export function delays(got: readonly Got[], outages: readonly Outage[]): Readonly<Record<Weather, Delays>> {
  const weather = ({ node, madeAtMs, delayMs }: Got): Weather => {
    const met = outages.filter(
      ({ fromMs, toMs, concerns }) => madeAtMs <= toMs && madeAtMs + delayMs >= fromMs && concerns(node),
    );
    return met.find(({ kind }) => kind === 'cut')?.kind ?? met[0]?.kind ?? 'calm';
  };
  const sorted: Record<Weather, Got[]> = { calm: [], kill: [], cut: [] };
  for (const one of got) sorted[weather(one)].push(one);
  return { calm: delaysOf(sorted.calm), kill: delaysOf(sorted.kill), cut: delaysOf(sorted.cut) };
}

function delaysOf(got: readonly Got[]): Delays {
  const values = got.map(({ delayMs }) => delayMs);
  const of = (share: number) => percentile(values, share);
  return { count: values.length, p50: of(0.5), p95: of(0.95), p99: of(0.99), max: of(1) };
}
