import fc from 'fast-check';
import { FatalError, RecoverableError } from '../../src/errors';
import { backoffMs, type Retry, supervise } from '../../src/runtime/supervise';

const FAST = { minDelayMs: 1, maxDelayMs: 2, healthyAfterMs: 60_000 };

test('runs again after recoverable, unknown and silent ends, until aborted', async () => {
  const stop = new AbortController();
  const retries: Retry[] = [];
  let runs = 0;
  const task = async (): Promise<void> => {
    runs += 1;
    if (runs === 1) throw new RecoverableError('unreachable', 'camera away');
    if (runs === 2) throw new TypeError('a bug');
    if (runs === 4) stop.abort();
  };
  await supervise(task, { ...FAST, onRetry: (retry) => retries.push(retry) }, stop.signal);
  expect(runs).toBe(4);
  expect(retries.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
});

test('a FatalError ends it', async () => {
  const task = async (): Promise<void> => {
    throw new FatalError('model_mismatch', 'wrong checksum');
  };
  await expect(supervise(task, FAST, new AbortController().signal)).rejects.toThrow('wrong checksum');
});

test('a healthy run makes the next failure a first one', async () => {
  const stop = new AbortController();
  const attempts: number[] = [];
  let runs = 0;
  const task = async (): Promise<void> => {
    runs += 1;
    if (runs === 4) stop.abort();
    throw new Error('gone');
  };
  // Every run is at least 0 ms long, so every one counts as healthy.
  const onRetry = ({ attempt }: Retry): number => attempts.push(attempt);
  await supervise(task, { ...FAST, healthyAfterMs: 0, onRetry }, stop.signal);
  expect(attempts).toEqual([1, 1, 1]);
});

test('an abort ends the wait at once', async () => {
  const stop = new AbortController();
  const task = async (): Promise<void> => {
    throw new Error('gone');
  };
  const hour = 3_600_000;
  await supervise(
    task,
    { minDelayMs: hour, maxDelayMs: hour, healthyAfterMs: hour, onRetry: () => stop.abort() },
    stop.signal,
  );
});

test('an aborted signal runs nothing', async () => {
  const task = jest.fn(async () => undefined);
  await supervise(task, FAST, AbortSignal.abort());
  expect(task).not.toHaveBeenCalled();
});

test('a wait is between half and all of min × 2^(attempt − 1), never above the cap', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 60 }), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, random) => {
      const delayMs = backoffMs(attempt, { minDelayMs: 1_000, maxDelayMs: 4_000, random: () => random });
      const ceilingMs = attempt === 1 ? 1_000 : attempt === 2 ? 2_000 : 4_000;
      expect(delayMs).toBeGreaterThanOrEqual(ceilingMs / 2);
      expect(delayMs).toBeLessThanOrEqual(ceilingMs);
    }),
  );
});
