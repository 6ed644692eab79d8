/** What the configuration page computes by itself: the changes of a text, the help for a key, zones. */
import { configJsonSchema } from '../../src/config/schema';
import { diffLines, hunks } from '../../src/console/web/diff';
import { helpAt } from '../../src/console/web/schema-help';
import { headVerdict, isInside, rounded, snapped } from '../../src/console/web/zones/geometry';

const SIGNS = { same: ' ', gone: '-', new: '+' } as const;
const signed = (before: string, after: string): string[] =>
  diffLines(before, after).map(({ kind, text }) => `${SIGNS[kind]}${text}`);

describe('diffLines', () => {
  it.each<[string, string, string[]]>([
    ['a\nb', 'a\nb', [' a', ' b']],
    ['a\nb\nc', 'a\nx\nc', [' a', '-b', '+x', ' c']],
    ['a\nb\nc', 'a\nc', [' a', '-b', ' c']],
    ['', 'a', ['-', '+a']],
    ['a\nb\nc\nd', 'b\nx\nd\na', ['-a', ' b', '-c', '+x', ' d', '+a']],
  ])('%j → %j', (before, after, expected) => expect(signed(before, after)).toEqual(expected));

  it('leaves out what is far from a change', () => {
    const before = Array.from({ length: 20 }, (_, index) => String(index)).join('\n');
    const shown = hunks(diffLines(before, before.replace('10', 'x')), 1).map((line) => line?.text ?? '…');
    expect(shown).toEqual(['9', '10', 'x', '11', '…']);
  });
});

describe('helpAt', () => {
  const text = 'version: 1\ncameras:\n  - id: east\n    speaker: horn\nprompts:\n  quietHours: null\n';
  const helpFor = (word: string) => helpAt(text, text.indexOf(word) + word.length, configJsonSchema());

  it('explains the key under the caret, in a list as well', () => {
    expect(helpFor('speaker')).toEqual({ key: 'cameras.speaker', words: expect.stringContaining('none = silent') });
    expect(helpFor('cameras')?.key).toBe('cameras');
    expect(helpFor('quietHours')?.key).toBe('prompts.quietHours');
  });

  it('is silent about what is no key', () => expect(helpAt('nonsense: 1\n', 4, configJsonSchema())).toBeNull());
});

describe('zones', () => {
  const square = [
    [0.2, 0.2],
    [0.8, 0.2],
    [0.8, 0.8],
    [0.2, 0.8],
  ] as const;

  it.each<[readonly number[], boolean]>([
    [[0.5, 0.5], true],
    [[0.1, 0.5], false],
    [[0.5, 0.9], false],
    [[], false],
  ])('%j inside: %s', (point, expected) => expect(isInside(point, square)).toBe(expected));

  it('stay inside of the picture, with three decimals', () => expect(rounded([1.7, 0.12345])).toEqual([1, 0.123]));

  it.each<[readonly [number, number], readonly [number, number]]>([
    [
      [0.02, 0.98],
      [0, 1],
    ],
    [
      [0.5, 0.99],
      [0.5, 1],
    ],
    [
      [0.04, 0.96],
      [0.04, 0.96],
    ],
    [
      [-0.1, 1.2],
      [0, 1],
    ],
  ])('have a corner meant for the border on it: %j → %j', (meant, expected) =>
    expect(snapped(meant)).toEqual(expected),
  );

  it('judge the median head over them, and nothing elsewhere', () => {
    const zone = { kind: 'watch', points: square } as const;
    const heads = [14, 14, 30].map((px) => ({ x: 0.5, y: 0.3, px }));
    expect(headVerdict({ heads, minHeadPx: 20 }, [zone])).toEqual({ px: 14, isEnough: false });
    expect(headVerdict({ heads: heads.map((head) => ({ ...head, x: 0.05 })), minHeadPx: 20 }, [zone])).toBeNull();
    expect(headVerdict({ heads: [{ x: 0, y: 0, px: 21 }], minHeadPx: 20 }, [])).toEqual({ px: 21, isEnough: true });
  });
});
