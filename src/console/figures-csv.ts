/** The figures as a table for a spreadsheet (pure): UTF-8 with a mark, because Excel takes it for GBK without one. */
import type { Figures } from '../incident/rate';

const HEADER = [
  'group 分组',
  'key 项',
  'reminded 已提醒',
  'corrected 已戴',
  'not corrected 未戴',
  'unknown 不明',
  'rate % 纠正率',
];

export function figuresCsv({ total, by }: Figures): string {
  const groups = { total: { '': total }, ...by };
  const rows = Object.entries(groups).flatMap(([group, counts]) =>
    Object.entries(counts).map(([key, one]) => [
      group,
      key,
      ...[one.reminded, one.corrected, one.notCorrected, one.unknown].map(String),
      one.correctionRate === null ? '' : one.correctionRate.toFixed(2),
    ]),
  );
  return `\uFEFF${[HEADER, ...rows].map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

/** A spreadsheet runs what begins with = + - @: an apostrophe in front makes it text. */
function cell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
