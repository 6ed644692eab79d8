/** The measured prompts as a page of Markdown. Pure. */
import { MAX_TRUE_PEAK_DBTP, TARGET_LUFS, TOLERANCE_LU } from '../../src/announcer/sound/levelling';
import { isWithinLimits, type Measures } from './measure';
import type { Row } from './render';
import { slotWords } from './sentences';

/** `program`: who spoke, with its version. */
export function promptTable(rows: readonly Row[], program: string): string {
  return `# Every prompt, measured

[Back to the voices](README.md). Made by \`scripts/prompts\` with ${program}; do not edit. Lengths in seconds; clipped = samples at full
scale; rest = the longest stretch below −60 dBFS. Without slots the neutral sentence is said.

${summary(rows)}

| lang | phrase | slots | text | voice | length | LUFS | dBTP | clipped | rest |
|---|---|---|---|---|--:|--:|--:|--:|--:|
${rows.map(line).join('\n')}
`;
}

/** One line: how many, how far apart, and how many are as they must be. */
export function summary(rows: readonly Row[]): string {
  const measures = rows.map((row) => row.measures);
  const within = measures.filter(isWithinLimits).length;
  return [
    `${rows.length} sentences, ${within} within ${number(TARGET_LUFS, 0)} ± ${TOLERANCE_LU} LUFS and at most ${number(MAX_TRUE_PEAK_DBTP, 0)} dBTP without clipping`,
    `${range(measures, (each) => each.lengthMs / 1000, 2)} s`,
    `${range(measures, (each) => each.lufs, 2)} LUFS`,
    `${range(measures, (each) => each.dbtp, 2)} dBTP`,
    `longest rest ${range(measures, (each) => each.silenceMs / 1000, 2)} s`,
  ].join('; ');
}

function line({ lang, phraseId, slots, text, voice, measures }: Row): string {
  const { lengthMs, lufs, dbtp, clipped, silenceMs } = measures;
  const figures = [number(lengthMs / 1000, 2), number(lufs, 2), number(dbtp, 2), clipped, number(silenceMs / 1000, 2)];
  return `| ${[lang, phraseId, slotWords(slots), text, voice, ...figures].join(' | ')} |`;
}

function range(measures: readonly Measures[], of: (measures: Measures) => number, digits: number): string {
  const values = measures.map(of);
  return `${number(Math.min(...values), digits)} to ${number(Math.max(...values), digits)}`;
}

function number(value: number, digits: number): string {
  return value.toFixed(digits).replace('-', '−');
}
