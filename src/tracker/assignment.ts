/**
 * Minimum-cost assignment of rows to columns: Kuhn–Munkres with potentials, O(n²·m)
 * (R. Jonker, A. Volgenant, "A shortest augmenting path algorithm…", Computing 38, 1987).
 */

/**
 * Pairs rows with columns so that the summed cost is smallest; pairs dearer than `maxCost` are left out.
 * @param cost cost[row][column], every row of the same length
 * @returns pairs [row, column]; a row or column appears at most once
 */
export function assign(cost: readonly (readonly number[])[], maxCost: number): [number, number][] {
  const rows = cost.length;
  const columns = cost[0]?.length ?? 0;
  if (rows === 0 || columns === 0) return [];
  const isTransposed = rows > columns;
  const small = Math.min(rows, columns);
  const large = Math.max(rows, columns);
  // A forbidden pair costs more than any allowed matching, so it is only taken when nothing else is left.
  const forbidden = (maxCost + 1) * (small + 1);
  const costAt = (i: number, j: number): number => {
    const value = (isTransposed ? cost[j]?.[i] : cost[i]?.[j]) ?? forbidden;
    return value <= maxCost ? value : forbidden;
  };
  const rowOf = matchColumns(small, large, costAt);
  const pairs: [number, number][] = [];
  for (let j = 1; j <= large; j++) {
    const i = rowOf[j] ?? 0;
    if (i === 0 || costAt(i - 1, j - 1) >= forbidden) continue;
    pairs.push(isTransposed ? [j - 1, i - 1] : [i - 1, j - 1]);
  }
  return pairs;
}

/** For each column 1…large the row 1…small that takes it, 0 = free. */
function matchColumns(small: number, large: number, costAt: (i: number, j: number) => number): Int32Array {
  const u = new Float64Array(small + 1);
  const v = new Float64Array(large + 1);
  const rowOf = new Int32Array(large + 1);
  const way = new Int32Array(large + 1);
  for (let row = 1; row <= small; row++) {
    rowOf[0] = row;
    let column = 0;
    const slack = new Float64Array(large + 1).fill(Number.POSITIVE_INFINITY);
    const used = new Uint8Array(large + 1);
    do {
      used[column] = 1;
      const current = rowOf[column] ?? 0;
      let delta = Number.POSITIVE_INFINITY;
      let next = 0;
      for (let j = 1; j <= large; j++) {
        if (used[j] === 1) continue;
        const reduced = costAt(current - 1, j - 1) - (u[current] ?? 0) - (v[j] ?? 0);
        if (reduced < (slack[j] ?? 0)) {
          slack[j] = reduced;
          way[j] = column;
        }
        if ((slack[j] ?? 0) < delta) {
          delta = slack[j] ?? 0;
          next = j;
        }
      }
      for (let j = 0; j <= large; j++) {
        if (used[j] === 1) {
          const r = rowOf[j] ?? 0;
          u[r] = (u[r] ?? 0) + delta;
          v[j] = (v[j] ?? 0) - delta;
        } else {
          slack[j] = (slack[j] ?? 0) - delta;
        }
      }
      column = next;
    } while (rowOf[column] !== 0);
    while (column !== 0) {
      const before = way[column] ?? 0;
      rowOf[column] = rowOf[before] ?? 0;
      column = before;
    }
  }
  return rowOf;
}
