/** A sound is recognised in a recording of it, and not in one of something else. */
import { likeness } from '../../src/announcer/sound/likeness';
import type { Sound } from '../../src/announcer/sound/wav';

const RATE_HZ = 8000;

function sound(lengthMs: number, sampleAt: (seconds: number) => number): Sound {
  const samples = Int16Array.from({ length: (RATE_HZ * lengthMs) / 1000 }, (_, i) => Math.round(sampleAt(i / RATE_HZ)));
  return { sampleRateHz: RATE_HZ, channels: 1, samples };
}

/** Syllables at `rate` a second, which does not stay the same. */
const speech = (rate: number) =>
  sound(1500, (t) => 9000 * Math.max(0, Math.sin(2 * Math.PI * (rate + t) * t)) * Math.sin(2 * Math.PI * 300 * t));

function joined(...sounds: readonly Sound[]): Sound {
  return { ...speech(3), samples: Int16Array.from(sounds.flatMap(({ samples }) => [...samples])) };
}

const quiet = (lengthMs: number) => sound(lengthMs, () => 0);
const music = sound(2500, (t) => 1500 * Math.sin(2 * Math.PI * 440 * t) * (1 + 0.5 * Math.sin(2 * Math.PI * 0.7 * t)));

test('itself, quieter and later, is the same', () => {
  const said = speech(3);
  const recording = joined(quiet(400), { ...said, samples: said.samples.map((sample) => sample / 8) }, quiet(300));
  expect(likeness(recording, speech(3))).toBeGreaterThan(0.98);
});

test('its beginning may be missed', () => {
  const { samples } = speech(3);
  expect(likeness({ ...speech(3), samples: samples.subarray(RATE_HZ / 10) }, speech(3))).toBeGreaterThan(0.8);
});

test('music may play beside it', () => {
  const said = joined(quiet(500), speech(3), quiet(500));
  const mixed = said.samples.map((sample, i) => sample + (music.samples[i] ?? 0));
  expect(likeness({ ...said, samples: mixed }, speech(3))).toBeGreaterThan(0.8);
});

test('a steady tone is known by its beginning and end', () => {
  const tone = sound(300, (t) => 9000 * Math.sin(2 * Math.PI * 440 * t));
  expect(likeness(joined(quiet(500), tone, quiet(500)), tone)).toBeGreaterThan(0.98);
});

test.each([
  { title: 'silence', recording: quiet(2500) },
  { title: 'music alone', recording: music },
  { title: 'another sentence', recording: joined(quiet(500), speech(5), quiet(500)) },
  { title: 'nothing at all', recording: quiet(0) },
])('$title is not taken for it', ({ recording }) => {
  expect(likeness(recording, speech(3))).toBeLessThan(0.6);
});
