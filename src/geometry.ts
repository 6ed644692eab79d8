/** Pure plane geometry on 0–1 boxes and polygons. */
import type { BoundingBox } from './domain';

/** A corner as [x, y], 0–1. */
export type Point = readonly [number, number];

export function area(box: BoundingBox): number {
  return Math.max(0, box.w) * Math.max(0, box.h);
}

export function intersectionArea(a: BoundingBox, b: BoundingBox): number {
  const w = Math.min(a.x + a.w, b.x + b.w) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.h, b.y + b.h) - Math.max(a.y, b.y);
  return w > 0 && h > 0 ? w * h : 0;
}

/** Intersection over union, 0–1; 0 for empty boxes. */
export function iou(a: BoundingBox, b: BoundingBox): number {
  const shared = intersectionArea(a, b);
  const union = area(a) + area(b) - shared;
  return union > 0 ? shared / union : 0;
}

/** Share of `inner` that lies within `outer`, 0–1. */
export function containment(inner: BoundingBox, outer: BoundingBox): number {
  const own = area(inner);
  return own > 0 ? intersectionArea(inner, outer) / own : 0;
}

/** Grows a box by `ratio` of its size on every side. */
export function expand(box: BoundingBox, ratio: number): BoundingBox {
  return { x: box.x - box.w * ratio, y: box.y - box.h * ratio, w: box.w * (1 + 2 * ratio), h: box.h * (1 + 2 * ratio) };
}

/** The part of a box inside the picture. */
export function clampToPicture(box: BoundingBox): BoundingBox {
  const x = Math.min(1, Math.max(0, box.x));
  const y = Math.min(1, Math.max(0, box.y));
  return { x, y, w: Math.max(0, Math.min(1, box.x + box.w) - x), h: Math.max(0, Math.min(1, box.y + box.h) - y) };
}

export function centre(box: BoundingBox): Point {
  return [box.x + box.w / 2, box.y + box.h / 2];
}

/** The last row of the picture still counts as inside of zones drawn to its border. */
const LOWEST = 1 - 1e-6;

/** Where a thing touches the ground: the middle of its lower edge, or of the picture's where that cuts it off. */
export function footPoint(box: BoundingBox): Point {
  return [box.x + box.w / 2, Math.min(LOWEST, box.y + box.h)];
}

/** Even–odd rule; points on an edge may fall on either side. Polygons of fewer than 3 corners contain nothing. */
export function pointInPolygon([px, py]: Point, polygon: readonly Point[]): boolean {
  let inside = false;
  let previous = polygon.at(-1);
  for (const corner of polygon) {
    if (previous !== undefined) {
      const [ax, ay] = corner;
      const [bx, by] = previous;
      if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) inside = !inside;
    }
    previous = corner;
  }
  return polygon.length >= 3 && inside;
}
