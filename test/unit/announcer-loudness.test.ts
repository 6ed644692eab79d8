/** Loudness and true peak against the standards' own signals and against ffmpeg; levelling by both. */
import { spawnSync } from 'node:child_process';
import { evened, levelled, MAX_TRUE_PEAK_DBTP, TARGET_LUFS } from '../../src/announcer/sound/levelling';
import { headFilter, integratedLufs, lowCut, ratioOf, truePeakDbtp } from '../../src/announcer/sound/loudness';
import { encodeWav, peakRatio, type Sound, silence } from '../../src/announcer/sound/wav';

const FULL_SCALE = 32767;

interface Tone {
  readonly levelDbfs: number;
  readonly seconds: number;
  readonly hz?: number;
  readonly phaseDegrees?: number;
}

/** Sines one after another, the same in every channel. `levelDbfs` is the peak's, as EBU Tech 3341 has it. */
function tones(list: readonly Tone[], sampleRateHz = 48000, channels = 2): Sound {
  const { PI, round, sin } = Math; // looked up once: a global costs a microsecond in a test
  const frames = (seconds: number) => round(seconds * sampleRateHz);
  const samples = new Int16Array(channels * list.reduce((sum, { seconds }) => sum + frames(seconds), 0));
  let at = 0;
  for (const { levelDbfs, seconds, hz = 1000, phaseDegrees = 0 } of list) {
    const amplitude = FULL_SCALE * ratioOf(levelDbfs);
    for (let i = 0; i < frames(seconds); i += 1) {
      const value = round(amplitude * sin((2 * PI * hz * i) / sampleRateHz + (phaseDegrees * PI) / 180));
      for (let channel = 0; channel < channels; channel += 1) {
        samples[at] = value;
        at += 1;
      }
    }
  }
  return { sampleRateHz, channels, samples };
}

/** Without the overshoot of a tone that begins at once: it swells and ends over a quarter of its length. */
function faded(sound: Sound): Sound {
  const { min, PI, sin } = Math;
  const { length } = sound.samples;
  const samples = sound.samples.map(
    (value, i) => value * sin((PI / 2) * min(1, (4 * i) / length, 4 - (4 * i) / length)),
  );
  return { ...sound, samples };
}

/** Something like speech: bursts of a 150 Hz pulse train through a changing level, with pauses. */
function bursts(level: number, sampleRateHz = 22050): Sound {
  const { abs, cos, max, PI, round, sin } = Math;
  const samples = Int16Array.from({ length: 3 * sampleRateHz }, (_, i) => {
    const t = i / sampleRateHz;
    const envelope = max(0, sin(2 * PI * 2.1 * t)) * (0.4 + 0.6 * abs(sin(1.3 * t)));
    const voice = [1, 2, 3, 5, 8, 13].reduce((sum, n) => sum + cos(2 * PI * 150 * n * t) / n, 0);
    return round(level * envelope * voice);
  });
  return { sampleRateHz, channels: 1, samples };
}

/** What ffmpeg's own meter says. */
function ffmpegMeasures(sound: Sound): { readonly lufs: number; readonly dbtp: number } {
  const { stderr, error } = spawnSync(
    'ffmpeg',
    ['-hide_banner', '-nostats', '-f', 'wav', '-i', 'pipe:0', '-af', 'ebur128=peak=true', '-f', 'null', '-'],
    { input: encodeWav(sound), encoding: 'utf8', timeout: 30_000 },
  );
  if (error !== undefined) throw new Error('ffmpeg is missing: apt-get install ffmpeg', { cause: error });
  const summary = stderr.slice(stderr.lastIndexOf('Summary:'));
  const number = (pattern: RegExp): number => Number(pattern.exec(summary)?.[1]);
  return { lufs: number(/I:\s+(-?[\d.]+) LUFS/u), dbtp: number(/Peak:\s+(-?[\d.]+) dBFS/u) };
}

describe('the K-weighting', () => {
  test("is the standard's table at 48 kHz", () => {
    const table = {
      head: {
        b0: 1.53512485958697,
        b1: -2.69169618940638,
        b2: 1.19839281085285,
        a1: -1.69065929318241,
        a2: 0.73248077421585,
      },
      low: { b0: 1, b1: -2, b2: 1, a1: -1.99004745483398, a2: 0.99007225036621 },
    };
    const made = { head: headFilter(48000), low: lowCut(48000) };
    for (const part of ['head', 'low'] as const) {
      for (const key of ['b0', 'b1', 'b2', 'a1', 'a2'] as const)
        expect(made[part][key]).toBeCloseTo(table[part][key], 6);
    }
  });
});

