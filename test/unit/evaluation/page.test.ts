/** The page of errors: which crops it wants, that it stays bounded, and that no file name can break it. */
import fc from 'fast-check';
import type { JudgedPicture } from '../../../src/evaluation/judged';
import { escaped } from '../../../src/evaluation/markup';
import { score } from '../../../src/evaluation/metrics';
import { page, rectAround } from '../../../src/evaluation/page';
import { foundHead, labelled, picture, square, THRESHOLDS } from '../../support/judged-pictures';

const pageOf = (...pictures: readonly JudgedPicture[]) => page(pictures, score(pictures, THRESHOLDS));

describe('the page', () => {
  it('shows an error with its picture, probabilities, size and file', () => {
    const box = square(400, 500);
    const { html, crops } = pageOf(
      picture({
        file: 'north/0001.jpg',
        labels: [labelled('helmet', box, { sub: 'half_shell', source: 'web' })],
        heads: [foundHead(box, 0.875, { unreadable: 0.25, headScore: 0.5, groupScore: 0.75 })],
      }),
    );
    // 20 px and 15 on either side are 50, widened to 64 about the middle (410, 510).
    const rect = { left: 378, top: 478, width: 64, height: 64 };
    expect(crops).toEqual([{ file: 'north/0001.jpg', rect, imageName: 'crops/wrong-address-001.jpg' }]);
    for (const part of [
      'src="crops/wrong-address-001.jpg"',
      'bare 0.88 · worn 0.13 · unreadable 0.25',
      'group 0.75 · head 0.50',
      '20 px · helmet · half_shell · web',
      'north/0001.jpg',
      '会误喊的人或物',
      'Would be addressed wrongly',
    ]) {
      expect(html).toContain(part);
    }
  });

  it('says so where there is no error', () => {
    const { html, crops } = pageOf(picture());
    expect(crops).toEqual([]);
    expect(html.match(/<p>无/g)).toHaveLength(9);
  });

  it('needs nothing from the network', () => {
    const { html } = pageOf(picture({ heads: [foundHead(square(0, 0), 0.9)] }));
    expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|<script|@import|<link/);
  });

  it('shows the 220 surest of a kind and says how many it leaves out', () => {
    const heads = Array.from({ length: 300 }, (_, at) =>
      foundHead(square((at % 30) * 30, Math.floor(at / 30) * 30), 0.9),
    );
    const { html, crops } = pageOf(picture({ heads }));
    expect(crops).toHaveLength(220);
    expect(new Set(crops.map(({ imageName }) => imageName)).size).toBe(220);
    expect(html.match(/<img /g)).toHaveLength(220);
    expect(html).toContain('另有 80 个未列出');
    expect(html).toContain('80 more are left out');
    expect(html).toContain('(300)');
  });

  it('writes file names as text', () => {
    const { html } = pageOf(
      picture({ file: '<img src=x onerror="alert(1)">&.jpg', heads: [foundHead(square(0, 0), 0.9)] }),
    );
    expect(html).toContain('&lt;img src=x onerror=&quot;alert(1)&quot;&gt;&amp;.jpg');
    expect(html).not.toContain('<img src=x');
  });
});

describe('text in markup', () => {
  it.each([
    ['<a href="x">', '&lt;a href=&quot;x&quot;&gt;'],
    ["it's & that", 'it&#39;s &amp; that'],
    ['&amp;', '&amp;amp;'],
    ['路口一 1.jpg', '路口一 1.jpg'],
    ['a\u0000b\u001bc\ttab', 'a\ufffdb\ufffdc\ttab'],
    ['half of a pair \ud83d', 'half of a pair \ufffd'],
    ['a whole pair 🛵', 'a whole pair 🛵'],
  ])('%j', (text, markup) => expect(escaped(text)).toBe(markup));
});

describe('a crop', () => {
  const side = fc.integer({ min: 1, max: 4000 });
  const place = fc.double({ min: -500, max: 5000, noNaN: true });
  const length = fc.double({ min: 0, max: 3000, noNaN: true });

  it('is of whole pixels inside the picture, however its label lies', () => {
    fc.assert(
      fc.property(side, side, fc.record({ x: place, y: place, w: length, h: length }), (widthPx, heightPx, box) => {
        const { left, top, width, height } = rectAround(box, picture({ widthPx, heightPx }));
        for (const value of [left, top, width, height]) expect(Number.isInteger(value)).toBe(true);
        expect(Math.min(left, top)).toBeGreaterThanOrEqual(0);
        expect(Math.min(width, height)).toBeGreaterThanOrEqual(1);
        expect(left + width).toBeLessThanOrEqual(widthPx);
        expect(top + height).toBeLessThanOrEqual(heightPx);
      }),
    );
  });

  it('holds the whole of a box that is inside the picture', () => {
    const box = { x: 980, y: 3, w: 20, h: 90 };
    const { left, top, width, height } = rectAround(box, picture());
    expect(left).toBeLessThanOrEqual(box.x);
    expect(top).toBe(0);
    expect(left + width).toBe(1000);
    expect(top + height).toBeGreaterThanOrEqual(box.y + box.h);
  });
});
