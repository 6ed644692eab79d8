/** Vehicles followed from frame to frame: five pictures a second, boxes as a junction camera sees them. */
import fc from 'fast-check';
import type { BoundingBox, Detection } from '../../src/domain';
import { Tracker, type TrackerOptions } from '../../src/tracker/tracker';
import { around, group } from '../support/scene';

const FRAME_MS = 200;
const OPTIONS: TrackerOptions = { confirmConfidence: 0.5, minConfidence: 0.15, confirmAfterMs: 300, lostForMs: 3000 };
const SIZE = { w: 0.08, h: 0.2 };

const still = around(0.5, 0.5, SIZE);
const at = (x: number, y = 0.5): BoundingBox => around(x, y, SIZE);
const strong = (box: BoundingBox): Detection => group(box, [], 0.9);
const weak = (box: BoundingBox): Detection => group(box, [], 0.2);

/** Plays one list of detections per frame; returns every frame's tracks and all removals. */
function play(frames: readonly (readonly Detection[])[], options = OPTIONS) {
  const tracker = new Tracker(options);
  const updates = frames.map((detections, index) => tracker.update(detections, index * FRAME_MS));
  return { tracks: updates.map((update) => update.tracks), removed: updates.flatMap((update) => update.removed) };
}

const times = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

describe('a track', () => {
  it('is tentative until it was seen for the confirmation time', () => {
    const { tracks } = play(times(4, () => [strong(still)]));
    expect(tracks.map((list) => list[0]?.status)).toEqual(['tentative', 'tentative', 'confirmed', 'confirmed']);
    expect(tracks.flat().every((one) => one.id === 1 && one.firstSeenMs === 0)).toBe(true);
  });

  it('needs a second look even where no time is asked for', () => {
    const { tracks } = play(
      times(2, () => [strong(still)]),
      { ...OPTIONS, confirmAfterMs: 0 },
    );
    expect(tracks.map((list) => list[0]?.status)).toEqual(['tentative', 'confirmed']);
  });

  it('that flickered once is dropped without ever being confirmed', () => {
    const { tracks, removed } = play([[strong(still)], [], [], [], []]);
    expect(tracks.at(-1)).toEqual([]);
    expect(tracks.flat().map((one) => one.status)).not.toContain('confirmed');
    expect(removed.map((one) => one.status)).toEqual(['tentative']);
  });

  it('is kept by weak detections', () => {
    const frames = [...times(3, () => [strong(still)]), ...times(20, () => [weak(still)])];
    const { tracks, removed } = play(frames);
    expect(removed).toEqual([]);
    expect(tracks.slice(3).every(([one]) => one?.id === 1 && one.status === 'confirmed')).toBe(true);
  });

  it('is never started by weak detections', () => {
    expect(play(times(20, () => [weak(still)])).tracks.flat()).toEqual([]);
  });

  it('is not kept by detections below the lowest confidence', () => {
    const frames = [...times(3, () => [strong(still)]), ...times(17, () => [group(still, [], 0.1)])];
    expect(play(frames).removed.map((one) => one.id)).toEqual([1]);
  });

  it('not seen for lostForMs is removed, once', () => {
    const { tracks, removed } = play([...times(3, () => [strong(still)]), ...times(40, () => [])]);
    expect(removed).toHaveLength(1);
    expect(removed[0]).toMatchObject({ id: 1, status: 'lost', lastSeenMs: 400, detection: null });
    // Seen last in frame 2 at 400 ms: 3400 ms is frame 17, the last one in which it is still looked for.
    expect(tracks.findIndex((list) => list.length === 0)).toBe(18);
  });

  it('that comes back after it was removed is a new one', () => {
    const { tracks } = play([...times(3, () => [strong(still)]), ...times(20, () => []), [strong(still)]]);
    expect(tracks.at(-1)?.map((one) => one.id)).toEqual([2]);
  });

  it('shows the detected box when seen, and the foretold one when lost', () => {
    const { tracks } = play([...times(6, (i) => [strong(at(0.2 + 0.04 * i))]), [], []]);
    expect(tracks[5]?.[0]?.box).toEqual(at(0.4));
    const foretold = tracks[7]?.[0];
    expect(foretold).toMatchObject({ status: 'lost', detection: null });
    expect((foretold?.box.x ?? 0) + SIZE.w / 2).toBeCloseTo(0.48, 1);
    expect(foretold?.velocity.x).toBeCloseTo(0.2, 1);
  });
});

