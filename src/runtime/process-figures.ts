/**
 * What the process itself takes, one info line a minute, so that a leak or a loop that is held up shows in the log of a
 * box that has run for months: resident memory and heap (MB of 10⁶ bytes), the delay of the event loop, what is open.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { Logger } from './logger';

const EVERY_MS = 60_000;
const RESOLUTION_MS = 20;

/** @returns the end of it */
export function watchProcess(log: Logger, everyMs = EVERY_MS): () => void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const timer = setInterval(() => {
    const { rss, heapUsed, external } = process.memoryUsage();
    const loopDelayP99Ms = Math.max(0, Math.round(delay.percentile(99) / 1e6 - RESOLUTION_MS));
    log.info(
      { rssMb: mega(rss), heapMb: mega(heapUsed), externalMb: mega(external), loopDelayP99Ms, handles: openHandles() },
      'process',
    );
    delay.reset();
  }, everyMs).unref();
  return () => {
    clearInterval(timer);
    delay.disable();
  };
}

/** Sockets, pipes, timers and the like that Node.js keeps, by kind. */
function openHandles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function mega(bytes: number): number {
  return Math.round(bytes / 1e5) / 10;
}
