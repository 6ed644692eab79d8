/**
 * Another sample rate for a sound, for devices that take only one. Pure.
 * A windowed sinc, tabulated once for every position an output sample can have between two input samples.
 */
import type { Sound } from './wav';

/** Zero crossings of the sinc on each side: at 8 kHz the slope then lies between 3.5 and 4 kHz, above the telephone band. */
const LOBES = 32;
/** Middle of the slope, as a share of the lower rate's band. */
const CUTOFF_RATIO = 0.94;

/** Both channels mixed into one. */
export function mono(sound: Sound): Sound {
  if (sound.channels === 1) return sound;
  const samples = new Int16Array(sound.samples.length >> 1);
  for (let i = 0; i < samples.length; i += 1) {
    samples[i] = Math.round(((sound.samples[2 * i] ?? 0) + (sound.samples[2 * i + 1] ?? 0)) / 2);
  }
  return { ...sound, channels: 1, samples };
}

/** One channel at `rateHz`, without what that rate cannot carry. The length in time stays. */
export function resampled(sound: Sound, rateHz: number): Sound {
  const { samples, sampleRateHz } = mono(sound);
  if (sampleRateHz === rateHz) return { sampleRateHz, channels: 1, samples };
  const divisor = gcd(sampleRateHz, rateHz);
  const phases = filterBank(sampleRateHz / divisor, rateHz / divisor);
  const reach = ((phases[0]?.length ?? 1) - 1) >> 1;
  const out = new Int16Array(Math.round((samples.length * rateHz) / sampleRateHz));
  for (let i = 0; i < out.length; i += 1) {
    const at = Math.floor((i * sampleRateHz) / rateHz);
    const taps = phases[i % phases.length] ?? [];
    let sum = 0;
    for (let tap = 0; tap < taps.length; tap += 1) sum += (taps[tap] ?? 0) * (samples[at + tap - reach] ?? 0);
    out[i] = Math.max(-32768, Math.min(32767, Math.round(sum)));
  }
  return { sampleRateHz: rateHz, channels: 1, samples: out };
}

/** One set of taps per phase; `input` and `output` are the rates without their common divisor. */
function filterBank(input: number, output: number): readonly Float64Array[] {
  const cutoff = CUTOFF_RATIO * Math.min(1, output / input);
  const reach = Math.ceil(LOBES / cutoff);
  return Array.from({ length: output }, (_, phase) => {
    const offset = ((phase * input) % output) / output;
    const taps = Float64Array.from({ length: 2 * reach + 1 }, (_, tap) => {
      const x = tap - reach - offset;
      const window = Math.abs(x) >= reach ? 0 : 0.5 + 0.5 * Math.cos((Math.PI * x) / reach);
      return window * sinc(cutoff * x);
    });
    const gain = taps.reduce((sum, tap) => sum + tap, 0);
    return taps.map((tap) => tap / gain);
  });
}

function sinc(x: number): number {
  return x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x);
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
