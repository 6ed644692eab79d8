/** How long a sentence rests at its marks, for every voice that has no table of its own. Pure. */

/**
 * In milliseconds. Across a junction a house front answers after 100–250 ms (17–43 m away): a rest must outlast that
 * echo for the next word to begin in the clear. Longer than half a second sounds like the end.
 */
const PAUSE_MS: Readonly<Record<string, number>> = {
  '、': 180,
  '，': 280,
  '：': 320,
  '；': 320,
  '。': 450,
  '！': 450,
  '？': 450,
};
/** As typed on a Latin keyboard. */
const WIDE: Readonly<Record<string, string>> = { ',': '，', ':': '：', ';': '；', '.': '。', '!': '！', '?': '？' };

/** Everything a sentence may contain beside characters. */
export const MARK = /[、，：；。！？,.!?:;\s]/u;

/** To split a text by: what stands at odd places are the marks. */
export const MARKS = new RegExp(`(${MARK.source}+)`, 'u');

/** 0 for a space. */
function pauseMs(mark: string): number {
  return PAUSE_MS[WIDE[mark] ?? mark] ?? 0;
}

/** The longest rest among neighbouring marks: 「！」 after 「，」 is one rest, not two. */
export function longestPauseMs(marks: string): number {
  return Math.max(0, ...[...marks].map(pauseMs));
}
