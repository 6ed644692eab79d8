import { trackPitch } from '../../src/announcer/sound/pitch';
import { withMelody } from '../../src/announcer/sound/psola';

const RATE_HZ = 22_050;
const SOURCE_HZ = 192;
const HISS = 1000;

/** A vowel of constant pitch (pulses ringing at `formantHz`) after HISS samples of hiss, and 300 of quiet. */
function syllable(formantHz: number): Float32Array {
  const samples = new Float32Array(HISS + 8000 + 300);
  for (let i = 0; i < HISS; i += 1) samples[i] = 500 * Math.sin(i * i);
  for (let pulse = HISS; pulse < HISS + 8000; pulse += RATE_HZ / SOURCE_HZ) {
    for (let i = 0; i < 400 && pulse + i < HISS + 8000; i += 1) {
      const at = Math.round(pulse) + i;
      samples[at] = (samples[at] ?? 0) + 8000 * Math.exp(-i / 60) * Math.sin((2 * Math.PI * formantHz * i) / RATE_HZ);
    }
  }
  return samples;
}

const VOICED = { from: HISS, to: HISS + 8000 };
const sung = (samples: Float32Array, length: number, hzAt: (at: number) => number) =>
  withMelody(samples, RATE_HZ, { sourceHz: SOURCE_HZ, voiced: VOICED, length, hzAt });
const asSound = (samples: Float32Array) => ({ sampleRateHz: RATE_HZ, channels: 1, samples: Int16Array.from(samples) });
const pitches = (samples: Float32Array) =>
  trackPitch(asSound(samples), { minHz: 100, maxHz: 380, hopMs: 5 }).filter(({ atMs }) => atMs > 60 && atMs < 380);
const cents = (hz: number | null, wantedHz: number) => Math.abs(1200 * Math.log2((hz ?? 1) / wantedHz));

/** Strength of one frequency in the vowel. */
function strength(samples: Float32Array, hz: number): number {
  let [re, im] = [0, 0];
  for (let i = HISS + 1000; i < HISS + 7000; i += 1) {
    re += (samples[i] ?? 0) * Math.cos((2 * Math.PI * hz * i) / RATE_HZ);
    im += (samples[i] ?? 0) * Math.sin((2 * Math.PI * hz * i) / RATE_HZ);
  }
  return Math.hypot(re, im);
}

test.each([140, 165, 192, 230, 280])('the vowel is sung at %i Hz, within 25 cents', (hz) => {
  const frames = pitches(sung(syllable(800), 8000, () => hz));
  expect(frames.length).toBeGreaterThan(40);
  expect(Math.max(...frames.map((frame) => cents(frame.hz, hz)))).toBeLessThan(25);
});

test('a melody is followed at every moment, within half a semitone', () => {
  const hzAt = (at: number) => 140 * 2 ** (at / 8000);
  for (const { atMs, hz } of pitches(sung(syllable(800), 8000, hzAt))) {
    expect(cents(hz, hzAt((atMs / 1000) * RATE_HZ - HISS))).toBeLessThan(50);
  }
});

test.each([4000, 8000, 12_000])('the vowel becomes %i samples long, hiss and end stay', (length) => {
  const source = syllable(800);
  const result = sung(source, length, () => 220);
  expect(Math.abs(result.length - (source.length - 8000 + length))).toBeLessThan(RATE_HZ / 140);
  expect(result.slice(0, HISS - 200)).toEqual(source.slice(0, HISS - 200));
  expect(result.slice(-100)).toEqual(source.slice(-100));
});

test('the vowel stays the same vowel: its formant does not move with the pitch', () => {
  const result = sung(syllable(960), 8000, () => 240);
  // 960 Hz is a harmonic of both pitches; 1200 would be where the formant went if the sound were merely played faster.
  expect(strength(result, 960)).toBeGreaterThan(2 * strength(result, 1200));
});

test('its own pitch and length change nothing that could be heard', () => {
  const source = syllable(800);
  const result = sung(source, 8000, () => SOURCE_HZ);
  let [error, energy] = [0, 0];
  for (const [index, sample] of source.entries()) {
    error += (sample - (result[index] ?? 0)) ** 2;
    energy += sample ** 2;
  }
  expect(error / energy).toBeLessThan(0.01);
});

test('too short a voice to have periods is left alone', () => {
  const source = syllable(800);
  const voiced = { from: HISS, to: HISS + 100 };
  expect(withMelody(source, RATE_HZ, { sourceHz: SOURCE_HZ, voiced, length: 50, hzAt: () => 200 })).toEqual(source);
});
