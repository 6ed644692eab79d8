/** Assignment against the answer of trying everything. */
import fc from 'fast-check';
import { assign } from '../../src/tracker/assignment';

interface Answer {
  readonly pairs: number;
  readonly cost: number;
}

/** Most allowed pairs first, then the smallest sum: every possibility is tried. */
function best(
  cost: readonly (readonly number[])[],
  maxCost: number,
  row = 0,
  taken: ReadonlySet<number> = new Set(),
): Answer {
  const costs = cost[row];
  if (costs === undefined) return { pairs: 0, cost: 0 };
  let answer = best(cost, maxCost, row + 1, taken);
  costs.forEach((value, column) => {
    if (value > maxCost || taken.has(column)) return;
    const rest = best(cost, maxCost, row + 1, new Set([...taken, column]));
    const candidate = { pairs: rest.pairs + 1, cost: rest.cost + value };
    if (candidate.pairs > answer.pairs || (candidate.pairs === answer.pairs && candidate.cost < answer.cost))
      answer = candidate;
  });
  return answer;
}

const matrix = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 5 })).chain(([rows, columns]) =>
  fc.array(fc.array(fc.double({ min: 0, max: 2, noNaN: true }), { minLength: columns, maxLength: columns }), {
    minLength: rows,
    maxLength: rows,
  }),
);

it('pairs as many as allowed, as cheaply as trying every possibility', () => {
  fc.assert(
    fc.property(matrix, fc.double({ min: 0, max: 2, noNaN: true }), (cost, maxCost) => {
      const pairs = assign(cost, maxCost);
      expect(new Set(pairs.map(([row]) => row)).size).toBe(pairs.length);
      expect(new Set(pairs.map(([, column]) => column)).size).toBe(pairs.length);
      const values = pairs.map(([row, column]) => cost[row]?.[column] ?? Number.NaN);
      for (const value of values) expect(value).toBeLessThanOrEqual(maxCost);
      const wanted = best(cost, maxCost);
      expect(pairs).toHaveLength(wanted.pairs);
      expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(wanted.cost, 9);
    }),
    { numRuns: 400 },
  );
});

it('gives up the cheapest pair where that is cheaper for all', () => {
  const greedyCostsMore = [
    [1, 2],
    [2, 9],
  ];
  expect(assign(greedyCostsMore, 10).sort()).toEqual([
    [0, 1],
    [1, 0],
  ]);
});

it.each<[string, number[][]]>([
  ['nothing', []],
  ['rows without columns', [[], []]],
  ['only pairs that are too dear', [[3, 4]]],
  ['infinite and undefined costs', [[Number.POSITIVE_INFINITY, Number.NaN]]],
])('pairs none of %s', (_case, cost) => expect(assign(cost, 2)).toEqual([]));
