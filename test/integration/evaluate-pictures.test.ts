/** Picture files as they come from cameras, phones and broken copies. */
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { FatalError } from '../../src/errors';
import { decodePicture } from '../../src/evaluation/pictures';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anqi-pictures-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SIZE = { widthPx: 40, heightPx: 30 };
const plain = (colour: { r: number; g: number; b: number }, { widthPx, heightPx } = SIZE): Sharp =>
  sharp({ create: { width: widthPx, height: heightPx, channels: 3, background: colour } });
const noise = (): Sharp =>
  sharp({
    create: {
      width: 40,
      height: 30,
      channels: 3,
      background: 'black',
      noise: { type: 'gaussian', mean: 128, sigma: 40 },
    },
  });
const ORANGE = { r: 200, g: 100, b: 50 };

/** Left column 0, then brighter, to 65535: one channel of 16 bits. */
const ramp16 = (): Sharp =>
  sharp(
    Uint16Array.from({ length: 40 * 30 }, (_value, index) => ((index % 40) / 39) * 65_535),
    { raw: { width: 40, height: 30, channels: 1 } },
  ).toColourspace('grey16');

async function decoded(name: string, picture: Sharp, size = SIZE) {
  const path = join(folder, name);
  await picture.toFile(path);
  return decodePicture(path, size);
}

const pixelAt = ({ widthPx, pixels }: { widthPx: number; pixels: Uint8Array }, x: number, y: number): number[] => [
  ...pixels.subarray((y * widthPx + x) * 3, (y * widthPx + x) * 3 + 3),
];

async function refusal(path: string, size = SIZE): Promise<FatalError> {
  const error: unknown = await decodePicture(path, size).then(
    () => new Error('was decoded'),
    (reason: unknown) => reason,
  );
  if (error instanceof FatalError) return error;
  throw error;
}

describe('a picture becomes RGB of 8 bits', () => {
  it.each<[string, string, () => Sharp, readonly number[]]>([
    ['PNG', 'rgb.png', () => plain(ORANGE), [200, 100, 50]],
    ['grey JPEG', 'grey.jpg', () => plain({ r: 90, g: 90, b: 90 }).greyscale(), [90, 90, 90]],
    ['transparency, which is dropped', 'alpha.png', () => plain(ORANGE).ensureAlpha(0.2), [200, 100, 50]],
    ['WebP', 'lossless.webp', () => plain(ORANGE).webp({ lossless: true }), [200, 100, 50]],
    ['CMYK JPEG', 'cmyk.jpg', () => plain(ORANGE).toColourspace('cmyk').jpeg({ quality: 100 }), [200, 100, 50]],
  ])('from %s', async (_case, name, picture, colour) => {
    const { widthPx, heightPx, pixels } = await decoded(name, picture());
    expect({ widthPx, heightPx, bytes: pixels.length }).toEqual({ ...SIZE, bytes: 40 * 30 * 3 });
    // Inks cover less than the screen: CMYK comes back near, not equal.
    pixelAt({ widthPx, pixels }, 20, 15).forEach((value, channel) => {
      expect(Math.abs(value - (colour[channel] ?? 0))).toBeLessThan(name === 'cmyk.jpg' ? 30 : 3);
    });
  });

  it('from 16 bits a channel, scaled and not cut', async () => {
    const picture = await decoded('deep.png', ramp16().png());
    expect((await sharp(join(folder, 'deep.png')).metadata()).depth).toBe('ushort');
    expect(pixelAt(picture, 0, 7)).toEqual([0, 0, 0]);
    expect(pixelAt(picture, 39, 7)).toEqual([255, 255, 255]);
    const [middle = 0] = pixelAt(picture, 20, 7);
    expect(Math.abs(middle - (20 / 39) * 255)).toBeLessThan(2);
  });

  it('as it is stored: an EXIF orientation turns nothing', async () => {
    const left = { r: 250, g: 0, b: 0 };
    const half = await plain(left, { widthPx: 20, heightPx: 30 }).png().toBuffer();
    const turned = plain({ r: 0, g: 0, b: 250 })
      .composite([{ input: half, left: 0, top: 0 }])
      .withMetadata({ orientation: 6 });
    const picture = await decoded('turned.png', turned);
    expect((await sharp(join(folder, 'turned.png')).metadata()).orientation).toBe(6);
    expect(picture).toMatchObject(SIZE);
    expect([pixelAt(picture, 3, 15), pixelAt(picture, 36, 15)]).toEqual([
      [250, 0, 0],
      [0, 0, 250],
    ]);
  });

  it.each([
    ['one pixel', { widthPx: 1, heightPx: 1 }],
    ['8K', { widthPx: 7680, heightPx: 4320 }],
    ['a long strip', { widthPx: 5000, heightPx: 1 }],
  ])(
    'from %s',
    async (_case, size) => {
      const picture = await decoded(`${size.widthPx}.png`, plain(ORANGE, size).png({ compressionLevel: 1 }), size);
      expect(picture).toMatchObject(size);
      expect(pixelAt(picture, size.widthPx - 1, size.heightPx - 1)).toEqual([200, 100, 50]);
    },
    60_000,
  );
});

