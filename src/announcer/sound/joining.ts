/**
 * Recordings become one sentence: silence at their ends is cut off, and they follow each other without a click.
 * Pure; one channel.
 */
import { fromFloat, type Sound } from './wav';

export interface Piece {
  readonly sound: Sound;
  /** Silence after it; 0 = the next one follows at once. The last one's is left out. */
  readonly pauseMs: number;
}

/** Where the voice is this far below its loudest moment it counts as silence; consonants are 20–30 dB below vowels. */
const SILENCE_DB = -38;
const FRAME_MS = 5;
/** Left before the first sound and after the last: a soft onset and the decay of the room. */
const KEPT_BEFORE_MS = 15;
const KEPT_AFTER_MS = 40;
/** Fades and overlaps: two to three vibrations of a voice, no click and nothing of a syllable lost. */
const FADE_MS = 12;

/** Without the silence at both ends; a sound that is silent throughout is returned as it is. */
export function trimmed(sound: Sound): Sound {
  const { samples, sampleRateHz } = sound;
  const perMs = sampleRateHz / 1000;
  const frame = Math.max(1, Math.round(FRAME_MS * perMs));
  const powers = Array.from({ length: Math.ceil(samples.length / frame) }, (_, at) => {
    const part = samples.subarray(at * frame, (at + 1) * frame);
    return part.reduce((sum, each) => sum + each * each, 0) / part.length;
  });
  const gate = powers.reduce((highest, each) => (each > highest ? each : highest), 0) * 10 ** (SILENCE_DB / 10);
  const first = powers.findIndex((power) => power > gate);
  const last = powers.findLastIndex((power) => power > gate);
  if (first < 0) return sound;
  const from = Math.max(0, first * frame - Math.round(KEPT_BEFORE_MS * perMs));
  const to = Math.min(samples.length, (last + 1) * frame + Math.round(KEPT_AFTER_MS * perMs));
  return { ...sound, samples: samples.slice(from, to) };
}

/**
 * One after another. Pieces that follow at once overlap in an equal-power crossfade; at a pause, and at both ends of
 * the whole, they fade out and in. All pieces have one channel and the same rate.
 */
export function joined(pieces: readonly Piece[], sampleRateHz: number): Sound {
  const inSamples = (ms: number) => Math.round((ms / 1000) * sampleRateHz);
  let end = 0;
  const placed = pieces.map(({ sound, pauseMs }, index) => {
    const fade = Math.min(inSamples(FADE_MS), sound.samples.length >> 1);
    const isOverlapping = index > 0 && pieces[index - 1]?.pauseMs === 0;
    const from = isOverlapping ? Math.max(0, end - fade) : end;
    const soundEnd = from + sound.samples.length;
    end = soundEnd + inSamples(pauseMs);
    return { sound, from, fade, soundEnd };
  });
  const mixed = new Float64Array(placed.reduce((length, { soundEnd }) => Math.max(length, soundEnd), 0));
  for (const { sound, from, fade } of placed) addFaded(mixed, sound.samples, { from, fade });
  return { sampleRateHz, channels: 1, samples: fromFloat(mixed) };
}

function addFaded(
  mixed: Float64Array,
  samples: Int16Array,
  { from, fade }: { readonly from: number; readonly fade: number },
): void {
  const { sin, PI } = Math;
  const { length } = samples;
  for (let i = 0; i < length; i += 1) {
    const edge = i < length - 1 - i ? i : length - 1 - i;
    const gain = edge >= fade ? 1 : sin((PI / 2) * (edge / fade));
    mixed[from + i] = (mixed[from + i] ?? 0) + (samples[i] ?? 0) * gain;
  }
}
