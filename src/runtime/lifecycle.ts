/**
 * Stops what was started, last first, within a total time. A stop that fails or hangs is logged and left behind:
 * the process ends anyway, and the LWT tells the platform the rest.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from './logger';

/** What a power supply with a small buffer, systemd and Docker (10 s) leave us. */
export const SHUTDOWN_LIMIT_MS = 8_000;

interface Stage {
  readonly name: string;
  readonly stop: () => Promise<void> | void;
  readonly limitMs: number;
}

export class Lifecycle {
  readonly #log: Logger;
  readonly #totalLimitMs: number;
  readonly #stages: Stage[] = [];
  #stopping: Promise<void> | undefined;

  constructor(log: Logger, totalLimitMs = SHUTDOWN_LIMIT_MS) {
    this.#log = log;
    this.#totalLimitMs = totalLimitMs;
  }

  /** Registers the stop of something that has just been started. `limitMs` is its share of the total. */
  register(name: string, stop: () => Promise<void> | void, limitMs = this.#totalLimitMs): void {
    this.#stages.push({ name, stop, limitMs });
  }

  /** Runs every registered stop, the latest first. Never rejects; a second call waits for the first. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  async #stopAll(): Promise<void> {
    const deadlineMs = performance.now() + this.#totalLimitMs;
    for (let stage = this.#stages.pop(); stage !== undefined; stage = this.#stages.pop()) {
      const leftMs = Math.max(0, deadlineMs - performance.now());
      await this.#stopOne(stage, Math.min(stage.limitMs, leftMs));
    }
  }

  async #stopOne({ name, stop }: Stage, limitMs: number): Promise<void> {
    const timer = new AbortController();
    const late = sleep(limitMs, 'late', { signal: timer.signal }).catch(() => 'late');
    const done = Promise.resolve()
      .then(stop)
      .then(
        () => 'stopped',
        (err: unknown) => {
          this.#log.error({ err, stage: name }, 'stop failed');
          return 'failed';
        },
      );
    if ((await Promise.race([done, late])) === 'late') this.#log.error({ stage: name, limitMs }, 'stop took too long');
    timer.abort();
  }
}

/** For what a stop left behind to end by itself. */
const LAST_GRACE_MS = 1_500;

/** Ends the process if it does not end by itself: process.exit() would wait without end for a thread that hangs outside of JavaScript. */
export function endByForce(): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), LAST_GRACE_MS).unref();
}

/** Runs a part with its own signal and registers its stop. */
export function runUntilStop(
  name: string,
  part: (signal: AbortSignal) => Promise<void>,
  { lifecycle, limitMs }: { readonly lifecycle: Lifecycle; readonly limitMs?: number },
): void {
  const controller = new AbortController();
  const running = part(controller.signal);
  lifecycle.register(
    name,
    async () => {
      controller.abort();
      await running;
    },
    limitMs,
  );
}
