/** Curves, areas, intervals and calibration against values worked out by hand. */
import fc from 'fast-check';
import {
  auc,
  averagePrecision,
  type Outcome,
  precisionRecall,
  reliability,
  wilson,
} from '../../../src/evaluation/statistics';

/** `+` right, `-` wrong, by falling score; `=` joins the next to the score of the one before. */
function outcomes(pattern: string): readonly Outcome[] {
  let score = 1;
  const found: Outcome[] = [];
  let isTied = false;
  for (const sign of pattern) {
    if (sign === '=') {
      isTied = true;
      continue;
    }
    if (!isTied) score /= 2;
    isTied = false;
    found.push({ score, isHit: sign === '+' });
  }
  return found;
}

const apOf = (pattern: string, positives: number): number =>
  averagePrecision(precisionRecall(outcomes(pattern), positives));

describe('average precision', () => {
  it.each<{ readonly pattern: string; readonly positives: number; readonly ap: number; readonly why: string }>([
    { pattern: '++', positives: 2, ap: 1, why: 'all right' },
    { pattern: '++--', positives: 2, ap: 1, why: 'what comes after the last right one costs nothing' },
    { pattern: '-', positives: 1, ap: 0, why: 'nothing right' },
    { pattern: '', positives: 3, ap: 0, why: 'nothing found' },
    { pattern: '+', positives: 4, ap: 1 / 4, why: 'recall ends at a quarter' },
    { pattern: '-+', positives: 1, ap: 1 / 2, why: 'precision ½ over all of recall' },
    { pattern: '+-+', positives: 2, ap: 1 / 2 + (1 / 2) * (2 / 3), why: '1 up to recall ½, then ⅔' },
    {
      pattern: '+--++',
      positives: 3,
      ap: 1 / 3 + (1 / 3) * (3 / 5) + (1 / 3) * (3 / 5),
      why: 'the second right one has precision ½, but ⅗ is reached beyond it',
    },
    { pattern: '+=-', positives: 1, ap: 1 / 2, why: 'right and wrong of one score come together' },
    { pattern: '-=+', positives: 1, ap: 1 / 2, why: 'in either order' },
  ])('$pattern of $positives: $why', ({ pattern, positives, ap }) => {
    expect(apOf(pattern, positives)).toBeCloseTo(ap, 12);
  });

  it('has no curve where there is nothing to find', () => expect(precisionRecall(outcomes('--'), 0)).toEqual([]));

  const found = fc.array(fc.record({ score: fc.constantFrom(0.1, 0.2, 0.5, 0.9), isHit: fc.boolean() }));

  it('stays within 0 and 1, whatever is found in whatever order', () => {
    fc.assert(
      fc.property(found, fc.nat(5), (list, missed) => {
        const positives = list.filter(({ isHit }) => isHit).length + missed;
        const ap = averagePrecision(precisionRecall(list, positives));
        expect(ap).toBeGreaterThanOrEqual(0);
        expect(ap).toBeLessThanOrEqual(1);
        expect(averagePrecision(precisionRecall(list.toReversed(), positives))).toBe(ap);
      }),
    );
  });

  it('is the mean, over the things to find, of the best precision at which that many are found', () => {
    fc.assert(
      fc.property(found, fc.nat(5), (list, missed) => {
        const positives = list.filter(({ isHit }) => isHit).length + missed;
        const curve = precisionRecall(list, positives);
        const best = Array.from({ length: positives }, (_, k) =>
          Math.max(0, ...curve.filter(({ recall }) => recall * positives > k + 0.5).map(({ precision }) => precision)),
        );
        const mean = positives === 0 ? 0 : best.reduce((sum, precision) => sum + precision, 0) / positives;
        expect(averagePrecision(curve)).toBeCloseTo(mean, 12);
      }),
    );
  });

  it('keeps recall from falling as the score does', () => {
    fc.assert(
      fc.property(found, (list) => {
        const curve = precisionRecall(list, list.length + 1);
        for (const [index, point] of curve.slice(1).entries()) {
          expect(point.recall).toBeGreaterThanOrEqual(curve[index]?.recall ?? 0);
          expect(point.score).toBeLessThan(curve[index]?.score ?? 0);
        }
      }),
    );
  });
});

