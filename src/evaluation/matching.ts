/** Which found box is which label, within one picture and one class (pure). */
import { containment, iou } from '../geometry';
import type { PixelBox } from './judged';

/** Two boxes are of the same thing from this overlap on: AP50. */
export const SAME_IOU = 0.5;

export interface Target {
  readonly box: PixelBox;
  /**
   * `wanted`: to be found. `outside`: of another size than is asked for; finding it once is neither right nor wrong.
   * `ignored`: iscrowd; any number of found boxes may lie in it.
   */
  readonly role: 'wanted' | 'outside' | 'ignored';
}

export interface Found {
  readonly box: PixelBox;
  readonly score: number;
  /** Whether it is wrong when it matches nothing; false for a box of another size than is asked for. */
  readonly isWrongAlone: boolean;
}

export type Fate = 'hit' | 'wrong' | 'left_out';

/** Most of a found box lies in an ignored one: COCO measures a crowd by the found box's own area. */
export const liesIn = (box: PixelBox, ignored: PixelBox): boolean => containment(box, ignored) >= SAME_IOU;

/**
 * By falling score, each found box takes the free label it overlaps most (IoU ≥ 0.5), wanted ones first; a label is taken once,
 * so a second box on it is wrong. As pycocotools' COCOeval does (Lin et al., Microsoft COCO, 2014).
 * @returns the fate of each found box, in the order given
 */
export function match(found: readonly Found[], targets: readonly Target[]): readonly Fate[] {
  const taken = new Set<Target>();
  const fates: Fate[] = found.map(() => 'wrong');
  for (const [index, one] of [...found.entries()].sort(([, a], [, b]) => b.score - a.score)) {
    const free = (role: Target['role']) =>
      nearest(one.box, targets, (target) => target.role === role && !taken.has(target));
    const target = free('wanted') ?? free('outside');
    if (target !== undefined) taken.add(target);
    fates[index] = target === undefined ? fateAlone(one, targets) : target.role === 'wanted' ? 'hit' : 'left_out';
  }
  return fates;
}

function fateAlone({ box, isWrongAlone }: Found, targets: readonly Target[]): Fate {
  const isIgnored = targets.some((target) => target.role === 'ignored' && liesIn(box, target.box));
  return isWrongAlone && !isIgnored ? 'wrong' : 'left_out';
}

/** Of those that may be chosen, the one that overlaps most, if any is the same thing. */
export function nearest<T extends { readonly box: PixelBox }>(
  box: PixelBox,
  among: readonly T[],
  mayBe: (one: T) => boolean = () => true,
): T | undefined {
  let best: T | undefined;
  let overlap = SAME_IOU;
  for (const one of among) {
    const own = iou(box, one.box);
    if (own >= overlap && (best === undefined || own > overlap) && mayBe(one)) {
      best = one;
      overlap = own;
    }
  }
  return best;
}
