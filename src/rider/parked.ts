/**
 * Whether a vehicle that never moved has somebody alive on it (pure). A poster or a mannequin stands as still as its
 * vehicle, and a swaying camera moves both alike; a waiting rider's head moves in the picture and against the vehicle.
 */

import type { BoundingBox } from '../domain';
import { centre, type Point } from '../geometry';

/** Where a head was in one frame; picture heights. */
export interface HeadPlace {
  readonly atMs: number;
  readonly inPicture: Point;
  readonly onVehicle: Point;
  readonly headHeight: number;
}

/** From the manifests of rider detector and head finder, where each number's reason stands. */
export interface ParkedRules {
  readonly parkedGroupScore: number;
  readonly parkedHeadScore: number;
  readonly parkedSeenShare: number;
  readonly parkedSpanMs: number;
  readonly parkedSway: number;
}

/** What the last seconds showed of one head on the vehicle. */
export interface Presence {
  readonly places: readonly HeadPlace[];
  /** Frames of the same time in which the vehicle was looked at. */
  readonly frames: number;
  /** Means of the scores of rider group and head. */
  readonly groupScore: number;
  readonly headScore: number;
}

/** Places this many looks long are averaged: the boxes' own jitter is no movement. */
const SMOOTHED_LOOKS = 3;

export function headPlace(head: BoundingBox, vehicle: BoundingBox, at: { nowMs: number; aspect: number }): HeadPlace {
  const [x, y] = centre(head);
  return {
    atMs: at.nowMs,
    inPicture: [x * at.aspect, y],
    onVehicle: [(x - vehicle.x - vehicle.w / 2) * at.aspect, y - vehicle.y],
    headHeight: head.h,
  };
}

export function isConvincing({ places, frames, groupScore, headScore }: Presence, rules: ParkedRules): boolean {
  const spanMs = (places.at(-1)?.atMs ?? 0) - (places[0]?.atMs ?? 0);
  return (
    groupScore >= rules.parkedGroupScore &&
    headScore >= rules.parkedHeadScore &&
    places.length >= rules.parkedSeenShare * frames &&
    spanMs >= rules.parkedSpanMs &&
    sway(places) >= rules.parkedSway
  );
}

/** How much a head moves, in head heights: the lesser of its spread in the picture and against its vehicle. */
export function sway(places: readonly HeadPlace[]): number {
  if (places.length < SMOOTHED_LOOKS) return 0;
  const headHeight = mean(places.map((one) => one.headHeight));
  const spreads = [places.map((one) => one.inPicture), places.map((one) => one.onVehicle)].map(smoothedSpread);
  return headHeight > 0 ? Math.min(...spreads) / headHeight : 0;
}

/** Standard deviation of a path after averaging neighbours. */
function smoothedSpread(path: readonly Point[]): number {
  const smooth = path.slice(SMOOTHED_LOOKS - 1).map((_, i) => {
    const part = path.slice(i, i + SMOOTHED_LOOKS);
    return [mean(part.map(([x]) => x)), mean(part.map(([, y]) => y))] as const;
  });
  const [x, y] = [mean(smooth.map(([px]) => px)), mean(smooth.map(([, py]) => py))];
  return Math.sqrt(mean(smooth.map(([px, py]) => (px - x) ** 2 + (py - y) ** 2)));
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
