/** Precision–recall, AUC, intervals and calibration from scores and outcomes (pure). What cannot be said of too few values is undefined. */

export interface CurvePoint {
  /** Everything scoring at least this is said to be found. */
  readonly score: number;
  readonly precision: number;
  readonly recall: number;
}

/** A found thing: right or wrong. */
export interface Outcome {
  readonly score: number;
  readonly isHit: boolean;
}

export interface ReliabilityBin {
  /** Lowest and highest prediction in the bin, 0–1. */
  readonly from: number;
  readonly to: number;
  readonly n: number;
  readonly meanPredicted: number;
  /** Share of the bin in which the predicted thing was true. */
  readonly observed: number;
}

export interface Reliability {
  readonly bins: readonly ReliabilityBin[];
  /** Expected calibration error, 0–1: Σ n ⁄ N · |observed − meanPredicted|. */
  readonly ece: number | undefined;
}

/**
 * One point per distinct score, falling: things of equal score come together, so their order means nothing.
 * @param positives how many things there were to find; a curve of none has no points
 */
export function precisionRecall(outcomes: readonly Outcome[], positives: number): readonly CurvePoint[] {
  if (positives === 0) return [];
  const points: CurvePoint[] = [];
  let hits = 0;
  const sorted = outcomes.toSorted((a, b) => b.score - a.score);
  for (const [index, { score, isHit }] of sorted.entries()) {
    if (isHit) hits += 1;
    if (sorted[index + 1]?.score === score) continue;
    points.push({ score, precision: hits / (index + 1), recall: hits / positives });
  }
  return points;
}

/**
 * Area under the curve, 0–1, precision at each recall being the best at that recall or a higher one.
 * All points count, not 11 or 101 of them: Pascal VOC development kit 2010, section 3.4.1.
 */
export function averagePrecision(curve: readonly CurvePoint[]): number {
  let best = 0;
  let sum = 0;
  for (const [index, { precision, recall }] of [...curve.entries()].toReversed()) {
    best = Math.max(best, precision);
    sum += best * (recall - (curve[index - 1]?.recall ?? 0));
  }
  return Math.min(1, sum);
}

/**
 * How often a positive scores above a negative, ties counted half (Mann–Whitney U ⁄ (positives · negatives)).
 * Hanley & McNeil, The meaning and use of the area under a ROC curve, Radiology 143 (1982). Undefined without either kind.
 */
export function auc(positives: readonly number[], negatives: readonly number[]): number | undefined {
  if (positives.length === 0 || negatives.length === 0) return undefined;
  const sorted = [
    ...positives.map((score) => ({ score, isPositive: true })),
    ...negatives.map((score) => ({ score, isPositive: false })),
  ].sort((a, b) => a.score - b.score);
  let u = 0;
  let below = 0;
  for (let start = 0; start < sorted.length; ) {
    const score = sorted[start]?.score;
    const tied = { positives: 0, negatives: 0 };
    for (; start < sorted.length && sorted[start]?.score === score; start += 1) {
      tied[sorted[start]?.isPositive === true ? 'positives' : 'negatives'] += 1;
    }
    u += tied.positives * (below + tied.negatives / 2);
    below += tied.negatives;
  }
  return u / (positives.length * negatives.length);
}

/** 97.5th percentile of the normal distribution: a two-sided 95 % interval. */
const Z = 1.959964;

/** 95 % interval of a share, 0–1: Wilson, Probable inference, JASA 22 (1927). Undefined of no trials. */
export function wilson(hits: number, trials: number): readonly [number, number] | undefined {
  if (trials === 0) return undefined;
  const share = hits / trials;
  const scale = 1 + Z ** 2 / trials;
  const middle = (share + Z ** 2 / (2 * trials)) / scale;
  const half = (Z * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2))) / scale;
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}

const RELIABILITY_BINS = 10;

/**
 * Predictions sorted into ten bins of equal number: Guo et al., On calibration of modern neural networks, ICML 2017,
 * whose bins are of equal width; equal number keeps a bin from resting on two heads. Equal predictions share a bin.
 */
export function reliability(outcomes: readonly Outcome[]): Reliability {
  const sorted = outcomes.toSorted((a, b) => a.score - b.score);
  const bins: ReliabilityBin[] = [];
  let start = 0;
  for (let bin = 1; bin <= RELIABILITY_BINS; bin += 1) {
    let end = Math.max(start, Math.floor((bin * sorted.length) / RELIABILITY_BINS));
    while (end > start && sorted[end]?.score === sorted[end - 1]?.score) end += 1;
    bins.push(...binOf(sorted.slice(start, end)));
    start = end;
  }
  const ece = bins.reduce((sum, bin) => sum + (bin.n / sorted.length) * Math.abs(bin.observed - bin.meanPredicted), 0);
  return { bins, ece: sorted.length === 0 ? undefined : ece };
}

function binOf(part: readonly Outcome[]): readonly ReliabilityBin[] {
  const [first, last] = [part[0], part.at(-1)];
  if (first === undefined || last === undefined) return [];
  const meanPredicted = part.reduce((sum, { score }) => sum + score, 0) / part.length;
  const observed = part.filter(({ isHit }) => isHit).length / part.length;
  return [{ from: first.score, to: last.score, n: part.length, meanPredicted, observed }];
}
