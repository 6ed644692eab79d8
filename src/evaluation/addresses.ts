/**
 * Who would be spoken to (pure): every head that the product calls bare in a single look. The service asks for five looks and
 * more before it speaks, so the wrong ones are an upper bound.
 */
import { centre } from '../geometry';
import { isHead } from './classified';
import type { Category, JudgedPicture, LabelledBox, PixelBox } from './judged';
import { liesIn, nearest } from './matching';

type Head = JudgedPicture['heads'][number];

export interface Address {
  readonly head: Head;
  readonly isRightful: boolean;
}

export interface Addresses {
  /** Where a wrong address can be told: bare heads labelled completely, or surely no rider in the picture. */
  readonly pictures: number;
  readonly rightful: number;
  readonly wrong: number;
  readonly wrongPer1000: number | undefined;
}

const OF_A_RIDER: readonly Category[] = ['helmet', 'bare_head', 'person_on_two_wheeler', 'rider_with_vehicle'];

/**
 * The heads called bare in one picture; none where nobody can tell right from wrong. The label that the head overlaps most
 * (IoU ≥ 0.5) decides. Failing that, a head whose centre lies in a bare head's label is rightful too, because it is the
 * person who is spoken to and not the box. An ignored head is left out.
 */
export function addressesIn(picture: JudgedPicture): readonly Address[] {
  if (!isJudged(picture)) return [];
  const labels = picture.labels.filter(isHead);
  return picture.heads
    .filter(({ word }) => word === 'bare')
    .flatMap((head) => {
      const isRightful = judge(head.box, labels);
      return isRightful === null ? [] : [{ head, isRightful }];
    });
}

function judge(box: PixelBox, labels: readonly LabelledBox[]): boolean | null {
  const same = nearest(box, labels);
  if (same !== undefined) return same.isIgnored ? null : same.category === 'bare_head';
  if (labels.some((label) => label.isIgnored && liesIn(box, label.box))) return null;
  return labels.some((label) => label.category === 'bare_head' && !label.isIgnored && isCentredIn(box, label.box));
}

function isCentredIn(box: PixelBox, label: PixelBox): boolean {
  const [x, y] = centre(box);
  return x >= label.x && x <= label.x + label.w && y >= label.y && y <= label.y + label.h;
}

/** Bare heads are labelled completely, or riders are and there is none: then every address is wrong. */
function isJudged({ scored, labels }: JudgedPicture): boolean {
  if (scored.has('bare_head')) return true;
  const tellsRiders = scored.has('rider_with_vehicle') || scored.has('person_on_two_wheeler');
  return tellsRiders && !labels.some(({ category }) => OF_A_RIDER.includes(category));
}

export function addressesOf(pictures: readonly JudgedPicture[]): Addresses {
  const judged = pictures.filter(isJudged);
  const addresses = judged.flatMap(addressesIn);
  const wrong = addresses.filter(({ isRightful }) => !isRightful).length;
  return {
    pictures: judged.length,
    rightful: addresses.length - wrong,
    wrong,
    wrongPer1000: judged.length === 0 ? undefined : (1000 * wrong) / judged.length,
  };
}
