/** Two tracks that come near each other: when their motion tells them apart, and when nobody can. */
import type { BoundingBox } from '../../src/domain';
import { type Course, meet, tell } from '../../src/tracker/encounter';
import { type Link, Tracker } from '../../src/tracker/tracker';
import { around, group } from '../support/scene';

const FRAME_MS = 200;
const SIZE = { w: 0.09, h: 0.3 };
const at = (x: number, y = 0.5): BoundingBox => around(x, y, SIZE);
const WAITER: Course = { atMs: 1000, box: at(0.5), velocity: { x: 0, y: 0 } };
const PASSER: Course = { atMs: 1000, box: at(0.46), velocity: { x: 0.22, y: 0 } };
const RIVAL = 7;

/** Met at 1 s, alike until `untilMs`; then the waiter is at `own` and the passer at `theirs`. */
function verdict(now: {
  readonly untilMs?: number;
  readonly nowMs?: number;
  readonly own: BoundingBox;
  readonly theirs: BoundingBox | null | undefined;
  /** When they met; the own one waits unless told otherwise. */
  readonly course?: Course;
  readonly rival?: Course | undefined;
  /** How they move now; as before unless told otherwise. */
  readonly speeds?: { readonly own: number; readonly theirs: number };
}): string {
  const { untilMs = 1200, nowMs = 1400, own, theirs, course = WAITER, speeds = { own: 0, theirs: 0.22 } } = now;
  const moving = (box: BoundingBox, x: number) => ({ box, velocity: { x, y: 0 } });
  const rivals = new Map([[RIVAL, 'rival' in now ? now.rival : PASSER]]);
  const { encounter } = meet(null, course, rivals);
  const found = () => (theirs ? moving(theirs, speeds.theirs) : theirs);
  return tell({ ...encounter, untilMs }, moving(own, speeds.own), { nowMs, found });
}

it.each<[string, Parameters<typeof verdict>[0], 'told' | 'wait' | 'lost']>([
  ['one stays and the other goes on', { own: at(0.5), theirs: at(0.55) }, 'told'],
  ['the other is still hidden', { own: at(0.5), theirs: null }, 'wait'],
  ['the other is found no more', { own: at(0.5), theirs: undefined }, 'lost'],
  ['the other only appeared then', { own: at(0.5), theirs: at(0.55), rival: undefined }, 'lost'],
  ['the one that waited is where the other should be', { own: at(0.55), theirs: at(0.5) }, 'lost'],
  ['both are where either could be', { own: at(0.52), theirs: at(0.53) }, 'lost'],
  [
    'one could have stopped and the other started meanwhile',
    { untilMs: 2600, nowMs: 2800, own: at(0.5), theirs: at(0.86) },
    'lost',
  ],
  [
    'both were as slow as the other',
    { own: at(0.5), theirs: at(0.46), rival: { ...PASSER, velocity: { x: 0.01, y: 0 } } },
    'lost',
  ],
  [
    'both were under way, one faster, and one has stopped: either may have',
    {
      ...{ own: at(0.53), theirs: at(0.6), speeds: { own: 0, theirs: 0.22 } },
      course: { ...WAITER, velocity: { x: 0.16, y: 0 } },
      rival: { ...PASSER, box: at(0.49), velocity: { x: 0.24, y: 0 } },
    },
    'lost',
  ],
  [
    'both were under way, one much faster, and both go on',
    {
      ...{ own: at(0.52), theirs: at(0.6), speeds: { own: 0.05, theirs: 0.4 } },
      course: { ...WAITER, velocity: { x: 0.05, y: 0 } },
      rival: { ...PASSER, box: at(0.45), velocity: { x: 0.4, y: 0 } },
    },
    'told',
  ],
])('%s', (_case, now, expected) => expect(verdict(now)).toBe(expected));

it('an encounter goes on with those who come later, and keeps where it began', () => {
  const first = meet(null, WAITER, new Map([[1, PASSER]]));
  const later = { ...WAITER, atMs: 1200, box: at(0.51) };
  const both = new Map([
    [1, { ...PASSER, atMs: 1200 }],
    [2, PASSER],
  ]);
  const second = meet(first.encounter, later, both);
  expect([first.met, second.met]).toEqual([[1], [2]]);
  expect(second.encounter).toMatchObject({ sinceMs: 1000, untilMs: 1200, own: WAITER });
  expect(second.encounter.rivals.get(1)).toBe(PASSER);
});

describe('the tracker', () => {
  /** Links of the vehicle that was first, frame by frame. */
  function linksOf(frames: readonly (readonly BoundingBox[])[]): (Link | null)[] {
    const tracker = new Tracker({ confirmConfidence: 0.4, minConfidence: 0.12, confirmAfterMs: 300, lostForMs: 3000 });
    return frames.map((boxes, i) => {
      const { tracks } = tracker.update(
        boxes.map((box) => group(box, [])),
        i * FRAME_MS,
      );
      return tracks.find(({ id }) => id === 1)?.link ?? null;
    });
  }
  const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

  it('tells somebody who passes from who waits, once and for all', () => {
    const links = linksOf(times(22, (i) => [at(0.5), at(0.1 + 0.044 * i, 0.53)]));
    const met = links.flatMap((link, i) => (link !== null && link.rivals.length > 0 ? [i] : []));
    const told = links.flatMap((link, i) => (link !== null && link.toldSinceMs !== null ? [i] : []));
    expect([met.length, told.length]).toEqual([1, 1]);
    expect(links[told[0] ?? 0]?.toldSinceMs).toBe((met[0] ?? 0) * FRAME_MS);
  });

  it('does not tell who stopped where somebody waited from who then rides on', () => {
    const arriving = times(20, (i) => at(Math.min(0.5, 0.3 + 0.012 * i)));
    const frames = [
      ...arriving.map((box) => (box.x > at(0.47).x ? [at(0.5)] : [at(0.5), box])),
      ...times(10, (i) => [at(0.5), at(0.54 + 0.03 * i)]),
    ];
    expect(linksOf(frames).filter((link) => link !== null && link.toldSinceMs !== null)).toEqual([]);
  });

  it('takes who appears out of somebody’s box for one who may have been followed', () => {
    const links = linksOf([...times(8, (i) => [at(0.1 + 0.03 * i)]), [at(0.34), at(0.31)]]);
    expect(links.at(-1)?.rivals).toEqual([2]);
  });

  it('doubts the one that was hidden as well, when the other was found in its place', () => {
    // Both ride; the first stops, and the second is not seen in the very frame in which it comes by.
    const hiddenAt = 9;
    const first = (i: number): BoundingBox => at(Math.min(0.398, 0.047 + 0.044 * i), 0.715);
    const second = (i: number): BoundingBox => at(0.023 + 0.044 * i, 0.65);
    const frames = times(14, (i) => (i === hiddenAt ? [first(i)] : [first(i), second(i)]));
    // So near to each other they begin in doubt; what counts is what comes after that frame.
    const doubted = new Set<number>();
    const tracker = new Tracker({ confirmConfidence: 0.4, minConfidence: 0.1, confirmAfterMs: 400, lostForMs: 3000 });
    frames.forEach((boxes, i) => {
      const { tracks } = tracker.update(
        boxes.map((box) => group(box)),
        i * FRAME_MS,
      );
      if (i < hiddenAt) return;
      for (const { id, link } of tracks) if (link !== null && link.rivals.length > 0) doubted.add(id);
    });
    expect([...doubted].sort()).toEqual([1, 2]);
  });
});
