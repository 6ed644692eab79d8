/**
 * Plots as SVG text (pure): precision–recall, calibration, and quality by head size. Each stands alone, tells its content in
 * title and desc, tells lines apart by dashes as well as colour, and follows the reader's light or dark mode.
 */
import { headsIn } from './classified';
import { across, drawn, type Line, type Plot, SHARE_TICKS, up } from './drawing';
import type { HeadRange } from './found';
import type { Evaluation } from './metrics';
import type { CurvePoint } from './statistics';
import { sizeText } from './table';

/** Where nothing was labelled. */
const EMPTY = '没有可评的标注 / nothing labelled to judge by';

export function plots(evaluation: Evaluation): readonly Plot[] {
  return [precisionRecallPlot(evaluation), calibrationPlot(evaluation), sizePlot(evaluation)];
}

export function precisionRecallPlot({ curves, categories, classifier, operating, confusion }: Evaluation): Plot {
  const { bare_head: bare, helmet } = categories;
  const { precision, recall, threshold } = operating.bare_head;
  const isKnown = precision !== undefined && recall !== undefined;
  const lines = [
    curveLine(`helmet, end to end: AP50 ${figure(helmet?.ap50)}, n = ${helmet?.n ?? 0}`, curves.helmet),
    curveLine(`bare head, end to end: AP50 ${figure(bare?.ap50)}, n = ${bare?.n ?? 0}`, curves.bare_head),
    curveLine(`bare, labelled boxes: AUC ${figure(classifier?.auc)}, n = ${headsIn(confusion.bare)}`, curves.bare),
  ];
  return drawn({
    name: 'precision-recall',
    title: '精确率–召回率 / Precision–recall',
    desc: [
      ...lines.map(({ title }) => title),
      isKnown ? `decision at ${threshold}: precision ${figure(precision)}, recall ${figure(recall)}` : '',
    ].join('; '),
    empty: EMPTY,
    xTitle: '召回率 / recall (share of labels, 0–1)',
    yTitle: '精确率 / precision (0–1)',
    xTicks: SHARE_TICKS,
    lines,
    extra: isKnown ? decisionMark(recall, precision, threshold) : '',
  });
}

/** A cross where the classifier's decision on labelled boxes lies. */
function decisionMark(recall: number, precision: number, threshold: number): string {
  const [x, y] = [Number(across(recall)), Number(up(precision))];
  const anchor = recall > 0.6 ? 'end' : 'start';
  return `<path class="axis" d="M${x - 7} ${y}H${x + 7}M${x} ${y - 7}V${y + 7}"/><text x="${x + (anchor === 'end' ? -10 : 10)}" y="${y - 9}" text-anchor="${anchor}" class="over">bare ≥ ${threshold}: ${figure(precision)} / ${figure(recall)}</text>`;
}

export function calibrationPlot({ calibration: { bins, ece } }: Evaluation): Plot {
  const n = bins.reduce((sum, bin) => sum + bin.n, 0);
  const title = `labelled heads, n = ${n} in ${bins.length} bins: calibration error ${figure(ece)}`;
  return drawn({
    name: 'calibration',
    title: '校准 / Calibration',
    desc: `${title}. Each bin: ${bins.map((bin) => `${figure(bin.meanPredicted)} said, ${figure(bin.observed)} true, n = ${bin.n}`).join('; ')}`,
    empty: EMPTY,
    xTitle: '预测 / predicted bare ÷ (bare + worn), 0–1',
    yTitle: '实际 / share really bare (0–1)',
    xTicks: SHARE_TICKS,
    lines: [{ title, points: bins.map((bin) => [bin.meanPredicted, bin.observed]), hasMarks: true }],
    extra: `<path class="axis" stroke-dasharray="4 4" d="M${across(0)} ${up(0)}L${across(1)} ${up(1)}"/>`,
  });
}

export function sizePlot({ buckets }: Evaluation): Plot {
  const at = (index: number): number => (index + 0.5) / buckets.length;
  const line = (title: string, read: (bucket: Evaluation['buckets'][number]) => number | undefined): Line => ({
    title,
    hasMarks: true,
    points: buckets.flatMap((bucket, index) => {
      const value = read(bucket);
      return value === undefined ? [] : [[at(index), value] as const];
    }),
  });
  const told = (headPx: HeadRange, n: number, ap50: number | undefined, auc: number | undefined): string =>
    `${sizeText(headPx)}: n = ${n}, AP50 ${figure(ap50)}, AUC ${figure(auc)}`;
  return drawn({
    name: 'head-size',
    title: '按头部大小 / By head size',
    desc: buckets.map(({ headPx, n, ap50, auc }) => told(headPx, n, ap50, auc)).join('; '),
    empty: EMPTY,
    xTitle: '头部长边（原图像素）/ longer side of the head (px of the source)',
    yTitle: 'AP50, AUC (0–1)',
    xTicks: buckets.map(({ headPx, n }, index) => ({ at: at(index), text: sizeText(headPx), below: `n = ${n}` })),
    lines: [
      line('AP50, end to end (mean of helmet and bare head)', ({ ap50 }) => ap50),
      line('AUC, labelled boxes', ({ auc }) => auc),
    ],
  });
}

const figure = (value: number | undefined): string => value?.toFixed(3) ?? '–';

/** Points that moved by less than this share of an axis are not drawn. */
const LEAST_STEP = 0.002;

function curveLine(title: string, curve: readonly CurvePoint[]): Line {
  const points: (readonly [number, number])[] = [];
  for (const [index, { recall, precision }] of curve.entries()) {
    const [x, y] = points.at(-1) ?? [-1, -1];
    const hasMoved = Math.abs(recall - x) >= LEAST_STEP || Math.abs(precision - y) >= LEAST_STEP;
    if (hasMoved || index === curve.length - 1) points.push([recall, precision]);
  }
  return { title, points, hasMarks: points.length === 1 };
}
