/** From model outputs to boxes in the picture, and whose head is whose. */
import fc from 'fast-check';
import type { BoundingBox, DetectionLabel } from '../../src/domain';
import { iou } from '../../src/geometry';
import {
  type Candidate,
  classifierCrop,
  decodeCandidates,
  decodeHeads,
  type FoundHead,
  headCrop,
  resolveCandidates,
  shareOutHeads,
  withProbabilities,
} from '../../src/vision/decode';
import { nonMaximumSuppression } from '../../src/vision/nms';
import { letterbox, type Picture } from '../../src/vision/preprocess';
import { THRESHOLDS } from '../support/rules';
import { around } from '../support/scene';

const LABELS: readonly DetectionLabel[] = ['rider_group', 'two_wheeler', 'person'];
const blank = (widthPx: number, heightPx: number): Picture => ({
  widthPx,
  heightPx,
  pixels: new Uint8Array(widthPx * heightPx * 3),
});
const HD = { widthPx: 1280, heightPx: 720, pixels: new Uint8Array() };
const rows = (...values: readonly (readonly number[])[]) => Float32Array.from(values.flat());
const candidate = (label: DetectionLabel, box: BoundingBox, confidence: number): Candidate => ({
  label,
  box,
  confidence,
});
const labelsOf = (list: readonly Candidate[]) => list.map((one) => one.label);

describe('detector rows', () => {
  const at = { scale: 2, picture: HD, minScore: 0.1 };

  it('become boxes in 0–1 of the picture with their best label', () => {
    const output = rows([320, 180, 64, 90, 0.2, 0.7, 0.1], [100, 100, 10, 10, 0.05, 0.09, 0.02]);
    expect(decodeCandidates(output, LABELS, at)).toEqual([
      {
        label: 'two_wheeler',
        box: { x: expect.closeTo(0.45), y: expect.closeTo(0.375), w: expect.closeTo(0.1), h: expect.closeTo(0.25) },
        confidence: expect.closeTo(0.7),
      },
    ]);
  });

  it('are cut at the border; those in the padding or without size are dropped', () => {
    const output = rows([0, 180, 64, 90, 0.9, 0, 0], [320, 372, 40, 20, 0.9, 0, 0], [320, 180, 0, 10, 0.9, 0, 0]);
    const found = decodeCandidates(output, LABELS, at);
    expect(found).toHaveLength(1);
    expect(found[0]?.box).toMatchObject({ x: 0, w: expect.closeTo(0.05) });
  });

  it('that are no numbers, or cut off, are dropped', () => {
    const broken = rows([320, 180, 64, 90, Number.NaN, Number.NaN, Number.NaN], [320, 180, 64]);
    expect(decodeCandidates(broken, LABELS, at)).toEqual([]);
  });

  it('of a letterboxed picture map back to where the thing is', () => {
    const size = fc.integer({ min: 40, max: 400 });
    const share = fc.double({ min: 0.05, max: 0.45, noNaN: true });
    fc.assert(
      fc.property(size, size, share, share, (widthPx, heightPx, w, h) => {
        const picture = blank(widthPx, heightPx);
        const input = { pixels: new Uint8Array(64 * 40 * 3), widthPx: 64, heightPx: 40 };
        const { scale } = letterbox(picture, input);
        const box = { x: 0.5 - w, y: 0.5 - h, w, h };
        const inInput = [
          ((box.x + w / 2) * widthPx) / scale,
          ((box.y + h / 2) * heightPx) / scale,
          (w * widthPx) / scale,
          (h * heightPx) / scale,
        ];
        const [found] = decodeCandidates(rows([...inInput, 0.9, 0, 0]), LABELS, { scale, picture, minScore: 0.1 });
        for (const key of ['x', 'y', 'w', 'h'] as const) expect(found?.box[key]).toBeCloseTo(box[key], 4);
      }),
      { numRuns: 60 },
    );
  });
});

