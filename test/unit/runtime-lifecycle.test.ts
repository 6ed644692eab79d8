import { Lifecycle } from '../../src/runtime/lifecycle';
import { createLogger } from '../../src/runtime/logger';

function capture() {
  const lines: string[] = [];
  return { lines, log: createLogger({ level: 'error', destination: { write: (line) => lines.push(line) } }) };
}

test('stops in reverse order, each after the one before is done', async () => {
  const order: string[] = [];
  const lifecycle = new Lifecycle(capture().log);
  for (const name of ['outbox', 'relay', 'camera']) {
    lifecycle.register(name, async () => {
      order.push(`${name} stops`);
      await Promise.resolve();
      order.push(`${name} stopped`);
    });
  }
  await lifecycle.stop();
  expect(order).toEqual([
    ...['camera stops', 'camera stopped', 'relay stops', 'relay stopped'],
    ...['outbox stops', 'outbox stopped'],
  ]);
});

test('a stop that fails or hangs is named in the log and does not keep the others', async () => {
  const { lines, log } = capture();
  const stopped: string[] = [];
  const lifecycle = new Lifecycle(log);
  lifecycle.register('database', () => void stopped.push('database'));
  lifecycle.register('relay', () => Promise.reject(new Error('broker away')));
  lifecycle.register('camera', () => new Promise<void>(() => undefined), 10);
  lifecycle.register('console', () => {
    throw new Error('port gone');
  });
  await lifecycle.stop();
  expect(stopped).toEqual(['database']);
  expect(lines.map((line) => JSON.parse(line).stage)).toEqual(['console', 'camera', 'relay']);
});

test('what hangs early takes its time from the rest, but all are asked to stop', async () => {
  const asked: string[] = [];
  const lifecycle = new Lifecycle(capture().log, 20);
  for (const name of ['a', 'b', 'c']) {
    lifecycle.register(name, () => {
      asked.push(name);
      return new Promise<void>(() => undefined);
    });
  }
  await lifecycle.stop();
  expect(asked).toEqual(['c', 'b', 'a']);
});

test('a second call waits for the first and stops nothing twice', async () => {
  let stops = 0;
  const lifecycle = new Lifecycle(capture().log);
  lifecycle.register('once', () => {
    stops += 1;
  });
  await Promise.all([lifecycle.stop(), lifecycle.stop()]);
  expect(stops).toBe(1);
});
