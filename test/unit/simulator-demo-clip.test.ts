import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Box } from '../../scripts/simulator/geometry';
import { parseScenario } from '../../scripts/simulator/scenario';
import type { castOf, TruthFrame, TruthPerson } from '../../scripts/simulator/truth';

/** The committed clip keeps the promises that the demo and the replay tests build on. */
const CLIPS = join(__dirname, '../clips');
const SCENARIOS = join(__dirname, '../../scripts/simulator/scenarios');

interface Truth {
  readonly video: {
    readonly fps: number;
    readonly width: number;
    readonly height: number;
    readonly frames: number;
    readonly durationS: number;
  };
  readonly seed: number;
  readonly actors: ReturnType<typeof castOf>;
  readonly frames: readonly TruthFrame[];
}

const truth: Truth = JSON.parse(readFileSync(join(CLIPS, 'junction-demo.truth.json'), 'utf8'));
const MIN_WAITING_HEAD_PX = 28;

function personAt(id: string, tS: number): TruthPerson | undefined {
  const frame = truth.frames[Math.round(tS * truth.video.fps)];
  return frame?.vehicles.flatMap(({ persons }) => persons).find((person) => person.id === id);
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}

describe('the demo clip', () => {
  it('was rendered from the scenario beside the simulator', () => {
    const scenario = parseScenario(readFileSync(join(SCENARIOS, 'junction-demo.yaml'), 'utf8'), 'junction-demo.yaml');
    const { fps, seed, widthPx: width, heightPx: height, durationS } = scenario;
    expect(truth).toMatchObject({ seed, video: { fps, width, height, durationS } });
    expect(truth.frames).toHaveLength(truth.video.frames);
    expect(truth.actors.map(({ id }) => id)).toEqual(scenario.actors.map(({ id }) => id));
  });

  it('is small enough to be committed', () => {
    expect(statSync(join(CLIPS, 'junction-demo.mp4')).size).toBeLessThanOrEqual(8 * 2 ** 20);
    expect(statSync(join(CLIPS, 'junction-demo.truth.json')).size).toBeLessThanOrEqual(3_000_000);
  });

  it('begins and ends with nobody but the parked bike', () => {
    for (const frame of [truth.frames[0], truth.frames.at(-1)]) {
      expect(frame?.vehicles.map(({ kind }) => kind)).toEqual(['parked']);
      expect(frame?.pedestrians).toEqual([]);
    }
  });

  it.each([
    ['the helmeted rider', 'p1', 12, 43, 'worn'],
    ['the driver in blue before', 'p2', 13, 34, 'not_worn'],
    ['the driver in blue after', 'p2', 35.2, 44.5, 'worn'],
    ['the helmeted driver', 'p5', 55, 69, 'worn'],
    ['the bare-headed passenger', 'p6', 55, 69, 'not_worn'],
  ])('%s can be seen and judged while waiting', (_who, id, fromS, untilS, state) => {
    for (let tS = fromS; tS <= untilS; tS += 0.5) {
      const person = personAt(id, tS);
      expect({ tS, state: person?.state }).toEqual({ tS, state });
      expect((person?.head?.h ?? 0) * truth.video.height).toBeGreaterThanOrEqual(MIN_WAITING_HEAD_PX);
    }
  });

  it.each([
    ['p1', 'p2', 13, 43],
    ['p5', 'p6', 55, 69],
  ])('heads of %s and %s stay apart while waiting', (one, other, fromS, untilS) => {
    let apart = 0;
    let all = 0;
    for (let tS = fromS; tS <= untilS; tS += 0.5) {
      const [a, b] = [personAt(one, tS)?.head, personAt(other, tS)?.head];
      all += 1;
      // Boxes may touch for a moment when a head turns.
      if (a && b && !overlap({ ...a, w: a.w * 0.9, h: a.h * 0.9 }, b)) apart += 1;
    }
    expect(apart / all).toBeGreaterThan(0.9);
  });

  it('shows a pedestrian and a pusher, who ride nothing', () => {
    for (const [id, kind, fromS, untilS] of [
      ['p3', 'pedestrian', 14, 18],
      ['p4', 'pusher', 22, 30],
    ] as const) {
      for (let tS = fromS; tS <= untilS; tS += 1) {
        const frame = truth.frames[Math.round(tS * truth.video.fps)];
        expect(frame?.pedestrians).toContainEqual(expect.objectContaining({ id, kind }));
      }
    }
  });
});
