/** Every error of the models on judged pictures, one by one, worst first (pure). */
import { containment } from '../geometry';
import { bareShare } from '../vision/word';
import { addressesIn } from './addresses';
import { isHead, truthsOf } from './classified';
import { longerSidePx } from './found';
import type { Category, HeadProbabilities, HeadWord, JudgedPicture, LabelledBox, PixelBox } from './judged';
import { type Found, match, nearest } from './matching';

/** Most serious first: speaking to the wrong person comes before silence. */
export const MISTAKE_KINDS = [
  'wrong_address',
  'helmet_called_bare',
  'bare_called_worn',
  'false_group',
  'bare_unknown',
  'bare_not_found',
  'helmet_unknown',
  'helmet_not_found',
  'rider_not_found',
] as const;
export type MistakeKind = (typeof MISTAKE_KINDS)[number];

export interface Mistake {
  readonly kind: MistakeKind;
  readonly picture: JudgedPicture;
  readonly box: PixelBox;
  /** How sure the models were of what is wrong, 0–1; of what was not found, nothing was said: null. */
  readonly confidence: number | null;
  readonly probabilities?: HeadProbabilities;
  readonly groupScore?: number;
  readonly headScore?: number;
  /** What was to be seen, where something was labelled. */
  readonly label?: LabelledBox;
}

export interface FindingThresholds {
  readonly confirm: number;
  readonly headScore: number;
}

/** All mistakes, kind by kind; within a kind the surest first, of what was not found the largest, then by file name. */
export function mistakesIn(pictures: readonly JudgedPicture[], thresholds: FindingThresholds): readonly Mistake[] {
  const all = pictures.flatMap((picture) => [
    ...wrongAddresses(picture),
    ...wrongWords(picture),
    ...falseGroups(picture, thresholds.confirm),
    ...headsNotFound(picture, thresholds.headScore),
    ...ridersNotFound(picture, thresholds.confirm),
  ]);
  const byFile = ({ picture: a }: Mistake, { picture: b }: Mistake): number =>
    a.file < b.file ? -1 : a.file > b.file ? 1 : 0;
  return all.sort(
    (a, b) =>
      MISTAKE_KINDS.indexOf(a.kind) - MISTAKE_KINDS.indexOf(b.kind) ||
      (b.confidence ?? 0) - (a.confidence ?? 0) ||
      longerSidePx(b.box) - longerSidePx(a.box) ||
      byFile(a, b),
  );
}

/** End to end: background or a helmet that would be spoken to. */
function wrongAddresses(picture: JudgedPicture): readonly Mistake[] {
  const labels = picture.labels.filter(isHead);
  return addressesIn(picture)
    .filter(({ isRightful }) => !isRightful)
    .map(({ head }) => {
      const { box, groupScore, headScore, worn, bare, unreadable } = head;
      const label = nearest(box, labels);
      const probabilities = { worn, bare, unreadable };
      const told = {
        kind: 'wrong_address',
        picture,
        box,
        confidence: bareShare(head),
        probabilities,
        groupScore,
        headScore,
      } as const;
      return label === undefined ? told : { ...told, label };
    });
}

type Class = 'worn' | 'bare';

const WORD_MISTAKES: Readonly<Record<Class, Readonly<Partial<Record<HeadWord, MistakeKind>>>>> = {
  worn: { bare: 'helmet_called_bare', unknown: 'helmet_unknown' },
  bare: { worn: 'bare_called_worn', unknown: 'bare_unknown' },
};

/** The classifier on labelled boxes. Sure of an unknown is who gave least to the truth. */
function wrongWords(picture: JudgedPicture): readonly Mistake[] {
  return truthsOf(picture).flatMap(({ label, is, word, worn, bare, unreadable, bareShare: share }) => {
    const kind = WORD_MISTAKES[is][word];
    if (kind === undefined) return [];
    const probabilities = { worn, bare, unreadable };
    const confidence = word === 'unknown' ? 1 - probabilities[is] : word === 'bare' ? share : 1 - share;
    return [{ kind, picture, box: label.box, confidence, probabilities, label }];
  });
}

const groupsFrom = ({ candidates }: JudgedPicture, confirm: number): readonly Found[] =>
  candidates
    .filter(({ label, score }) => label === 'rider_group' && score >= confirm)
    .map(({ box, score }) => ({ box, score, isWrongAlone: true }));

const ridersOf = ({ labels }: JudgedPicture): readonly LabelledBox[] =>
  labels.filter(({ category }) => category === 'rider_with_vehicle');

/** A rider group that is no labelled rider or, where only persons are labelled, that holds no person by more than half. */
function falseGroups(picture: JudgedPicture, confirm: number): readonly Mistake[] {
  const groups = groupsFrom(picture, confirm);
  const wrong = (group: Found): Mistake => ({ kind: 'false_group', picture, box: group.box, confidence: group.score });
  if (picture.scored.has('rider_with_vehicle')) {
    const targets = ridersOf(picture).map(({ box, isIgnored }) => ({ box, role: roleOf(isIgnored) }));
    const fates = match(groups, targets);
    return groups.filter((_, index) => fates[index] === 'wrong').map(wrong);
  }
  if (!picture.scored.has('person_on_two_wheeler')) return [];
  const persons = picture.labels.filter(({ category }) => category === 'person_on_two_wheeler');
  return groups.filter((group) => !persons.some(({ box }) => containment(box, group.box) > 0.5)).map(wrong);
}

const roleOf = (isIgnored: boolean): 'ignored' | 'wanted' => (isIgnored ? 'ignored' : 'wanted');

const NOT_FOUND: Readonly<Partial<Record<Category, MistakeKind>>> = {
  bare_head: 'bare_not_found',
  helmet: 'helmet_not_found',
};

function headsNotFound(picture: JudgedPicture, headScore: number): readonly Mistake[] {
  const heads = picture.heads.filter((head) => head.headScore >= headScore);
  return picture.labels.flatMap((label) => {
    const kind = NOT_FOUND[label.category];
    if (kind === undefined || label.isIgnored || nearest(label.box, heads) !== undefined) return [];
    return [{ kind, picture, box: label.box, confidence: null, label }];
  });
}

function ridersNotFound(picture: JudgedPicture, confirm: number): readonly Mistake[] {
  const groups = groupsFrom(picture, confirm);
  return ridersOf(picture)
    .filter(({ box, isIgnored }) => !isIgnored && nearest(box, groups) === undefined)
    .map((label) => ({ kind: 'rider_not_found', picture, box: label.box, confidence: null, label }));
}
