import fc from 'fast-check';
import { parseScenario, type Waypoint } from '../../scripts/simulator/scenario';
import { eased, momentAt, placeAt } from '../../scripts/simulator/timeline';

const waypoint = (t: number, x: number, z: number, more: Partial<Waypoint> = {}): Waypoint => ({
  t,
  x,
  z,
  ease: 'linear',
  ...more,
});
const EASES = ['linear', 'brake', 'accelerate', 'smooth'] as const;

describe('ease', () => {
  it.each(EASES)('%s goes from 0 to 1, never backwards, and its rate is its slope', (ease) => {
    expect(eased(ease, 0).way).toBeCloseTo(0, 9);
    expect(eased(ease, 1).way).toBeCloseTo(1, 9);
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 0.999, noNaN: true }), (share) => {
        const step = 1e-5;
        const slope = (eased(ease, share + step).way - eased(ease, share - step).way) / (2 * step);
        expect(eased(ease, share).rate).toBeGreaterThanOrEqual(-1e-9);
        expect(eased(ease, share).rate).toBeCloseTo(slope, 3);
      }),
    );
  });

  it('brake ends standing and accelerate begins standing', () => {
    expect(eased('brake', 1).rate).toBeCloseTo(0, 9);
    expect(eased('accelerate', 0).rate).toBeCloseTo(0, 9);
  });
});

describe('a path', () => {
  const path = [waypoint(1, 0, 0), waypoint(3, 0, 10), waypoint(5, 0, 10), waypoint(6, 10, 10)];

  it.each([
    [0.9, null],
    [1, { x: 0, z: 0, distanceM: 0 }],
    [2, { x: 0, z: 5, distanceM: 5, speedMps: 5 }],
    [4, { x: 0, z: 10, distanceM: 10, speedMps: 0 }],
    [6, { x: 10, z: 10, distanceM: 20, speedMps: 10 }],
    [6.1, null],
  ])('at %s s', (tS, expected) => {
    const place = placeAt(path, tS);
    if (expected === null) expect(place).toBeNull();
    else expect(place).toMatchObject(expected);
  });

  it('faces where it goes, keeps that heading while standing, and turns into the next leg', () => {
    expect(placeAt(path, 2)?.headingRad).toBeCloseTo(0, 6);
    expect(placeAt(path, 4.9)?.headingRad).toBeCloseTo(0, 6);
    expect(placeAt(path, 5.9)?.headingRad).toBeCloseTo(Math.PI / 2, 6);
  });

  it('turns to the heading of a waypoint only on arrival, and keeps it while standing', () => {
    const arriving = [
      waypoint(0, 0, -20),
      waypoint(4, 0, 0, { headingDeg: -20 }),
      waypoint(8, 0, 0, { headingDeg: -20 }),
    ];
    const degreesAt = (tS: number): number => ((placeAt(arriving, tS)?.headingRad ?? 0) * 180) / Math.PI;
    expect([0, 2, 3, 4, 6, 8].map((tS) => Math.round(degreesAt(tS)))).toEqual([0, 0, 0, -20, -20, -20]);
  });

  it('of one waypoint stands there always', () => {
    expect(placeAt([waypoint(0, 4, 5, { headingDeg: 90 })], 100)).toMatchObject({
      x: 4,
      z: 5,
      speedMps: 0,
      headingRad: Math.PI / 2,
    });
  });

  it('never jumps', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 5.98, noNaN: true }), fc.constantFrom(...EASES), (tS, ease) => {
        const eases = path.map((one) => ({ ...one, ease }));
        const [before, after] = [placeAt(eases, tS), placeAt(eases, tS + 0.01)];
        if (!before || !after) throw new Error('absent in the middle of its path');
        // Twice the mean speed of the fastest leg.
        expect(Math.hypot(after.x - before.x, after.z - before.z)).toBeLessThanOrEqual(0.01 * 20 + 1e-9);
      }),
    );
  });
});

describe('a helmet', () => {
  const text = (helmet: string): string =>
    `name: a\ndurationS: 9\ncamera: { position: [0, 4, 9], lookAt: [0, 1, 0] }\nactors: [{ id: v, kind: ebike, path: [{ t: 0, x: 0, z: 0 }], persons: [{ id: p, helmet: ${helmet} }] }]`;
  const personAt = (helmet: string, tS: number) =>
    momentAt(parseScenario(text(helmet), 'film.yaml'), tS).actors[0]?.persons[0];

  it.each([
    ['put on at 5 s: before', '{ onAtS: 5, takesS: 1.2 }', 3.7, 'not_worn', -0.0833],
    ['put on at 5 s: half way', '{ onAtS: 5, takesS: 1.2 }', 4.4, 'not_worn', 0.5],
    ['put on at 5 s: on', '{ onAtS: 5, takesS: 1.2 }', 5, 'worn', 1],
    ['worn from the start', '{ onAtS: 0 }', 0, 'worn', 3],
    ['never put on', '{ onAtS: null }', 8, 'not_worn', -1],
    ['not there', 'null', 8, 'not_worn', null],
  ])('%s', (_case, helmet, tS, state, progress) => {
    const person = personAt(helmet, tS);
    expect(person?.state).toBe(state);
    if (progress === null) expect(person?.helmetProgress).toBeNull();
    else expect(person?.helmetProgress).toBeCloseTo(progress, 3);
  });
});
