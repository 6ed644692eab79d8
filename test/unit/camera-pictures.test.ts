import fc from 'fast-check';
import { type Picture, PixelPool, readPictures } from '../../src/camera/pictures';

/** A PPM picture whose every byte is `fill`. */
function ppm(widthPx: number, heightPx: number, fill: number): Buffer {
  return Buffer.concat([Buffer.from(`P6\n${widthPx} ${heightPx}\n255\n`), Buffer.alloc(widthPx * heightPx * 3, fill)]);
}

async function* inChunks(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let at = 0;
  for (let turn = 0; at < bytes.length; turn += 1) {
    const size = sizes[turn % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function collect(bytes: Buffer, sizes: readonly number[] = [65_536]): Promise<Picture[]> {
  const pictures: Picture[] = [];
  for await (const picture of readPictures(inChunks(bytes, sizes), new PixelPool())) pictures.push(picture);
  return pictures;
}

test('pictures come out whole however the bytes arrive, and change size when they say so', async () => {
  const picture = fc.record({
    w: fc.integer({ min: 1, max: 9 }),
    h: fc.integer({ min: 1, max: 9 }),
    fill: fc.nat(255),
  });
  const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 });
  await fc.assert(
    fc.asyncProperty(fc.array(picture, { maxLength: 6 }), sizes, async (sent, chunkSizes) => {
      const read = await collect(Buffer.concat(sent.map(({ w, h, fill }) => ppm(w, h, fill))), chunkSizes);
      expect(read.map(({ widthPx, heightPx }) => [widthPx, heightPx])).toEqual(sent.map(({ w, h }) => [w, h]));
      expect(read.map(({ pixels }) => [...new Set(pixels)])).toEqual(sent.map(({ fill }) => [fill]));
    }),
  );
});

test('pixel bytes that look like a header are pixels', async () => {
  const inner = ppm(2, 2, 80);
  const widthPx = 11;
  const bytes = Buffer.concat([
    Buffer.from(`P6\n${widthPx} 1\n255\n`),
    inner,
    Buffer.alloc(widthPx * 3 - inner.length),
  ]);
  expect(await collect(bytes, [3])).toHaveLength(1);
});

test('a picture that is cut off is left out', async () => {
  const bytes = Buffer.concat([ppm(4, 4, 1), ppm(4, 4, 2).subarray(0, 30)]);
  expect(await collect(bytes, [7])).toHaveLength(1);
});

test.each([
  ['text', Buffer.from('frame= 12 fps=5 q=-0.0 size=N/A time=00:00:02')],
  ['an absurd size', Buffer.from('P6\n999999 999999\n255\n')],
  ['another depth', Buffer.from('P6\n10 10\n65535\n.................')],
])('%s is corrupt', async (_case, bytes) => {
  await expect(collect(bytes)).rejects.toMatchObject({ code: 'corrupt' });
});

describe('PixelPool', () => {
  test('gives released memory out again', () => {
    const pool = new PixelPool();
    const pixels = pool.take(12);
    pool.release(pixels);
    expect(pool.take(12).buffer).toBe(pixels.buffer);
  });

  test('takes back pixels that were transferred to a worker and returned as another array', () => {
    const pool = new PixelPool();
    const away = structuredClone(pool.take(12).buffer, { transfer: [] });
    pool.release(new Uint8Array(away));
    expect(pool.take(12).buffer).toBe(away);
  });

  test('never gives the same memory out twice, and ignores detached and partial arrays', () => {
    const pool = new PixelPool();
    const pixels = pool.take(12);
    pool.release(pixels);
    pool.release(new Uint8Array(pixels.buffer));
    pool.release(new Uint8Array(24).subarray(0, 12));
    const gone = new Uint8Array(12);
    structuredClone(gone.buffer, { transfer: [gone.buffer] });
    pool.release(gone);
    expect(pool.take(12).buffer).toBe(pixels.buffer);
    expect(pool.take(12).byteLength).toBe(12);
    expect(pool.take(12).buffer).not.toBe(pixels.buffer);
  });

  test('another picture size never gets an old buffer', () => {
    const pool = new PixelPool();
    pool.release(pool.take(12));
    expect(pool.take(27).byteLength).toBe(27);
  });
});