describe('a picture that cannot be judged is named, with the cure', () => {
  it.each([
    ['a JPEG cut in half', 'half.jpg', () => noise().jpeg(), 0.5],
    ['a PNG without its end', 'end.png', () => noise().png(), 0.9],
    ['a PNG with hardly more than its header', 'header.png', () => noise().png(), 0.05],
  ])('%s', async (_case, name, picture, share) => {
    const path = join(folder, name);
    const { size } = await picture().toFile(path);
    await truncate(path, Math.floor(size * share));
    const { code, message } = await refusal(path);
    expect(code).toBe('picture/damaged');
    expect(message).toContain(path);
    expect(message).toContain('Copy it anew');
  });

  it.each<[string, string, string | Buffer]>([
    ['a JPEG of a few bytes', 'few.jpg', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16])],
    ['an empty file', 'empty.jpg', ''],
    ['a text file', 'words.jpg', 'no picture'],
  ])('%s', async (_case, name, content) => {
    const path = join(folder, name);
    await writeFile(path, content);
    const { code, message } = await refusal(path);
    expect(code).toBe('picture/unreadable');
    expect(message).toContain(path);
    expect(message.split('\n')).toHaveLength(1);
  });

  it('a folder', async () => {
    const path = join(folder, 'folder.jpg');
    await mkdir(path);
    expect((await refusal(path)).code).toBe('picture/unreadable');
  });

  it('a file that is not there', async () => {
    const { code, message } = await refusal(join(folder, 'none.jpg'));
    expect(code).toBe('picture/missing');
    expect(message).toContain('relative to the label file');
  });

  it('one of more than 100 megapixels, before it takes memory', async () => {
    const path = join(folder, 'giant.png');
    await plain(ORANGE, { widthPx: 10_001, heightPx: 10_000 }).png({ compressionLevel: 1 }).toFile(path);
    const before = process.memoryUsage.rss();
    const { code, message } = await refusal(path, { widthPx: 10_001, heightPx: 10_000 });
    expect(code).toBe('picture/giant');
    expect(message).toContain('10001×10000');
    expect(message).toContain('100 megapixels');
    expect(process.memoryUsage.rss() - before).toBeLessThan(100e6);
  }, 60_000);

  it('one of another size than its labels', async () => {
    const path = join(folder, 'other.png');
    await plain(ORANGE).toFile(path);
    const { code, message } = await refusal(path, { widthPx: 80, heightPx: 60 });
    expect(code).toBe('picture/size');
    expect(message).toContain('40×30');
    expect(message).toContain('80×60');
  });
});
