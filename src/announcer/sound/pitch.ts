/**
 * How high a voice is, moment by moment: fundamental frequency by YIN (de Cheveigné and Kawahara, JASA 111, 2002).
 * Pure.
 */
import type { Sound } from './wav';

export interface PitchFrame {
  readonly atMs: number;
  /** null where there is no voice: silence, noise, a stop. */
  readonly hz: number | null;
}

export interface PitchSearch {
  readonly minHz: number;
  readonly maxHz: number;
  readonly hopMs: number;
}

/** The first dip of the difference function below this is the period (the paper's absolute threshold is 0.1–0.15). */
const DIP = 0.15;
/** Above this share of unexplained energy a frame has no pitch. */
const MAX_APERIODICITY = 0.35;
/** −56 dBFS: below it a frame is silence. */
const MIN_RMS = 50;

/** Enough for any voice, and a quarter of the work of 22 kHz. */
const ENOUGH_HZ = 11_000;

/** One frame every `hopMs`, each looking at two of the longest periods. Of several channels the first is heard. */
export function trackPitch(sound: Sound, { minHz, maxHz, hopMs }: PitchSearch): readonly PitchFrame[] {
  const thinning = Math.max(1, Math.floor(sound.sampleRateHz / ENOUGH_HZ));
  const rateHz = sound.sampleRateHz / thinning;
  const samples = thinned(sound, thinning);
  const longestLag = Math.ceil(rateHz / minHz) + 1;
  const shortestLag = Math.max(2, Math.floor(rateHz / maxHz));
  const differences = new Float64Array(longestLag + 1);
  const frames: PitchFrame[] = [];
  for (let centre = longestLag; centre + longestLag < samples.length; centre += (hopMs / 1000) * rateHz) {
    const from = Math.round(centre) - longestLag;
    const lag = isSilent(samples, { from, length: 2 * longestLag })
      ? null
      : periodAt(normalisedDifferences(samples, from, differences), shortestLag);
    frames.push({ atMs: (centre / rateHz) * 1000, hz: lag === null ? null : rateHz / lag });
  }
  return frames;
}

/** Means of `thinning` samples each. */
function thinned({ samples, channels }: Sound, thinning: number): Float64Array {
  const means = new Float64Array(Math.floor(samples.length / channels / thinning));
  for (let i = 0; i < means.length; i += 1) {
    let sum = 0;
    for (let k = 0; k < thinning; k += 1) sum += samples[(i * thinning + k) * channels] ?? 0;
    means[i] = sum / thinning;
  }
  return means;
}

function isSilent(
  samples: Float64Array,
  { from, length }: { readonly from: number; readonly length: number },
): boolean {
  let energy = 0;
  for (let i = from; i < from + length; i += 1) energy += (samples[i] ?? 0) ** 2;
  return energy < length * MIN_RMS ** 2;
}

/** The cumulative mean normalised difference of every lag; `into` is filled and returned. */
function normalisedDifferences(samples: Float64Array, from: number, into: Float64Array): Float64Array {
  const window = into.length - 1;
  let sum = 0;
  into[0] = 1;
  for (let lag = 1; lag <= window; lag += 1) {
    const start = from + ((window - lag) >> 1);
    let difference = 0;
    for (let i = start; i < start + window; i += 1) {
      const step = (samples[i] ?? 0) - (samples[i + lag] ?? 0);
      difference += step * step;
    }
    sum += difference;
    into[lag] = sum === 0 ? 1 : (difference * lag) / sum;
  }
  return into;
}

/** Lag of the period in samples, between samples where the dip is; null for a sound without period. */
function periodAt(differences: Float64Array, shortestLag: number): number | null {
  const at = (lag: number) => differences[lag] ?? 1;
  let best = shortestLag;
  for (let lag = shortestLag; lag < differences.length - 1; lag += 1) {
    if (at(lag) < at(best)) best = lag;
    if (at(lag) < DIP && at(lag + 1) >= at(lag)) {
      best = lag;
      break;
    }
  }
  if (at(best) > MAX_APERIODICITY) return null;
  const curve = at(best - 1) - 2 * at(best) + at(best + 1);
  return curve <= 0 ? best : best + (at(best - 1) - at(best + 1)) / (2 * curve);
}
