/** Which pixels and which files go: the pure parts of evidence. */
import fc from 'fast-check';
import type { BoundingBox, Frame } from '../../src/domain';
import { cropRect, evidenceError } from '../../src/evidence/evidence';
import { pixelRect, redact } from '../../src/evidence/redaction';
import { chooseDeletions } from '../../src/evidence/retention';

const WIDTH_PX = 64;
const HEIGHT_PX = 48;
const SIZE = { widthPx: WIDTH_PX, heightPx: HEIGHT_PX };
/** Every pixel differs from its neighbours. */
const FRAME: Frame = {
  cameraId: 'c1',
  index: 0,
  capturedAtMs: 0,
  ...SIZE,
  pixels: Uint8Array.from({ length: WIDTH_PX * HEIGHT_PX * 3 }, (_, index) => (index * 7919) % 251),
};
const anyBox: fc.Arbitrary<BoundingBox> = fc.record({
  x: fc.double({ min: -0.5, max: 1.2, noNaN: true }),
  y: fc.double({ min: -0.5, max: 1.2, noNaN: true }),
  w: fc.double({ min: 0, max: 1, noNaN: true }),
  h: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('redact', () => {
  it('leaves at most 16 colours of another head and every pixel of the rest', () => {
    const other = { x: 0.25, y: 0.25, w: 0.25, h: 0.25 };
    const { pixels } = redact(FRAME, { subjectHeads: [], otherHeads: [other] });
    expect(coloursIn(pixels, other)).toBeLessThanOrEqual(16);
    expect(coloursIn(FRAME.pixels, other)).toBeGreaterThan(100);
    const away = { x: 0.75, y: 0, w: 0.25, h: 1 };
    expect(cut(pixels, away)).toEqual(cut(FRAME.pixels, away));
  });

  it('reaches beyond the box by a quarter of its size on every side', () => {
    const other = { x: 0.5, y: 0.5, w: 0.25, h: 0.25 };
    const { pixels } = redact(FRAME, { subjectHeads: [], otherHeads: [other] });
    const enlarged = { x: 0.4375, y: 0.4375, w: 0.375, h: 0.375 };
    expect(coloursIn(pixels, enlarged)).toBeLessThanOrEqual(32);
  });

  it("keeps the subject's head where only the margin of another reaches it", () => {
    const own = { x: 0.25, y: 0.25, w: 0.25, h: 0.25 };
    const beside = { x: 0.5, y: 0.25, w: 0.25, h: 0.25 };
    const { pixels } = redact(FRAME, { subjectHeads: [own], otherHeads: [beside] });
    expect(cut(pixels, own)).toEqual(cut(FRAME.pixels, own));
  });

  it('hides another head even where it lies over the subject', () => {
    const own = { x: 0.25, y: 0.25, w: 0.25, h: 0.25 };
    const over = { x: 0.4375, y: 0.25, w: 0.25, h: 0.25 };
    const { pixels } = redact(FRAME, { subjectHeads: [own], otherHeads: [over] });
    expect(coloursIn(pixels, over)).toBeLessThanOrEqual(32);
  });

  it.each([
    ['a little beside', { x: 0.26, y: 0.25, w: 0.25, h: 0.25 }],
    ['much larger, guessed from the whole person', { x: 0.15, y: 0.2, w: 0.5, h: 0.5 }],
  ])("takes a second find of the subject's head for what it is: %s", (_title, again) => {
    const own = { x: 0.25, y: 0.25, w: 0.25, h: 0.25 };
    const { pixels } = redact(FRAME, { subjectHeads: [own], otherHeads: [again] });
    expect(Buffer.compare(pixels, FRAME.pixels)).toBe(0);
  });

  it('never touches the frame itself, whatever the boxes', () => {
    const before = FRAME.pixels.slice();
    fc.assert(
      fc.property(
        fc.array(anyBox, { maxLength: 4 }),
        fc.array(anyBox, { maxLength: 2 }),
        (otherHeads, subjectHeads) => {
          const { pixels } = redact(FRAME, { subjectHeads, otherHeads });
          expect(pixels.length).toBe(FRAME.pixels.length);
          expect(Buffer.compare(FRAME.pixels, before)).toBe(0);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('rectangles', () => {
  it('lie inside the picture for any box', () => {
    fc.assert(
      fc.property(anyBox, (box) => {
        const rect = pixelRect(box, SIZE);
        expect(rect.left).toBeGreaterThanOrEqual(0);
        expect(rect.top).toBeGreaterThanOrEqual(0);
        expect(rect.left + rect.width).toBeLessThanOrEqual(WIDTH_PX);
        expect(rect.top + rect.height).toBeLessThanOrEqual(HEIGHT_PX);
      }),
    );
  });

  it('of a crop hold the vehicle and every head of it, and are never empty', () => {
    fc.assert(
      fc.property(anyBox, fc.array(anyBox, { maxLength: 3 }), (groupBox, headBoxes) => {
        const crop = cropRect({ groupBox, headBoxes }, SIZE);
        expect(crop.width * crop.height).toBeGreaterThan(0);
        for (const rect of [groupBox, ...headBoxes].map((box) => pixelRect(box, SIZE))) {
          if (rect.width * rect.height === 0) continue;
          expect(crop.left).toBeLessThanOrEqual(rect.left);
          expect(crop.top + crop.height).toBeGreaterThanOrEqual(rect.top + rect.height);
        }
      }),
    );
  });
});

describe('chooseDeletions', () => {
  const DAY_MS = 86_400_000;
  const file = (path: string, ageDays: number, bytes = 10) => ({ path, bytes, writtenAtMs: (100 - ageDays) * DAY_MS });
  const paths = (files: readonly { path: string }[]) => files.map(({ path }) => path);
  it.each([
    ['nothing when all is young and small', [file('a', 1), file('b', 2)], 30, 100, [], []],
    ['the expired, not those on the very edge', [file('a', 31), file('b', 30), file('c', 1)], 30, 100, ['a'], []],
    ['the oldest first when too much', [file('a', 1), file('b', 3), file('c', 2)], 30, 15, [], ['b', 'c']],
    [
      'no more than needed after the expired are gone',
      [file('a', 40, 90), file('b', 2), file('c', 1)],
      30,
      20,
      ['a'],
      [],
    ],
    ['everything when there is no room at all', [file('a', 1)], 30, 0, [], ['a']],
  ])('chooses %s', (_title, files, retentionDays, maxBytes, expired, surplus) => {
    const chosen = chooseDeletions(files, { retentionDays, maxBytes }, 100 * DAY_MS);
    expect([paths(chosen.expired), paths(chosen.surplus)]).toEqual([expired, surplus]);
  });
});

describe('evidenceError', () => {
  it.each([
    ['ENOSPC', 'evidence/disk-full'],
    ['EDQUOT', 'evidence/disk-full'],
    ['EROFS', 'evidence/unwritable'],
    ['EACCES', 'evidence/unwritable'],
    ['ENOTDIR', 'evidence/unwritable'],
    ['EIO', 'evidence/unwritable'],
    ['', 'evidence/failed'],
  ])('calls %j %s and names the folder', (code, expected) => {
    const error = evidenceError(Object.assign(new Error('no'), { code }), '/data/evidence');
    expect(error).toMatchObject({
      code: expected,
      recoverable: true,
      message: expect.stringContaining('/data/evidence'),
    });
  });
});

function cut(pixels: Uint8Array, box: BoundingBox): number[] {
  const { left, top, width, height } = pixelRect(box, SIZE);
  const rows = Array.from({ length: height }, (_, row) => ((top + row) * WIDTH_PX + left) * 3);
  return rows.flatMap((start) => [...pixels.subarray(start, start + width * 3)]);
}

function coloursIn(pixels: Uint8Array, box: BoundingBox): number {
  const values = cut(pixels, box);
  const colours = new Set<string>();
  for (let at = 0; at < values.length; at += 3) colours.add(values.slice(at, at + 3).join());
  return colours.size;
}
