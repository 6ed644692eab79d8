/**
 * How good the models are on labelled pictures (pure). Figures that cannot be had (no labels of a class, heads of one class
 * only) are undefined and so leave the JSON. The order of the pictures changes nothing.
 */
import { percentile } from '../runtime/percentile';
import { type Addresses, addressesOf } from './addresses';
import {
  aucOf,
  type Confusion,
  confusionOf,
  isHead,
  type Operating,
  operatingOf,
  type Slice,
  slicesOf,
  type Truth,
  truthsOf,
} from './classified';
import { ANY_SIZE, type CategoryScore, categoryScore, type HeadRange, headCurve, isOfSize } from './found';
import { CATEGORIES, type Category, type JudgedPicture } from './judged';
import { type CurvePoint, precisionRecall, type Reliability, reliability } from './statistics';

/** The manifests' decisions, as probabilities 0–1. */
export interface Thresholds {
  readonly worn: number;
  readonly notWorn: number;
  /** Above it a head is not judged. */
  readonly unreadable: number;
  /** Of a rider group. */
  readonly confirm: number;
  readonly headScore: number;
}

export interface Bucket {
  readonly headPx: HeadRange;
  /** Labelled heads of both classes, ignored ones aside. */
  readonly n: number;
  /** End to end, mean of the classes present. */
  readonly ap50: number | undefined;
  /** Of the classifier on labelled boxes. */
  readonly auc: number | undefined;
}

interface Figures {
  readonly images: number;
  /** A category that is complete in no picture is absent. */
  readonly categories: Readonly<Partial<Record<Category, CategoryScore>>>;
  /** Bare against worn on all labelled head boxes; undefined when one of the two is missing. */
  readonly classifier: { readonly auc: number; readonly n: number } | undefined;
  readonly buckets: readonly Bucket[];
  readonly msPerImage: { readonly p50: number; readonly p95: number } | undefined;
}

export interface Evaluation extends Figures {
  readonly thresholds: Thresholds;
  readonly operating: { readonly bare_head: Operating; readonly helmet: Operating };
  readonly addresses: Addresses;
  /** Of the bare share, bare ⁄ (bare + worn), on labelled heads. */
  readonly calibration: Reliability;
  /** helmet and bare_head end to end; bare: the classifier's bare share on labelled heads. */
  readonly curves: Readonly<Record<'helmet' | 'bare_head' | 'bare', readonly CurvePoint[]>>;
  readonly confusion: Confusion;
  readonly bySub: readonly Slice[];
  readonly bySource: readonly Slice[];
}

type Decision = Omit<Operating, 'precisionWithin' | 'recallWithin'>;

/** The line for machines. */
export interface Summary extends Figures {
  readonly operating: { readonly bare_head: Decision; readonly helmet: Decision };
  readonly falseAddressesPer1000: number | undefined;
}

/** Lower ends of the size buckets, longer side in source pixels. */
const BUCKETS_FROM_PX = [0, 12, 16, 24, 32, 48];

export function score(pictures: readonly JudgedPicture[], thresholds: Thresholds): Evaluation {
  const truths = pictures.flatMap(truthsOf);
  const auc = aucOf(truths);
  const times = pictures.map(({ analysedInMs }) => analysedInMs);
  return {
    images: pictures.length,
    thresholds,
    categories: categoriesOf(pictures, thresholds.confirm),
    classifier: auc === undefined ? undefined : { auc, n: truths.length },
    operating: {
      bare_head: operatingOf(truths, 'bare', thresholds.notWorn),
      helmet: operatingOf(truths, 'worn', thresholds.worn),
    },
    buckets: BUCKETS_FROM_PX.map((from, index) =>
      bucketOf(pictures, truths, [from, BUCKETS_FROM_PX[index + 1] ?? null]),
    ),
    addresses: addressesOf(pictures),
    msPerImage: times.length === 0 ? undefined : { p50: percentile(times, 0.5), p95: percentile(times, 0.95) },
    calibration: reliability(truths.map(({ bareShare, is }) => ({ score: bareShare, isHit: is === 'bare' }))),
    curves: {
      helmet: headCurve(pictures, 'helmet', ANY_SIZE).curve,
      bare_head: headCurve(pictures, 'bare_head', ANY_SIZE).curve,
      bare: bareCurve(truths, thresholds.unreadable),
    },
    confusion: confusionOf(truths),
    bySub: slicesOf(truths, ({ label }) => label.sub),
    bySource: slicesOf(truths, ({ label }) => label.source),
  };
}

function categoriesOf(pictures: readonly JudgedPicture[], confirm: number): Evaluation['categories'] {
  return Object.fromEntries(
    CATEGORIES.filter((category) => pictures.some(({ scored }) => scored.has(category))).map((category) => [
      category,
      categoryScore(pictures, category, confirm),
    ]),
  );
}

function bucketOf(pictures: readonly JudgedPicture[], truths: readonly Truth[], headPx: HeadRange): Bucket {
  const heads = pictures.flatMap(({ labels }) => labels.filter((label) => isHead(label) && !label.isIgnored));
  const found = (['helmet', 'bare_head'] as const).flatMap(
    (category) => headCurve(pictures, category, headPx).ap50 ?? [],
  );
  return {
    headPx,
    n: heads.filter(({ box }) => isOfSize(box, headPx)).length,
    ap50: found.length === 0 ? undefined : found.reduce((sum, ap50) => sum + ap50, 0) / found.length,
    auc: aucOf(truths.filter(({ label }) => isOfSize(label.box, headPx))),
  };
}

/** At every threshold of the bare share; what is unreadable is never called bare, so the decision lies on the curve where no head is too small to be judged. */
function bareCurve(truths: readonly Truth[], unreadableAbove: number): readonly CurvePoint[] {
  const readable = truths.filter(({ unreadable }) => unreadable <= unreadableAbove);
  const bareHeads = truths.filter(({ is }) => is === 'bare').length;
  return precisionRecall(
    readable.map(({ bareShare, is }) => ({ score: bareShare, isHit: is === 'bare' })),
    bareHeads,
  );
}

/** Figures to four decimals; what is undefined leaves with JSON.stringify. */
export function summary({ images, categories, classifier, operating, buckets, ...rest }: Evaluation): Summary {
  return {
    images,
    categories: Object.fromEntries(
      Object.entries(categories).map(([category, { n, ap50, covered }]) => [
        category,
        { n, ap50: rounded(ap50), covered: rounded(covered) },
      ]),
    ),
    classifier: classifier && { auc: rounded(classifier.auc), n: classifier.n },
    operating: { bare_head: decision(operating.bare_head), helmet: decision(operating.helmet) },
    buckets: buckets.map(({ headPx, n, ap50, auc }) => ({ headPx, n, ap50: rounded(ap50), auc: rounded(auc) })),
    falseAddressesPer1000: rounded(rest.addresses.wrongPer1000),
    msPerImage: rest.msPerImage && { p50: rounded(rest.msPerImage.p50), p95: rounded(rest.msPerImage.p95) },
  };
}

function decision({ precision, recall, threshold, tp, fp, fn }: Operating): Decision {
  return { precision: rounded(precision), recall: rounded(recall), threshold, tp, fp, fn };
}

function rounded(value: number): number;
function rounded(value: number | undefined): number | undefined;
function rounded(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Math.round(value * 1e4) / 1e4;
}
