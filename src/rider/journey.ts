/**
 * Whether a vehicle came here being ridden (pure). A track is not proof of it: behind whoever walks past, the track of
 * the one may go on with the box of the other. So travel counts only while the vehicle is seen ridden and goes on from
 * where it was; otherwise the journey begins anew.
 */
import type { BoundingBox } from '../domain';
import type { Point } from '../geometry';

export interface Journey {
  readonly startedAt: BoundingBox;
  /** When it was last seen ridden. */
  readonly last: Sight;
  /** Looks in a row that saw it away from where it began. */
  readonly looksElsewhere: number;
  readonly hasMoved: boolean;
}

export interface Sight {
  readonly atMs: number;
  readonly box: BoundingBox;
  /** In picture widths and heights per second. */
  readonly velocity: { readonly x: number; readonly y: number };
}

/** From the manifest of the rider detector, where each number's reason stands. */
export interface JourneyRules {
  readonly movedRatio: number;
  readonly movedLooks: number;
  readonly movedScale: number;
  readonly edgesAlike: number;
  readonly jumpRatio: number;
  readonly boxChanged: number;
  readonly unriddenForMs: number;
  readonly foreseenMs: number;
  /** Width ÷ height of the picture. */
  readonly aspect: number;
}

type ShiftRules = Pick<JourneyRules, 'aspect' | 'edgesAlike'>;
type MovedRules = ShiftRules & Pick<JourneyRules, 'movedScale'>;

/** @param sight what this frame shows of the vehicle, and whether anybody is seen on it */
export function travel(
  before: Journey | null,
  { sight, isRidden }: { readonly sight: Sight; readonly isRidden: boolean },
  rules: JourneyRules,
): Journey | null {
  if (!isRidden) return before === null || sight.atMs - before.last.atMs > rules.unriddenForMs ? null : before;
  const start: Journey = { startedAt: sight.box, last: sight, looksElsewhere: 0, hasMoved: false };
  if (before === null || isJump(before.last, sight, rules)) return start;
  if (scaleOf(before.last.box, sight.box) > rules.boxChanged) return { ...start, hasMoved: before.hasMoved };
  const isElsewhere = movedBy(before.startedAt, sight.box, rules) > rules.movedRatio;
  const looksElsewhere = isElsewhere ? before.looksElsewhere + 1 : 0;
  return { ...before, last: sight, looksElsewhere, hasMoved: before.hasMoved || looksElsewhere >= rules.movedLooks };
}

/**
 * How far a box has travelled, in its own heights. Only what two opposite edges do together is travel: a box that now
 * takes in a leg or a neighbour, and now does not, stays where it is. Coming straight nearer counts by its growth.
 */
export function movedBy(from: BoundingBox, to: BoundingBox, rules: MovedRules): number {
  return scaleOf(from, to) > rules.movedScale ? Infinity : Math.hypot(...shift(from, to, rules)) / to.h;
}

const scaleOf = (a: BoundingBox, b: BoundingBox): number => Math.max(a.h / b.h, b.h / a.h);

/** It may stop anywhere on its way, but not turn up beside it. */
function isJump(last: Sight, { atMs, box }: Sight, rules: JourneyRules): boolean {
  const { aspect, foreseenMs, jumpRatio } = rules;
  const passedS = Math.min(foreseenMs, atMs - last.atMs) / 1000;
  const [dx, dy] = shift(last.box, box, rules);
  const [wayX, wayY] = [last.velocity.x * passedS * aspect, last.velocity.y * passedS];
  const wholeWay = wayX * wayX + wayY * wayY;
  const share = wholeWay > 0 ? Math.min(1, Math.max(0, (dx * wayX + dy * wayY) / wholeWay)) : 0;
  return Math.hypot(dx - share * wayX, dy - share * wayY) > jumpRatio * Math.max(last.box.h, box.h);
}

/** What two opposite edges have done together; picture heights. */
function shift(from: BoundingBox, to: BoundingBox, { aspect, edgesAlike }: ShiftRules): Point {
  const together = (a: number, b: number): number => (a * b > edgesAlike * Math.max(a * a, b * b) ? (a + b) / 2 : 0);
  return [
    together(to.x - from.x, to.x + to.w - from.x - from.w) * aspect,
    together(to.y - from.y, to.y + to.h - from.y - from.h),
  ];
}
