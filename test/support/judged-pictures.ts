/** Judged pictures for tests: a picture of 1000 × 1000 px in which everything is labelled and nothing was found, until told otherwise. */
import { CATEGORIES, type JudgedPicture, type LabelledBox, type PixelBox } from '../../src/evaluation/judged';
import type { Thresholds } from '../../src/evaluation/metrics';

export const THRESHOLDS: Thresholds = { worn: 0.7, notWorn: 0.8, unreadable: 0.5, confirm: 0.4, headScore: 0.3 };

export type FoundHead = JudgedPicture['heads'][number];

/** A square box of `px`, 20 unless told. */
export const square = (x: number, y: number, px = 20): PixelBox => ({ x, y, w: px, h: px });

export function picture(parts: Partial<JudgedPicture> = {}): JudgedPicture {
  return {
    file: 'street.jpg',
    widthPx: 1000,
    heightPx: 1000,
    scored: new Set(CATEGORIES),
    labels: [],
    candidates: [],
    heads: [],
    trueHeads: [],
    analysedInMs: 10,
    ...parts,
  };
}

export function labelled(
  category: LabelledBox['category'],
  box: PixelBox,
  more: Partial<LabelledBox> = {},
): LabelledBox {
  return { category, box, isIgnored: false, ...more };
}

/** A head found with full head score, so that its scores are its probabilities. */
export function foundHead(box: PixelBox, bare: number, more: Partial<FoundHead> = {}): FoundHead {
  return {
    box,
    bare,
    worn: 1 - bare,
    unreadable: 0,
    groupScore: 1,
    headScore: 1,
    word: bare >= THRESHOLDS.notWorn ? 'bare' : 1 - bare >= THRESHOLDS.worn ? 'worn' : 'unknown',
    ...more,
  };
}

/** Labelled heads in one picture, each with the classifier's bare probability. */
export function classified(
  heads: readonly (readonly [category: 'helmet' | 'bare_head', bare: number, more?: Partial<LabelledBox>])[],
): JudgedPicture {
  return picture({
    labels: heads.map(([category, , more], index) => labelled(category, square(index * 30, 0), more)),
    trueHeads: heads.map(([, bare], label) => {
      const { worn, unreadable, word } = foundHead(square(0, 0), bare);
      return { label, bare, worn, unreadable, word };
    }),
  });
}
