/** Children whose stdout is read into one buffer. */
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnPouring } from '../../src/runtime/pouring-child';

const LINES = 300_000;
const COUNTED = Array.from({ length: LINES }, (_, i) => `${i + 1}\n`).join('');

async function pouredBy(command: string, args: readonly string[]): Promise<{ text: string; buffers: number }> {
  const parts: Buffer[] = [];
  const buffers = new Set<ArrayBufferLike>();
  const { child, poured } = await spawnPouring(command, args, (bytes) => {
    buffers.add(bytes.buffer);
    parts.push(Buffer.from(bytes));
  });
  child.stderr.resume();
  await poured;
  return { text: Buffer.concat(parts).toString('utf8'), buffers: buffers.size };
}

/** The folder for temporary files is `path` until the end of the block. */
function temporaryFolder(path: string): Disposable {
  const before = process.env.TMPDIR;
  process.env.TMPDIR = path;
  return {
    [Symbol.dispose]: () => {
      if (before === undefined) delete process.env.TMPDIR;
      else process.env.TMPDIR = before;
    },
  };
}

it('pours every byte in its order, always out of the same buffer, and leaves no file behind', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'anqi-test-'));
  try {
    using _ = temporaryFolder(folder);
    expect(await pouredBy('seq', [`${LINES}`])).toEqual({ text: COUNTED, buffers: 1 });
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('pours where no file can be made', async () => {
  using _ = temporaryFolder('/nowhere');
  expect((await pouredBy('seq', [`${LINES}`])).text).toBe(COUNTED);
});

it('reads no further when its bytes are refused, and the child ends', async () => {
  let calls = 0;
  const { child, poured } = await spawnPouring('yes', [], () => {
    calls += 1;
    throw new Error('no more');
  });
  child.stderr.resume();
  const closed = once(child, 'close');
  await expect(poured).rejects.toThrow('no more');
  await closed;
  expect(calls).toBe(1);
});

it('says that a command is missing as spawn does, and pours nothing', async () => {
  const { child, poured } = await spawnPouring('no-such-program-here', [], () => {
    throw new Error('there is nothing to pour');
  });
  const [error] = await once(child, 'error');
  expect(error).toMatchObject({ code: 'ENOENT' });
  await expect(poured).resolves.toBeUndefined();
});
