/** Joining recordings: silence cut off, no click at a seam, rests as long as asked for. */
import { joined, trimmed } from '../../src/announcer/sound/joining';
import type { Sound } from '../../src/announcer/sound/wav';

const RATE_HZ = 16000;

function sine(lengthMs: number, { hz = 200, amplitude = 8000, phase = 0 } = {}): Sound {
  const { PI, round, sin } = Math;
  const samples = Int16Array.from({ length: (RATE_HZ * lengthMs) / 1000 }, (_, i) =>
    round(amplitude * sin((2 * PI * hz * i) / RATE_HZ + phase)),
  );
  return { sampleRateHz: RATE_HZ, channels: 1, samples };
}

function padded(sound: Sound, beforeMs: number, afterMs: number): Sound {
  const [before, after] = [beforeMs, afterMs].map((ms) => (ms * RATE_HZ) / 1000);
  const samples = new Int16Array(Number(before) + sound.samples.length + Number(after));
  samples.set(sound.samples, before);
  return { ...sound, samples };
}

const lengthMs = ({ samples }: Sound) => (samples.length / RATE_HZ) * 1000;

function steepest({ samples }: Sound): number {
  return samples.reduce((most, each, i) => Math.max(most, Math.abs(each - (samples[i - 1] ?? 0))), 0);
}

describe('trimming', () => {
  test('leaves the sound and a breath at each end', () => {
    const kept = lengthMs(trimmed(padded(sine(500), 700, 900)));
    expect(kept).toBeGreaterThanOrEqual(500 + 10 + 35);
    expect(kept).toBeLessThanOrEqual(500 + 20 + 45);
  });

  test('keeps soft beginnings, and silence between words', () => {
    const soft = joined(
      [
        { sound: sine(100, { amplitude: 300 }), pauseMs: 400 },
        { sound: sine(300), pauseMs: 0 },
      ],
      RATE_HZ,
    );
    expect(lengthMs(trimmed(padded(soft, 500, 500)))).toBeGreaterThanOrEqual(800);
  });

  test('a sound without silence, a silent and an empty one stay as they are', () => {
    for (const sound of [sine(300), padded(sine(0), 300, 0), sine(0)]) expect(trimmed(sound)).toEqual(sound);
  });
});

describe('joining', () => {
  test('rests last as long as asked for, words that follow at once overlap by a few milliseconds', () => {
    const whole = joined(
      [
        { sound: sine(300), pauseMs: 280 },
        { sound: sine(200), pauseMs: 0 },
        { sound: sine(200), pauseMs: 450 },
      ],
      RATE_HZ,
    );
    expect(lengthMs(whole)).toBeGreaterThan(300 + 280 + 400 - 15);
    expect(lengthMs(whole)).toBeLessThan(300 + 280 + 400);
    expect(whole.samples.subarray((RATE_HZ * 301) / 1000, (RATE_HZ * 579) / 1000).every((each) => each === 0)).toBe(
      true,
    );
  });

  test.each([
    ['in phase', 0, 0],
    ['against each other', 0, Math.PI],
    ['cut at a peak', Math.PI / 2, Math.PI / 2],
  ])('no seam is steeper than the sound itself, nor are the ends: %s', (_case, one, other) => {
    for (const pauseMs of [0, 200]) {
      const pieces = [sine(203, { phase: one }), sine(200, { phase: other })].map((sound) => ({ sound, pauseMs }));
      expect(steepest(joined(pieces, RATE_HZ))).toBeLessThanOrEqual(1.5 * steepest(sine(200)));
    }
  });

  test('a crossfade of different sounds keeps the power', () => {
    const whole = joined(
      [
        { sound: sine(300, { hz: 210 }), pauseMs: 0 },
        { sound: sine(300, { hz: 333 }), pauseMs: 0 },
      ],
      RATE_HZ,
    );
    const power = (from: number, to: number) => {
      const part = whole.samples.subarray((RATE_HZ * from) / 1000, (RATE_HZ * to) / 1000);
      return part.reduce((sum, each) => sum + each * each, 0) / part.length;
    };
    const ratio = power(284, 304) / power(100, 200);
    expect(ratio).toBeGreaterThan(0.6);
    expect(ratio).toBeLessThan(1.5);
  });

  test('nothing at all, and pieces shorter than a fade', () => {
    expect(joined([], RATE_HZ).samples).toHaveLength(0);
    expect(
      lengthMs(
        joined(
          [
            { sound: sine(4), pauseMs: 0 },
            { sound: sine(4), pauseMs: 0 },
          ],
          RATE_HZ,
        ),
      ),
    ).toBeLessThanOrEqual(8);
  });
});
