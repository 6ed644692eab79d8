/** Errors that repeat become one line with a count: the first is told at once, the rest once a minute. */
const QUIET_MS = 60_000;

export class Repeats {
  readonly #seen = new Map<string, { count: number; toldAtMs: number }>();

  /** Calls `tell` with the number of times since the last telling, or stays silent. Keys come from code, so they are few. */
  note(key: string, tell: (count: number) => void): void {
    const entry = this.#seen.get(key) ?? { count: 0, toldAtMs: Number.NEGATIVE_INFINITY };
    this.#seen.set(key, entry);
    entry.count += 1;
    const nowMs = performance.now();
    if (nowMs - entry.toldAtMs < QUIET_MS) return;
    entry.toldAtMs = nowMs;
    tell(entry.count);
    entry.count = 0;
  }
}
