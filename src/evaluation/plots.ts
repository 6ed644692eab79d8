/**
 * Plots as SVG text (pure): precision–recall, calibration, and quality by head size. Each stands alone, tells its content in
 * title and desc, tells lines apart by dashes as well as colour, and follows the reader's light or dark mode.
 */
import { headsIn } from './classified';
import type { HeadRange } from './found';
import { escaped } from './markup';
import type { Evaluation } from './metrics';
import type { CurvePoint } from './statistics';
import { sizeText } from './table';

export interface Plot {
  /** File name. */
  readonly name: string;
  readonly svg: string;
}

export function plots(evaluation: Evaluation): readonly Plot[] {
  return [precisionRecallPlot(evaluation), calibrationPlot(evaluation), sizePlot(evaluation)];
}

const WIDTH = 640;
const HEIGHT = 470;
/** The square-ish area inside the axes. */
const AREA = { left: 70, top: 56, width: 540, height: 270 };
/** Okabe & Ito's colours, which the colour-blind tell apart; lighter ones on dark. */
const STYLE = `.plot{font:13px system-ui,sans-serif}.plot .paper{fill:#fff}.plot text{fill:#1a1a1a}.plot .quiet{fill:#555}
.plot .grid{stroke:#d9d9d9}.plot .axis{stroke:#555}.plot path,.plot line{fill:none;stroke-width:2}.plot .grid,.plot .axis{stroke-width:1}
.plot .s0{stroke:#0072b2}.plot .s1{stroke:#d55e00;stroke-dasharray:7 4}.plot .s2{stroke:#007a5a;stroke-dasharray:2 3}
.plot circle[class]{fill:#fff;stroke-width:2;stroke-dasharray:none}.plot .over{paint-order:stroke;stroke:#fff;stroke-width:4px}
@media (prefers-color-scheme:dark){.plot .paper{fill:#161616}.plot text{fill:#f0f0f0}.plot .quiet{fill:#b5b5b5}.plot .grid{stroke:#3a3a3a}
.plot .axis{stroke:#b5b5b5}.plot .s0{stroke:#56b4e9}.plot .s1{stroke:#f0a040}.plot .s2{stroke:#3fd0a5}
.plot circle[class]{fill:#161616}.plot .over{stroke:#161616}}`;

/** 0–1 of an axis to a coordinate, to a tenth of a pixel. */
const across = (share: number): string => (AREA.left + share * AREA.width).toFixed(1);
const up = (share: number): string => (AREA.top + (1 - share) * AREA.height).toFixed(1);

interface Line {
  readonly title: string;
  /** Share of the x axis and of the y axis. */
  readonly points: readonly (readonly [number, number])[];
  /** Few points carry marks. */
  readonly hasMarks: boolean;
}

interface Drawing {
  readonly name: string;
  readonly title: string;
  readonly desc: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xTicks: readonly { readonly at: number; readonly text: string; readonly below?: string }[];
  readonly lines: readonly Line[];
  /** Drawn over the lines. */
  readonly extra?: string;
}

const SHARE_TICKS = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => ({ at, text: at.toFixed(1) }));

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

function drawn({ name, title, desc, xTitle, yTitle, xTicks, lines, extra = '' }: Drawing): Plot {
  const middle = AREA.left + AREA.width / 2;
  const bottom = AREA.top + AREA.height;
  const centreY = AREA.top + AREA.height / 2;
  const isEmpty = lines.every(({ points }) => points.length === 0);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" aria-labelledby="${name}-title ${name}-desc" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}">
<title id="${name}-title">${escaped(title)}</title>
<desc id="${name}-desc">${escaped(desc)}</desc>
<style>${STYLE}</style>
<rect class="paper" width="${WIDTH}" height="${HEIGHT}"/>
<text x="${middle}" y="30" text-anchor="middle" font-size="17">${escaped(title)}</text>
${yAxis()}
${xTicks.map(xTick).join('\n')}
<text x="${middle}" y="${bottom + 56}" text-anchor="middle">${escaped(xTitle)}</text>
<text transform="translate(20 ${centreY}) rotate(-90)" text-anchor="middle">${escaped(yTitle)}</text>
${isEmpty ? `<text class="quiet" x="${middle}" y="${centreY}" text-anchor="middle">没有可评的标注 / nothing labelled to judge by</text>` : lines.map(lineOf).join('\n') + extra}
${lines.map(legend).join('\n')}
</svg>
`;
  return { name: `${name}.svg`, svg };
}

function yAxis(): string {
  const left = across(0);
  const grid = SHARE_TICKS.map(
    ({ at, text }) =>
      `<line class="grid" x1="${left}" x2="${across(1)}" y1="${up(at)}" y2="${up(at)}"/><text x="${AREA.left - 8}" y="${Number(up(at)) + 4}" text-anchor="end">${text}</text>`,
  );
  return `${grid.join('\n')}\n<path class="axis" d="M${left} ${up(1)}V${up(0)}H${across(1)}"/>`;
}

function xTick({ at, text, below = '' }: Drawing['xTicks'][number]): string {
  const y = AREA.top + AREA.height;
  return `<text x="${across(at)}" y="${y + 18}" text-anchor="middle">${escaped(text)}</text><text class="quiet" x="${across(at)}" y="${y + 35}" text-anchor="middle" font-size="11">${escaped(below)}</text>`;
}

function lineOf({ points, hasMarks }: Line, index: number): string {
  if (points.length === 0) return '';
  const path = points.map(([x, y]) => `${across(x)} ${up(y)}`).join('L');
  const marks = points.map(([x, y]) => `<circle class="s${index}" cx="${across(x)}" cy="${up(y)}" r="4"/>`).join('');
  return `<path class="s${index}" d="M${path}"/>${hasMarks ? marks : ''}`;
}

function legend({ title }: Line, index: number): string {
  const y = AREA.top + AREA.height + 80 + index * 20;
  return `<line class="s${index}" x1="${AREA.left}" x2="${AREA.left + 36}" y1="${y}" y2="${y}"/><text x="${AREA.left + 46}" y="${y + 4}">${escaped(title)}</text>`;
}
