/** Evidence on a real disk: decoded again, heads of others have lost their detail, the subject has kept it. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { BoundingBox, Frame } from '../../src/domain';
import { type EvidenceItem, type EvidenceRequest, EvidenceWriter } from '../../src/evidence/evidence';
import { sweepEvidence } from '../../src/evidence/retention';

const WIDTH_PX = 640;
const HEIGHT_PX = 360;
const NEVER = new AbortController().signal;
const TAKEN_AT = '2026-11-23T07:30:00.000+08:00';
const SUBJECT_HEAD: BoundingBox = { x: 0.3, y: 0.2, w: 0.06, h: 0.1 };
const OTHER_HEADS: readonly BoundingBox[] = [
  { x: 0.7, y: 0.2, w: 0.06, h: 0.1 },
  { x: 0.42, y: 0.25, w: 0.04, h: 0.08 },
  // Half outside of the picture.
  { x: 0.97, y: 0.5, w: 0.06, h: 0.1 },
];
const REQUEST: EvidenceRequest = {
  frame: noise(7),
  subject: { groupBox: { x: 0.25, y: 0.2, w: 0.2, h: 0.6 }, headBoxes: [SUBJECT_HEAD] },
  others: OTHER_HEADS,
  incidentId: '0193f2a0-1c5e-7d3a-9b1c-2f4e6a8b0c1d',
  takenAt: TAKEN_AT,
};

it('writes the whole picture and the crop, as described by what it returns', async () => {
  await using place = await folder();
  const items = await new EvidenceWriter({ folder: place.path, retentionDays: 30 }).save(REQUEST, NEVER);
  expect(items.map((item) => item.kind)).toEqual(['full', 'crop']);
  for (const item of items) {
    const file = await readFile(fileURLToPath(item.url));
    expect(item.path).toBe(join(place.path, '2026-11-23', `${REQUEST.incidentId}-7-${item.kind}.jpg`));
    expect(item.sha256).toBe(createHash('sha256').update(file).digest('hex'));
    expect(item.bytes).toBe(file.byteLength);
    const { format, width, height, exif } = await sharp(file).metadata();
    expect({ format, width, height, exif }).toEqual({
      format: 'jpeg',
      width: item.widthPx,
      height: item.heightPx,
      exif: undefined,
    });
    expect(new Date(item.expiresAtMs).toISOString()).toBe('2026-12-22T23:30:00.000Z');
    expect((await stat(item.path)).mode & 0o777).toBe(0o600);
  }
  expect((await readdir(join(place.path, '2026-11-23'))).length).toBe(2);
});

it("takes the detail from every other head and leaves the subject's, in both pictures", async () => {
  await using place = await folder();
  const items = await new EvidenceWriter({ folder: place.path, retentionDays: 30 }).save(REQUEST, NEVER);
  const [full, crop] = await Promise.all(items.map(decoded));
  if (full === undefined || crop === undefined) throw new Error('two pictures were expected');
  const sharpness = detail(full, pixels(SUBJECT_HEAD));
  for (const head of OTHER_HEADS) expect(detail(full, pixels(head))).toBeLessThan(sharpness / 20);
  // 10 % margin around 0.25–0.45 × 0.2–0.8 of the picture.
  const origin = { left: Math.floor(0.23 * WIDTH_PX), top: Math.floor(0.14 * HEIGHT_PX) };
  const inCrop = (box: BoundingBox) => {
    const rect = pixels(box);
    return { ...rect, left: rect.left - origin.left, top: rect.top - origin.top };
  };
  expect(detail(crop, inCrop(SUBJECT_HEAD))).toBeGreaterThan(sharpness * 0.8);
  expect(detail(crop, inCrop({ x: 0.42, y: 0.25, w: 0.04, h: 0.08 }))).toBeLessThan(sharpness / 20);
});

it('keeps the frame it was given although the camera reuses the memory at once', async () => {
  await using place = await folder();
  const frame = noise(1);
  const saving = new EvidenceWriter({ folder: place.path, retentionDays: 30 }).save({ ...REQUEST, frame }, NEVER);
  frame.pixels.fill(0);
  const [full] = await saving;
  if (full === undefined) throw new Error('a picture was expected');
  expect(detail(await decoded(full), pixels(SUBJECT_HEAD))).toBeGreaterThan(1_000);
});

it('takes a bounded number of requests, does them all, and is free again', async () => {
  await using place = await folder();
  const writer = new EvidenceWriter({ folder: place.path, retentionDays: 30 });
  const results = await Promise.allSettled(
    Array.from({ length: 12 }, (_, index) => writer.save({ ...REQUEST, incidentId: `i${index}` }, NEVER)),
  );
  const refused = results.filter((result) => result.status === 'rejected');
  expect(refused.map((result) => result.reason.code)).toEqual(Array(4).fill('evidence/busy'));
  expect((await readdir(join(place.path, '2026-11-23'))).length).toBe(16);
  await expect(writer.save(REQUEST, NEVER)).resolves.toHaveLength(2);
});

it('writes nothing for a request that was given up before its turn', async () => {
  await using place = await folder();
  const writer = new EvidenceWriter({ folder: place.path, retentionDays: 30 });
  await expect(writer.save(REQUEST, AbortSignal.abort())).rejects.toMatchObject({ name: 'AbortError' });
  expect(await readdir(place.path)).toEqual([]);
});

it('says so where the folder cannot be made, and works as soon as it can', async () => {
  await using place = await folder();
  const target = join(place.path, 'evidence');
  await writeFile(target, 'in the way');
  const writer = new EvidenceWriter({ folder: target, retentionDays: 30 });
  await expect(writer.save(REQUEST, NEVER)).rejects.toMatchObject({ code: 'evidence/unwritable', recoverable: true });
  await rm(target);
  await expect(writer.save(REQUEST, NEVER)).resolves.toHaveLength(2);
});

it('deletes what has expired and the oldest of what is too much, with its empty folder, and nothing else', async () => {
  await using place = await folder();
  const writer = new EvidenceWriter({ folder: place.path, retentionDays: 30 });
  const [old, older, young] = await Promise.all(
    ['2026-10-01', '2026-11-20', '2026-11-22'].map(async (day) => {
      const items = await writer.save({ ...REQUEST, takenAt: `${day}T12:00:00Z` }, NEVER);
      for (const { path } of items) await utimes(path, new Date(`${day}T12:00:00Z`), new Date(`${day}T12:00:00Z`));
      return items;
    }),
  );
  await writeFile(join(place.path, 'notes.txt'), 'not ours');
  const roomForOne = (young ?? []).reduce((sum, item) => sum + item.bytes, 0);
  const nowMs = Date.parse(TAKEN_AT);
  const swept = await sweepEvidence(place.path, { retentionDays: 30, maxBytes: roomForOne }, nowMs);
  expect(swept.expired.map((file) => file.path).sort()).toEqual(pathsOf(old));
  expect(swept.surplus.map((file) => file.path).sort()).toEqual(pathsOf(older));
  expect(pathsOf(young).every((path) => existsSync(path))).toBe(true);
  expect((await readdir(place.path)).sort()).toEqual(['2026-11-22', 'notes.txt']);
});

it('finds nothing to delete where no evidence was ever written', async () => {
  await using place = await folder();
  const limits = { retentionDays: 30, maxBytes: 0 };
  expect(await sweepEvidence(join(place.path, 'never'), limits, 0)).toEqual({ expired: [], surplus: [] });
});

interface Rect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

interface Grey {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/** Reproducible noise: detail everywhere. */
function noise(index: number): Frame {
  const data = new Uint8Array(WIDTH_PX * HEIGHT_PX * 3);
  let state = index + 1;
  for (let at = 0; at < data.length; at += 3) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    data.fill(state >>> 24, at, at + 3);
  }
  return { cameraId: 'c1', index, capturedAtMs: 0, widthPx: WIDTH_PX, heightPx: HEIGHT_PX, pixels: data };
}

