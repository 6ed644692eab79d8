/** A deadline comes, whatever the collector does in between. */
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { deadline } from '../../src/runtime/deadline';

setFlagsFromString('--expose-gc');
const collect: () => void = runInNewContext('gc');

it('aborts when its time is over, though nobody holds it but its listener', async () => {
  const never = new AbortController();
  const over = new Promise<string>((resolve) => {
    const signal = deadline(60, never.signal);
    signal.addEventListener('abort', () => resolve(signal.reason.name));
  });
  for (let round = 0; round < 3; round++) {
    await new Promise((resolve) => setImmediate(resolve));
    collect();
  }
  expect(await over).toBe('TimeoutError');
});

it('aborts with whichever signal is first, for its reason', async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const signal = deadline(10_000, first.signal, second.signal);
  const aborted = once(signal, 'abort');
  second.abort(new Error('enough'));
  await aborted;
  expect(signal.reason).toEqual(new Error('enough'));
  first.abort(new Error('later'));
  expect(signal.reason).toEqual(new Error('enough'));
});

it('is aborted at once where its signal is', () => {
  expect(deadline(10_000, AbortSignal.abort(new Error('over'))).reason).toEqual(new Error('over'));
});
