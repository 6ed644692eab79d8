/** Where on the ground, and going which way, riders are spoken to (pure). Points are 0–1 of the picture. */
import { type Point, pointInPolygon } from '../geometry';

export type Polygons = readonly (readonly Point[])[];

export interface Ground {
  /** Where riders wait; empty = everywhere. */
  readonly watch: Polygons;
  /** Where they come through before; empty = from anywhere. */
  readonly approach: Polygons;
  /** From one point to the other they travel; null = whichever way. */
  readonly travel: readonly [from: Point, to: Point] | null;
}

/** More than 120° from the arrow is the other way; across it (turning in, or straight at the camera) is not. */
const AGAINST = -0.5;

export function isWithin(zones: Polygons, foot: Point): boolean {
  return zones.some((zone) => pointInPolygon(foot, zone));
}

/** @param hasApproached whether its wheels were in the approach zone, now or before */
export function isMeant(
  { watch, approach, travel }: Ground,
  rider: { readonly foot: Point; readonly heading: Point; readonly hasApproached: boolean },
  aspect: number,
): boolean {
  if (watch.length > 0 && !isWithin(watch, rider.foot)) return false;
  if (approach.length > 0 && !rider.hasApproached) return false;
  return travel === null || !isAgainst(travel, rider.heading, aspect);
}

/** @param heading in picture heights, as `aspect` (width ÷ height) makes the arrow */
function isAgainst([from, to]: readonly [Point, Point], heading: Point, aspect: number): boolean {
  const [x, y] = [(to[0] - from[0]) * aspect, to[1] - from[1]];
  const lengths = Math.hypot(x, y) * Math.hypot(...heading);
  return lengths > 0 && (x * heading[0] + y * heading[1]) / lengths < AGAINST;
}