describe('the area under the ROC curve', () => {
  it.each<[string, readonly number[], readonly number[], number | undefined]>([
    ['1 when every positive is above every negative', [0.8, 0.9], [0.1, 0.2], 1],
    ['0 when every positive is below', [0.1], [0.5, 0.9], 0],
    ['½ when all are the same', [0.5, 0.5], [0.5, 0.5, 0.5], 1 / 2],
    ['a tie counted half: (1 + ½) of 2 pairs', [0.5], [0.5, 0.1], 3 / 4],
    // 0.9 beats both; 0.4 beats 0.1 and ties 0.4; 0.1 ties 0.1 and loses to 0.4.
    ['3 × 2 pairs: (2 + 1½ + ½) of 6', [0.9, 0.4, 0.1], [0.4, 0.1], 4 / 6],
    ['undefined without positives', [], [0.5], undefined],
    ['undefined without negatives', [0.5], [], undefined],
  ])('is %s', (_case, positives, negatives, expected) => {
    if (expected === undefined) expect(auc(positives, negatives)).toBeUndefined();
    else expect(auc(positives, negatives)).toBeCloseTo(expected, 12);
  });

  const levels = fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1 });

  it('equals the share of pairs in the right order', () => {
    fc.assert(
      fc.property(levels, levels, (positives, negatives) => {
        const pairs = positives.flatMap((p) => negatives.map((n): number => (p > n ? 1 : p === n ? 0.5 : 0)));
        expect(auc(positives, negatives)).toBeCloseTo(pairs.reduce((a, b) => a + b, 0) / pairs.length, 12);
      }),
    );
  });

  it('knows order only: a rising map changes nothing, swapping the classes mirrors it', () => {
    fc.assert(
      fc.property(levels, levels, (positives, negatives) => {
        const rising = (score: number): number => Math.exp(score) - 7;
        const plain = auc(positives, negatives) ?? Number.NaN;
        expect(auc(positives.map(rising), negatives.map(rising))).toBe(plain);
        expect(auc(negatives, positives)).toBeCloseTo(1 - plain, 12);
      }),
    );
  });
});

describe('the 95 % interval of a share', () => {
  // With Z² = 3.84146: the middle is (p + Z²/2n) ⁄ (1 + Z²/n).
  it('of 5 in 10 is .2366 to .7634', () => {
    const [low, high] = wilson(5, 10) ?? [];
    expect(low).toBeCloseTo(0.2366, 4);
    expect(high).toBeCloseTo(0.7634, 4);
  });

  // At p = 1 the lower end is 1 ⁄ (1 + Z²/n) = 10 ⁄ 13.84146.
  it('of 10 in 10 does not pretend to certainty', () => {
    const [low, high] = wilson(10, 10) ?? [];
    expect(low).toBeCloseTo(10 / 13.84146, 5);
    expect(high).toBeCloseTo(1, 12);
  });

  it('of none is undefined', () => expect(wilson(0, 0)).toBeUndefined());
});

describe('calibration', () => {
  it('of 20 predictions lies in ten bins of two', () => {
    const { bins, ece } = reliability(Array.from({ length: 20 }, (_, i) => ({ score: i / 20, isHit: i >= 10 })));
    expect(bins).toHaveLength(10);
    expect(bins[0]).toEqual({ from: 0, to: 0.05, n: 2, meanPredicted: 0.025, observed: 0 });
    expect(bins[9]).toEqual({ from: 0.9, to: 0.95, n: 2, meanPredicted: expect.closeTo(0.925, 12), observed: 1 });
    // Gaps of the lower bins .025 .125 .225 .325 .425, of the upper .475 .375 .275 .175 .075: 2.5 in all, a tenth each.
    expect(ece).toBeCloseTo(0.25, 12);
  });

  it('is perfect where half of the things said at ½ come true', () => {
    expect(reliability(Array.from({ length: 40 }, (_, i) => ({ score: 0.5, isHit: i % 2 === 0 })))).toEqual({
      bins: [{ from: 0.5, to: 0.5, n: 40, meanPredicted: 0.5, observed: 0.5 }],
      ece: 0,
    });
  });

  it('leaves out empty bins of few predictions, and is undefined of none', () => {
    expect(reliability([{ score: 0.3, isHit: true }])).toEqual({
      bins: [{ from: 0.3, to: 0.3, n: 1, meanPredicted: 0.3, observed: 1 }],
      ece: expect.closeTo(0.7, 12),
    });
    expect(reliability([])).toEqual({ bins: [], ece: undefined });
  });

  it('has all predictions in its bins, in order, and an error within 0 and 1', () => {
    const list = fc.array(fc.record({ score: fc.double({ min: 0, max: 1, noNaN: true }), isHit: fc.boolean() }));
    fc.assert(
      fc.property(list, (predictions) => {
        const { bins, ece } = reliability(predictions);
        expect(bins.reduce((sum, { n }) => sum + n, 0)).toBe(predictions.length);
        for (const [index, { from, to }] of bins.entries()) {
          expect(to).toBeGreaterThanOrEqual(from);
          if (index > 0) expect(from).toBeGreaterThan(bins[index - 1]?.to ?? 0);
        }
        expect(ece ?? 0).toBeGreaterThanOrEqual(0);
        expect(ece ?? 0).toBeLessThanOrEqual(1);
        expect(reliability(predictions.toReversed()).ece ?? 0).toBeCloseTo(ece ?? 0, 12);
      }),
    );
  });
});
