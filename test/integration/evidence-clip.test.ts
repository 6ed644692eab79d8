/** Clips made by the real ffmpeg and decoded again: their length, whose head is hidden, and what becomes of failures. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { BoundingBox, Frame } from '../../src/domain';
import { type Clip, Clips } from '../../src/evidence/clip';
import type { EvidenceItem } from '../../src/evidence/evidence';
import { commands } from '../support/announcing';

const WIDTH_PX = 1280;
const HEIGHT_PX = 720;
const FRAME_MS = 200;
/** What the clip is scaled to. */
const CLIP = { widthPx: 960, heightPx: 540 };
const REQUEST = { incidentId: '0193f2a0-1c5e-7d3a-9b1c-2f4e6a8b0c1d', takenAt: '2026-11-23T07:30:00.000+08:00' };
const SUBJECT: BoundingBox = { x: 0.3, y: 0.2, w: 0.1, h: 0.15 };
const OTHER: BoundingBox = { x: 0.7, y: 0.2, w: 0.1, h: 0.15 };
const STILL = chequered();

it('lasts as long as what it shows, is what it says it is, and stays with its owner', async () => {
  await using place = await folder();
  const saved: string[] = [];
  const clip = clipsIn(place.path, (name) => saved.push(name)).begin(REQUEST);
  const item = await filmed(clip, 15);
  expect(item).toMatchObject({ kind: 'clip', ...CLIP });
  expect(item.path).toBe(join(place.path, '2026-11-23', `${REQUEST.incidentId}-clip.mp4`));
  const file = await readFile(item.path);
  expect([item.sha256, item.bytes]).toEqual([createHash('sha256').update(file).digest('hex'), file.byteLength]);
  expect(new Date(item.expiresAtMs).toISOString()).toBe('2026-12-22T23:30:00.000Z');
  expect((await stat(item.path)).mode & 0o077).toBe(0);
  expect(saved).toEqual([`2026-11-23/${REQUEST.incidentId}-clip.mp4`]);
  expect(await readdir(join(place.path, '2026-11-23'))).toEqual([`${REQUEST.incidentId}-clip.mp4`]);
  expect(await probe(item.path)).toEqual({
    streams: [{ codec_name: 'h264', width: 960, height: 540, pix_fmt: 'yuv420p', nb_frames: '15' }],
    format: { duration: '3.000000' },
  });
});

it("hides everybody else's head, also in the picture in which it was missed, and never the subject's", async () => {
  await using place = await folder();
  const item = await filmed(clipsIn(place.path).begin(REQUEST), 9, (i) => (i === 4 ? [] : [OTHER]));
  const pictures = await decoded(item.path);
  expect(pictures).toHaveLength(9);
  for (const picture of pictures) {
    expect(contrast(picture, SUBJECT)).toBeGreaterThan(60);
    expect(contrast(picture, OTHER)).toBeLessThan(15);
  }
});

it('keeps the pictures it was given although the camera reuses the memory at once', async () => {
  await using place = await folder();
  const clip = clipsIn(place.path).begin(REQUEST);
  for (let i = 0; i < 4; i++) {
    const frame = frameAt(i);
    const pixels = frame.pixels.slice();
    clip.show({ frame: { ...frame, pixels }, subjectHeads: [SUBJECT], otherHeads: [] });
    pixels.fill(0);
  }
  for (const picture of await decoded((await clip.end()).path)) expect(contrast(picture, SUBJECT)).toBeGreaterThan(60);
});

it('no more than three are made at a time; the next one after one has ended', async () => {
  await using place = await folder();
  const clips = clipsIn(place.path);
  const open = ['a', 'b', 'c'].map((incidentId) => clips.begin({ ...REQUEST, incidentId }));
  expect(() => clips.begin(REQUEST)).toThrow(expect.objectContaining({ code: 'evidence/busy', recoverable: true }));
  const [first, ...rest] = open;
  if (first === undefined) throw new Error('three clips were begun');
  await filmed(first, 3);
  expect(() => open.push(clips.begin(REQUEST))).not.toThrow();
  const ends = await Promise.allSettled([...rest, ...open.slice(3)].map((clip) => clip.end()));
  expect(ends.map((end) => end.status === 'rejected' && end.reason.message)).toEqual(
    ends.map(() => 'no picture came while the clip was made'),
  );
});

