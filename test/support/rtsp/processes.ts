/**
 * Who runs: /proc read directly, for tests that nothing is left behind.
 */
import { readdirSync, readFileSync } from 'node:fs';

/** Command lines of running processes (no zombies) that hold `text`, by process id. */
export function processesWith(text: string): ReadonlyMap<number, string> {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const found = pids.flatMap((pid): [number, string][] => {
    try {
      const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
      return line.includes(text) ? [[Number(pid), line]] : [];
    } catch {
      return []; // It ended while we looked.
    }
  });
  return new Map(found);
}

/** Resolves when no process with `text` is left; throws after `limitMs` with those that are. */
export async function goneWithin(text: string, limitMs: number): Promise<void> {
  const deadlineMs = performance.now() + limitMs;
  while (processesWith(text).size > 0) {
    if (performance.now() > deadlineMs)
      throw new Error(`still running: ${[...processesWith(text).values()].join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
