/** The evaluation as a table for people (pure). */
import { headsIn, type Operating, type Slice } from './classified';
import type { HeadRange } from './found';
import type { Evaluation } from './metrics';

type Row = readonly string[];

/** Several lines, columns aligned; `–` where there is no figure. */
export function table(evaluation: Evaluation): string {
  const { images, msPerImage, addresses } = evaluation;
  const speed = msPerImage && `, ${msPerImage.p50.toFixed(1)} ms each (95 %: ${msPerImage.p95.toFixed(1)} ms)`;
  const wrong =
    addresses.wrongPer1000 === undefined
      ? 'False addresses: no picture can tell (bare heads are labelled completely in none)'
      : `False addresses per 1,000 pictures, single looks: ${addresses.wrongPer1000.toFixed(1)} ` +
        `(${addresses.wrong} wrong, ${addresses.rightful} right in ${addresses.pictures} pictures; the service asks for several looks)`;
  return [
    `${images} pictures${speed ?? ''}`,
    aligned(['end to end, IoU 0.5', 'labels', 'AP50', 'covered'], categoryRows(evaluation)),
    aligned(['head size', 'heads', 'AP50', 'AUC'], sizeRows(evaluation)),
    classifierLine(evaluation),
    aligned(
      ['decision', 'threshold', 'precision', '95 %', 'recall', '95 %', 'right', 'wrong', 'missed'],
      [decisionRow('bare_head', evaluation.operating.bare_head), decisionRow('helmet', evaluation.operating.helmet)],
    ),
    aligned(SLICE_TITLES, sliceRows(evaluation)),
    wrong,
  ].join('\n\n');
}

/** `0.9876`, or `–`. */
const share = (value: number | undefined): string => value?.toFixed(3) ?? '–';
const within = (range: readonly [number, number] | undefined): string =>
  range === undefined ? '–' : `${range[0].toFixed(2)}–${range[1].toFixed(2)}`;

export const sizeText = ([from, below]: HeadRange): string =>
  below === null ? `≥ ${from} px` : from === 0 ? `< ${below} px` : `${from}–${below} px`;

function categoryRows({ categories }: Evaluation): readonly Row[] {
  return Object.entries(categories).map(([name, { n, ap50, covered }]) => [name, `${n}`, share(ap50), share(covered)]);
}

function sizeRows({ buckets }: Evaluation): readonly Row[] {
  return buckets.map(({ headPx, n, ap50, auc }) => [sizeText(headPx), `${n}`, share(ap50), share(auc)]);
}

function classifierLine({ classifier, calibration }: Evaluation): string {
  if (classifier === undefined) return 'Classifier on labelled heads: heads of one class only, no AUC';
  return `Classifier on ${classifier.n} labelled heads: AUC ${share(classifier.auc)}, calibration error ${share(calibration.ece)}`;
}

function decisionRow(name: string, { threshold, tp, fp, fn, ...of }: Operating): Row {
  const counts = [tp, fp, fn].map(String);
  return [
    name,
    `${threshold}`,
    share(of.precision),
    within(of.precisionWithin),
    share(of.recall),
    within(of.recallWithin),
  ].concat(counts);
}

const SLICE_TITLES = [
  'labelled → said',
  'heads',
  'AUC',
  'bare→bare',
  'bare→worn',
  'bare→?',
  'worn→worn',
  'worn→bare',
  'worn→?',
];

function sliceRows({ confusion, classifier, bySub, bySource }: Evaluation): readonly Row[] {
  const n = headsIn(confusion.bare) + headsIn(confusion.worn);
  const all: Slice = { name: 'all', n, auc: classifier?.auc, confusion };
  return [all, ...bySub, ...bySource].map(({ name, n, auc, confusion: { bare, worn } }) => [
    name,
    `${n}`,
    share(auc),
    ...[bare.bare, bare.worn, bare.unknown, worn.worn, worn.bare, worn.unknown].map(String),
  ]);
}

/** First column to the left, the others to the right. */
export function aligned(titles: Row, rows: readonly Row[]): string {
  const all = [titles, ...rows];
  const widths = titles.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
