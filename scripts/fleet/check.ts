/** Holds what boxes made against what a platform received (pure): nothing lost, no id with two contents, no number twice. */

export interface Made {
  readonly node: string;
  readonly sequence: number;
  readonly id: string;
}

export interface Got extends Made {
  readonly epoch: string;
  /** From the moment it was made to its arrival. */
  readonly delayMs: number;
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
