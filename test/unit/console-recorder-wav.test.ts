/** What the page makes of a microphone is what the box reads. */
import fc from 'fast-check';
import { parseWav } from '../../src/announcer/sound/wav';
import { levelDb, wavOf } from '../../src/console/web/recorder/wav';

const read = async (stretches: readonly Float32Array[], rateHz: number) =>
  parseWav(Buffer.from(await wavOf(stretches, rateHz).arrayBuffer()));

test('stretches follow each other, sample by sample', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(fc.integer({ min: -32_767, max: 32_767 }), { maxLength: 50 }), { maxLength: 5 }),
      fc.constantFrom(44_100, 48_000),
      async (lists, rateHz) => {
        const stretches = lists.map((list) => Float32Array.from(list, (each) => each / 32_767));
        const sound = await read(stretches, rateHz);
        expect({ ...sound, samples: [...sound.samples] }).toEqual({
          ...{ sampleRateHz: rateHz, channels: 1 },
          samples: lists.flat(),
        });
      },
    ),
    { numRuns: 50 },
  ));

test('what is beyond full scale is limited to it', async () => {
  const { samples } = await read([Float32Array.of(2, -2, 1, -1)], 48_000);
  expect([...samples]).toEqual([32_767, -32_767, 32_767, -32_767]);
});

test.each([
  [[0, 0.5, -1], 0],
  [[0.1, -0.01], -20],
  [[0, 0], -60],
])('the level of %j is %d dB', (values, expected) => {
  expect(levelDb(Float32Array.from(values))).toBeCloseTo(expected, 4);
});
