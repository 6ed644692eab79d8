/** What is found end to end, class by class: precision–recall at IoU 0.5, and what lies in a box of another kind (pure). */
import { containment } from '../geometry';
import { isHead } from './classified';
import type { Category, JudgedPicture, LabelledBox, PixelBox } from './judged';
import { type Found, match, type Target } from './matching';
import { averagePrecision, type CurvePoint, type Outcome, precisionRecall } from './statistics';

export interface CategoryScore {
  /** Labels to be found, in the pictures where this category is complete. */
  readonly n: number;
  readonly ap50: number | undefined;
  /** Of what the product has no box of its own for: share of labels that lie (60 % of their area) in one box taken for a rider. */
  readonly covered: number | undefined;
}

export interface Curve {
  readonly n: number;
  readonly ap50: number | undefined;
  readonly curve: readonly CurvePoint[];
}

/** Longer side of a head in source pixels: from, below; null = no upper end. */
export type HeadRange = readonly [number, number | null];

export const ANY_SIZE: HeadRange = [0, null];
const COVERED_SHARE = 0.6;

export const longerSidePx = ({ w, h }: PixelBox): number => Math.max(w, h);

export const isOfSize = (box: PixelBox, [from, below]: HeadRange): boolean =>
  longerSidePx(box) >= from && longerSidePx(box) < (below ?? Number.POSITIVE_INFINITY);

/** @param confirm the rider group's score from which the product believes it, 0–1 */
export function categoryScore(pictures: readonly JudgedPicture[], category: Category, confirm: number): CategoryScore {
  switch (category) {
    case 'helmet':
    case 'bare_head': {
      const { n, ap50 } = headCurve(pictures, category, ANY_SIZE);
      return { n, ap50, covered: undefined };
    }
    case 'rider_with_vehicle': {
      const { n, ap50 } = riderCurve(pictures);
      return { n, ap50, covered: undefined };
    }
    case 'two_wheeler':
      return coverage(pictures, category, { labels: ['rider_group', 'two_wheeler'], confirm });
    case 'person_on_two_wheeler':
      return coverage(pictures, category, { labels: ['rider_group'], confirm });
  }
}

/**
 * Every found head is looked for as a helmet (head score × worn) and as a bare head (head score × bare). An ignored head is
 * ignored as either: nobody could tell what it is. Sizes as COCO's area ranges: labels of another size are neither right nor
 * wrong to find, and what matches nothing is wrong only if it is itself of this size.
 */
export function headCurve(
  pictures: readonly JudgedPicture[],
  category: 'helmet' | 'bare_head',
  range: HeadRange,
): Curve {
  const target = (label: LabelledBox): Target =>
    label.isIgnored || isOfSize(label.box, range) ? asTarget(label) : { box: label.box, role: 'outside' };
  return curveOf(pictures, category, (picture) => ({
    targets: picture.labels
      .filter((label) => (label.isIgnored ? isHead(label) : label.category === category))
      .map(target),
    found: picture.heads.map(({ box, headScore, worn, bare }) => ({
      box,
      score: headScore * (category === 'helmet' ? worn : bare),
      isWrongAlone: isOfSize(box, range),
    })),
  }));
}

function riderCurve(pictures: readonly JudgedPicture[]): Curve {
  return curveOf(pictures, 'rider_with_vehicle', ({ labels, candidates }) => ({
    targets: labels.filter(({ category }) => category === 'rider_with_vehicle').map(asTarget),
    found: candidates
      .filter(({ label }) => label === 'rider_group')
      .map(({ box, score }) => ({ box, score, isWrongAlone: true })),
  }));
}

const asTarget = ({ box, isIgnored }: LabelledBox): Target => ({ box, role: isIgnored ? 'ignored' : 'wanted' });

function curveOf(
  pictures: readonly JudgedPicture[],
  category: Category,
  read: (picture: JudgedPicture) => { readonly targets: readonly Target[]; readonly found: readonly Found[] },
): Curve {
  let n = 0;
  const outcomes: Outcome[] = [];
  for (const picture of pictures.filter(({ scored }) => scored.has(category))) {
    const { targets, found } = read(picture);
    n += targets.filter(({ role }) => role === 'wanted').length;
    for (const [index, fate] of match(found, targets).entries()) {
      if (fate !== 'left_out') outcomes.push({ score: found[index]?.score ?? 0, isHit: fate === 'hit' });
    }
  }
  const curve = precisionRecall(outcomes, n);
  return { n, ap50: n === 0 ? undefined : averagePrecision(curve), curve };
}

function coverage(
  pictures: readonly JudgedPicture[],
  category: Category,
  by: { readonly labels: readonly string[]; readonly confirm: number },
): CategoryScore {
  let n = 0;
  let covered = 0;
  for (const { labels, candidates } of pictures.filter(({ scored }) => scored.has(category))) {
    const boxes = candidates.filter(({ label, score }) => by.labels.includes(label) && score >= by.confirm);
    for (const label of labels.filter((one) => one.category === category && !one.isIgnored)) {
      n += 1;
      if (boxes.some(({ box }) => containment(label.box, box) >= COVERED_SHARE)) covered += 1;
    }
  }
  return { n, ap50: undefined, covered: n === 0 ? undefined : covered / n };
}
