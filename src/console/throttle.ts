/** Slows whoever guesses: after some failures a key has to wait, each time twice as long (pure but for its table). */

interface Failures {
  count: number;
  lastMs: number;
  blockedUntilMs: number;
}

export interface ThrottleOptions {
  /** Failures that cost nothing: people mistype. */
  readonly free: number;
  readonly firstWaitMs: number;
  readonly longestWaitMs: number;
}

/** Nobody guesses so slowly by hand. */
const FORGET_MS = 3_600_000;
const MAX_KEYS = 2_000;

export class Throttle {
  readonly #failures = new Map<string, Failures>();

  constructor(private readonly options: ThrottleOptions) {}

  /** 0 = may try. */
  waitMs(key: string, nowMs: number): number {
    return Math.max(0, (this.#failures.get(key)?.blockedUntilMs ?? 0) - nowMs);
  }

  fail(key: string, nowMs: number): void {
    const { free, firstWaitMs, longestWaitMs } = this.options;
    const known = this.#failures.get(key);
    const before = known === undefined || nowMs - known.lastMs > FORGET_MS ? 0 : known.count;
    const count = before + 1;
    const waitMs = count < free ? 0 : Math.min(longestWaitMs, firstWaitMs * 2 ** Math.min(20, count - free));
    // Anew at the end of the table: the one that failed longest ago is forgotten first.
    this.#failures.delete(key);
    this.#failures.set(key, { count, lastMs: nowMs, blockedUntilMs: nowMs + waitMs });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_KEYS && oldest !== undefined) this.#failures.delete(oldest);
  }

  succeed(key: string): void {
    this.#failures.delete(key);
  }
}
