/** Takes as a microphone hears them: a voice-like sound between stretches of room, without chance. */
import { FULL_SCALE, type Sound } from '../../src/announcer/sound/wav';

export interface TakeParts {
  readonly beforeMs?: number;
  readonly voiceMs?: number;
  readonly afterMs?: number;
  /** Peak of the voice, 0–1 of full scale; more is cut off there. */
  readonly peak?: number;
  /** RMS of the room's noise, 0–1 of full scale. */
  readonly noise?: number;
  /** Somebody taps a button so long after the beginning, for 20 ms. */
  readonly tapAtMs?: number;
  readonly rateHz?: number;
  readonly channels?: number;
}

const TAP_MS = 20;

export function take(parts: TakeParts = {}): Sound {
  const { beforeMs = 300, voiceMs = 500, afterMs = 400, peak = 0.3, noise = 0, tapAtMs, rateHz = 48_000 } = parts;
  const { channels = 1 } = parts;
  const { max, min, PI, round, sin } = Math; // looked up once: a global costs a microsecond in a test
  const inFrames = (ms: number): number => round((ms / 1000) * rateHz);
  const [start, end] = [inFrames(beforeMs), inFrames(beforeMs + voiceMs)];
  const frames = inFrames(beforeMs + voiceMs + afterMs);
  const tap = tapAtMs === undefined ? [0, 0] : [inFrames(tapAtMs), inFrames(tapAtMs + TAP_MS)];
  const hiss = noiseOf(7);
  const samples = new Int16Array(frames * channels);
  for (let i = 0; i < frames; i += 1) {
    const t = i / rateHz;
    const voice = i >= start && i < end ? (sin(2 * PI * 220 * t) + 0.5 * sin(2 * PI * 880 * t)) / 1.5 : 0;
    const click = i >= (tap[0] ?? 0) && i < (tap[1] ?? 0) ? 0.2 * hiss() : 0;
    const value = round(FULL_SCALE * max(-1, min(1, peak * voice * 1.17 + click + (noise === 0 ? 0 : noise * hiss()))));
    for (let channel = 0; channel < channels; channel += 1) samples[i * channels + channel] = value;
  }
  return { sampleRateHz: rateHz, channels, samples };
}

/** Even noise of RMS 1 (Park and Miller's generator). */
export function noiseOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return (state / 2_147_483_647 - 0.5) * Math.sqrt(12);
  };
}
