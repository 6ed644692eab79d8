/** The benchmark's table in its three forms, its plots and its page, and what it says when something is missing. */
import { tmpdir } from 'node:os';
import { benchmarkPage } from '../../scripts/benchmark/page';
import { openCvPeer } from '../../scripts/benchmark/peers';
import { benchmarkPlots, ceiling } from '../../scripts/benchmark/plots';
import { formatParts, htmlParts, limit, markdownParts, type Part, withMeasured } from '../../scripts/benchmark/report';
import { type Round, SETUPS } from '../../scripts/benchmark/rounds';
import type { Results } from '../../scripts/benchmark/rows';
import { MODEL_FOLDER } from '../../src/places';

const PARTS: Part[] = [
  {
    title: 'Speed <all>',
    rows: [
      limit('fast enough', 5, { unit: '/s', atLeast: 5 }),
      limit('too slow', 12.34, { unit: 'ms', atMost: 10, note: 'a | b' }),
      { name: 'unknown', value: null, unit: 'ms', target: null, isMet: null },
    ],
  },
];

describe('the table', () => {
  it('is text in columns', () => {
    expect(formatParts(PARTS).split('\n')).toEqual([
      'figure       measured  unit  target',
      '',
      'Speed <all>',
      'fast enough      5.00  /s    ≥ 5     met',
      'too slow         12.3  ms    ≤ 10    NOT MET  a | b',
      'unknown             –  ms',
    ]);
  });

  it('is Markdown whose cells keep their borders', () => {
    expect(markdownParts(PARTS).split('\n').slice(2)).toEqual([
      '| **Speed <all>** |  |  |  |  |',
      '| fast enough | 5.00 /s | ≥ 5 | met |  |',
      '| too slow | 12.3 ms | ≤ 10 | **not met** | a \\| b |',
      '| unknown | – ms |  |  |  |',
    ]);
  });

  it('is HTML in which text stays text', () => {
    const html = htmlParts(PARTS);
    expect(html).toContain('Speed &lt;all&gt;');
    expect(html).toContain('<tr class="missed"><td>too slow</td><td>12.3</td>');
  });

  it('takes the place between its marks and leaves the rest', () => {
    const text = 'before\n<!-- measured -->\nold\n<!-- /measured -->\nafter';
    const once = withMeasured(text, 'new');
    expect(once).toBe('before\n<!-- measured -->\nnew\n<!-- /measured -->\nafter');
    expect(withMeasured(once, 'new')).toBe(once);
    expect(() => withMeasured('no marks', 'new')).toThrow('<!-- measured -->');
    expect(() => withMeasured('<!-- /measured --> <!-- measured -->', 'new')).toThrow('between');
  });
});

const cores = (all: number) => ({ ffmpeg: all / 2, inference: all / 2, main: 0, helpers: 0, voices: 0 });

function round(): Round {
  const peer = { seconds: 1, cpu: 1, analysed: 5, found: 2, allMb: 1, othersCores: 0 };
  return {
    ...{ floor: { ffmpegMs: 10, onnxruntimeMs: 20, visionMs: 28 }, opencv: peer, node: peer },
    services: SETUPS.map(({ cameras }) => ({
      ...{ cameras, seconds: 1, cpu: cores(cameras / 4), analysedPerS: [5], analysed: 5, dropped: 0 },
      ...{ decidedAfterMs: [50], firstDecisionMs: 1, soundMs: [], nodeMb: 100 * cameras, allMb: 200, othersCores: 0 },
    })),
  };
}

const RESULTS: Results = {
  rounds: [round()],
  riders: [0, 12].map((riders) => ({ riders, groups: riders, frameMs: 20 + riders, cpuMs: 20 + riders })),
  crowds: [],
  speech: { riders: 12, decidedMs: [], cachedMs: [], uncachedMs: [] },
  drains: [500, 32_000].map((events) => ({ events, seconds: [events / 8_000], cpuUsPerEvent: [60] })),
};

describe('the plots', () => {
  const svgOf = (results: Results, name: string): string =>
    benchmarkPlots(results).find((plot) => plot.name === `${name}.svg`)?.svg ?? '';

  it('tell in words what they show', () => {
    const desc = /<desc[^>]*>([^<]*)</.exec(svgOf(RESULTS, 'cpu'))?.[1];
    expect(desc).toContain('all: 1 → 0.25, 2 → 0.50, 4 → 1.00, 6 → 1.50, 8 → 2.00');
    expect(desc).toContain('inference thread: 1 → 0.13');
  });

  it('put the largest value at the top of the axis and nothing at its foot', () => {
    // The axes reach from y = 326 up to 56; 8 cameras take 2 cores, the axis ends at 2.
    expect(svgOf(RESULTS, 'cpu')).toMatch(/<circle class="s0" cx="[\d.]+" cy="56\.0"/);
    expect(svgOf(RESULTS, 'cpu')).toMatch(/<circle class="s3" cx="[\d.]+" cy="326\.0"/);
  });

  it('have room for every legend', () => {
    const svg = svgOf(RESULTS, 'cpu');
    const height = Number(/viewBox="0 0 \d+ (\d+)"/.exec(svg)?.[1]);
    const lowest = Math.max(...[...svg.matchAll(/<text[^>]* y="(\d+)"/g)].map(([, y]) => Number(y)));
    expect(lowest).toBeLessThan(height);
  });

  it('of nothing say so, and have no number that is none', () => {
    const nothing = { ...RESULTS, rounds: [], riders: [], drains: [] };
    for (const { svg } of benchmarkPlots(nothing)) {
      expect(svg).toContain('未测量');
      expect(svg).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it.each([
    [0, 1],
    [0.9, 1],
    [1, 1],
    [1.01, 1.5],
    [31, 40],
    [730, 750],
    [Number.NaN, 1],
  ])('end the axis of %d at %d', (value, end) => expect(ceiling(value)).toBeCloseTo(end));
});

describe('the page', () => {
  it('needs nothing from elsewhere', () => {
    const html = benchmarkPage(RESULTS, ['2 × <cpu>']);
    expect(html).toContain('2 × &lt;cpu&gt;');
    expect(html.match(/<svg /g)).toHaveLength(9);
    expect(html).not.toMatch(/(?:src|href)="|@import|url\(/);
  });
});

describe('a Python without OpenCV', () => {
  it.each(['/bin/false', '/nonexistent/python3'])('(%s) is refused with what to install', async (python) => {
    const peer = openCvPeer(MODEL_FOLDER, tmpdir(), python);
    await expect(peer).rejects.toThrow('apt-get install python3-opencv python3-onnx');
  });
});
