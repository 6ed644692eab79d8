/** Repeated errors become one line a minute with a count. */
import { Repeats } from '../../src/runtime/repeats';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

function told(repeats: Repeats, key: string): number | null {
  let count: number | null = null;
  repeats.note(key, (times) => {
    count = times;
  });
  return count;
}

it('tells the first at once, then is silent for a minute and tells how many there were', () => {
  const repeats = new Repeats();
  expect([told(repeats, 'a'), told(repeats, 'a'), told(repeats, 'a')]).toEqual([1, null, null]);
  jest.advanceTimersByTime(59_999);
  expect(told(repeats, 'a')).toBeNull();
  jest.advanceTimersByTime(1);
  expect(told(repeats, 'a')).toBe(4);
  expect(told(repeats, 'a')).toBeNull();
});

it('counts each kind for itself', () => {
  const repeats = new Repeats();
  expect([told(repeats, 'a'), told(repeats, 'b'), told(repeats, 'a')]).toEqual([1, 1, null]);
});
