/** Whether a vehicle was seen to come here being ridden, or its track only took over the travel of whoever walked past. */
import type { BoundingBox } from '../../src/domain';
import { type Journey, movedBy, travel } from '../../src/rider/journey';
import { THRESHOLDS } from '../support/rules';
import { around } from '../support/scene';

const FRAME_MS = 200;
const RULES = { ...THRESHOLDS['rider-detector'], aspect: 16 / 9 };
const SIZE = { w: 0.1, h: 0.3 };

/** What a frame shows: null = hidden. */
type Look = { readonly box: BoundingBox; readonly isRidden?: boolean } | null;

/** The journey after each frame; velocities are those of the boxes, as the tracker's filter would have them. */
function follow(looks: readonly Look[]): (Journey | null)[] {
  let journey: Journey | null = null;
  let last: { readonly box: BoundingBox; readonly i: number } | null = null;
  return looks.map((look, i) => {
    if (look === null) return journey;
    const { box, isRidden = true } = look;
    const passedS = last === null ? 1 : ((i - last.i) * FRAME_MS) / 1000;
    const from = last?.box ?? box;
    const velocity = {
      x: (box.x + box.w / 2 - from.x - from.w / 2) / passedS,
      y: (box.y + box.h / 2 - from.y - from.h / 2) / passedS,
    };
    last = { box, i };
    journey = travel(journey, { sight: { atMs: i * FRAME_MS, box, velocity }, isRidden }, RULES);
    return journey;
  });
}

const hasMoved = (looks: readonly Look[]): boolean => follow(looks).at(-1)?.hasMoved === true;
const times = (count: number, make: (i: number) => Look): Look[] => Array.from({ length: count }, (_, i) => make(i));
const at = (x: number, size = SIZE): Look => ({ box: around(x, 0.5, size) });
const pushedAt = (x: number, size = SIZE): Look => ({ box: around(x, 0.5, size), isRidden: false });
/** Braking: 0.3 → 0.5 of the picture in two seconds. */
const arriving = times(10, (i) => at(0.5 - 0.2 * (1 - i / 9) ** 2));
const standing = (count: number): Look[] => times(count, () => at(0.5));

it.each<[string, readonly Look[]]>([
  ['rolls on', times(8, (i) => at(0.3 + 0.02 * i))],
  ['rolls on fast', times(8, (i) => at(0.1 + 0.1 * i))],
  ['brakes and stands', [...arriving, ...standing(20)]],
  ['comes straight at the camera', times(12, (i) => at(0.5, { w: 0.05 * 1.1 ** i, h: 0.1 * 1.1 ** i }))],
  ['stands, then rides off', [...standing(10), ...times(10, (i) => at(0.5 + 0.002 * i * i))]],
  ['is pushed, then mounted and ridden', [...times(5, (i) => pushedAt(0.2 + 0.02 * i)), ...arriving]],
  ['came, and is hidden while it stands', [...arriving, ...standing(3), ...times(10, () => null), ...standing(5)]],
  ['is hidden for a second on its way', [...times(8, (i) => at(0.1 + 0.03 * i)), ...times(4, () => null), at(0.46)]],
  ['came, and is half hidden for some looks', [...arriving, ...times(4, () => at(0.5, { w: 0.1, h: 0.18 })), at(0.5)]],
  ['came, and reads as ridden by nobody for two seconds', [...arriving, ...times(10, () => pushedAt(0.5)), at(0.5)]],
])('a vehicle that %s has moved', (_case, looks) => expect(hasMoved(looks)).toBe(true));

it.each<[string, readonly Look[]]>([
  ['stands', standing(20)],
  ['is followed on from a box elsewhere in one jump', [...times(5, () => at(0.3)), ...standing(20)]],
  ['is followed on in two jumps', [at(0.2), at(0.2), at(0.34), at(0.34), ...standing(20)]],
  ['takes over a track that came riding', [...times(8, (i) => at(0.1 + 0.02 * i)), ...standing(20)]],
  ['takes over the track of somebody who pushes', [...times(10, (i) => pushedAt(0.2 + 0.03 * i)), ...standing(20)]],
  [
    'loses its track to a walker and gets it back',
    [...standing(5), ...times(5, (i) => pushedAt(0.5 + 0.02 * i)), ...standing(9)],
  ],
  ['began as a part of itself', [at(0.5, { w: 0.08, h: 0.15 }), ...standing(20)]],
  ['shows now more of itself, now less', times(20, (i) => at(0.5, i % 4 < 2 ? SIZE : { w: 0.1, h: 0.17 }))],
  ['is merged with somebody beside it now and then', times(20, (i) => at(0.5, i % 5 < 3 ? SIZE : { w: 0.2, h: 0.3 }))],
  ['shakes', times(20, (i) => at(i % 2 === 0 ? 0.5 : 0.53))],
  ['came, and was left by its rider', [...arriving, ...times(16, () => pushedAt(0.5)), ...standing(10)]],
])('a vehicle that %s has not moved', (_case, looks) => expect(hasMoved(looks)).toBe(false));

describe('how far a box has travelled', () => {
  it.each<[string, BoundingBox, number]>([
    ['its height, aside', around(0.5 + 0.3 / RULES.aspect, 0.5, SIZE), 1],
    ['half its height, down', around(0.5, 0.65, SIZE), 0.5],
    ['nothing when one edge alone moves', { ...around(0.5, 0.5, SIZE), w: 0.3 }, 0],
    ['beyond measure when it has doubled', around(0.5, 0.5, { w: 0.2, h: 0.6 }), Infinity],
  ])('is %s', (_case, to, expected) => {
    expect(movedBy(around(0.5, 0.5, SIZE), to, RULES)).toBeCloseTo(expected, 6);
  });
});
