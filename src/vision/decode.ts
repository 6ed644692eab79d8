/** From model outputs to boxes in 0–1 picture coordinates, and which head belongs to which vehicle (pure). */
import type { BoundingBox, DetectionLabel, HeadDetection } from '../domain';
import { area, centre, clampToPicture, containment, expand, intersectionArea, iou } from '../geometry';
import { nonMaximumSuppression } from './nms';
import type { Picture, SourceRect } from './preprocess';

export interface Candidate {
  readonly label: DetectionLabel;
  readonly box: BoundingBox;
  readonly confidence: number;
}

/** When several boxes are readings of one thing; ratios, from the rider detector's manifest. */
export interface RivalRules {
  /** Overlap of two boxes with one label that are one thing. */
  readonly nmsIou: number;
  /** … with two labels: the surer one stands. */
  readonly sameVehicleIou: number;
  /** A person this far inside a rider group is one of its riders. */
  readonly riderInGroup: number;
  /** A rival this likely, compared with the rider group, makes it doubtful. */
  readonly rivalShare: number;
  readonly rivalIou: number;
  /** Who walks beside a vehicle reaches from the top of the group to the ground. */
  readonly uprightShare: number;
  /** A less likely group this far inside another one is a part of it: one of its riders. */
  readonly partInGroup: number;
  /** Its height, compared with the whole; one that is much smaller is a vehicle further away. */
  readonly partHeight: number;
}

/**
 * @param output [N, 4 + labels]: centre x, centre y, width, height in input pixels, then one score per label
 * @param scale source pixels per input pixel
 */
export function decodeCandidates(
  output: Float32Array,
  labels: readonly DetectionLabel[],
  at: { readonly scale: number; readonly picture: Picture; readonly minScore: number },
): Candidate[] {
  const width = 4 + labels.length;
  const found: Candidate[] = [];
  for (let row = 0; row + width <= output.length; row += width) {
    let label: DetectionLabel | undefined;
    let confidence = at.minScore;
    for (let index = 0; index < labels.length; index++) {
      const score = output[row + 4 + index] ?? 0;
      if (score >= confidence) {
        confidence = score;
        label = labels[index];
      }
    }
    if (label === undefined) continue;
    const [cx = 0, cy = 0, w = 0, h = 0] = output.subarray(row, row + 4);
    const toX = at.scale / at.picture.widthPx;
    const toY = at.scale / at.picture.heightPx;
    const box = clampToPicture({ x: (cx - w / 2) * toX, y: (cy - h / 2) * toY, w: w * toX, h: h * toY });
    if (area(box) > 0) found.push({ label, box, confidence });
  }
  return found;
}

/**
 * One box per thing: suppression within each label, then between the labels. A rider group that is nearly as likely a
 * vehicle without a rider, or somebody walking, counts as not ridden: whoever pushes a bike must not be spoken to.
 */
export function resolveCandidates(candidates: readonly Candidate[], rules: RivalRules): Candidate[] {
  const of = (label: DetectionLabel): Candidate[] =>
    nonMaximumSuppression(
      candidates.filter((one) => one.label === label),
      rules.nmsIou,
    );
  const empty = of('two_wheeler');
  const walking = of('person');
  const all = of('rider_group');
  const groups = all
    .filter((group) => !all.some((whole) => isPart(group, whole, rules)))
    .map((group) => {
      const parts = all.filter((one) => isPart(one, group, rules));
      const afoot = walking.filter((person) => !parts.some((part) => isSameRider(part, person, rules)));
      const isNotRidden = isContested(group, { empty, walking: afoot }, rules);
      return isNotRidden ? { ...group, label: 'two_wheeler' as const } : group;
    });
  const vehicles = nonMaximumSuppression([...groups, ...empty], rules.sameVehicleIou);
  const ridden = vehicles.filter((one) => one.label === 'rider_group');
  const persons = walking.filter(
    (person) =>
      !ridden.some(
        (group) => group.confidence >= person.confidence && containment(person.box, group.box) > rules.riderInGroup,
      ),
  );
  return [...vehicles, ...persons];
}

/** One rider of a vehicle that carries two may be found as a group of their own. */
function isPart(part: Candidate, whole: Candidate, { partInGroup, partHeight }: RivalRules): boolean {
  return (
    part.confidence < whole.confidence &&
    containment(part.box, whole.box) > partInGroup &&
    part.box.h > partHeight * whole.box.h
  );
}

/** Who is rather a rider than somebody on foot does not walk beside the vehicle. */
function isSameRider(part: Candidate, person: Candidate, { rivalIou }: RivalRules): boolean {
  return part.confidence >= person.confidence && iou(part.box, person.box) > rivalIou;
}

function isContested(
  group: Candidate,
  { empty, walking }: { readonly empty: readonly Candidate[]; readonly walking: readonly Candidate[] },
  rules: RivalRules,
): boolean {
  const isRival = (rival: Candidate): boolean => rival.confidence >= rules.rivalShare * group.confidence;
  return (
    empty.some((rival) => isRival(rival) && iou(rival.box, group.box) > rules.rivalIou) ||
    walking.some(
      (rival) =>
        isRival(rival) &&
        containment(rival.box, group.box) > rules.riderInGroup &&
        rival.box.h > rules.uprightShare * group.box.h,
    )
  );
}

