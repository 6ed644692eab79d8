/** Plane geometry on 0–1 boxes and polygons. */
import fc from 'fast-check';
import type { BoundingBox } from '../../src/domain';
import {
  area,
  centre,
  clampToPicture,
  containment,
  expand,
  footPoint,
  intersectionArea,
  iou,
  type Point,
  pointInPolygon,
} from '../../src/geometry';

const UNIT: BoundingBox = { x: 0, y: 0, w: 1, h: 1 };
const side = fc.double({ min: 0.01, max: 1, noNaN: true });
const start = fc.double({ min: -1, max: 1, noNaN: true });
const anyBox: fc.Arbitrary<BoundingBox> = fc.record({ x: start, y: start, w: side, h: side });

describe('overlap', () => {
  it.each<[string, BoundingBox, BoundingBox, number]>([
    ['the same box', UNIT, UNIT, 1],
    ['half of it', UNIT, { x: 0, y: 0, w: 0.5, h: 1 }, 0.5],
    ['two shifted by half', UNIT, { x: 0.5, y: 0, w: 1, h: 1 }, 1 / 3],
    ['two that touch', UNIT, { x: 1, y: 0, w: 1, h: 1 }, 0],
    ['two apart', UNIT, { x: 2, y: 2, w: 1, h: 1 }, 0],
    ['an empty box', UNIT, { x: 0.5, y: 0.5, w: 0, h: 0 }, 0],
    ['a box of negative size', UNIT, { x: 0.5, y: 0.5, w: -0.2, h: 0.1 }, 0],
  ])('of %s', (_case, a, b, expected) => {
    expect(iou(a, b)).toBeCloseTo(expected, 12);
    expect(iou(b, a)).toBeCloseTo(expected, 12);
  });

  it('is never above the smaller box, and IoU stays within 0 and 1', () => {
    fc.assert(
      fc.property(anyBox, anyBox, (a, b) => {
        expect(intersectionArea(a, b)).toBeLessThanOrEqual(Math.min(area(a), area(b)) + 1e-12);
        expect(iou(a, b)).toBeGreaterThanOrEqual(0);
        expect(iou(a, b)).toBeLessThanOrEqual(1 + 1e-12);
        expect(iou(a, a)).toBeCloseTo(1, 9);
      }),
    );
  });

  it('as containment asks how much of the inner box is inside', () => {
    const inner = { x: 0.9, y: 0.4, w: 0.2, h: 0.2 };
    expect(containment(inner, UNIT)).toBeCloseTo(0.5, 12);
    expect(containment(UNIT, inner)).toBeCloseTo(0.02, 12);
    expect(containment({ ...inner, w: 0 }, UNIT)).toBe(0);
  });
});

describe('a box', () => {
  const box = { x: 0.2, y: 0.4, w: 0.2, h: 0.4 };

  it('stands on the middle of its lower edge', () => {
    const [x, y] = footPoint(box);
    expect([x, y]).toEqual([expect.closeTo(0.3), expect.closeTo(0.8)]);
    expect(centre(box)).toEqual([expect.closeTo(0.3), expect.closeTo(0.6)]);
  });

  it('grows by the ratio on every side and keeps its centre', () => {
    const grown = expand(box, 0.5);
    expect(grown).toEqual({
      x: expect.closeTo(0.1),
      y: expect.closeTo(0.2),
      w: expect.closeTo(0.4),
      h: expect.closeTo(0.8),
    });
    expect(centre(grown)).toEqual(centre(box).map((value) => expect.closeTo(value)));
  });

  it.each<[string, BoundingBox, BoundingBox]>([
    ['over the left top corner', { x: -0.1, y: -0.2, w: 0.3, h: 0.3 }, { x: 0, y: 0, w: 0.2, h: 0.1 }],
    ['over the right bottom corner', { x: 0.9, y: 0.8, w: 0.3, h: 0.3 }, { x: 0.9, y: 0.8, w: 0.1, h: 0.2 }],
    ['larger than the picture', { x: -1, y: -1, w: 3, h: 3 }, UNIT],
  ])('%s is cut to the picture', (_case, given, expected) => {
    const cut = clampToPicture(given);
    for (const key of ['x', 'y', 'w', 'h'] as const) expect(cut[key]).toBeCloseTo(expected[key], 12);
  });

  it('cut to the picture lies in it and in itself, and is empty when it was outside', () => {
    fc.assert(
      fc.property(anyBox, (any) => {
        const cut = clampToPicture(any);
        expect(area(cut)).toBeCloseTo(intersectionArea(any, UNIT), 9);
        expect(Math.min(cut.x, cut.y, cut.w, cut.h)).toBeGreaterThanOrEqual(0);
        expect(Math.max(cut.x + cut.w, cut.y + cut.h)).toBeLessThanOrEqual(1 + 1e-12);
      }),
    );
  });
});

describe('a polygon', () => {
  const notch: Point[] = [
    [0, 0],
    [1, 0],
    [1, 1],
    [0.5, 0.5],
    [0, 1],
  ];

  it.each<[string, Point, boolean]>([
    ['beside the notch', [0.1, 0.8], true],
    ['above the notch', [0.5, 0.4], true],
    ['in the notch', [0.5, 0.8], false],
    ['left of it', [-0.1, 0.5], false],
    ['below it', [0.5, 1.1], false],
  ])('knows a point %s', (_case, point, isInside) => {
    expect(pointInPolygon(point, notch)).toBe(isInside);
    expect(pointInPolygon(point, [...notch].reverse())).toBe(isInside);
  });

  it('of fewer than three corners contains nothing', () => {
    for (const corners of [[], notch.slice(0, 1), notch.slice(0, 2)])
      expect(pointInPolygon([0.5, 0.0001], corners)).toBe(false);
  });

  it('drawn to the lower border holds the feet of those whom the border cuts off', () => {
    const zone: Point[] = [
      [0.05, 0.45],
      [0.95, 0.45],
      [0.95, 1],
      [0.05, 1],
    ];
    for (const h of [0.3, 0.4, 0.5]) {
      const cutOff = clampToPicture({ x: 0.4, y: 0.7, w: 0.1, h });
      expect(pointInPolygon(footPoint(cutOff), zone)).toBe(true);
    }
  });

  it('that is a rectangle agrees with its four inequalities', () => {
    fc.assert(
      fc.property(anyBox, start, start, (box, px, py) => {
        const { x, y, w, h } = box;
        const corners: Point[] = [
          [x, y],
          [x + w, y],
          [x + w, y + h],
          [x, y + h],
        ];
        fc.pre([px - x, px - x - w, py - y, py - y - h].every((gap) => Math.abs(gap) > 1e-9));
        expect(pointInPolygon([px, py], corners)).toBe(px > x && px < x + w && py > y && py < y + h);
      }),
    );
  });
});
