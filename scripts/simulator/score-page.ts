/** The set's score as one HTML page with a picture of every mistake (pure); it needs nothing from the network. */
import { escaped } from '../../src/evaluation/markup';
import type { ClipScore, Mistake, MistakeKind } from '../../src/scoring/score';
import { summarise } from '../../src/scoring/summary';
import { scoreTable } from '../../src/scoring/table';

export interface PicturedMistake {
  readonly clip: string;
  readonly mistake: Mistake;
  /** Relative to the page. */
  readonly image: string;
}

const HEADINGS: Readonly<Record<MistakeKind, string>> = {
  wrong_prompt: '喊错人 Prompt to the wrong person',
  false_violation: '误判违规 False violation',
  missed: '漏判 Missed',
  wrong_outcome: '结果错误 Wrong outcome',
  unknown_outcome: '结果未知 Outcome unknown or missing',
  wrong_colour: '颜色说错 Wrong colour said',
  wrong_seat: '座位错误 Wrong seat',
};

const STYLE = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:82rem;padding:0 1rem}
pre{overflow-x:auto}table{border-collapse:collapse}td,th{padding:.15rem .6rem;text-align:right;border-bottom:1px solid #8884}td:first-child,th:first-child{text-align:left}
ul{list-style:none;padding:0;display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(24rem,1fr))}figure{margin:0}
figcaption{font-size:.85rem;overflow-wrap:anywhere}.shot{position:relative;display:block}.shot img{display:block;width:100%}
.shot i{position:absolute;border:2px solid #ffb000;outline:1px solid #000}.label{background:#ffb000;color:#000;padding:.1rem .5rem}`;

export function scorePage(clips: readonly ClipScore[], mistakes: readonly PicturedMistake[]): string {
  const kinds = (Object.keys(HEADINGS) as MistakeKind[]).filter((kind) =>
    mistakes.some(({ mistake }) => mistake.kind === kind),
  );
  const sections = kinds.map((kind) => {
    const own = mistakes.filter(({ mistake }) => mistake.kind === kind);
    return `<h2>${HEADINGS[kind]} (${own.length})</h2><ul>${own.map(figure).join('')}</ul>`;
  });
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Anqi score, simulated</title><style>${STYLE}</style>
<h1>Score of the scenario set <span class="label">SIMULATED 模拟</span></h1>
<p>Riders, street and pictures are computer-made; they hear what the service says and act on it. 画面由程序生成，不代表真实路口。</p>
<pre>${escaped(scoreTable(summarise(clips)))}</pre>
${sections.join('\n')}
<h2>场景 Scenarios</h2>${scenarioTable(clips)}</html>
`;
}

function figure({ clip, mistake: { atS, box, who, detail }, image }: PicturedMistake): string {
  const percent = (value: number): string => `${(value * 100).toFixed(2)}%`;
  const frame =
    box === null
      ? ''
      : `<i style="left:${percent(box.x)};top:${percent(box.y)};width:${percent(box.w)};height:${percent(box.h)}"></i>`;
  const words = `${clip}, ${atS.toFixed(1)} s, ${who}: ${detail}`;
  return `<li><figure><span class="shot"><img src="${escaped(image)}" alt="" loading="lazy">${frame}</span><figcaption>${escaped(words)}</figcaption></figure></li>`;
}

function scenarioTable(clips: readonly ClipScore[]): string {
  const rows = clips.map((clip) => {
    const { name, people, due, prompts, wrongPrompts, precision, recall, outcomes, unknown, idSwitches } = {
      ...summarise([clip]),
      name: clip.name,
    };
    const pair = ({ hits, trials }: { readonly hits: number; readonly trials: number }): string => `${hits}/${trials}`;
    const cells = [
      people,
      due,
      pair(precision),
      pair(recall),
      `${wrongPrompts}/${prompts}`,
      pair(outcomes),
      pair(unknown),
      idSwitches,
    ];
    return `<tr><td>${escaped(name)}</td>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const titles = [
    'scenario',
    'riders',
    'due',
    'violations right',
    'due found',
    'wrong prompts',
    'outcomes right',
    'unknown',
    'ID switches',
  ];
  return `<table><tr>${titles.map((title) => `<th>${title}</th>`).join('')}</tr>${rows.join('')}</table>`;
}
