/** When a picture is looked at although, or because, it shows what the one before did. */
import fc from 'fast-check';
import type { Detection, Frame } from '../../src/domain';
import type { Attention } from '../../src/vision/attention';
import { sparing } from '../../src/vision/sparing';
import { blockLevels, largestChange } from '../../src/vision/stillness';
import { THRESHOLDS } from '../support/rules';
import { around, group } from '../support/scene';

const SIZE = { widthPx: 320, heightPx: 192 };
const STREET = 100;
const RULES = THRESHOLDS['rider-detector'];
const FOLLOWED: Attention = { box: around(0.5, 0.5, { w: 0.1, h: 0.3 }), interest: 'settled', waitedMs: 0 };

const RIDER: Detection = { ...group(around(0.5, 0.5, { w: 0.1, h: 0.3 })), heads: [] };
const PARKED: Detection = { ...RIDER, label: 'two_wheeler' };

interface Thing {
  readonly x: number;
  readonly y: number;
  readonly level: number;
  readonly w?: number;
  readonly h?: number;
}

/** A grey street with noise of up to `noise` levels and a thing in it, by default the smallest rider group that counts. */
function picture({ thing, noise = 0, size = SIZE }: { thing?: Thing; noise?: number; size?: typeof SIZE }) {
  const { widthPx, heightPx } = size;
  let state = 1;
  const pixels = new Uint8Array(widthPx * heightPx * 3);
  for (let at = 0; at < widthPx * heightPx; at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const [x, y] = [at % widthPx, Math.floor(at / widthPx)];
    const { x: left = 0, y: top = 0, w = 25, h = 60, level = STREET } = thing ?? {};
    const isThing = x >= left && x < left + w && y >= top && y < top + h;
    const shake = Math.round(((state >>> 8) / 2 ** 24 - 0.5) * 2 * noise);
    pixels.fill((isThing ? level : STREET) + shake, at * 3, at * 3 + 3);
  }
  return { widthPx, heightPx, pixels };
}

/** Which of the frames reached the networks, and what was said of each. */
async function looks(frames: readonly (Partial<Frame> & { readonly followed?: boolean })[], there: Detection = PARKED) {
  const looked: number[] = [];
  const found: (readonly Detection[])[] = [];
  const analyse = sparing((frame) => {
    looked.push(frame.index);
    return Promise.resolve({ frame, detections: [there] });
  }, RULES);
  for (const [index, { followed, ...rest }] of frames.entries()) {
    const frame = { cameraId: 'east', index, capturedAtMs: index * 200, ...picture({}), ...rest };
    const analysis = await analyse(frame, followed ? [FOLLOWED] : []);
    expect(analysis.frame).toBe(frame);
    found.push(analysis.detections);
  }
  return { looked, found };
}

const still = (count: number) => Array.from({ length: count }, () => picture({}));
const WAITING = picture({ thing: { x: 150, y: 70, level: 140 } });

it.each<[string, Parameters<typeof looks>[0], readonly number[]]>([
  ['an empty junction is looked at once a second', still(13), [0, 5, 10]],
  [
    'whoever is followed is looked at in every picture',
    still(4).map((one) => ({ ...one, followed: true })),
    [0, 1, 2, 3],
  ],
  [
    'the first picture after somebody is gone is looked at',
    [...still(2).map((one) => ({ ...one, followed: true })), ...still(3)],
    [0, 1, 2],
  ],
  ['somebody who appears and then waits is seen at once', [...still(2), WAITING, WAITING, WAITING], [0, 2]],
  ['noise is nobody', [1, 2, 3, 4].map((noise) => picture({ noise: 2 + noise })), [0]],
  [
    'a change too small for one picture adds up over several',
    [0, 1, 2, 3, 4].map((step) => picture({ thing: { x: 0, y: 0, w: 320, h: 192, level: STREET + 1.5 * step } })),
    [0, 3],
  ],
  [
    'another size of picture is another picture',
    [picture({}), picture({ size: { widthPx: 160, heightPx: 96 } })],
    [0, 1],
  ],
  ['a clock that was set back hides nothing', still(3).map((one, i) => ({ ...one, capturedAtMs: -i })), [0, 1, 2]],
])('%s', async (_title, frames, wanted) => {
  const { looked, found } = await looks(frames);
  expect(looked).toEqual(wanted);
  expect(found.every((one) => one.length === 1)).toBe(true);
});

it('a rider who was found is looked at in the next picture, however still it is', async () => {
  expect((await looks(still(3), RIDER)).looked).toEqual([0, 1, 2]);
});

it('looks again when the look before it failed', async () => {
  let calls = 0;
  const analyse = sparing(() => {
    calls += 1;
    return Promise.reject(new Error('no'));
  }, RULES);
  const frame = { cameraId: 'east', index: 0, capturedAtMs: 0, ...picture({}) };
  await expect(analyse(frame, [])).rejects.toThrow('no');
  await expect(analyse(frame, [])).rejects.toThrow('no');
  expect(calls).toBe(2);
});

it('the smallest group that counts changes a block enough wherever it stands, if it differs by 16 levels', () => {
  const before = blockLevels(picture({}));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 295 }), fc.integer({ min: 0, max: 132 }), fc.boolean(), (x, y, isDarker) => {
      const level = STREET + (isDarker ? -16 : 16);
      const change = largestChange(before, blockLevels(picture({ thing: { x, y, level } })));
      expect(change).toBeGreaterThanOrEqual(RULES.stillLevels);
    }),
    { numRuns: 30 },
  );
});
