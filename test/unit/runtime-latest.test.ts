import { Latest } from '../../src/runtime/latest';

const never = new AbortController().signal;

test('the newest value wins; what it replaces is returned and counted', async () => {
  const box = new Latest<number>();
  expect(box.put(1)).toBeUndefined();
  expect(box.put(2)).toBe(1);
  expect(box.put(3)).toBe(2);
  expect(await box.take(never)).toBe(3);
  expect(box.dropped).toBe(2);
});

test('a consumer that waits gets the next value', async () => {
  const box = new Latest<string>();
  const taken = box.take(never);
  box.put('frame');
  expect(await taken).toBe('frame');
  expect(box.dropped).toBe(0);
});

test('falsy values are values', async () => {
  const box = new Latest<number>();
  box.put(0);
  expect(await box.take(never)).toBe(0);
});

test('an abort ends the wait with undefined and loses nothing later', async () => {
  const box = new Latest<number>();
  const stop = new AbortController();
  const taken = box.take(stop.signal);
  stop.abort();
  expect(await taken).toBeUndefined();
  box.put(7);
  expect(await box.take(never)).toBe(7);
});
