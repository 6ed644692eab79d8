/** How long the inference thread may say nothing over one picture before it counts as hanging (pure). */

/** A thread that has not shown how quick it is, and one on a box under full load. */
const LONGEST_MS = 10_000;
/** So that a camera nobody looks at is noticed within 5 s; forty times what a picture takes on a small box. */
const SHORTEST_MS = 4_000;
const TIMES_THE_SLOWEST = 10;
/** The first pictures pay for the first allocations, and say little. */
const FEWEST = 20;
/** Half a minute of one camera. */
const KEPT = 150;

/** Of one thread: a new one begins with the longest patience, so that a slow box cannot lose one after the other. */
export class Patience {
  readonly #tookMs: number[] = [];

  /** Notes how long the thread was silent before it answered, ms. */
  note(tookMs: number): void {
    this.#tookMs.push(tookMs);
    if (this.#tookMs.length > KEPT) this.#tookMs.shift();
  }

  /** Ten times the slowest of the latest pictures, 4 s at the least and 10 s at the most. */
  get limitMs(): number {
    if (this.#tookMs.length < FEWEST) return LONGEST_MS;
    return Math.min(LONGEST_MS, Math.max(SHORTEST_MS, TIMES_THE_SLOWEST * Math.max(...this.#tookMs)));
  }
}
