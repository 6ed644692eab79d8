/**
 * Two tracks that came so near to each other that their boxes could be exchanged, and whether their motion tells them
 * apart afterwards (pure). Who passes goes on and who waits stays: to be exchanged, the one would have had to stop and
 * the other to start in the time in which nobody could tell them apart. Of two who were both under way either may have stopped.
 */
import type { BoundingBox } from '../domain';
import { expand, iou } from '../geometry';

export type Motion = Pick<Course, 'box' | 'velocity'>;

/** Where a track was and how it moved when the other came near; undefined for one that only appeared then. */
export interface Course {
  readonly atMs: number;
  readonly box: BoundingBox;
  /** Centre velocity in picture widths and heights per second. */
  readonly velocity: { readonly x: number; readonly y: number };
}

export interface Encounter {
  readonly sinceMs: number;
  /** Until then they could not be told apart, or one of them was hidden. */
  readonly untilMs: number;
  readonly own: Course;
  /** By track id. */
  readonly rivals: ReadonlyMap<number, Course | undefined>;
}

/** Exchanged, two tracks fit this well compared with how they were found: nobody can tell which is which. */
export const RIVAL_SHARE = 0.8;
/** The same for a track that begins here: whoever it is was hidden, and the one followed until now may have been either. */
export const NEWCOMER_SHARE = 0.35;
/** How far boxes are grown before their IoU says how alike they are. */
const BUFFER_RATIO = 0.15;
/** Own heights per second²: an e-bike gains 1.5 m/s from a standstill in a second, and is 1.6 m high with its rider. */
const MAX_ACCELERATION = 1;
/** The same for brakes: 5 m/s² is all that a two-wheeler on a dry road can. */
const MAX_BRAKING = 3;
/** A picture is at least this many heights wide (4:3): speeds across it are rather taken for too small. */
const MIN_ASPECT = 4 / 3;

export function likeness(a: BoundingBox, b: BoundingBox): number {
  return iou(expand(a, BUFFER_RATIO), expand(b, BUFFER_RATIO));
}

/** The encounter with these rivals as well. @returns it, and which of them are new to it */
export function meet(
  before: Encounter | null,
  own: Course,
  rivals: ReadonlyMap<number, Course | undefined>,
): { readonly encounter: Encounter; readonly met: readonly number[] } {
  const known = before?.rivals ?? new Map<number, Course | undefined>();
  return {
    encounter: {
      sinceMs: before?.sinceMs ?? own.atMs,
      untilMs: own.atMs,
      own: before?.own ?? own,
      rivals: new Map([...rivals, ...known]),
    },
    met: [...rivals.keys()].filter((id) => !known.has(id)),
  };
}

/**
 * Now that nobody could be taken for it any more: `told` when each rival was found where its course leads rather than
 * where the own one does, and neither could have become the other, `wait` while one is hidden, `lost` when nobody can say.
 * @param found where each rival is now: null = not seen in this frame, undefined = given up
 */
export function tell(
  { sinceMs, untilMs, own, rivals }: Encounter,
  now: Motion,
  { nowMs, found }: { readonly nowMs: number; readonly found: (id: number) => Motion | null | undefined },
): 'told' | 'wait' | 'lost' {
  const ambiguousS = (untilMs - sinceMs) / 1000;
  let isHidden = false;
  for (const [id, course] of rivals) {
    const there = found(id);
    if (there === undefined || course === undefined) return 'lost';
    if (speedBetween(own, course) < MAX_ACCELERATION * ambiguousS) return 'lost';
    if (there === null) isHidden = true;
    else if (!areTold({ own: led(own, nowMs), rival: led(course, nowMs) }, { own: now.box, rival: there.box }))
      return 'lost';
    else if (canBecome(own, there, nowMs) && canBecome(course, now, nowMs)) return 'lost';
  }
  return isHidden ? 'wait' : 'told';
}

/** How much faster the one is than the other, in own heights per second. */
function speedBetween({ box: { h }, velocity }: Course, other: Course): number {
  const across = (velocity.x - other.velocity.x) * MIN_ASPECT;
  return Math.hypot(across, velocity.y - other.velocity.y) / h;
}

/** Whether brakes and motor can make the one motion of the other until now. */
function canBecome(course: Course, { velocity }: Motion, nowMs: number): boolean {
  const { h } = course.box;
  const speed = ({ x, y }: Course['velocity']): number => Math.hypot(x * MIN_ASPECT, y) / h;
  const gain = speed(velocity) - speed(course.velocity);
  const passedS = (nowMs - course.atMs) / 1000;
  return gain > 0 ? gain < MAX_ACCELERATION * passedS : -gain < MAX_BRAKING * passedS;
}

type Pair = { readonly own: BoundingBox; readonly rival: BoundingBox };

function areTold(expected: Pair, found: Pair): boolean {
  const asFound = likeness(expected.own, found.own) + likeness(expected.rival, found.rival);
  const exchanged = likeness(expected.own, found.rival) + likeness(expected.rival, found.own);
  return exchanged < RIVAL_SHARE * asFound;
}

function led({ atMs, box, velocity }: Course, nowMs: number): BoundingBox {
  const passedS = (nowMs - atMs) / 1000;
  return { ...box, x: box.x + velocity.x * passedS, y: box.y + velocity.y * passedS };
}
