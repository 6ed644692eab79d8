/** The classifier alone: what it says of labelled heads, cut out exactly (pure). */
import { bareShare } from '../vision/word';
import type { HeadProbabilities, HeadWord, JudgedPicture, LabelledBox } from './judged';
import { auc, wilson } from './statistics';

/** A labelled head with what the classifier said of it. */
export interface Truth extends HeadProbabilities {
  readonly label: LabelledBox;
  readonly is: 'worn' | 'bare';
  readonly word: HeadWord;
  /** bare ⁄ (bare + worn), 0–1. */
  readonly bareShare: number;
}

/** The classifier's word on labelled heads against one class; `unknown` is no alert, so a bare head called unknown is missed. */
export interface Operating {
  readonly threshold: number;
  readonly tp: number;
  readonly fp: number;
  readonly fn: number;
  readonly precision: number | undefined;
  readonly recall: number | undefined;
  /** 95 % intervals. */
  readonly precisionWithin: readonly [number, number] | undefined;
  readonly recallWithin: readonly [number, number] | undefined;
}

type Words = Readonly<Record<HeadWord, number>>;

/** Labelled class × the classifier's word, in heads. */
export interface Confusion {
  readonly worn: Words;
  readonly bare: Words;
}

/** The classifier on the labelled heads of one kind or source. */
export interface Slice {
  readonly name: string;
  readonly n: number;
  readonly auc: number | undefined;
  readonly confusion: Confusion;
}

export const isHead = ({ category }: LabelledBox): boolean => category === 'helmet' || category === 'bare_head';

export function truthsOf({ labels, trueHeads }: JudgedPicture): readonly Truth[] {
  return trueHeads.flatMap(({ label: index, word, worn, bare, unreadable }) => {
    const label = labels[index];
    if (label === undefined || !isHead(label)) return [];
    const is = label.category === 'bare_head' ? 'bare' : 'worn';
    return [{ label, is, word, worn, bare, unreadable, bareShare: bareShare({ worn, bare, unreadable }) }];
  });
}

/** Bare against worn by the bare share. */
export function aucOf(truths: readonly Truth[]): number | undefined {
  const shares = (wanted: Truth['is']) => truths.filter(({ is }) => is === wanted).map(({ bareShare }) => bareShare);
  return auc(shares('bare'), shares('worn'));
}

export function operatingOf(truths: readonly Truth[], wanted: Truth['is'], threshold: number): Operating {
  const tp = truths.filter(({ is, word }) => is === wanted && word === wanted).length;
  const fp = truths.filter(({ is, word }) => is !== wanted && word === wanted).length;
  const fn = truths.filter(({ is, word }) => is === wanted && word !== wanted).length;
  return {
    threshold,
    tp,
    fp,
    fn,
    precision: tp + fp === 0 ? undefined : tp / (tp + fp),
    recall: tp + fn === 0 ? undefined : tp / (tp + fn),
    precisionWithin: wilson(tp, tp + fp),
    recallWithin: wilson(tp, tp + fn),
  };
}

export function confusionOf(truths: readonly Truth[]): Confusion {
  const count = (is: Truth['is'], word: HeadWord) => truths.filter((one) => one.is === is && one.word === word).length;
  const words = (is: Truth['is']): Words => ({
    worn: count(is, 'worn'),
    bare: count(is, 'bare'),
    unknown: count(is, 'unknown'),
  });
  return { worn: words('worn'), bare: words('bare') };
}

/** How many heads of one class there are. */
export const headsIn = ({ worn, bare, unknown }: Words): number => worn + bare + unknown;

/** One slice per name, in the names' order; heads without a name are in none. */
export function slicesOf(truths: readonly Truth[], nameOf: (truth: Truth) => string | undefined): readonly Slice[] {
  const byName = new Map<string, Truth[]>();
  for (const truth of truths) {
    const name = nameOf(truth);
    if (name === undefined) continue;
    const own = byName.get(name);
    if (own === undefined) byName.set(name, [truth]);
    else own.push(truth);
  }
  return [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, own]) => ({ name, n: own.length, auc: aucOf(own), confusion: confusionOf(own) }));
}