describe('integrated loudness (EBU Tech 3341, within its 0.1 LU)', () => {
  test.each<[string, readonly Tone[], number]>([
    ['1: a steady −23 dBFS', [{ levelDbfs: -23, seconds: 20 }], -23],
    ['2: a steady −33 dBFS', [{ levelDbfs: -33, seconds: 20 }], -33],
    [
      '3: quiet ends are gated away',
      [
        { levelDbfs: -36, seconds: 10 },
        { levelDbfs: -23, seconds: 60 },
        { levelDbfs: -36, seconds: 10 },
      ],
      -23,
    ],
    [
      '4: so are nearly silent ones',
      [
        { levelDbfs: -72, seconds: 10 },
        { levelDbfs: -36, seconds: 10 },
        { levelDbfs: -23, seconds: 60 },
        { levelDbfs: -36, seconds: 10 },
        { levelDbfs: -72, seconds: 10 },
      ],
      -23,
    ],
    [
      '5: three levels that average',
      [
        { levelDbfs: -26, seconds: 20 },
        { levelDbfs: -20, seconds: 20.1 },
        { levelDbfs: -26, seconds: 20 },
      ],
      -23,
    ],
  ])('%s', (_case, list, lufs) => {
    expect(Math.abs(integratedLufs(tones(list, 16000)) - lufs)).toBeLessThanOrEqual(0.1);
  });

  test('one channel of a full-scale 997 Hz sine is −3.01 LUFS (BS.1770)', () => {
    expect(integratedLufs(tones([{ levelDbfs: 0, seconds: 5, hz: 997 }], 48000, 1))).toBeCloseTo(-3.01, 1);
  });

  test.each([8000, 16000, 22050, 44100, 96000])('does not depend on the rate: %d Hz', (rate) => {
    expect(integratedLufs(tones([{ levelDbfs: -23, seconds: 3 }], rate))).toBeCloseTo(-23, 1);
  });

  test('a word shorter than a block is measured, silence is not a number of decibels', () => {
    expect(integratedLufs(tones([{ levelDbfs: -23, seconds: 0.25 }]))).toBeCloseTo(-23, 0);
    expect(integratedLufs(silence(2000, 22050))).toBe(Number.NEGATIVE_INFINITY);
    expect(integratedLufs(silence(0, 22050))).toBe(Number.NEGATIVE_INFINITY);
    expect(truePeakDbtp(silence(0, 22050))).toBe(Number.NEGATIVE_INFINITY);
  });
});

describe('true peak (EBU Tech 3341, +0.2/−0.4 dB)', () => {
  test.each<[string, Tone, number]>([
    ['15: a quarter of the rate, 0°', { levelDbfs: -6, seconds: 1, hz: 12000 }, -6],
    [
      '16: a quarter of the rate, 45°, between the samples',
      { levelDbfs: -6, seconds: 1, hz: 12000, phaseDegrees: 45 },
      -6,
    ],
    ['17: a sixth of the rate, 60°', { levelDbfs: -6, seconds: 1, hz: 8000, phaseDegrees: 60 }, -6],
    ['18: an eighth of the rate, 67.5°', { levelDbfs: -6, seconds: 1, hz: 6000, phaseDegrees: 67.5 }, -6],
  ])('%s', (_case, tone, dbtp) => {
    const off = truePeakDbtp(faded(tones([tone]))) - dbtp;
    expect(off).toBeLessThanOrEqual(0.2);
    expect(off).toBeGreaterThanOrEqual(-0.4);
  });
});

describe("ffmpeg's ebur128 agrees", () => {
  test.each<[string, Sound]>([
    ['on a tone', tones([{ levelDbfs: -20, seconds: 3 }])],
    ['on bursts like speech', bursts(9000)],
    ['on bursts at 8 kHz', bursts(5000, 8000)],
    ['on levelled bursts', levelled(bursts(9000))],
  ])('%s', (_case, sound) => {
    const { lufs, dbtp } = ffmpegMeasures(sound);
    expect(Math.abs(integratedLufs(sound) - lufs)).toBeLessThanOrEqual(0.15);
    expect(Math.abs(truePeakDbtp(sound) - dbtp)).toBeLessThanOrEqual(0.3);
  });
});

describe('levelling', () => {
  test.each([40, 800, 9000])('brings bursts of level %d to −16 LUFS with peaks below −1 dBTP', (level) => {
    const sound = levelled(bursts(level));
    expect(Math.abs(integratedLufs(sound) - TARGET_LUFS)).toBeLessThanOrEqual(0.2);
    expect(truePeakDbtp(sound)).toBeLessThanOrEqual(MAX_TRUE_PEAK_DBTP);
  });

  test('a single click in speech is limited, the speech around it is not pushed down', () => {
    const calm = bursts(4000);
    const clicked = { ...calm, samples: calm.samples.slice() };
    clicked.samples[30000] = 32767;
    const sound = levelled(clicked);
    expect(Math.abs(integratedLufs(sound) - TARGET_LUFS)).toBeLessThanOrEqual(0.2);
    expect(truePeakDbtp(sound)).toBeLessThanOrEqual(MAX_TRUE_PEAK_DBTP);
  });

  test('silence stays silence', () => {
    expect(levelled(silence(500, 22050)).samples.every((each) => each === 0)).toBe(true);
    expect(evened(silence(500, 22050)).samples.every((each) => each === 0)).toBe(true);
  });

  test('parts are evened without clipping', () => {
    for (const level of [400, 5000]) expect(integratedLufs(evened(bursts(level)))).toBeCloseTo(-23, 0);
    expect(peakRatio(evened(bursts(40)))).toBeLessThanOrEqual(1);
  });
});
