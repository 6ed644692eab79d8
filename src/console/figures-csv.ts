/** The figures as a table for a spreadsheet (pure): UTF-8 with a mark, because Excel takes it for GBK without one. */
import { type Counts, type Dimension, type Figures, listed } from '../incident/rate';

const HEADER = [
  'group 分组',
  'key 项',
  'reminded 已提醒',
  'corrected 已戴',
  'not corrected 未戴',
  'unknown 不明',
  'rate % 纠正率',
];

const DIMENSIONS: readonly Dimension[] = ['camera', 'day', 'hour', 'seat', 'language', 'prompt'];

export function figuresCsv({ total, by }: Figures): string {
  const rows = DIMENSIONS.flatMap((dimension) =>
    listed(dimension, by[dimension]).map(([key, one]) => rowOf(dimension, key, one)),
  );
  return `\uFEFF${[HEADER, rowOf('total', '', total), ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

function rowOf(group: string, key: string, one: Counts): string[] {
  const people = [one.reminded, one.corrected, one.notCorrected, one.unknown].map(String);
  return [group, key, ...people, one.correctionRate === null ? '' : one.correctionRate.toFixed(2)];
}

/** A spreadsheet runs what begins with = + - @: an apostrophe in front makes it text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
