/** Whether a recording holds a sound, by how its loudness goes up and down. Pure. */
import { rmsRatio, type Sound } from './wav';

/** Frame of the loudness curve: shorter than a syllable, longer than the period of a voice. */
const FRAME_MS = 10;
/** Silence that belongs to a sound: a steady tone is known by its beginning and end. */
const REST_FRAMES = 20;
/** What a recorder may have missed before it was ready. */
const MISSED_FRAMES = 30;

/** 1 = the same curve, 0 = nothing in common; at the place where it suits best. */
export function likeness(recording: Sound, sound: Sound): number {
  const rest = new Array<number>(REST_FRAMES).fill(0);
  const missed = new Array<number>(REST_FRAMES + MISSED_FRAMES).fill(0);
  const wanted = centred([...rest, ...curve(sound), ...rest]);
  const heard = [...missed, ...curve(recording), ...missed];
  let best = 0;
  for (let at = 0; at + wanted.length <= heard.length; at += 1) {
    best = Math.max(best, product(centred(heard.slice(at, at + wanted.length)), wanted));
  }
  return best;
}

function curve({ samples, sampleRateHz, channels }: Sound): readonly number[] {
  const frame = Math.round((sampleRateHz * channels * FRAME_MS) / 1000);
  const part = (i: number) => samples.subarray(i * frame, (i + 1) * frame);
  return Array.from({ length: Math.floor(samples.length / frame) }, (_, i) =>
    rmsRatio({ sampleRateHz, channels, samples: part(i) }),
  );
}

/** Around its mean, and of length 1: the product of two such curves is their correlation. */
function centred(values: readonly number[]): readonly number[] {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const moved = values.map((value) => value - mean);
  const length = Math.hypot(...moved);
  return length === 0 ? moved : moved.map((value) => value / length);
}

function product(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}
