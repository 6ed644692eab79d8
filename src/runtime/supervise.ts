/**
 * The only retry loop of the service: runs a task again whenever it ends, with growing, jittered waits.
 * Equal jitter: half of the wait is certain, half is random, so that many cameras do not return in step.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { FatalError, RecoverableError } from '../errors';

export interface SuperviseOptions {
  /** Wait after the first failure. */
  readonly minDelayMs: number;
  /** No wait is longer. */
  readonly maxDelayMs: number;
  /** A run of at least this long makes the next failure a first one. */
  readonly healthyAfterMs: number;
  readonly onRetry?: (retry: Retry) => void;
  /** 0 ≤ value < 1. */
  readonly random?: () => number;
}

export interface Retry {
  readonly error: unknown;
  /** Failures in a row, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
}

/**
 * Runs `task` until `signal` aborts (then resolves, after the task has settled). A task that returns by itself counts as failed.
 * Rejects with the FatalError of a task; every other error is retried.
 */
export async function supervise(
  task: (signal: AbortSignal) => Promise<void>,
  options: SuperviseOptions,
  signal: AbortSignal,
): Promise<void> {
  let attempt = 0;
  while (!signal.aborted) {
    const startedMs = performance.now();
    const error = await runOnce(task, signal);
    if (signal.aborted) return;
    if (error instanceof FatalError) throw error;
    attempt = performance.now() - startedMs >= options.healthyAfterMs ? 1 : attempt + 1;
    const delayMs = backoffMs(attempt, options);
    options.onRetry?.({ error, attempt, delayMs });
    await sleep(delayMs, undefined, { signal }).catch(() => undefined);
  }
}

/** Between half and all of min × 2^(attempt − 1), capped. `attempt` counts from 1. */
export function backoffMs(
  attempt: number,
  options: Pick<SuperviseOptions, 'minDelayMs' | 'maxDelayMs' | 'random'>,
): number {
  const ceilingMs = Math.min(options.maxDelayMs, options.minDelayMs * 2 ** (attempt - 1));
  return (ceilingMs / 2) * (1 + (options.random ?? Math.random)());
}

async function runOnce(task: (signal: AbortSignal) => Promise<void>, signal: AbortSignal): Promise<unknown> {
  try {
    await task(signal);
    return new RecoverableError('task_ended', 'the task ended by itself');
  } catch (error) {
    return error;
  }
}
