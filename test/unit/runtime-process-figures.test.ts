/** What the process says of itself: a loop that is held up and what is open must show. */
import { setImmediate as turn } from 'node:timers/promises';
import { createLogger } from '../../src/runtime/logger';
import { watchProcess } from '../../src/runtime/process-figures';

const HELD_UP_MS = 100;

it('tells memory, the delay of the loop and what is open, until it is ended', async () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', destination: { write: (line) => lines.push(line) } });
  const stop = watchProcess(log, 2.5 * HELD_UP_MS);
  const open = setTimeout(() => undefined, 60_000);
  const holdUp = async (): Promise<void> => {
    for (const untilMs = performance.now() + HELD_UP_MS; performance.now() < untilMs; );
    await turn();
  };
  while (lines.length === 0) await holdUp();
  stop();
  const { msg, rssMb, heapMb, loopDelayP99Ms, handles } = JSON.parse(lines[0] ?? '');
  expect(msg).toBe('process');
  expect(rssMb).toBeGreaterThan(heapMb);
  expect(heapMb).toBeGreaterThan(1);
  expect(loopDelayP99Ms).toBeGreaterThan(HELD_UP_MS / 2);
  expect(handles.Timeout).toBeGreaterThan(0);
  for (let turns = 0; turns < 4; turns++) await holdUp();
  expect(lines).toHaveLength(1);
  clearTimeout(open);
});
