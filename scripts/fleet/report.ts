/** What a run found, as a table in Markdown (pure). */
import type { Delays } from './delays';
import type { FleetResult } from './run';
import { blows, MEAN_FACTOR } from './traffic';
import type { Taken } from './usage';

type Row = readonly [string, (result: FleetResult) => string];

const ROWS: readonly Row[] = [
  ['boxes; seconds', ({ boxes, seconds }) => `${boxes}; ${seconds}`],
  ['events made', ({ findings }) => count(findings.made + findings.unlogged)],
  ['acknowledged by the broker', ({ acknowledged }) => count(acknowledged)],
  ['received', ({ findings }) => count(findings.received)],
  ['**lost**', ({ findings }) => `**${findings.lost.length}**`],
  ['gaps left', ({ findings }) => count(findings.gaps)],
  ['numbers given twice', ({ findings }) => count(findings.givenTwice)],
  ['came again (handed over once)', ({ duplicates }) => count(duplicates)],
  ['delay in calm, p50 / p95 / p99 / max', ({ delays }) => delaysIn(delays.calm)],
  ['delay around a kill of the broker or the box, p50 / p95 / p99 / max', ({ delays }) => delaysIn(delays.kill)],
  ['delay of boxes cut off, p50 / p95 / p99 / max', ({ delays }) => delaysIn(delays.cut)],
  ['events in calm / around a kill / cut off', ({ delays }) => shares([delays.calm, delays.kill, delays.cut])],
  ['broker: cores, mean / busiest 10 s', ({ brokerTook }) => coresOf(brokerTook)],
  ['broker: memory at its highest', ({ brokerTook }) => mebi(brokerTook.peakBytes)],
  [
    'broker: written to disk per event',
    ({ brokerTook, findings }) => kilo(brokerTook.writtenBytes / findings.received),
  ],
  ['boxes per core of broker', ({ boxes, brokerTook }) => count(Math.round(boxes / brokerTook.cores))],
  ['box processes: cores, mean / busiest 10 s', ({ boxesTook }) => coresOf(boxesTook)],
  ['box processes: memory per box', ({ boxes, boxesTook }) => mebi(boxesTook.peakBytes / boxes)],
  ['platform: cores, mean / busiest 10 s', ({ platformTook }) => coresOf(platformTook)],
];

export function table(results: readonly FleetResult[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  const head = ['', ...results.map(({ broker }) => broker)];
  return [
    line(head),
    line(head.map((_, column) => (column === 0 ? '---' : '---:'))),
    ...ROWS.map(([title, cell]) => line([title, ...results.map(cell)])),
  ].join('\n');
}

export interface Plan {
  readonly seconds: number;
  readonly roundS: number;
  readonly perMinute: number;
}

/** What they did and what was done to them, in words. */
export function struck(plan: Plan): string {
  const all = blows(plan);
  const times = (what: string) => all.filter((blow) => blow.what === what).length;
  const rate = (plan.perMinute * MEAN_FACTOR).toFixed(2);
  return `${rate} incidents a minute and box on average; ${times('kill_broker')} SIGKILLs of a broker node, ${times('kill_boxes')} of a process of boxes, ${times('cut')} times a tenth of the boxes cut off`;
}

function count(value: number): string {
  return value.toLocaleString('en-US');
}

function shares(all: readonly Delays[]): string {
  const total = all.reduce((sum, one) => sum + one.count, 0);
  return all.map((one) => `${((one.count / total) * 100).toFixed(0)} %`).join(' / ');
}

function delaysIn({ p50, p95, p99, max }: Delays): string {
  return [p50, p95, p99, max].map((ms) => (ms < 1_000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`)).join(' / ');
}

function coresOf({ cores, peakCores }: Taken): string {
  return `${cores.toFixed(3)} / ${peakCores.toFixed(2)}`;
}

function mebi(bytes: number): string {
  const value = bytes / 1024 / 1024;
  return `${value.toFixed(value < 10 ? 1 : 0)} MiB`;
}

function kilo(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
