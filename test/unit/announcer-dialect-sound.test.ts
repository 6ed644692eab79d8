import { trackPitch } from '../../src/announcer/sound/pitch';
import type { Sound } from '../../src/announcer/sound/wav';
import { type PlannedSyllable, tonedSpeech } from '../../src/announcer/voices/dialect-sound';
import type { Manner } from '../../src/announcer/voices/dialect-table';
import { cut } from '../support/contours';

const RATE_HZ = 22_050;
const MANNER: Manner = {
  lowest_hz: 140,
  highest_hz: 280,
  speed: 175,
  onset_ms: 50,
  join_ms: 15,
  stop_ms: 40,
  final_ratio: 1,
  comma_ms: 200,
  full_stop_ms: 300,
};
const OPEN: PlannedSyllable = {
  ipa: 'a44',
  isVoiced: true,
  closureMs: 0,
  releaseMs: null,
  pitch: [4, 4],
  lengthRatio: 1,
  isStopped: false,
  pauseMs: 0,
};
/** Longest period of the voice, to which lengths are exact. */
const PERIOD_MS = 1000 / 140;

interface Piece {
  readonly hissMs?: number;
  readonly voiceMs?: number;
}

/** What the flat voice says: hiss and then voice at 192 Hz, each piece between silences. */
function flat(pieces: readonly Piece[]): Sound {
  const samples: number[] = [];
  const silence = () => samples.push(...new Array<number>(2000).fill(0));
  silence();
  for (const { hissMs = 0, voiceMs = 200 } of pieces) {
    for (let i = 0; i < (hissMs / 1000) * RATE_HZ; i += 1) samples.push(1500 * Math.sin(i * i + 1));
    for (let i = 0; i < (voiceMs / 1000) * RATE_HZ; i += 1) samples.push(12_000 * (((i * 192) / RATE_HZ) % 1) - 6000);
    silence();
  }
  return { sampleRateHz: RATE_HZ, channels: 1, samples: Int16Array.from(samples) };
}

function hzIn(sound: Sound, fromMs: number, toMs: number): readonly (number | null)[] {
  return trackPitch(cut(sound, { fromMs, toMs }), { minHz: 110, maxHz: 330, hopMs: 5 }).map(({ hz }) => hz);
}

const said = (pieces: readonly Piece[], syllables: readonly Partial<PlannedSyllable>[]) =>
  tonedSpeech(
    flat(pieces),
    syllables.map((each) => ({ ...OPEN, ...each })),
    MANNER,
  );

test.each([
  [[1, 1], 140, 140],
  [[5, 5], 280, 280],
  [[3], 198, 198],
  [[1, 5], 140, 280],
  [[5, 2], 280, 166.5],
])('the steps %j are sung from %i to %i Hz', (pitch, fromHz, toHz) => {
  const { sound, places } = said([{ voiceMs: 400 }], [{ pitch, isVoiced: false }]);
  const { toneMs = 0, endMs = 0 } = places[0] ?? {};
  const heard = hzIn(sound, toneMs, endMs).filter((hz) => hz !== null);
  expect(Math.abs((heard[0] ?? 0) / fromHz - 1)).toBeLessThan(0.06);
  expect(Math.abs((heard.at(-1) ?? 0) / toHz - 1)).toBeLessThan(0.06);
});

test('lengths are as planned, and a stopped syllable is followed by silence', () => {
  const { places } = said([{}, {}, {}], [{}, { lengthRatio: 0.5, isStopped: true }, { lengthRatio: 1.5 }]);
  const lengths = places.map(({ soundMs, endMs }) => endMs - soundMs);
  for (const [index, wantedMs] of [200, 100, 300].entries()) {
    expect(Math.abs((lengths[index] ?? 0) - wantedMs)).toBeLessThan(2 * PERIOD_MS);
  }
  expect((places[2]?.soundMs ?? 0) - (places[1]?.endMs ?? 0)).toBeCloseTo(MANNER.stop_ms, 0);
});

test('voice goes on into a voiced onset, a closure parts a voiceless one, a pause is silent', () => {
  const { sound, places } = said(
    [{}, {}, { hissMs: 40 }, {}],
    [{}, {}, { isVoiced: false, closureMs: 60, pauseMs: 200 }, {}],
  );
  const gaps = places.slice(1).map(({ soundMs }, index) => soundMs - (places[index]?.endMs ?? 0));
  expect(gaps[0]).toBeCloseTo(-MANNER.join_ms, 0);
  expect(gaps[1]).toBeCloseTo(60, 0);
  expect(gaps[2]).toBeCloseTo(200, 0);
  const pause = cut(sound, { fromMs: (places[2]?.endMs ?? 0) + 1, toMs: (places[3]?.soundMs ?? 0) - 1 });
  expect(Math.max(...pause.samples)).toBe(0);
});

test.each([20, 60, 90])('the noise before the voice lasts the %i ms that are planned', (releaseMs) => {
  const { places } = said([{ hissMs: 50 }], [{ isVoiced: false, releaseMs }]);
  const { soundMs = 0, voiceMs = 0 } = places[0] ?? {};
  expect(Math.abs(voiceMs - soundMs - releaseMs)).toBeLessThan(10);
});

test('a voiced onset glides from the syllable before to its own tone', () => {
  const { sound, places } = said([{}, {}], [{ pitch: [5, 5] }, { pitch: [1, 1] }]);
  const { soundMs = 0, toneMs = 0 } = places[1] ?? {};
  expect(toneMs - soundMs).toBeGreaterThan(MANNER.onset_ms - 5);
  const middle = hzIn(sound, soundMs, toneMs).filter((hz) => hz !== null);
  for (const hz of middle) expect(hz > 135 && hz < 290).toBe(true);
  expect(Math.abs((hzIn(sound, toneMs + 20, toneMs + 80)[4] ?? 0) / 140 - 1)).toBeLessThan(0.05);
});

test('loud and quiet pieces come nearer to each other, and nothing clips', () => {
  const pieces = flat([{}, {}]);
  for (let i = 0; i < pieces.samples.length / 2; i += 1) pieces.samples[i] = (pieces.samples[i] ?? 0) / 4;
  const { sound, places } = tonedSpeech(pieces, [OPEN, { ...OPEN, isVoiced: false }], MANNER);
  const peaks = places.map(({ soundMs, endMs }) => Math.max(...cut(sound, { fromMs: soundMs, toMs: endMs }).samples));
  expect((peaks[1] ?? 0) / (peaks[0] ?? 1)).toBeLessThan(2.6);
  expect(Math.max(...sound.samples)).toBeLessThan(29_500);
});

test.each([
  ['fewer syllables than planned', [{}], 2, 'espeak-ng said 1 of 2 syllables'],
  ['more', [{}, {}, {}], 2, 'espeak-ng said 3 of 2 syllables'],
  ['silence', [], 1, 'espeak-ng said 0 of 1 syllables'],
  ['hiss alone', [{ hissMs: 200, voiceMs: 0 }], 1, 'without voice'],
])('%s are refused', (_case, pieces, planned, message) => {
  expect(() =>
    said(
      pieces,
      Array.from({ length: planned }, () => OPEN),
    ),
  ).toThrow(message);
});
