/** Tones go through another sample rate unchanged, or not at all where the rate cannot carry them. */
import { mono, resampled } from '../../src/announcer/sound/resample';
import { durationMs, rmsRatio, type Sound } from '../../src/announcer/sound/wav';

function tone(hz: number, sampleRateHz: number): Sound {
  const samples = Int16Array.from({ length: sampleRateHz / 2 }, (_, i) =>
    Math.round(12000 * Math.sin((2 * Math.PI * hz * i) / sampleRateHz)),
  );
  return { sampleRateHz, channels: 1, samples };
}

/** Without the first and last 50 ms, where the filter meets the sound's end. */
function middle(sound: Sound): Sound {
  const edge = sound.sampleRateHz / 20;
  return { ...sound, samples: sound.samples.subarray(edge, sound.samples.length - edge) };
}

describe.each([22050, 16000, 44100, 48000, 11025, 8000])('from %i Hz to 8 kHz', (rateHz) => {
  it.each([200, 1000, 3400])('%i Hz keeps its shape', (hz) => {
    const out = resampled(tone(hz, rateHz), 8000);
    const wanted = tone(hz, 8000);
    expect(out).toMatchObject({ sampleRateHz: 8000, channels: 1 });
    expect(durationMs(out)).toBeCloseTo(500, 0);
    const length = Math.min(out.samples.length, wanted.samples.length);
    const difference = out.samples.subarray(0, length).map((sample, i) => sample - (wanted.samples[i] ?? 0));
    // A hundredth of the tone: 40 dB below it, where G.711 itself has its noise.
    expect(rmsRatio(middle({ ...out, samples: difference }))).toBeLessThan(rmsRatio(wanted) / 100);
  });
});

it.each([4400, 6000, 9000])('a tone of %i Hz, which 8 kHz cannot carry, is gone', (hz) => {
  const out = resampled(tone(hz, 22050), 8000);
  expect(rmsRatio(middle(out))).toBeLessThan(rmsRatio(tone(hz, 22050)) / 100);
});

it('goes up as well, to the 48 kHz of Opus', () => {
  const out = resampled(tone(1000, 22050), 48000);
  expect(rmsRatio(middle(out))).toBeCloseTo(rmsRatio(tone(1000, 48000)), 2);
});

it('does not fold a full-scale sound over', () => {
  const isUp = (seconds: number) => Math.floor(seconds / 0.1) % 2 === 0;
  const square = Int16Array.from({ length: 22050 }, (_, i) => (isUp(i / 22050) ? 32767 : -32768));
  const { samples } = resampled({ sampleRateHz: 22050, channels: 1, samples: square }, 8000);
  const onPlateau = [...samples].map((sample, i) => ({ sample, seconds: i / 8000 }));
  const wrong = onPlateau.filter(({ sample, seconds }) => {
    const sinceEdge = seconds % 0.1;
    return sinceEdge > 0.003 && sinceEdge < 0.097 && (isUp(seconds) ? sample < 25000 : sample > -25000);
  });
  expect(wrong).toEqual([]);
});

it('mixes two channels into one', () => {
  const stereo: Sound = { sampleRateHz: 8000, channels: 2, samples: Int16Array.of(100, 300, -5, 5, 32767, 32767) };
  expect(mono(stereo)).toEqual({ sampleRateHz: 8000, channels: 1, samples: Int16Array.of(200, 0, 32767) });
});
