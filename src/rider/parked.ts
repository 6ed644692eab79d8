/**
 * Whether somebody alive is on a vehicle that was not seen to come here (pure). A poster or a mannequin stands as
 * still as its vehicle and a swaying camera moves both alike; a waiting rider's head moves in the picture and against it.
 */
import type { BoundingBox } from '../domain';
import { centre, intersectionArea, type Point } from '../geometry';

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
  readonly parkedSwayPx: number;
  readonly parkedStepHeads: number;
}

/** What the last seconds showed of one head on the vehicle. */
export interface Presence {
  readonly places: readonly HeadPlace[];
  /** Frames of the same time in which the vehicle was looked at. */
  readonly frames: number;
  /** Means of the scores of rider group and head. */
  readonly groupScore: number;
  readonly headScore: number;
  readonly pictureHeightPx: number;
}

/** Places this many looks long are averaged: the boxes' own jitter is no movement. */
const SMOOTHED_LOOKS = 3;

/** The next place of a path; a jump is another head, so the path begins anew. */
export function addPlace(
  path: readonly HeadPlace[],
  place: HeadPlace,
  { parkedStepHeads }: Pick<ParkedRules, 'parkedStepHeads'>,
): HeadPlace[] {
  const last = path.at(-1);
  if (last === undefined) return [place];
  const [[x, y], [lastX, lastY]] = [place.inPicture, last.inPicture];
  return Math.hypot(x - lastX, y - lastY) > parkedStepHeads * place.headHeight ? [place] : [...path, place];
}

/** Against the vehicle means against its wheels: its upper edge is often the head itself. */
export function headPlace(head: BoundingBox, vehicle: BoundingBox, at: { nowMs: number; aspect: number }): HeadPlace {
  const [x, y] = centre(head);
  return {
    atMs: at.nowMs,
    inPicture: [x * at.aspect, y],
    onVehicle: [(x - vehicle.x - vehicle.w / 2) * at.aspect, y - vehicle.y - vehicle.h],
    headHeight: head.h,
  };
}

/** Somebody nearer to the camera cuts into the head: then its box moves although the head does not. */
export function isCovered(head: BoundingBox, vehicle: BoundingBox, walkers: readonly BoundingBox[]): boolean {
  return walkers.some((one) => one.y + one.h > vehicle.y + vehicle.h && intersectionArea(one, head) > 0);
}

export function isConvincing(presence: Presence, rules: ParkedRules): boolean {
  const { places, frames, groupScore, headScore } = presence;
  const headPx = headHeight(places) * presence.pictureHeightPx;
  const spanMs = (places.at(-1)?.atMs ?? 0) - (places[0]?.atMs ?? 0);
  return (
    groupScore >= rules.parkedGroupScore &&
    headScore >= rules.parkedHeadScore &&
    places.length >= rules.parkedSeenShare * frames &&
    spanMs >= rules.parkedSpanMs &&
    sway(places) >= Math.max(rules.parkedSway, rules.parkedSwayPx / headPx)
  );
}

/**
 * How much a head moves by itself, in head heights: the root of the covariance of its path in the picture and its path
 * against the vehicle, or of the lesser of their variances where that is less. A shaking camera is only in the one, a
 * jittering vehicle box only in the other.
 */
export function sway(places: readonly HeadPlace[]): number {
  if (places.length < SMOOTHED_LOOKS) return 0;
  const inPicture = smooth(places.map((one) => one.inPicture));
  const onVehicle = smooth(places.map((one) => one.onVehicle));
  const own = Math.min(
    covariance(inPicture, onVehicle),
    covariance(inPicture, inPicture),
    covariance(onVehicle, onVehicle),
  );
  return Math.sqrt(Math.max(0, own)) / headHeight(places);
}

function headHeight(places: readonly HeadPlace[]): number {
  return Math.max(1e-6, mean(places.map((one) => one.headHeight)));
}

function smooth(path: readonly Point[]): Point[] {
  return path.slice(SMOOTHED_LOOKS - 1).map((_, i) => {
    const part = path.slice(i, i + SMOOTHED_LOOKS);
    return [mean(part.map(([x]) => x)), mean(part.map(([, y]) => y))];
  });
}

/** Of two paths of equal length, summed over both axes. */
function covariance(a: readonly Point[], b: readonly Point[]): number {
  const along = (axis: 0 | 1): number => {
    const [meanA, meanB] = [mean(a.map((point) => point[axis])), mean(b.map((point) => point[axis]))];
    return mean(a.map((point, i) => (point[axis] - meanA) * ((b[i]?.[axis] ?? meanB) - meanB)));
  };
  return along(0) + along(1);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
