/**
 * One HTML page of the evaluation (pure): table, plots and every error as a picture. It needs nothing from the network; the
 * pictures are crops that lie beside it once the caller has cut them.
 */
import { expand } from '../geometry';
import { longerSidePx } from './found';
import type { JudgedPicture, PixelBox } from './judged';
import { escaped } from './markup';
import type { Evaluation } from './metrics';
import { MISTAKE_KINDS, type Mistake, type MistakeKind, mistakesIn } from './mistakes';
import { plots } from './plots';
import { table } from './table';

export interface Crop {
  /** As in the judged picture. */
  readonly file: string;
  /** Whole pixels inside the picture, as sharp's extract takes them. */
  readonly rect: { readonly left: number; readonly top: number; readonly width: number; readonly height: number };
  /** Path relative to the page: `crops/….jpg`. */
  readonly imageName: string;
}

export interface Page {
  readonly html: string;
  readonly crops: readonly Crop[];
}

/** Of each kind, so that the page and its crops (nine kinds: 1,980) stay bounded and no kind crowds out another. */
const MOST_PER_KIND = 220;
/** Room on each side of the box, as a share of it: enough to see who it is of. */
const MARGIN = 0.75;
/** Smaller crops are widened to this. */
const LEAST_CROP_PX = 64;

const HEADINGS: Readonly<Record<MistakeKind, readonly [chinese: string, english: string]>> = {
  wrong_address: ['会误喊的人或物（端到端，单次观察）', 'Would be addressed wrongly (end to end, single look)'],
  helmet_called_bare: ['戴了头盔，判为未戴（标注框）', 'Helmet called bare (labelled box)'],
  bare_called_worn: ['未戴头盔，判为已戴（标注框）', 'Bare head called worn (labelled box)'],
  false_group: ['误检的骑行者', 'False rider group'],
  bare_unknown: ['未戴头盔，未能判定（标注框）', 'Bare head left unknown (labelled box)'],
  bare_not_found: ['未戴头盔，未找到头部', 'Bare head not found'],
  helmet_unknown: ['戴了头盔，未能判定（标注框）', 'Helmet left unknown (labelled box)'],
  helmet_not_found: ['戴了头盔，未找到头部', 'Helmet not found'],
  rider_not_found: ['未找到的骑行者', 'Rider not found'],
};

const STYLE = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:76rem;padding:0 1rem}
pre{overflow-x:auto}svg{max-width:100%;height:auto}ul{list-style:none;padding:0;display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(11rem,1fr))}
figure{margin:0}figcaption{font-size:.8rem;overflow-wrap:anywhere}.crop{position:relative;display:block}.crop img{display:block;width:100%;height:100%}
.crop i{position:absolute;border:2px solid #ffb000;outline:1px solid #000}`;

export function page(pictures: readonly JudgedPicture[], evaluation: Evaluation): Page {
  const mistakes = mistakesIn(pictures, evaluation.thresholds);
  const crops: Crop[] = [];
  const sections = MISTAKE_KINDS.map((kind) => {
    const own = mistakes.filter((mistake) => mistake.kind === kind);
    const shown = own.slice(0, MOST_PER_KIND).map((mistake, index) => ({ mistake, crop: cropOf(mistake, index) }));
    crops.push(...shown.map(({ crop }) => crop));
    return section(kind, { all: own.length, figures: shown.map(({ mistake, crop }) => figure(mistake, crop)) });
  });
  const html = `<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>安骑：模型评测 / Anqi: evaluation of the models</title>
<style>${STYLE}</style>
</head>
<body>
<h1>安骑：模型评测 <small lang="en">Anqi: evaluation of the models</small></h1>
<pre lang="en">${escaped(table(evaluation))}</pre>
${plots(evaluation)
  .map(({ svg }) => svg)
  .join('')}
${sections.join('\n')}
</body>
</html>
`;
  return { html, crops };
}

function section(kind: MistakeKind, of: { readonly all: number; readonly figures: readonly string[] }): string {
  const [chinese, english] = HEADINGS[kind];
  const missing = of.all - of.figures.length;
  const note =
    missing === 0 ? '' : `<p>另有 ${missing} 个未列出 / <span lang="en">${missing} more are left out</span></p>`;
  const list =
    of.figures.length === 0 ? '<p>无 / <span lang="en">none</span></p>' : `<ul>${of.figures.join('\n')}</ul>`;
  return `<section id="${kind}"><h2>${chinese} <small lang="en">${english}</small> (${of.all})</h2>${list}${note}</section>`;
}

function cropOf({ kind, picture, box }: Mistake, index: number): Crop {
  const number = String(index + 1).padStart(3, '0');
  return {
    file: picture.file,
    rect: rectAround(box, picture),
    imageName: `crops/${kind.replaceAll('_', '-')}-${number}.jpg`,
  };
}

/** The box with its surroundings, as much of it as the picture holds: at least one pixel, whatever the label says. */
export function rectAround(box: PixelBox, { widthPx, heightPx }: JudgedPicture): Crop['rect'] {
  const wide = expand(box, MARGIN);
  const [left, width] = span(wide.x, wide.w, widthPx);
  const [top, height] = span(wide.y, wide.h, heightPx);
  return { left, top, width, height };
}

function span(start: number, length: number, limit: number): readonly [number, number] {
  const widened = Math.max(length, LEAST_CROP_PX);
  const from = start - (widened - length) / 2;
  const first = Math.min(limit - 1, Math.max(0, Math.floor(from)));
  const end = Math.max(first + 1, Math.min(limit, Math.ceil(from + widened)));
  return [first, end - first];
}

function figure(mistake: Mistake, { rect, imageName }: Crop): string {
  const { picture, box } = mistake;
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)}%`;
  const frame = [
    `left:${percent(box.x - rect.left, rect.width)}`,
    `top:${percent(box.y - rect.top, rect.height)}`,
    `width:${percent(box.w, rect.width)}`,
    `height:${percent(box.h, rect.height)}`,
  ].join(';');
  return `<li><figure><span class="crop" style="aspect-ratio:${rect.width}/${rect.height}"><img src="${escaped(imageName)}" alt="${escaped(HEADINGS[mistake.kind].join(' / '))}" loading="lazy"/><i style="${frame}"></i></span><figcaption>${facts(mistake).map(escaped).join('<br/>')}<br/>${escaped(picture.file)}</figcaption></figure></li>`;
}

/** Probabilities and scores, size, and what the label tells. */
function facts({ confidence, probabilities: p, groupScore, headScore, box, label }: Mistake): readonly string[] {
  const said =
    p !== undefined
      ? [`bare ${p.bare.toFixed(2)} · worn ${p.worn.toFixed(2)} · unreadable ${p.unreadable.toFixed(2)}`]
      : confidence !== null
        ? [`score ${confidence.toFixed(2)}`]
        : [];
  const scores =
    groupScore === undefined || headScore === undefined
      ? []
      : [`group ${groupScore.toFixed(2)} · head ${headScore.toFixed(2)}`];
  const kind = [label?.category, label?.sub, label?.source].filter((part) => part !== undefined);
  return [...said, ...scores, [`${Math.round(longerSidePx(box))} px`, ...kind].join(' · ')];
}
