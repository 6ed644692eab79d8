/** Figures beside their targets, as a table of text, Markdown or HTML (pure). */
import { escaped } from '../../src/evaluation/markup';

export interface Row {
  readonly name: string;
  readonly value: number | null;
  readonly unit: string;
  /** Null where the figure has none. */
  readonly target: string | null;
  /** Null where there is no target, or nothing to judge it by. */
  readonly isMet: boolean | null;
  readonly note?: string;
}

/** Rows that belong together, under a heading. */
export interface Part {
  readonly title: string;
  readonly rows: readonly Row[];
}

export function figure(name: string, value: number, unit: string, note?: string): Row {
  return { name, value, unit, target: null, isMet: null, ...(note === undefined ? {} : { note }) };
}

interface Limit {
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
  readonly tolerance?: number;
  readonly note?: string;
}

export function limit(name: string, value: number, { unit, atMost, atLeast, tolerance = 0, note }: Limit): Row {
  const isMet = value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity) - tolerance;
  const target = atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`;
  return { name, value, unit, target, isMet, ...(note === undefined ? {} : { note }) };
}

const HEADER = ['figure', 'measured', 'unit', 'target', '', ''];

function cellsOf({ name, value, unit, target, isMet, note }: Row): string[] {
  const verdict = isMet === null ? '' : isMet ? 'met' : 'NOT MET';
  return [name, textOf(value), unit, target ?? '', verdict, note ?? ''];
}

function textOf(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return '–';
  return value.toFixed(Math.abs(value) < 10 ? 2 : 1);
}

/** Plain text, one line a figure. */
export function formatRows(rows: readonly Row[]): string {
  return formatParts([{ title: '', rows }]);
}

/** One table of plain text, a line a figure, each part under its title. */
export function formatParts(parts: readonly Part[]): string {
  const all = [HEADER, ...parts.flatMap(({ rows }) => rows.map(cellsOf))];
  const widths = HEADER.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, i) => (i === 1 ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  const body = parts.flatMap(({ title, rows }) => [
    ...(title === '' ? [] : ['', title]),
    ...rows.map((row) => line(cellsOf(row))),
  ]);
  return [line(HEADER), ...body].join('\n');
}

/** The same as one Markdown table, titles in bold. */
export function markdownParts(parts: readonly Part[]): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const cells = (one: Row): string[] => {
    const [name = '', value = '', unit = '', target = '', verdict = '', note = ''] = cellsOf(one);
    return [name.trim(), `${value} ${unit}`.trim(), target, verdict === 'NOT MET' ? '**not met**' : verdict, note];
  };
  const lines = parts.flatMap(({ title, rows }) => [
    row([`**${title}**`, '', '', '', '']),
    ...rows.map(cells).map(row),
  ]);
  return [row(['figure', 'measured', 'target', '', '']), '|---|---|---|---|---|', ...lines].join('\n');
}

export function htmlParts(parts: readonly Part[]): string {
  const body = parts.map(({ title, rows }) => {
    const head = `<tbody><tr><th colspan="6" scope="rowgroup">${escaped(title)}</th></tr>`;
    const lines = rows.map((row) => {
      const cells = cellsOf(row).map((cell) => `<td>${escaped(cell)}</td>`);
      return `<tr${row.isMet === false ? ' class="missed"' : ''}>${cells.join('')}</tr>`;
    });
    return `${head}${lines.join('\n')}</tbody>`;
  });
  const header = HEADER.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('');
  return `<table><thead><tr>${header}</tr></thead>${body.join('\n')}</table>`;
}

const MARKS = ['<!-- measured -->', '<!-- /measured -->'] as const;

/** @returns `text` with `measured` between its marks instead of what was there; Error when it has none */
export function withMeasured(text: string, measured: string): string {
  const [from, until] = [text.indexOf(MARKS[0]), text.indexOf(MARKS[1])];
  if (from < 0 || until < from) throw new Error(`has no lines ${MARKS[0]} and ${MARKS[1]} to write between`);
  return `${text.slice(0, from + MARKS[0].length)}\n${measured}\n${text.slice(until)}`;
}
