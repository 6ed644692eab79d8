import fc from 'fast-check';
import { bareShare, type LookProbabilities, wordOf } from '../../src/vision/word';

const THRESHOLDS = { worn: 0.7, notWorn: 0.9, unreadable: 0.5 };

/** Any three probabilities that sum to 1. */
const PROBABILITIES: fc.Arbitrary<LookProbabilities> = fc
  .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
  .map(([unreadable, share]) => ({ unreadable, bare: share * (1 - unreadable), worn: (1 - share) * (1 - unreadable) }));

describe('the word of one look', () => {
  test.each([
    ['a clear bare head', { worn: 0.02, bare: 0.97, unreadable: 0.01 }, 'bare'],
    ['a clear helmet', { worn: 0.95, bare: 0.04, unreadable: 0.01 }, 'worn'],
    ['a bare head that might be no head', { worn: 0.02, bare: 0.58, unreadable: 0.4 }, 'bare'],
    ['a helmet that might be no head', { worn: 0.5, bare: 0.1, unreadable: 0.4 }, 'worn'],
    ['a patch that is likely no head', { worn: 0.01, bare: 0.39, unreadable: 0.6 }, 'unknown'],
    ['undecided', { worn: 0.4, bare: 0.55, unreadable: 0.05 }, 'unknown'],
    ['exactly at the threshold of bare', { worn: 0.125, bare: 0.875, unreadable: 0 }, 'unknown'],
    ['nothing at all', { worn: 0, bare: 0, unreadable: 0 }, 'unknown'],
  ] as const)('%s is %s', (_what, probabilities, word) => {
    expect(wordOf(probabilities, THRESHOLDS)).toBe(word);
  });

  test('the threshold itself counts', () => {
    const at = { worn: 0.75, notWorn: 0.75, unreadable: 0.5 };
    expect(wordOf({ worn: 0.125, bare: 0.375, unreadable: 0.5 }, at)).toBe('bare');
    expect(wordOf({ worn: 0.375, bare: 0.125, unreadable: 0.5 }, at)).toBe('worn');
  });

  test('bare and worn never change places, and more doubt never makes a word', () => {
    fc.assert(
      fc.property(PROBABILITIES, (one) => {
        const word = wordOf(one, THRESHOLDS);
        if (word === 'bare') expect(bareShare(one)).toBeGreaterThanOrEqual(THRESHOLDS.notWorn);
        if (word === 'worn') expect(bareShare(one)).toBeLessThanOrEqual(1 - THRESHOLDS.worn + 1e-9);
        if (one.unreadable > THRESHOLDS.unreadable) expect(word).toBe('unknown');
      }),
    );
  });
});
