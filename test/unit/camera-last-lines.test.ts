import { PassThrough } from 'node:stream';
import { finished } from 'node:stream/promises';
import { LastLines } from '../../src/camera/last-lines';

async function linesOf(...parts: string[]): Promise<readonly string[]> {
  const stream = new PassThrough();
  const lines = new LastLines(stream);
  for (const part of parts) stream.write(part);
  stream.end();
  await finished(stream);
  return lines.lines;
}

test('lines are put together from parts, without addresses and without repetition', async () => {
  const lines = await linesOf('[h264 @ 0x55a1] no fra', 'me!\n[h264 @ 0x55b2] no frame!\n', 'the end');
  expect(lines).toEqual(['[h264] no frame!', 'the end']);
});

test('a flood keeps only the newest lines, and short ones', async () => {
  const lines = await linesOf(
    ...Array.from({ length: 500 }, (_, n) => `${n} ${'x'.repeat(1_000)}\n`),
    'y'.repeat(100_000),
  );
  expect(lines.length).toBeLessThanOrEqual(21);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(300);
  expect(lines.at(-2)).toMatch(/^499 /);
});