/** Where the head finder looks for the heads of a rider group; source pixels. */
export interface HeadCrop {
  readonly rect: SourceRect;
  /** Source pixels per crop pixel. */
  readonly scale: number;
}

/** The group is scaled so that it is this high in the crop; heads are then 20–45 px. */
const GROUP_HEIGHT_IN_CROP_PX = 176;
/** Wide groups (seen from the side) count by this share of their width. */
const WIDTH_SHARE = 0.8;
/** The crop begins this share of the height above the group: raised heads. */
const HEADROOM = 0.12;

/** The rule the head finder was trained with; changing it needs a new model. */
export function headCrop(group: BoundingBox, picture: Picture, crop: { widthPx: number; heightPx: number }): HeadCrop {
  const x = group.x * picture.widthPx;
  const y = group.y * picture.heightPx;
  const w = group.w * picture.widthPx;
  const h = group.h * picture.heightPx;
  const size = Math.max(h, WIDTH_SHARE * w);
  const scale = size / GROUP_HEIGHT_IN_CROP_PX;
  const rect = {
    x: x + w / 2 - (crop.widthPx * scale) / 2,
    y: y - HEADROOM * size,
    w: crop.widthPx * scale,
    h: crop.heightPx * scale,
  };
  return { rect, scale };
}

export interface FoundHead {
  readonly box: BoundingBox;
  readonly confidence: number;
}

/** @param output [M, 5]: score, centre x, centre y, width, height in crop pixels */
export function decodeHeads(
  output: Float32Array,
  crop: HeadCrop,
  at: { readonly picture: Picture; readonly minScore: number; readonly nmsIou: number },
): FoundHead[] {
  const found: FoundHead[] = [];
  for (let row = 0; row + 5 <= output.length; row += 5) {
    const confidence = output[row] ?? 0;
    if (confidence < at.minScore) continue;
    const [cx = 0, cy = 0, w = 0, h = 0] = output.subarray(row + 1, row + 5);
    const box = {
      x: (crop.rect.x + (cx - w / 2) * crop.scale) / at.picture.widthPx,
      y: (crop.rect.y + (cy - h / 2) * crop.scale) / at.picture.heightPx,
      w: (w * crop.scale) / at.picture.widthPx,
      h: (h * crop.scale) / at.picture.heightPx,
    };
    const [x, y] = centre(box);
    if (x >= 0 && x <= 1 && y >= 0 && y <= 1) found.push({ box, confidence });
  }
  return nonMaximumSuppression(found, at.nmsIou);
}

/** Square of 1.6 × the longer side of the head, the classifier's rule; source pixels. */
export function classifierCrop(head: BoundingBox, picture: Picture): SourceRect {
  const [x, y] = centre(head);
  const side = 1.6 * Math.max(head.w * picture.widthPx, head.h * picture.heightPx);
  return { x: x * picture.widthPx - side / 2, y: y * picture.heightPx - side / 2, w: side, h: side };
}

/** Heads may stick out of the group's box by this share of it. */
const GROUP_MARGIN = 0.1;

/** Which heads are whose; from the head finder's manifest. */
export interface SharingRules {
  /** Heads lie at most this share of the group's height below its top; above the top is something behind. */
  readonly maxDepth: number;
  readonly sameHeadIou: number;
  readonly maxHeads: number;
}

/**
 * Crops of neighbouring vehicles overlap, so one head may be found in several: it goes to the vehicle
 * whose middle line it is nearest to, the earlier one when equal. Heads outside their own group are dropped before.
 */
export function shareOutHeads<H extends FoundHead>(
  groups: readonly { readonly box: BoundingBox; readonly heads: readonly H[] }[],
  rules: SharingRules,
): H[][] {
  const claims = groups.map(({ box, heads }) =>
    heads
      .filter((head) => isSomebodysHead(head.box, box, rules.maxDepth))
      .map((head) => ({ head, offset: Math.abs((centre(head.box)[0] - box.x) / box.w - 0.5) })),
  );
  return claims.map((own, index) =>
    own
      .filter(({ head, offset }) =>
        claims.every(
          (others, rank) =>
            rank === index ||
            !others.some(
              (rival) =>
                iou(rival.head.box, head.box) > rules.sameHeadIou &&
                (rival.offset < offset || (rival.offset === offset && rank < index)),
            ),
        ),
      )
      .map(({ head }) => head)
      .slice(0, rules.maxHeads),
  );
}

function isSomebodysHead(head: BoundingBox, group: BoundingBox, maxDepth: number): boolean {
  const depth = (centre(head)[1] - group.y) / group.h;
  const isAtTop = depth >= 0 && depth <= maxDepth;
  return isAtTop && intersectionArea(head, expand(group, GROUP_MARGIN)) > 0.6 * area(head);
}

/** Splits the classifier's rows (worn, bare, unreadable) over the heads in their order. */
export function withProbabilities<H extends FoundHead>(
  heads: readonly H[],
  output: Float32Array,
): (H & HeadDetection)[] {
  return heads.map((head, index) => ({
    ...head,
    worn: output[index * 3] ?? 0,
    notWorn: output[index * 3 + 1] ?? 0,
    unreadable: output[index * 3 + 2] ?? 1,
  }));
}
