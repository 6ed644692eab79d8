import { FigureWindow } from '../../src/frame-figures';
import { percentile } from '../../src/runtime/percentile';

describe('percentile', () => {
  it.each([
    { title: 'of nothing is 0', values: [], share: 0.5, expected: 0 },
    { title: 'of one value is that value', values: [7], share: 0.99, expected: 7 },
    { title: 'the middle of an odd number', values: [30, 10, 20], share: 0.5, expected: 20 },
    { title: 'the lower middle of an even number', values: [4, 3, 2, 1], share: 0.5, expected: 2 },
    { title: '95 of 1–100', values: Array.from({ length: 100 }, (_, i) => i + 1), share: 0.95, expected: 95 },
    { title: 'the smallest for 0', values: [3, 2], share: 0, expected: 2 },
    { title: 'the largest for 1', values: [3, 2], share: 1, expected: 3 },
  ])('$title', ({ values, share, expected }) => expect(percentile(values, share)).toBe(expected));

  it('leaves its input as it is', () => {
    const values = [3, 1, 2];
    percentile(values, 0.5);
    expect(values).toEqual([3, 1, 2]);
  });
});

describe('figures', () => {
  const stats = (framesDropped: number, restarts: number) => ({ framesRead: 0, framesDropped, restarts });

  it('come once a minute and count what happened within it', () => {
    const window = new FigureWindow(1_000, stats(4, 1));
    expect(window.note(80, 30_000, stats(5, 1))).toBeNull();
    expect(window.note(100, 60_999, stats(6, 1))).toBeNull();
    expect(window.note(90, 61_000, stats(7, 3))).toEqual({
      ...{ analysed: 3, dropped: 3, restarts: 2 },
      ...{ p50Ms: 90, p95Ms: 100, p99Ms: 100 },
    });
    expect(window.note(20, 121_000, stats(7, 3))).toEqual({
      ...{ analysed: 1, dropped: 0, restarts: 0 },
      ...{ p50Ms: 20, p95Ms: 20, p99Ms: 20 },
    });
  });
});
