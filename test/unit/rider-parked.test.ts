/** A vehicle that never moved: who is a waiting rider, and what only looks like one. */
import fc from 'fast-check';
import type { Point } from '../../src/geometry';
import {
  addPlace,
  type HeadPlace,
  headPlace,
  isConvincing,
  isCovered,
  type Presence,
  sway,
} from '../../src/rider/parked';
import { riderRules } from '../support/rules';
import { around } from '../support/scene';

const RULES = riderRules();
const VEHICLE = around(0.5, 0.5, { w: 0.1, h: 0.3 });
const HEAD = { w: 0.025, h: 0.04 };
const ASPECT = 16 / 9;
const FRAMES = 12;

/** Where head and vehicle are in each of 12 pictures, 5 a second; offsets in head heights. */
interface Film {
  readonly head: (i: number) => Point;
  readonly vehicle?: (i: number) => Point;
  readonly isSeen?: (i: number) => boolean;
}

const moved = (by: Point): Point => [(by[0] * HEAD.h) / ASPECT, by[1] * HEAD.h];
function placesOf({ head, vehicle = () => [0, 0], isSeen = () => true }: Film): Presence['places'] {
  return Array.from({ length: FRAMES }, (_, i) => i)
    .filter(isSeen)
    .map((i) => {
      const [hx, hy] = moved(head(i));
      const [vx, vy] = moved(vehicle(i));
      const box = { ...VEHICLE, x: VEHICLE.x + vx, y: VEHICLE.y + vy };
      return headPlace(around(0.5 + hx, 0.39 + hy, HEAD), box, { nowMs: i * 200, aspect: ASPECT });
    });
}

const still = (): Point => [0, 0];
/** A waiting rider looks about: a quarter of a head to and fro in four seconds. */
const looking = (i: number): Point => [0.25 * Math.sin((2 * Math.PI * i) / 20), 0];
/** Boxes of one thing jitter from picture to picture. */
const jitter = (i: number): Point => [i % 2 === 0 ? 0.06 : -0.06, i % 3 === 0 ? 0.05 : -0.03];
/** A pole in the wind: everything moves alike. */
const wind = (i: number): Point => [0.4 * Math.sin(i), 0.2 * Math.cos(i)];

const shaken = (i: number): Point => [wind(i)[0] + jitter(i)[0], wind(i)[1] + jitter(i)[1]];

const presence = (film: Film, rest: Partial<Presence> = {}): Presence => ({
  places: placesOf(film).reduce<HeadPlace[]>((path, place) => addPlace(path, place, RULES), []),
  frames: FRAMES,
  groupScore: 0.75,
  headScore: 0.65,
  pictureHeightPx: 1080,
  ...rest,
});

it.each<[string, Presence, boolean]>([
  ['a rider looking about', presence({ head: looking }), true],
  ['a rider nodding', presence({ head: (i) => [0, 0.2 * Math.sin(i / 2)] }), true],
  ['a rider hidden in every third picture', presence({ head: looking, isSeen: (i) => i % 3 !== 0 }), true],
  ['a mannequin', presence({ head: still }), false],
  ['a mannequin in jittering boxes', presence({ head: jitter }), false],
  ['a poster on a swaying pole', presence({ head: wind, vehicle: wind }), false],
  ['a poster on a swaying pole in jittering boxes', presence({ head: wind, vehicle: shaken }), false],
  ['a head too small to tell', presence({ head: looking }, { pictureHeightPx: 240 }), false],
  ['two heads taken for one in turn', presence({ head: (i) => [i % 4 < 2 ? 0 : 2, 0] }), false],
  ['a helmet on the mirror, the box taking in more and less', presence({ head: still, vehicle: looking }), false],
  ['somebody walking by behind', presence({ head: (i) => [i / 2, 0], isSeen: (i) => i < 6 }), false],
  ['a head seen for a second', presence({ head: looking, isSeen: (i) => i < 6 }, { frames: 6 }), false],
  ['a moving thing that is hardly a head', presence({ head: looking }, { headScore: 0.45 }), false],
  ['a moving head on what is hardly ridden', presence({ head: looking }, { groupScore: 0.4 }), false],
  ['nobody', presence({ head: looking, isSeen: () => false }), false],
])('%s', (_case, seen, expected) => expect(isConvincing(seen, RULES)).toBe(expected));

describe('a head', () => {
  const head = around(0.5, 0.39, HEAD);
  const walker = (cx: number, bottom: number) => around(cx, bottom - 0.2, { w: 0.05, h: 0.4 });
  it.each<[string, readonly ReturnType<typeof walker>[], boolean]>([
    ['with nobody near', [], false],
    ['that somebody nearer to the camera cuts into', [walker(0.53, 0.7)], true],
    ['that somebody nearer to the camera passes beside', [walker(0.55, 0.7)], false],
    ['with somebody behind it', [walker(0.5, 0.6)], false],
    ['with one behind it and one in front', [walker(0.5, 0.6), walker(0.48, 0.7)], true],
  ])('%s', (_case, walkers, expected) => expect(isCovered(head, VEHICLE, walkers)).toBe(expected));
});

describe('the sway of a head', () => {
  it('is the standard deviation of its averaged path in head heights', () => {
    // Three pictures at one end, three at the other: averaged over three, the path goes −1, −⅓, ⅓, 1.
    const places = placesOf({ head: (i) => [i < 3 ? -1 : 1, 0], isSeen: (i) => i < 6 });
    expect(sway(places)).toBeCloseTo(Math.sqrt((1 + 1 / 9 + 1 / 9 + 1) / 4), 6);
  });

  it('is the same for near and far heads, and 0 of a rigid whole however it is moved', () => {
    const step = fc.tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.double({ min: -1, max: 1, noNaN: true }));
    fc.assert(
      fc.property(fc.array(step, { minLength: FRAMES, maxLength: FRAMES }), (path) => {
        const at = (i: number): Point => path[i] ?? [0, 0];
        expect(sway(placesOf({ head: at, vehicle: at }))).toBeCloseTo(0, 6);
        const near = placesOf({ head: at });
        const far = near.map((one) => ({
          ...one,
          headHeight: one.headHeight / 3,
          inPicture: [one.inPicture[0] / 3, one.inPicture[1] / 3] as const,
          onVehicle: [one.onVehicle[0] / 3, one.onVehicle[1] / 3] as const,
        }));
        expect(sway(far)).toBeCloseTo(sway(near), 6);
      }),
    );
  });

  it('of no look is none', () => expect(sway([])).toBe(0));
});
