/** What is wrong with a recording of some words, as somebody who can record it again wants to know it. Pure. */
import { integratedLufs } from '../sound/loudness';
import { mono } from '../sound/resample';
import { type VoiceSpan, voiceSpan } from '../sound/voice-span';
import type { Sound } from '../sound/wav';

export type RecordingFault =
  | { readonly kind: 'low_rate'; readonly rateHz: number }
  | { readonly kind: 'clipped'; readonly places: number }
  | { readonly kind: 'quiet'; readonly lufs: number }
  | { readonly kind: 'noisy'; readonly aboveNoiseDb: number }
  | { readonly kind: 'no_silence'; readonly at: 'start' | 'end' }
  | { readonly kind: 'short' | 'long'; readonly spokenMs: number; readonly boundMs: number };

/** Below it s, x and f cannot be told apart, as on a telephone. */
const MIN_RATE_HZ = 16_000;
/** So many samples in a row at full scale are a wave whose top is gone, not a lucky peak. */
const CLIPPED_RUN = 3;
const CLIPPED_LEVEL = 32_700;
/** Lifted by 24 dB to the loudness of a prompt, the noise of the room would be heard in the street. */
const MIN_LUFS = -40;
/** A voice that is less far above its room brings the room along into the street. */
const MIN_ABOVE_NOISE_DB = 20;
/** The first and last moments of a recording that begins before the voice and ends after it are this far below it. */
const EDGE_MS = 20;
const EDGE_DB = -25;
/** Fast speech has 120 ms a character, slow speech 400; rests come on top. */
const MIN_CHARACTER_MS = 80;
const MAX_CHARACTER_MS = 600;
const MAX_REST_MS = 800;

/** `words`: what is said, in characters. */
export function inspect(sound: Sound, words: string): readonly RecordingFault[] {
  const line = mono(sound);
  const span = voiceSpan(line);
  const spokenMs = span === null ? 0 : span.endMs - span.startMs;
  return [...technicalFaults(sound), ...roomFaults(line, span), ...lengthFaults(spokenMs, words)];
}

/** A noisy room is no silence either: where the voice begins or ends is then heard all the same. */
function roomFaults(line: Sound, span: VoiceSpan | null): readonly RecordingFault[] {
  const { aboveNoiseDb = null } = span ?? {};
  if (aboveNoiseDb === null || aboveNoiseDb >= MIN_ABOVE_NOISE_DB) return edgeFaults(line);
  return [{ kind: 'noisy', aboveNoiseDb }];
}

function technicalFaults(sound: Sound): readonly RecordingFault[] {
  const faults: RecordingFault[] = [];
  const { sampleRateHz } = sound;
  if (sampleRateHz < MIN_RATE_HZ) faults.push({ kind: 'low_rate', rateHz: sampleRateHz });
  const places = clippedPlaces(sound);
  if (places > 0) faults.push({ kind: 'clipped', places });
  const lufs = integratedLufs(sound);
  if (lufs < MIN_LUFS) faults.push({ kind: 'quiet', lufs });
  return faults;
}

/** Runs of samples at full scale in one channel. */
export function clippedPlaces({ samples, channels }: Sound): number {
  let places = 0;
  for (let channel = 0; channel < channels; channel += 1) {
    let run = 0;
    for (let i = channel; i < samples.length; i += channels) {
      const sample = samples[i] ?? 0;
      run = sample >= CLIPPED_LEVEL || sample <= -CLIPPED_LEVEL ? run + 1 : 0;
      if (run === CLIPPED_RUN) places += 1;
    }
  }
  return places;
}

function edgeFaults({ samples, sampleRateHz }: Sound): readonly RecordingFault[] {
  const frame = Math.max(1, Math.round((EDGE_MS / 1000) * sampleRateHz));
  const powers = Array.from({ length: Math.floor(samples.length / frame) }, (_, at) =>
    samples.subarray(at * frame, (at + 1) * frame).reduce((sum, each) => sum + each * each, 0),
  );
  const limit = Math.max(0, ...powers) * 10 ** (EDGE_DB / 10);
  const faults: RecordingFault[] = [];
  if ((powers[0] ?? 0) > limit) faults.push({ kind: 'no_silence', at: 'start' });
  if ((powers.at(-1) ?? 0) > limit) faults.push({ kind: 'no_silence', at: 'end' });
  return faults;
}

function lengthFaults(spokenMs: number, words: string): readonly RecordingFault[] {
  const characters = [...words].length;
  const minMs = characters * MIN_CHARACTER_MS;
  const maxMs = characters * MAX_CHARACTER_MS + MAX_REST_MS;
  if (spokenMs < minMs) return [{ kind: 'short', spokenMs, boundMs: minMs }];
  return spokenMs > maxMs ? [{ kind: 'long', spokenMs, boundMs: maxMs }] : [];
}
