import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { endChild, spawnGuarded } from '../../src/runtime/guarded-child';

test('arguments reach the program as they are, without a shell', async () => {
  const odd = ['a b', '$(id)', '"', "'", '-n', '--', '头盔'];
  const child = spawnGuarded('printf', ['%s|', ...odd]);
  expect(await text(child.stdout)).toBe(odd.map((word) => `${word}|`).join(''));
});

test('a missing program is an error event with ENOENT', async () => {
  const child = spawnGuarded('no-such-program-here', []);
  await expect(once(child, 'spawn')).rejects.toMatchObject({ code: 'ENOENT' });
  await endChild(child);
});

test('a child that heeds SIGTERM ends by it', async () => {
  const child = spawnGuarded('sleep', ['600']);
  await endChild(child, 60_000);
  expect(child.signalCode).toBe('SIGTERM');
});

test('a child that ignores SIGTERM is killed after the grace', async () => {
  const child = spawnGuarded('sh', ['-c', 'trap "" TERM; echo ready; while :; do sleep 1; done']);
  await once(child.stdout, 'data');
  await endChild(child, 50);
  expect(child.signalCode).toBe('SIGKILL');
});

test('a child that is gone already is no error', async () => {
  const child = spawnGuarded('true', []);
  child.stdout.resume();
  await once(child, 'close');
  await endChild(child);
  expect(child.exitCode).toBe(0);
});
