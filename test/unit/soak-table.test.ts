/** What a soak's judge says of series whose truth is known. */
import type { Reading } from '../../scripts/soak/readings';
import { type Ending, type SoakLine, type Struck, verdictOf } from '../../scripts/soak/table';
import { floorsOf, type Point, slopeOf } from '../../scripts/soak/trend';

const series = (count: number, value: (atH: number, index: number) => number): Point[] =>
  Array.from({ length: count }, (_, index) => ({ atH: index / 10, value: value(index / 10, index) }));

describe('the slope', () => {
  it.each<{ readonly name: string; readonly points: readonly Point[]; readonly perHour: number }>([
    { name: 'of a line is the line’s own', points: series(20, (atH) => 300 + 4 * atH), perHour: 4 },
    { name: 'of a level is 0', points: series(20, () => 300), perHour: 0 },
    { name: 'of a falling line is negative', points: series(20, (atH) => 300 - 2 * atH), perHour: -2 },
    {
      name: 'is not moved by a fault that lifts a few values',
      points: series(20, (atH, index) => 300 + atH + (index === 10 || index === 19 ? 500 : 0)),
      perHour: 1,
    },
  ])('$name', ({ points, perHour }) => expect(slopeOf(points)?.perHour).toBeCloseTo(perHour, 6));

  it('says within which limits it lies', () => {
    const slope = slopeOf(series(40, (atH, index) => 300 + 3 * atH + 4 * Math.sin(7 * index)));
    expect(slope?.fromPerHour).toBeLessThan(3);
    expect(slope?.toPerHour).toBeGreaterThan(3);
    expect(slope?.toPerHour).toBeLessThan(6);
    expect(slope?.fromPerHour).toBeGreaterThan(0);
  });

  it('is none of three points', () => expect(slopeOf(series(3, () => 1))).toBeNull());
});

it('takes the floor of every whole stretch', () => {
  const points = series(25, (_atH, index) => 300 + 10 * Math.floor(index / 10) + (index % 10 === 4 ? 0 : 50));
  expect(floorsOf(points, 1)).toEqual([
    { atH: 0.5, value: 300 },
    { atH: 1.5, value: 310 },
  ]);
});

/** A reading each minute; garbage is collected every seven. */
function readings(hours: number, of: (atH: number) => Partial<Reading>): Reading[] {
  return Array.from({ length: 60 * hours }, (_, minute) => {
    const atH = (minute + 1) / 60;
    const quiet = { handles: 28, fds: 50, loopDelayP99Ms: 20, heapMb: 40, ffmpegs: 4, ffmpegMb: 240, cores: 0.4 };
    const counts = { analysed: 480, dropped: 1, events: 30, outbox: 0, dataMb: 60, load: 2 };
    return { kind: 'reading', atH, rssMb: [290 + (minute % 7), 310], ...quiet, ...counts, ...of(atH) };
  });
}

const GOOD: Ending = {
  ...{ kind: 'end', logged: 30, received: 30, repeated: 2, lost: 0 },
  ...{ gaps: 0, numberTwice: 0, changed: 0, problems: [] },
};
const STRUCK: Struck = { kind: 'fault', atH: 0.5, fault: 'ffmpeg-killed', lastedS: 0, healthyAfterS: 3 };
const level = readings(2, () => ({}));

describe('the verdict', () => {
  it.each<{ readonly name: string; readonly lines: readonly SoakLine[]; readonly problem: RegExp | null }>([
    { name: 'a level run', lines: [...level, STRUCK, GOOD], problem: null },
    { name: 'a run that was killed', lines: level, problem: null },
    {
      name: 'memory that rises by 3 MB an hour',
      lines: [...readings(2, (atH) => ({ rssMb: [290 + 3 * atH, 310 + 3 * atH] })), GOOD],
      problem: /^resident memory after 20 min: \+3\.00 \(95 %: .*\) MB an hour, allowed 1$/,
    },
    {
      name: 'memory that rises while it warms up',
      lines: [...readings(2, (atH) => ({ rssMb: [290 + 100 * Math.min(atH, 1 / 3), 400] })), GOOD],
      problem: null,
    },
    {
      name: 'a rise of half an hour',
      lines: readings(0.75, (atH) => ({ rssMb: [290 + 30 * atH, 400] })),
      problem: null,
    },
    {
      name: 'file descriptors that are left open',
      lines: [...readings(2, (atH) => ({ fds: 50 + Math.floor(6 * atH) })), GOOD],
      problem: /^file descriptors after 20 min: /,
    },
    {
      name: 'timers that are left running',
      lines: [...readings(2, (atH) => ({ handles: 28 + Math.floor(12 * atH) })), GOOD],
      problem: /^handles after 20 min: /,
    },
    {
      name: 'a box that stays ill',
      lines: [...level, { ...STRUCK, healthyAfterS: null }, GOOD],
      problem: /^not healthy again after ffmpeg-killed at 0\.50 h$/,
    },
    { name: 'a lost event', lines: [...level, { ...GOOD, lost: 1 }], problem: /^1 events lost/ },
    { name: 'a number that is missing', lines: [...level, { ...GOOD, gaps: 2 }], problem: /2 numbers missing$/ },
    { name: 'a number given twice', lines: [...level, { ...GOOD, numberTwice: 1 }], problem: /^1 numbers given twice/ },
    { name: 'no event at all', lines: [...level, { ...GOOD, received: 0 }], problem: /^no event came$/ },
    {
      name: 'an end out of order',
      lines: [...level, { ...GOOD, problems: ['ended with 1'] }],
      problem: /^ended with 1$/,
    },
  ])('of $name', ({ lines, problem }) => {
    const { problems, text } = verdictOf(lines, 1 / 3);
    expect(problems).toEqual(problem === null ? [] : [expect.stringMatching(problem)]);
    for (const one of problems) expect(text).toContain(`PROBLEM: ${one}`);
  });

  it('is shown in a dozen rows', () => {
    const rows = verdictOf(level, 1 / 3)
      .text.split('\n')
      .filter((line) => /^\| \d/.test(line));
    expect(rows).toHaveLength(12);
    expect(rows[0]).toBe('| 0.17 | 290–310 | 40 | 28 | 50 | 20 | 4 | 240 | 0.40 | 4800 | 10 | 300 | 0 | 60 | 2.0 |');
  });
});
