/**
 * One plot of lines as SVG text (pure). It stands alone, tells its content in title and desc, tells lines apart by dashes as
 * well as colour, and follows the reader's light or dark mode.
 */
import { escaped } from './markup';

export interface Plot {
  /** File name. */
  readonly name: string;
  readonly svg: string;
}

const WIDTH = 640;
/** With up to LEGENDS lines; every further one needs a row more. */
const HEIGHT = 470;
const LEGENDS = 3;
const LEGEND_HEIGHT = 20;
/** The square-ish area inside the axes. */
const AREA = { left: 70, top: 56, width: 540, height: 270 };
/** Okabe & Ito's colours, which the colour-blind tell apart; lighter ones on dark. */
const STYLE = `.plot{font:13px system-ui,sans-serif}.plot .paper{fill:#fff}.plot text{fill:#1a1a1a}.plot .quiet{fill:#555}
.plot .grid{stroke:#d9d9d9}.plot .axis{stroke:#555}.plot path,.plot line{fill:none;stroke-width:2}.plot .grid,.plot .axis{stroke-width:1}
.plot .s0{stroke:#0072b2}.plot .s1{stroke:#d55e00;stroke-dasharray:7 4}.plot .s2{stroke:#007a5a;stroke-dasharray:2 3}
.plot .s3{stroke:#aa3377;stroke-dasharray:9 3 2 3}.plot .s4{stroke:#6b6b00;stroke-dasharray:1 5}
.plot circle[class]{fill:#fff;stroke-width:2;stroke-dasharray:none}.plot .over{paint-order:stroke;stroke:#fff;stroke-width:4px}
@media (prefers-color-scheme:dark){.plot .paper{fill:#161616}.plot text{fill:#f0f0f0}.plot .quiet{fill:#b5b5b5}.plot .grid{stroke:#3a3a3a}
.plot .axis{stroke:#b5b5b5}.plot .s0{stroke:#56b4e9}.plot .s1{stroke:#f0a040}.plot .s2{stroke:#3fd0a5}
.plot .s3{stroke:#e59ac4}.plot .s4{stroke:#d9d35a}
.plot circle[class]{fill:#161616}.plot .over{stroke:#161616}}`;

/** 0–1 of an axis to a coordinate, to a tenth of a pixel. */
export const across = (share: number): string => (AREA.left + share * AREA.width).toFixed(1);
export const up = (share: number): string => (AREA.top + (1 - share) * AREA.height).toFixed(1);

export interface Line {
  readonly title: string;
  /** Share of the x axis and of the y axis. */
  readonly points: readonly (readonly [number, number])[];
  /** Few points carry marks. */
  readonly hasMarks: boolean;
}

interface Tick {
  /** Share of the axis. */
  readonly at: number;
  readonly text: string;
}

export interface Drawing {
  readonly name: string;
  readonly title: string;
  readonly desc: string;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xTicks: readonly (Tick & { readonly below?: string })[];
  /** A share in fifths unless given. */
  readonly yTicks?: readonly Tick[];
  readonly lines: readonly Line[];
  /** Said in the middle when no line has a point. */
  readonly empty: string;
  /** Drawn over the lines. */
  readonly extra?: string;
}

export const SHARE_TICKS: readonly Tick[] = [0, 0.2, 0.4, 0.6, 0.8, 1].map((at) => ({ at, text: at.toFixed(1) }));

export function drawn(drawing: Drawing): Plot {
  const { name, title, desc, xTitle, yTitle, xTicks, yTicks = SHARE_TICKS, lines, empty, extra = '' } = drawing;
  const height = HEIGHT + LEGEND_HEIGHT * Math.max(0, lines.length - LEGENDS);
  const middle = AREA.left + AREA.width / 2;
  const bottom = AREA.top + AREA.height;
  const centreY = AREA.top + AREA.height / 2;
  const isEmpty = lines.every(({ points }) => points.length === 0);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" class="plot" role="img" aria-labelledby="${name}-title ${name}-desc" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}">
<title id="${name}-title">${escaped(title)}</title>
<desc id="${name}-desc">${escaped(desc)}</desc>
<style>${STYLE}</style>
<rect class="paper" width="${WIDTH}" height="${height}"/>
<text x="${middle}" y="30" text-anchor="middle" font-size="17">${escaped(title)}</text>
${yAxis(yTicks)}
${xTicks.map(xTick).join('\n')}
<text x="${middle}" y="${bottom + 56}" text-anchor="middle">${escaped(xTitle)}</text>
<text transform="translate(20 ${centreY}) rotate(-90)" text-anchor="middle">${escaped(yTitle)}</text>
${isEmpty ? `<text class="quiet" x="${middle}" y="${centreY}" text-anchor="middle">${escaped(empty)}</text>` : lines.map(lineOf).join('\n') + extra}
${lines.map(legend).join('\n')}
</svg>
`;
  return { name: `${name}.svg`, svg };
}

function yAxis(ticks: readonly Tick[]): string {
  const left = across(0);
  const grid = ticks.map(
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
  const y = AREA.top + AREA.height + 80 + index * LEGEND_HEIGHT;
  return `<line class="s${index}" x1="${AREA.left}" x2="${AREA.left + 36}" y1="${y}" y2="${y}"/><text x="${AREA.left + 46}" y="${y + 4}">${escaped(title)}</text>`;
}