describe('suppression', () => {
  const boxes = fc.array(
    fc.record({
      box: fc.record({
        x: fc.double({ min: 0, max: 0.8, noNaN: true }),
        y: fc.double({ min: 0, max: 0.8, noNaN: true }),
        w: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
        h: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
      }),
      confidence: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { maxLength: 12 },
  );

  it('keeps the surest of what overlaps, in order, and drops nothing without a surer one over it', () => {
    fc.assert(
      fc.property(boxes, fc.double({ min: 0.1, max: 0.9, noNaN: true }), (found, threshold) => {
        const kept = nonMaximumSuppression(found, threshold);
        kept.forEach((one, i) => {
          if (i > 0) expect(one.confidence).toBeLessThanOrEqual(kept[i - 1]?.confidence ?? 0);
          for (const other of kept.slice(i + 1)) expect(iou(one.box, other.box)).toBeLessThanOrEqual(threshold);
        });
        for (const dropped of found.filter((one) => !kept.includes(one))) {
          const isCovered = (one: (typeof kept)[number]) =>
            one.confidence >= dropped.confidence && iou(one.box, dropped.box) > threshold;
          expect(kept.some(isCovered)).toBe(true);
        }
      }),
    );
  });

  const vehicle = around(0.5, 0.5, { w: 0.2, h: 0.4 });
  const rider = around(0.5, 0.43, { w: 0.1, h: 0.26 });
  const walker = around(0.54, 0.5, { w: 0.1, h: 0.39 });

  it.each<[string, Candidate[], DetectionLabel[]]>([
    [
      'a vehicle called both ridden and not is what it is surer of',
      [candidate('rider_group', vehicle, 0.5), candidate('two_wheeler', { ...vehicle, h: 0.38 }, 0.6)],
      ['two_wheeler'],
    ],
    [
      'a rider is not a person of his own',
      [candidate('rider_group', vehicle, 0.8), candidate('person', rider, 0.7)],
      ['rider_group'],
    ],
    [
      'a group that may as well be a vehicle without a rider is not ridden',
      [candidate('rider_group', vehicle, 0.5), candidate('two_wheeler', around(0.5, 0.57, { w: 0.2, h: 0.26 }), 0.3)],
      ['two_wheeler', 'two_wheeler'],
    ],
    [
      'a group with somebody upright in it who may be walking is not ridden',
      [candidate('rider_group', vehicle, 0.6), candidate('person', walker, 0.35)],
      ['two_wheeler', 'person'],
    ],
    [
      'a sure group outweighs a faint walker',
      [candidate('rider_group', vehicle, 0.9), candidate('person', walker, 0.3)],
      ['rider_group'],
    ],
    [
      'a person much surer than the group around him stays',
      [candidate('rider_group', vehicle, 0.2), candidate('person', rider, 0.9)],
      ['rider_group', 'person'],
    ],
    [
      'a pedestrian beside the group stays',
      [candidate('rider_group', vehicle, 0.8), candidate('person', around(0.62, 0.5, { w: 0.1, h: 0.4 }), 0.5)],
      ['rider_group', 'person'],
    ],
    [
      'a parked vehicle in front of a ridden one stays',
      [candidate('rider_group', vehicle, 0.8), candidate('two_wheeler', around(0.58, 0.6, { w: 0.2, h: 0.2 }), 0.5)],
      ['rider_group', 'two_wheeler'],
    ],
  ])('%s', (_case, given, kept) =>
    expect(labelsOf(resolveCandidates(given, THRESHOLDS['rider-detector']))).toEqual(kept),
  );
});

describe('the crop for the head finder', () => {
  const CROP = { widthPx: 160, heightPx: 128 };

  it('scales the height of the group to 176 and begins 0.12 of it above', () => {
    // 720p: 64 × 352 px, so H = 352 and one crop pixel is two source pixels.
    const group = { x: 0.5, y: 0.25, w: 0.05, h: 352 / 720 };
    const { rect, scale } = headCrop(group, HD, CROP);
    expect(scale).toBeCloseTo(2, 9);
    expect(rect.w).toBeCloseTo(320, 9);
    expect(rect.h).toBeCloseTo(256, 9);
    expect(rect.y).toBeCloseTo(180 - 0.12 * 352, 9);
    expect(rect.x + rect.w / 2).toBeCloseTo(1280 * 0.525, 9);
  });

  it('counts 0.8 of the width of a group seen from the side', () => {
    // 440 × 176 px: H = 352 again.
    const group = { x: 0.5, y: 0.5, w: 440 / 1280, h: 176 / 720 };
    const { rect, scale } = headCrop(group, HD, CROP);
    expect(scale).toBeCloseTo(2, 9);
    expect(rect.y).toBeCloseTo(360 - 0.12 * 352, 9);
  });

  it('gives heads found in it back at their place in the picture', () => {
    const share = fc.double({ min: 0.1, max: 0.4, noNaN: true });
    fc.assert(
      fc.property(share, share, share, share, (x, y, w, h) => {
        const crop = headCrop({ x, y, w, h }, HD, CROP);
        const head = { x: x + 0.3 * w, y: y + 0.05 * h, w: 0.2 * w, h: 0.1 * h };
        const toCropX = (value: number) => (value * HD.widthPx - crop.rect.x) / crop.scale;
        const toCropY = (value: number) => (value * HD.heightPx - crop.rect.y) / crop.scale;
        const row = [
          0.8,
          toCropX(head.x + head.w / 2),
          toCropY(head.y + head.h / 2),
          (head.w * HD.widthPx) / crop.scale,
          (head.h * HD.heightPx) / crop.scale,
        ];
        const [found] = decodeHeads(rows(row), crop, { picture: HD, minScore: 0.5, nmsIou: 0.5 });
        for (const key of ['x', 'y', 'w', 'h'] as const) expect(found?.box[key]).toBeCloseTo(head[key], 4);
        expect(found?.confidence).toBeCloseTo(0.8, 6);
      }),
      { numRuns: 60 },
    );
  });

  it('drops heads too unsure, found twice, or beyond the picture', () => {
    const crop = headCrop({ x: 0.9, y: 0.25, w: 0.1, h: 352 / 720 }, HD, CROP);
    const found = decodeHeads(
      rows([0.9, 80, 30, 20, 24], [0.6, 81, 31, 20, 24], [0.2, 40, 30, 20, 24], [0.9, 155, 30, 20, 24]),
      crop,
      { picture: HD, minScore: 0.5, nmsIou: 0.5 },
    );
    expect(found.map((one) => one.confidence)).toEqual([expect.closeTo(0.9)]);
  });
});

it('the crop for the classifier is a square of 1.6 times the longer side around the head', () => {
  const rect = classifierCrop({ x: 0.5, y: 0.5, w: 20 / 1280, h: 30 / 720 }, HD);
  expect(rect).toEqual({
    x: expect.closeTo(640 + 10 - 24),
    y: expect.closeTo(360 + 15 - 24),
    w: expect.closeTo(48),
    h: expect.closeTo(48),
  });
});

describe('heads are shared out', () => {
  const share = <H extends FoundHead>(groups: Parameters<typeof shareOutHeads<H>>[0]) =>
    shareOutHeads(groups, THRESHOLDS['head-finder']);
  const left = around(0.4, 0.5, { w: 0.1, h: 0.3 });
  const right = around(0.48, 0.5, { w: 0.1, h: 0.3 });
  const headAt = (cx: number, cy = 0.38, confidence = 0.9): FoundHead => ({
    box: around(cx, cy, { w: 0.03, h: 0.05 }),
    confidence,
  });
  const centres = (shared: readonly (readonly FoundHead[])[]) =>
    shared.map((heads) => heads.map((one) => Math.round((one.box.x + one.box.w / 2) * 1000) / 1000));

  it('a head found in two crops goes to the vehicle whose middle is nearer', () => {
    const mine = headAt(0.41);
    const same = headAt(0.412);
    const theirs = headAt(0.485);
    expect(
      centres(
        share([
          { box: left, heads: [mine, headAt(0.445, 0.38)] },
          { box: right, heads: [same, theirs] },
        ]),
      ),
    ).toEqual([[0.41, 0.445], [0.485]]);
  });

  it('a head found in two crops of vehicles one behind the other goes to one', () => {
    const front = around(0.4, 0.6, { w: 0.1, h: 0.3 });
    const groups = [left, front].map((box) => ({ box, heads: [headAt(0.41, 0.47)] }));
    expect(share(groups).flat()).toHaveLength(1);
  });

  it('a head outside its own group is dropped and takes nothing from its neighbour', () => {
    // Just above the box of the vehicle in front, exactly over its middle; on the vehicle behind it is off the middle.
    const behind = around(0.43, 0.4, { w: 0.1, h: 0.3 });
    const front = around(0.4, 0.61, { w: 0.1, h: 0.3 });
    const shared = share([
      { box: behind, heads: [headAt(0.4, 0.36)] },
      { box: front, heads: [headAt(0.4, 0.36)] },
    ]);
    expect(shared.map((heads) => heads.length)).toEqual([1, 0]);
  });

  it('a head may stick out of its group, but its centre may not', () => {
    expect(centres(share([{ box: left, heads: [headAt(0.4, 0.352)] }]))).toEqual([[0.4]]);
    expect(centres(share([{ box: left, heads: [headAt(0.4, 0.348)] }]))).toEqual([[]]);
  });

  it("a helmet in the basket, half way down the vehicle, is nobody's head", () => {
    const heads = [headAt(0.4, 0.38), headAt(0.41, 0.5)];
    expect(centres(share([{ box: left, heads }]))).toEqual([[0.4]]);
  });

  it('no vehicle gets more than five', () => {
    const crowd = Array.from({ length: 8 }, (_, i) => headAt(0.37 + i * 0.008, 0.38));
    expect(share([{ box: left, heads: crowd }])[0]).toHaveLength(5);
  });

  it('none is invented, none given to two, and each stays with a vehicle that found it', () => {
    const place = fc.double({ min: 0.3, max: 0.6, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.array(place, { maxLength: 3 }), { minLength: 1, maxLength: 4 }), (found) => {
        const groups = found.map((xs, i) => ({
          box: around(0.35 + i * 0.06, 0.5, { w: 0.1, h: 0.3 }),
          heads: xs.map((x) => headAt(x)),
        }));
        const shared = share(groups);
        shared.forEach((heads, i) => {
          for (const one of heads) {
            expect(groups[i]?.heads).toContain(one);
            for (const other of shared.slice(i + 1).flat()) expect(iou(one.box, other.box)).toBeLessThanOrEqual(0.4);
          }
        });
      }),
    );
  });
});

it('probabilities go to the heads in their order; a missing row is unreadable', () => {
  const heads = [0.1, 0.2].map((x) => ({ box: { x, y: 0, w: 0.1, h: 0.1 }, confidence: 0.9 }));
  expect(withProbabilities(heads, rows([0.25, 0.5, 0.25]))).toEqual([
    { ...heads[0], worn: 0.25, notWorn: 0.5, unreadable: 0.25 },
    { ...heads[1], worn: 0, notWorn: 0, unreadable: 1 },
  ]);
});
