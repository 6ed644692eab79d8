/**
 * Every prompt equally loud, whoever speaks it: −16 LUFS, true peak at most −1 dBTP (EBU R128 measures). A gain for
 * the loudness, and a limiter with look-ahead for the few peaks that it lifts too far. Pure.
 */
import { decibels, integratedLufs, oversampledPeaks, ratioOf } from './loudness';
import { FULL_SCALE, fromFloat, peakRatio, type Sound } from './wav';

/** R128 asks for −23; a horn in traffic wants more, and −16 (as for mobile listening) leaves speech most of its peaks. */
export const TARGET_LUFS = -16;
export const TOLERANCE_LU = 1;
export const MAX_TRUE_PEAK_DBTP = -1;
/** The limiter aims below it: between the samples its own steps add up to 0.3 dB. */
const CEILING_DBTP = -1.5;
/** Far inside the tolerance, so that a measurement by other means agrees. */
const CLOSE_ENOUGH_LU = 0.1;
/** Limiting takes loudness away, more gain gives it back: two to four rounds; harder sounds come as near as they can. */
const MAX_ROUNDS = 8;
/** Parts are joined at R128's own loudness: their peaks then need no limiting yet. */
const EVENED_LUFS = -23;
/** The gain begins to fall this long before a peak: short enough for no audible dip, long enough for no click. */
const LOOK_AHEAD_MS = 3;
/** And comes back this slowly: a faster return would follow the voice's own vibration (100–300 Hz) and roughen it. */
const RELEASE_MS = 60;

/** Silence stays silence. Works on one channel. */
export function levelled(sound: Sound): Sound {
  const peaks = oversampledPeaks(sound);
  let lufs = integratedLufs(sound);
  if (lufs === Number.NEGATIVE_INFINITY) return sound;
  let gainDb = 0;
  let result = sound;
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    gainDb += TARGET_LUFS - lufs;
    result = limited(sound, peaks, ratioOf(gainDb));
    lufs = integratedLufs(result);
    if (Math.abs(lufs - TARGET_LUFS) <= CLOSE_ENOUGH_LU) break;
  }
  return result;
}

/** Brought to the loudness of a whole prompt by gain alone, so that parts of one match before they are joined. */
export function evened(sound: Sound): Sound {
  const lufs = integratedLufs(sound);
  if (lufs === Number.NEGATIVE_INFINITY) return sound;
  const gainDb = Math.min(EVENED_LUFS - lufs, -decibels(peakRatio(sound)));
  return { ...sound, samples: fromFloat(sound.samples, ratioOf(gainDb)) };
}

/** `peaks`: between the samples, before the gain. */
function limited(sound: Sound, peaks: Float64Array, gain: number): Sound {
  const { samples, sampleRateHz } = sound;
  const ceiling = (ratioOf(CEILING_DBTP) * FULL_SCALE) / gain;
  const curve = gainCurve(peaks, { ceiling, sampleRateHz });
  const values = new Float64Array(samples.length);
  for (let i = 0; i < values.length; i += 1) values[i] = (samples[i] ?? 0) * gain * (curve[i] ?? 1);
  return { ...sound, samples: fromFloat(values) };
}

/** Factors of at most 1: each peak's need, held over the look-ahead, released slowly, and smoothed over the look-ahead. */
function gainCurve(
  peaks: Float64Array,
  { ceiling, sampleRateHz }: { readonly ceiling: number; readonly sampleRateHz: number },
): Float64Array {
  const { max, min } = Math;
  const ahead = max(1, Math.round((LOOK_AHEAD_MS / 1000) * sampleRateHz));
  const held = new Float64Array(peaks.length + ahead).fill(1);
  for (let i = 0; i < peaks.length; i += 1) {
    const peak = peaks[i] ?? 0;
    if (peak <= ceiling) continue;
    for (let j = max(0, i - ahead); j <= i + 1; j += 1) held[j] = min(held[j] ?? 1, ceiling / peak);
  }
  const release = 1 - Math.exp(-1000 / (RELEASE_MS * sampleRateHz));
  let gain = 1;
  for (let i = 0; i < held.length; i += 1) {
    gain = min(held[i] ?? 1, gain + (1 - gain) * release);
    held[i] = gain;
  }
  return movingMean(held, ahead);
}

/** Mean of the `width` values that end with this one: a fall that was held this long is complete when the peak comes. */
function movingMean(values: Float64Array, width: number): Float64Array {
  const result = new Float64Array(values.length);
  let sum = width; // before the sound the gain is 1
  for (let i = 0; i < values.length; i += 1) {
    sum += (values[i] ?? 1) - (i < width ? 1 : (values[i - width] ?? 1));
    result[i] = sum / width;
  }
  return result;
}
