/** Where the voice is in a take, how far above its room, and what is left when the room is cut off. */
import fc from 'fast-check';
import { cutOut, voiceSpan } from '../../src/announcer/sound/voice-span';
import { rmsRatio, scaled } from '../../src/announcer/sound/wav';
import { type TakeParts, take } from '../support/takes';

/** A frame, and what a soft beginning may cost. */
const CLOSE_MS = 20;

function expectSpan(parts: TakeParts, [startMs, endMs]: readonly [number, number]): void {
  const span = voiceSpan(take(parts));
  expect(Math.abs((span?.startMs ?? -1e9) - startMs)).toBeLessThanOrEqual(CLOSE_MS);
  expect(Math.abs((span?.endMs ?? -1e9) - endMs)).toBeLessThanOrEqual(CLOSE_MS);
}

describe('the voice in a take', () => {
  it.each<[string, TakeParts, readonly [number, number]]>([
    ['in a silent room', {}, [300, 800]],
    ['far away', { peak: 0.01 }, [300, 800]],
    ['in a quiet room (50 dB)', { noise: 0.0006 }, [300, 800]],
    ['in a loud room (20 dB)', { noise: 0.02 }, [300, 800]],
    ['in a very loud room (14 dB)', { noise: 0.04 }, [300, 800]],
    ['after a tap on the button', { tapAtMs: 20, noise: 0.001 }, [300, 800]],
    ['before a tap on the button', { tapAtMs: 1_050, noise: 0.001 }, [300, 800]],
    ['from the very beginning', { beforeMs: 0 }, [0, 500]],
    ['to the very end', { afterMs: 0 }, [300, 800]],
    ['without any room', { beforeMs: 0, afterMs: 0 }, [0, 500]],
    ['at 8 kHz', { rateHz: 8_000, noise: 0.001 }, [300, 800]],
    ['at 44.1 kHz', { rateHz: 44_100, noise: 0.001 }, [300, 800]],
    ['of twelve seconds', { voiceMs: 12_000, noise: 0.003 }, [300, 12_300]],
  ])('is found %s', (_, parts, span) => expectSpan(parts, span));

  it('is not found in silence', () => expect(voiceSpan(take({ peak: 0 }))).toBeNull());

  it.each([
    { peak: 0.3, noise: 0.001 },
    { peak: 0.3, noise: 0.01 },
    { peak: 0.05, noise: 0.002 },
    { peak: 0.3, noise: 0.03 },
  ])('stands above its room as it was made: $peak in $noise', ({ peak, noise }) => {
    const alone = voiceSpan(take({ peak, noise }));
    const voiceRms = rmsRatio(take({ beforeMs: 0, afterMs: 0, peak }));
    const madeDb = 10 * Math.log10((voiceRms ** 2 + noise ** 2) / noise ** 2);
    expect(Math.abs((alone?.aboveNoiseDb ?? 0) - madeDb)).toBeLessThan(1);
  });

  it('tells nothing of a room that it never leaves', () => {
    expect(voiceSpan(take({ beforeMs: 30, afterMs: 30, noise: 0.01 }))?.aboveNoiseDb).toBeNull();
  });

  const PARTS = fc.record({
    beforeMs: fc.integer({ min: 150, max: 1_500 }),
    voiceMs: fc.integer({ min: 100, max: 1_200 }),
    afterMs: fc.integer({ min: 150, max: 1_500 }),
    peak: fc.double({ min: 0.02, max: 0.9, noNaN: true }),
    noise: fc.constantFrom(0, 0.0002, 0.001),
    rateHz: fc.constantFrom(8_000, 16_000, 22_050),
  });

  it('is found wherever it is, how loud it is, and at any rate', () =>
    fc.assert(
      fc.property(PARTS, (parts) => expectSpan(parts, [parts.beforeMs, parts.beforeMs + parts.voiceMs])),
      { numRuns: 60 },
    ));

  it('is in the same place when all of it is quieter', () =>
    fc.assert(
      fc.property(PARTS, (parts) => {
        const sound = take({ ...parts, noise: 0 });
        const [loud, soft] = [voiceSpan(sound), voiceSpan(scaled(sound, 0.5))];
        expect(Math.abs((loud?.startMs ?? 0) - (soft?.startMs ?? 1e9))).toBeLessThanOrEqual(10);
        expect(Math.abs((loud?.endMs ?? 0) - (soft?.endMs ?? 1e9))).toBeLessThanOrEqual(10);
      }),
      { numRuns: 30 },
    ));
});

describe('the voice cut out', () => {
  it('stands between 200 ms of silence, and nothing of it is touched', () => {
    const sound = take({ noise: 0.01 });
    const span = voiceSpan(sound) ?? { startMs: 0, endMs: 0, aboveNoiseDb: null };
    const { samples, sampleRateHz } = cutOut(sound, span);
    const perMs = sampleRateHz / 1000;
    expect(new Set(samples.subarray(0, 200 * perMs))).toEqual(new Set([0]));
    expect(new Set(samples.subarray(samples.length - 200 * perMs))).toEqual(new Set([0]));
    const keptMs = { before: 50, after: 60 };
    expect(samples.length / perMs).toBeCloseTo(400 + span.endMs - span.startMs + keptMs.before + keptMs.after, 0);
    const voice = sound.samples.subarray(span.startMs * perMs, span.endMs * perMs);
    const at = (200 + keptMs.before) * perMs;
    expect(samples.subarray(at, at + voice.length)).toEqual(voice);
  });

  it('can be cut out again: it stays where it is', () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 150, max: 800 }), (beforeMs, voiceMs) => {
        const sound = take({ beforeMs, voiceMs, afterMs: beforeMs, noise: 0.002, rateHz: 16_000 });
        const first = voiceSpan(sound);
        if (first === null) throw new Error('no voice');
        const again = voiceSpan(cutOut(sound, first));
        expect(Math.abs((again?.endMs ?? 0) - (again?.startMs ?? 0) - (first.endMs - first.startMs))).toBeLessThan(100);
      }),
      { numRuns: 30 },
    ));
});