describe('a clip that cannot be made says why and leaves nothing behind', () => {
  it.each([
    ['ffmpeg is missing', {}, /^clip: ffmpeg is not installed$/],
    [
      'ffmpeg refuses',
      { ffmpeg: 'echo "Unknown encoder" >&2; exit 1' },
      /^clip: ffmpeg ended with 1: Unknown encoder$/,
    ],
    ['ffmpeg hangs', { ffmpeg: 'exec /bin/sleep 60' }, /^clip: ffmpeg was not done after 2500 ms$/],
  ])('%s', async (_case, scripts, why) => {
    await using place = await folder();
    await using bin = await folder();
    using _ = await commands(bin.path, scripts, 'nothing-else');
    const clip = clipsIn(place.path).begin(REQUEST);
    await expect(filmed(clip, 8)).rejects.toMatchObject({
      ...{ code: 'evidence/failed', recoverable: true },
      message: expect.stringMatching(why),
    });
    expect(await readdir(join(place.path, '2026-11-23'))).toEqual([]);
  });

  it('a folder that is in the way', async () => {
    await using place = await folder();
    await writeFile(join(place.path, '2026-11-23'), 'in the way');
    const clip = clipsIn(place.path).begin(REQUEST);
    await expect(filmed(clip, 4)).rejects.toMatchObject({ code: 'evidence/unwritable' });
  });
});

function clipsIn(path: string, onSaved: (name: string) => void = () => undefined): Clips {
  return new Clips({ folder: path, retentionDays: 30, onSaved });
}

/** Pictures as fast as they come; the encoder may fall behind without losing time. */
async function filmed(
  clip: Clip,
  pictures: number,
  others: (i: number) => readonly BoundingBox[] = () => [],
): Promise<EvidenceItem> {
  for (let i = 0; i < pictures; i++) {
    clip.show({ frame: frameAt(i), subjectHeads: [SUBJECT], otherHeads: others(i) });
    await new Promise((resolve) => setImmediate(resolve));
  }
  return clip.end();
}

function frameAt(index: number): Frame {
  const size = { widthPx: WIDTH_PX, heightPx: HEIGHT_PX };
  return { cameraId: 'east', index, capturedAtMs: 1_000_000 + index * FRAME_MS, ...size, pixels: STILL };
}

/** Fields of 16 px, black and white: detail that survives the scaling. */
function chequered(): Uint8Array {
  const pixels = new Uint8Array(WIDTH_PX * HEIGHT_PX * 3);
  for (let at = 0; at < pixels.length / 3; at++) {
    const isWhite = (Math.floor((at % WIDTH_PX) / 16) + Math.floor(at / WIDTH_PX / 16)) % 2 === 0;
    pixels.fill(isWhite ? 235 : 20, at * 3, at * 3 + 3);
  }
  return pixels;
}

async function probe(path: string): Promise<unknown> {
  const shown = 'stream=codec_name,width,height,pix_fmt,nb_frames:format=duration';
  const { stdout } = await promisify(execFile)('ffprobe', ['-v', 'error', '-of', 'json', '-show_entries', shown, path]);
  const { streams, format } = JSON.parse(stdout);
  return { streams, format };
}

/** Each picture in grey. */
async function decoded(path: string): Promise<Buffer[]> {
  const args = ['-v', 'error', '-i', path, '-f', 'rawvideo', '-pix_fmt', 'gray', '-'];
  const { stdout } = await promisify(execFile)('ffmpeg', args, { encoding: 'buffer', maxBuffer: 1e9 });
  const size = CLIP.widthPx * CLIP.heightPx;
  return Array.from({ length: stdout.length / size }, (_, i) => stdout.subarray(i * size, (i + 1) * size));
}

/** Standard deviation of the grey levels inside a box, in the clip's pixels. */
function contrast(picture: Buffer, { x, y, w, h }: BoundingBox): number {
  const values: number[] = [];
  for (let row = Math.ceil(y * CLIP.heightPx); row < Math.floor((y + h) * CLIP.heightPx); row++)
    for (let column = Math.ceil(x * CLIP.widthPx); column < Math.floor((x + w) * CLIP.widthPx); column++)
      values.push(picture[row * CLIP.widthPx + column] ?? 0);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'anqi-clip-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
