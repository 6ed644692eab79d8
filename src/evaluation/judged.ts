/** What the models said of one labelled picture, beside its labels. Boxes are in source pixels: x, y is the top left corner. */

export const CATEGORIES = [
  'helmet',
  'bare_head',
  'two_wheeler',
  'person_on_two_wheeler',
  'rider_with_vehicle',
] as const;
export type Category = (typeof CATEGORIES)[number];

export interface PixelBox {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Probabilities of one head crop; they sum to 1. */
export interface HeadProbabilities {
  readonly worn: number;
  readonly bare: number;
  readonly unreadable: number;
}

/** The classifier's word on one crop, at the manifest's thresholds. */
export type HeadWord = 'worn' | 'bare' | 'unknown';

export interface LabelledBox {
  readonly category: Category;
  readonly box: PixelBox;
  /** iscrowd 1: neither to be found nor wrong to find. */
  readonly isIgnored: boolean;
  /** What is on the head (hair, cap, hood …) and where the picture came from: for the tables by kind, where the file tells. */
  readonly sub?: string;
  readonly source?: string;
}

export interface JudgedPicture {
  readonly file: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Categories labelled completely in this picture: only these are scored in it. */
  readonly scored: ReadonlySet<Category>;
  readonly labels: readonly LabelledBox[];
  /** Rider detector, down to the evaluation's lowest score. */
  readonly candidates: readonly {
    readonly label: 'rider_group' | 'two_wheeler' | 'person';
    readonly box: PixelBox;
    readonly score: number;
  }[];
  /** End to end: every head found in every rider group, down to the evaluation's lowest scores. */
  readonly heads: readonly (HeadProbabilities & {
    readonly box: PixelBox;
    /** The rider group's score and the head finder's. */
    readonly groupScore: number;
    readonly headScore: number;
    /** The word the product takes from this single look: `unknown` also where the group or head score is too low to count. */
    readonly word: HeadWord;
  })[];
  /** The classifier on the labelled helmet and bare_head boxes that are not ignored (`label` indexes `labels`). */
  readonly trueHeads: readonly (HeadProbabilities & { readonly label: number; readonly word: HeadWord })[];
  readonly analysedInMs: number;
}