async function decoded(item: EvidenceItem): Promise<Grey> {
  const { data, info } = await sharp(item.path).greyscale().raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

function pixels({ x, y, w, h }: BoundingBox): Rect {
  const left = Math.ceil(x * WIDTH_PX);
  const top = Math.ceil(y * HEIGHT_PX);
  return {
    left,
    top,
    width: Math.min(WIDTH_PX, Math.floor((x + w) * WIDTH_PX)) - left,
    height: Math.floor((y + h) * HEIGHT_PX) - top,
  };
}

/** High-frequency energy: mean square of the Laplacian. */
function detail({ data, width }: Grey, { left, top, width: w, height: h }: Rect): number {
  const at = (x: number, y: number) => data[y * width + x] ?? 0;
  let sum = 0;
  for (let y = top + 1; y < top + h - 1; y++) {
    for (let x = left + 1; x < left + w - 1; x++) {
      sum += (4 * at(x, y) - at(x - 1, y) - at(x + 1, y) - at(x, y - 1) - at(x, y + 1)) ** 2;
    }
  }
  return sum / ((w - 2) * (h - 2));
}

function pathsOf(items: readonly EvidenceItem[] | undefined): string[] {
  return (items ?? []).map((item) => item.path).sort();
}

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'anqi-evidence-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}
