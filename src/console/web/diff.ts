/** What a save would change, line by line (pure): the longest common run of lines stays, the rest goes or comes. */
export interface DiffLine {
  readonly kind: 'same' | 'gone' | 'new';
  readonly text: string;
}

/** Longer texts are compared from their first difference to their last, which is quick enough for any configuration. */
export function diffLines(before: string, after: string): readonly DiffLine[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const same = (text: string): DiffLine => ({ kind: 'same', text });
  const middle = changed(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return [...a.slice(0, head).map(same), ...middle, ...a.slice(a.length - tail).map(same)];
}

function changed(a: readonly string[], b: readonly string[]): DiffLine[] {
  // common[i][j]: length of the longest common run of a from i and b from j.
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  const at = (i: number, j: number): number => common[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i--) {
    const row = common[i];
    if (row === undefined) continue;
    for (let j = b.length - 1; j >= 0; j--)
      row[j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    const [mine, other] = [a[i], b[j]];
    if (mine !== undefined && mine === other) {
      lines.push({ kind: 'same', text: mine });
      i += 1;
      j += 1;
    } else if (other !== undefined && (mine === undefined || at(i, j + 1) > at(i + 1, j))) {
      lines.push({ kind: 'new', text: other });
      j += 1;
    } else if (mine !== undefined) {
      lines.push({ kind: 'gone', text: mine });
      i += 1;
    }
  }
  return lines;
}

/** Changed lines with so many unchanged ones around them; null = some were left out. */
export function hunks(lines: readonly DiffLine[], around = 2): readonly (DiffLine | null)[] {
  const isNear = (index: number): boolean =>
    lines.slice(Math.max(0, index - around), index + around + 1).some(({ kind }) => kind !== 'same');
  return lines.flatMap((line, index) => {
    if (isNear(index)) return [line];
    return index > 0 && isNear(index - 1) ? [null] : [];
  });
}
