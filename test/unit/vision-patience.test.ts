/** When a silent inference thread counts as hanging. */
import { Patience } from '../../src/vision/patience';

const times = (count: number, tookMs: number): number[] => Array.from({ length: count }, () => tookMs);

it.each<{ readonly name: string; readonly tookMs: readonly number[]; readonly limitMs: number }>([
  { name: 'a thread that has said nothing yet', tookMs: [], limitMs: 10_000 },
  { name: 'a thread that has just begun', tookMs: times(19, 50), limitMs: 10_000 },
  { name: 'a quick one', tookMs: times(20, 50), limitMs: 4_000 },
  { name: 'one that is slow now and then', tookMs: [...times(99, 50), 600, ...times(99, 50)], limitMs: 6_000 },
  { name: 'one that was slow long ago', tookMs: [...times(10, 900), ...times(150, 50)], limitMs: 4_000 },
  { name: 'one on a box that has no time', tookMs: times(150, 3_000), limitMs: 10_000 },
])('$name gets $limitMs ms', ({ tookMs, limitMs }) => {
  const patience = new Patience();
  for (const one of tookMs) patience.note(one);
  expect(patience.limitMs).toBe(limitMs);
});
