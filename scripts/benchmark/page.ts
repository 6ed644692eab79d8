/** One HTML page of the benchmark (pure); it needs nothing from the network. */
import { escaped } from '../../src/evaluation/markup';
import { benchmarkPlots } from './plots';
import { htmlParts } from './report';
import { partsOf, type Results } from './rows';

const STYLE = `:root{color-scheme:light dark}body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:84rem;padding:0 1rem}
.plots{display:flex;flex-wrap:wrap;align-items:flex-start;gap:1rem}svg{max-width:100%;height:auto}.table{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem}
td,th{padding:.15rem .6rem;text-align:left;vertical-align:top;border-bottom:1px solid #8884}td:nth-child(2){text-align:right;font-variant-numeric:tabular-nums}
td:nth-child(-n+5){white-space:nowrap}tbody th{padding-top:1rem}.missed td:nth-child(5){font-weight:bold;color:#c00}@media (prefers-color-scheme:dark){.missed td:nth-child(5){color:#ff8080}}`;

/** @param about the machine and how it was measured, a sentence each */
export function benchmarkPage(results: Results, about: readonly string[]): string {
  return `<!DOCTYPE html>
<html lang="zh-CN">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<title>安骑：性能 / Anqi: speed</title>
<style>${STYLE}</style>
</head>
<body>
<h1>安骑：性能 <small lang="en">Anqi: speed</small></h1>
${about.map((line) => `<p lang="en">${escaped(line)}</p>`).join('\n')}
<div class="plots">
${benchmarkPlots(results)
  .map(({ svg }) => svg)
  .join('\n')}
</div>
<div class="table" lang="en">${htmlParts(partsOf(results))}</div>
</body>
</html>
`;
}
