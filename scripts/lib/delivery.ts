/** Holds what boxes made against what a platform received (pure): nothing lost, no id with two contents, no number twice. */

export interface Made {
  readonly node: string;
  readonly epoch: string;
  readonly sequence: number;
  readonly id: string;
}

export interface Got extends Made {
  /** Of everything but the mark of a replay; absent where a repeated event is not looked at. */
  readonly contentHash?: string;
}

export interface Findings {
  readonly made: number;
  readonly received: number;
  /** Deliveries of an event that had been received before. */
  readonly repeated: number;
  /** Made, and never received. */
  readonly lost: readonly Made[];
  /** Received, and not in a box's log: its process was killed between the outbox and the log. */
  readonly unlogged: number;
  /** Ids with more than one content. */
  readonly changed: number;
  /** Numbers of one numbering that stand for more than one id. */
  readonly givenTwice: number;
  /** Numbers of one numbering, from 1 on, that nobody received. */
  readonly gaps: number;
}

export function judge(made: readonly Made[], got: readonly Got[]): Findings {
  const contents = new Map<string, Set<string>>();
  const ids = new Map<string, Set<string>>();
  const numbers = new Map<string, Set<number>>();
  for (const { node, epoch, sequence, id, contentHash = '' } of got) {
    add(contents, id, contentHash);
    add(ids, `${node} ${epoch} ${sequence}`, id);
    add(numbers, `${node} ${epoch}`, sequence);
  }
  for (const { node, epoch, sequence, id } of made) add(ids, `${node} ${epoch} ${sequence}`, id);
  const madeIds = new Set(made.map(({ id }) => id));
  const several = (sets: ReadonlyMap<string, ReadonlySet<string>>): number =>
    [...sets.values()].filter(({ size }) => size > 1).length;
  const holes = [...numbers.values()].map((known) => [...known].reduce((a, b) => Math.max(a, b), 0) - known.size);
  return {
    made: made.length,
    received: contents.size,
    repeated: got.length - contents.size,
    lost: made.filter(({ id }) => !contents.has(id)),
    unlogged: [...contents.keys()].filter((id) => !madeIds.has(id)).length,
    changed: several(contents),
    givenTwice: several(ids),
    gaps: holes.reduce((sum, count) => sum + count, 0),
  };
}

/** Nothing happened that the box did not tell of. */
export function isClean({ lost, gaps, changed, givenTwice }: Findings, isLossTold: boolean): boolean {
  return changed === 0 && givenTwice === 0 && (isLossTold || (lost.length === 0 && gaps === 0));
}

function add<T>(sets: Map<string, Set<T>>, name: string, value: T): void {
  const known = sets.get(name);
  if (known === undefined) sets.set(name, new Set([value]));
  else known.add(value);
}
