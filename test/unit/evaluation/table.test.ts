/** The table for people and the plots: what they say, and that they say it of nothing too. */
import { score } from '../../../src/evaluation/metrics';
import { plots } from '../../../src/evaluation/plots';
import { table } from '../../../src/evaluation/table';
import { classified, foundHead, labelled, picture, square, THRESHOLDS } from '../../support/judged-pictures';

const heads = classified([
  ['bare_head', 0.95, { sub: 'hair' }],
  ['bare_head', 0.95, { sub: 'hair' }],
  ['bare_head', 0.5, { sub: 'a cap, or a hat' }],
  ['helmet', 0.1],
]);
const some = score(
  [{ ...heads, heads: heads.labels.slice(0, 2).map(({ box }) => foundHead(box, 0.95)) }, picture({ analysedInMs: 30 })],
  THRESHOLDS,
);
const none = score([], THRESHOLDS);

const sentences = (text: string): readonly string[] =>
  text.split('\n').map((line) => line.replaceAll(/\s+/g, ' ').trim());

describe('the table', () => {
  it('has a line for each figure', () => {
    expect(sentences(table(some))).toEqual(
      expect.arrayContaining([
        '2 pictures, 10.0 ms each (95 %: 30.0 ms)',
        'helmet 1 0.000 –',
        'bare_head 3 0.667 –',
        'two_wheeler 0 – –',
        '16–24 px 4 0.333 1.000',
        '< 12 px 0 – –',
        '≥ 48 px 0 – –',
        'all 4 1.000 2 0 1 1 0 0',
        'hair 2 – 2 0 0 0 0 0',
        'a cap, or a hat 1 – 0 0 1 0 0 0',
      ]),
    );
    // Two of two: 2 ⁄ (2 + 3.84146) = .34 at the least. Two of three: .21 to .94.
    expect(sentences(table(some))).toContain('bare_head 0.8 1.000 0.34–1.00 0.667 0.21–0.94 2 0 1');
    expect(table(some)).toContain(
      'False addresses per 1,000 pictures, single looks: 0.0 (0 wrong, 2 right in 2 pictures',
    );
  });

  it('keeps its columns one below the other', () => {
    for (const block of table(some).split('\n\n')) {
      const lines = block.split('\n');
      expect(new Set(lines.map((line) => line.length)).size).toBe(1);
      for (const line of lines) expect(line).toMatch(/^\S/);
    }
  });

  it('of nothing has no figure and no NaN', () => {
    expect(table(none)).not.toMatch(/NaN|undefined|null|Infinity/);
    expect(table(none)).toContain('0 pictures');
  });
});

describe('the plots', () => {
  it('are told in words as well', () => {
    const [curve, calibration, size] = plots(some).map(({ svg }) => /<desc[^>]*>([^<]*)</.exec(svg)?.[1]);
    expect(curve).toContain('bare head, end to end: AP50 0.667, n = 3');
    expect(curve).toContain('decision at 0.8: precision 1.000, recall 0.667');
    expect(calibration).toContain('labelled heads, n = 4 in 3 bins');
    expect(size).toContain('16–24 px: n = 4, AP50 0.333, AUC 1.000');
  });

  it('have a name, a title, a mode for dark rooms and both languages', () => {
    const all = plots(some);
    expect(all.map(({ name }) => name)).toEqual(['precision-recall.svg', 'calibration.svg', 'head-size.svg']);
    for (const { svg } of all) {
      expect(svg).toMatch(/role="img" aria-labelledby="(\S+) (\S+)"[\s\S]*<title id="\1">[\s\S]*<desc id="\2">/);
      expect(svg).toContain('prefers-color-scheme:dark');
      expect(svg).toMatch(/\p{Script=Han}/u);
    }
  });

  it('of nothing say that there is nothing', () => {
    for (const { svg } of plots(none)) {
      expect(svg).toContain('没有可评的标注');
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it('put a perfect score into the upper corners of the axes', () => {
    const box = square(100, 100);
    const perfect = score([picture({ labels: [labelled('helmet', box)], heads: [foundHead(box, 0)] })], THRESHOLDS);
    const [curve] = plots(perfect);
    // The axes reach from x = 70 to 610 and from y = 326 up to 56.
    expect(curve?.svg).toContain('<path class="s0" d="M610.0 56.0"/>');
  });

  it('stay small however long the curve', () => {
    const many = Array.from({ length: 4000 }, (_, at): ['helmet' | 'bare_head', number] => [
      at % 2 === 0 ? 'helmet' : 'bare_head',
      at / 4000,
    ]);
    for (const { svg } of plots(score([classified(many)], THRESHOLDS))) expect(svg.length).toBeLessThan(40_000);
  });
});
