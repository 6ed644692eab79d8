import { trackPitch } from '../../src/announcer/sound/pitch';
import type { Sound } from '../../src/announcer/sound/wav';

const VOICE = { minHz: 90, maxHz: 400, hopMs: 5 } as const;

/** A second of `wave(phase in cycles)` at a pitch that may move; about −10 dBFS. */
function tone(hzAt: (atMs: number) => number, { wave = saw, sampleRateHz = 22_050 } = {}): Sound {
  const samples = new Int16Array(sampleRateHz);
  let cycles = 0;
  for (let i = 0; i < samples.length; i += 1) {
    cycles += hzAt((i / sampleRateHz) * 1000) / sampleRateHz;
    samples[i] = 10_000 * wave(cycles);
  }
  return { sampleRateHz, channels: 1, samples };
}

const saw = (cycles: number) => 2 * (cycles % 1) - 1;
const sine = (cycles: number) => Math.sin(2 * Math.PI * cycles);
/** Harmonics 2 to 5 alone: the ear, and this tracker, still hear the missing first. */
const rootless = (cycles: number) => [2, 3, 4, 5].reduce((sum, k) => sum + 0.2 * Math.sin(2 * Math.PI * k * cycles), 0);
/** Cents between what is heard and what was made. */
const cents = (hz: number | null, madeHz: number) => Math.abs(1200 * Math.log2((hz ?? 1) / madeHz));

test.each([
  ['a sine', sine, 22_050],
  ['a saw', saw, 22_050],
  ['a voice without its first harmonic', rootless, 22_050],
  ['a sine at 8 kHz', sine, 8000],
  ['a saw at 48 kHz', saw, 48_000],
])('%s is heard within 20 cents at every pitch of a voice', (_case, wave, sampleRateHz) => {
  for (const hz of [95, 140, 192, 280, 380]) {
    const frames = trackPitch(
      tone(() => hz, { wave, sampleRateHz }),
      VOICE,
    );
    expect(frames.length).toBeGreaterThan(150);
    expect(Math.max(...frames.map((frame) => cents(frame.hz, hz)))).toBeLessThan(20);
  }
});

test('a glide over an octave is followed: every frame within a third of a semitone', () => {
  const hzAt = (atMs: number) => 140 * 2 ** (atMs / 1000);
  for (const frame of trackPitch(tone(hzAt), VOICE)) expect(cents(frame.hz, hzAt(frame.atMs))).toBeLessThan(33);
});

test('noise and silence have no pitch, and a beginning voice is found within 10 ms', () => {
  let seed = 1;
  const noise = new Int16Array(22_050).map(() => {
    seed = (seed * 48_271) % 2_147_483_647;
    return (seed % 20_000) - 10_000;
  });
  const heard = (samples: Int16Array) => trackPitch({ sampleRateHz: 22_050, channels: 1, samples }, VOICE);
  expect(heard(noise).filter(({ hz }) => hz !== null).length / heard(noise).length).toBeLessThan(0.02);
  expect(heard(new Int16Array(22_050)).every(({ hz }) => hz === null)).toBe(true);
  const late = tone(() => 200);
  late.samples.fill(0, 0, 11_025);
  const first = trackPitch(late, VOICE).find(({ hz }) => hz !== null);
  expect(Math.abs((first?.atMs ?? 0) - 500)).toBeLessThan(10);
});

test('of two channels the first is heard', () => {
  const { samples, sampleRateHz } = tone(() => 200);
  const stereo = new Int16Array(samples.length * 2);
  for (const [index, sample] of samples.entries()) stereo[index * 2] = sample;
  const frames = trackPitch({ sampleRateHz, channels: 2, samples: stereo }, VOICE);
  expect(frames.every(({ hz }) => cents(hz, 200) < 15)).toBe(true);
});

test('a sound shorter than two periods has no frames', () => {
  expect(trackPitch({ sampleRateHz: 22_050, channels: 1, samples: new Int16Array(200) }, VOICE)).toEqual([]);
});
