/** The counts as a table and as totals (pure). */
import { basename } from 'node:path';
import type { FilmCount } from './film';

export interface Totals {
  readonly frames: number;
  readonly looksWrong: number;
  readonly looksWrongPer1000: number;
  readonly votedWrong: number;
  readonly votedWrongPer1000: number;
  readonly bareRiders: number;
  readonly addressed: number;
}

export function totals(counts: readonly FilmCount[]): Totals {
  const sum = (of: (count: FilmCount) => number): number => counts.reduce((total, one) => total + of(one), 0);
  const frames = sum((one) => one.frames);
  const [looksWrong, votedWrong] = [sum((one) => one.wrongLooks), sum((one) => one.wrongVoted.length)];
  const per1000 = (count: number): number => Math.round((10_000 * count) / Math.max(1, frames)) / 10;
  return {
    frames,
    ...{ looksWrong, looksWrongPer1000: per1000(looksWrong), votedWrong, votedWrongPer1000: per1000(votedWrong) },
    bareRiders: sum((one) => one.bareRiders),
    addressed: sum((one) => one.addressed),
  };
}

export function table(counts: readonly FilmCount[]): string {
  const rows = counts.map((one) => rowOf(basename(one.film), totals([one])));
  const places = counts.flatMap(({ film, wrongVoted }) =>
    wrongVoted.map(
      ({ atS, trackId }) => `${basename(film)}: wrongly spoken to at ${atS.toFixed(1)} s, track ${trackId}`,
    ),
  );
  const head =
    '| film | frames | single looks wrong | per 1,000 | spoken to wrongly | per 1,000 | bare riders spoken to |';
  return [head, '|---|---|---|---|---|---|---|', ...rows, rowOf('all', totals(counts)), ...places].join('\n');
}

function rowOf(name: string, { frames, bareRiders, addressed, ...wrong }: Totals): string {
  const { looksWrong, looksWrongPer1000, votedWrong, votedWrongPer1000 } = wrong;
  const cells = [
    name,
    frames,
    looksWrong,
    looksWrongPer1000,
    votedWrong,
    votedWrongPer1000,
    `${addressed} of ${bareRiders}`,
  ];
  return `| ${cells.join(' | ')} |`;
}
