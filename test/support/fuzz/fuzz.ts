/**
 * What a fuzz target gets: a seed, a folder it may write into, and `feed`, which gives a property one bad input after
 * another and counts them. A watchdog in a thread of its own ends the process when one input takes too long, because
 * nothing inside a blocked thread could.
 */
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { AppError } from '../../../src/errors';

/** How an input was answered: taken, or refused in the way that the part declares. */
export type Answered = 'taken' | 'refused';

export interface Fed {
  readonly what: string;
  readonly seed: number;
  readonly inputs: number;
  readonly taken: number;
  readonly refused: number;
}

export interface Feed<T> {
  readonly what: string;
  readonly inputs: number;
  readonly of: fc.Arbitrary<T>;
}

export type Target = (fuzz: Fuzz) => Promise<void>;

/** No input is worth a second; a machine that is busy with other things gets this. */
const STUCK_MS = 60_000;

export class Fuzz {
  readonly #progress = new Int32Array(new SharedArrayBuffer(4));

  /** `folder`: the data folder, which is there and empty. */
  constructor(
    readonly seed: number,
    readonly folder: string,
    private readonly tell: (fed: Fed) => void,
  ) {}

  async feed<T>({ what, inputs, of }: Feed<T>, property: (input: T) => Answered | Promise<Answered>): Promise<void> {
    const counts = { taken: 0, refused: 0 };
    const watchdog = watch(this.#progress, `${what}, seed ${this.seed}`);
    try {
      const each = fc.asyncProperty(of, async (input) => {
        Atomics.add(this.#progress, 0, 1);
        counts[await property(input)] += 1;
      });
      await fc.assert(each, { seed: this.seed, numRuns: inputs });
    } finally {
      await watchdog.terminate();
    }
    this.tell({ what, seed: this.seed, inputs: counts.taken + counts.refused, ...counts });
  }
}

/** Runs `work`: a value is fine, and so is an error that the service raises on purpose. Everything else is a find. */
export async function declared(work: () => unknown): Promise<Answered> {
  try {
    await work();
    return 'taken';
  } catch (error) {
    if (error instanceof AppError) return 'refused';
    throw error;
  }
}

function watch(progress: Int32Array, what: string): Worker {
  const code = `
    const { workerData: { progress, what, stuckMs } } = require('node:worker_threads');
    let seen = -1, sinceMs = performance.now();
    setInterval(() => {
      const now = Atomics.load(progress, 0);
      if (now !== seen) { seen = now; sinceMs = performance.now(); return; }
      if (performance.now() - sinceMs < stuckMs) return;
      require('node:fs').writeSync(2, 'hangs for ' + stuckMs + ' ms at input ' + now + ' of ' + what + '\\n');
      process.kill(process.pid, 'SIGKILL');
    }, 500);`;
  return new Worker(code, { eval: true, workerData: { progress, what, stuckMs: STUCK_MS } });
}