describe('an id', () => {
  it.each([0, 0.1, 0.2])('is kept through a 700 ms occlusion at %d picture widths a second', (speed) => {
    const tracker = new Tracker(OPTIONS);
    const ids = new Set<number>();
    for (let nowMs = 0; nowMs <= 2400; nowMs += 100) {
      const isHidden = nowMs > 1000 && nowMs < 1700;
      const { tracks, removed } = tracker.update(isHidden ? [] : [strong(at(0.2 + (speed * nowMs) / 1000))], nowMs);
      for (const one of tracks) ids.add(one.id);
      expect(removed).toEqual([]);
      if (nowMs >= 300) expect(tracks[0]?.status).toBe(isHidden ? 'lost' : 'confirmed');
    }
    expect([...ids]).toEqual([1]);
  });

  it('is kept by a rider so fast that his boxes no longer overlap', () => {
    const { tracks } = play(times(8, (i) => [strong(at(0.1 + 0.09 * i))]));
    expect(new Set(tracks.flat().map((one) => one.id))).toEqual(new Set([1]));
  });

  it('is kept by two riders who cross, one hidden behind the other for two frames', () => {
    const east = (i: number) => at(0.2 + 0.04 * i, 0.5);
    const west = (i: number) => at(0.76 - 0.04 * i, 0.53);
    const frames = times(15, (i) => (i === 7 ? [strong(west(i))] : [strong(east(i)), strong(west(i))]));
    const { tracks } = play(frames);
    const idOf = (frame: number, x: number) =>
      tracks[frame]?.find((one) => Math.abs(one.box.x + SIZE.w / 2 - x) < 0.01)?.id;
    expect([idOf(2, 0.28), idOf(2, 0.68)]).toEqual([1, 2]);
    expect([idOf(14, 0.76), idOf(14, 0.2)]).toEqual([1, 2]);
    expect(tracks.at(-1)).toHaveLength(2);
  });

  it('belongs to one vehicle at a time, each detection to one track, and every track that ends is reported once', () => {
    const detection = fc
      .record({ cx: fc.double({ min: 0, max: 1, noNaN: true }), confidence: fc.constantFrom(0.1, 0.2, 0.9) })
      .map(({ cx, confidence }) => group(around(cx, 0.5, SIZE), [], confidence));
    const frames = fc.array(fc.array(detection, { maxLength: 4 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(frames, (sequence) => {
        const ending = times(20, () => []);
        const { tracks, removed } = play([...sequence, ...ending]);
        const known = new Set<number>();
        tracks.forEach((list, frame) => {
          expect(new Set(list.map((one) => one.id)).size).toBe(list.length);
          const shown = list.flatMap((one) => (one.detection === null ? [] : [one.detection]));
          expect(new Set(shown).size).toBe(shown.length);
          const strongOnes = [...sequence, ...ending][frame]?.filter((one) => one.confidence >= 0.5) ?? [];
          for (const one of strongOnes) expect(shown).toContain(one);
          for (const one of list) known.add(one.id);
        });
        expect(removed.map((one) => one.id).sort((a, b) => a - b)).toEqual([...known].sort((a, b) => a - b));
        expect(tracks.at(-1)).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});

describe('what speaks for the same vehicle', () => {
  const linksOf = (frames: readonly (readonly Detection[])[]) =>
    play(frames)
      .tracks.at(-1)
      ?.map((one) => one.link);

  it('is told of every track that was found again, and of no other', () => {
    expect(linksOf([[strong(still)]])).toEqual([null]);
    expect(linksOf([[strong(still)], [strong(still)], []])).toEqual([null]);
    const [link] = linksOf([[strong(still)], [strong(still)]]) ?? [];
    expect(link).toMatchObject({ gapMs: FRAME_MS, rivals: [] });
    expect(link?.overlap).toBeCloseTo(1, 6);
  });

  it('is less after a gap and away from where it was expected', () => {
    const [link] = linksOf([...times(3, () => [strong(still)]), [], [], [strong(at(0.53))]]) ?? [];
    expect(link?.gapMs).toBe(3 * FRAME_MS);
    expect(link?.overlap).toBeLessThan(0.6);
  });

  it('is nothing sure where one vehicle is seen and two are expected there', () => {
    const two = [strong(at(0.5)), strong(at(0.53))];
    const links = linksOf([...times(4, () => two), [strong(at(0.515))]]) ?? [];
    expect(links.flatMap((link) => (link === null ? [] : [link.rivals.length]))).toEqual([1]);
  });

  it('is not shaken by a neighbour who overlaps by a third, seen or not', () => {
    const two = [strong(at(0.5)), strong(at(0.54))];
    for (const last of [two, two.slice(0, 1)]) {
      const links = linksOf([...times(4, () => two), last]) ?? [];
      expect(links.flatMap((link) => link?.rivals ?? [])).toEqual([]);
    }
  });
});

it('follows nobody over three seconds without a picture, nor once it is told that the camera is blind', () => {
  const tracker = new Tracker(OPTIONS);
  for (let i = 0; i < 3; i++) tracker.update([strong(still)], i * FRAME_MS);
  const { tracks, removed } = tracker.update([strong(still)], 5000);
  expect([removed.map((one) => one.id), tracks.map((one) => one.id)]).toEqual([[1], [2]]);
  expect(tracker.clear().map((one) => one.id)).toEqual([2]);
  expect(tracker.update([strong(still)], 5200).tracks.map((one) => one.id)).toEqual([3]);
});
