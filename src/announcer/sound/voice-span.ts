/**
 * Where in a recording somebody speaks, how loud the room is meanwhile, and the recording without that room. Pure; one
 * channel.
 */
import type { Sound } from './wav';

export interface VoiceSpan {
  readonly startMs: number;
  readonly endMs: number;
  /** How far the voice is above the room, in dB of mean power; null where nothing but voice can be measured. */
  readonly aboveNoiseDb: number | null;
}

const FRAME_MS = 10;
/** Consonants are 20–30 dB below vowels: what is quieter than this below the loudest moment is no voice. */
const GATE_DB = -38;
/** In a noisy room voice is what stands out of the noise by this much … */
const ABOVE_NOISE_DB = 8;
/** … but never only its loudest moments, where it has no silence around it to be measured by. */
const HIGHEST_GATE_DB = -10;
/** The room is heard in the quietest twentieth: before, after and in the closures of a word. */
const QUIET_SHARE = 0.05;
/** Parts of a sentence are nearer to each other than this … */
const APART_MS = 150;
/** … and none is as short as the tap on the button that begins or ends a recording; the shortest syllable has 80 ms. */
const TAP_MS = 50;
/** Less than this beside the voice is too little to measure the room by. */
const LEAST_ROOM_MS = 100;
/** Kept before the first loud frame for a soft onset that the room drowns (measured up to 60 ms), and after the last for the decay. */
const KEPT_BEFORE_MS = 50;
const KEPT_AFTER_MS = 60;
/** Silence at both ends of a finished recording. */
const REST_MS = 200;

/** Null where nothing can be heard. */
export function voiceSpan({ samples, sampleRateHz }: Sound): VoiceSpan | null {
  const powers = framePowers(samples, Math.max(1, Math.round((FRAME_MS / 1000) * sampleRateHz)));
  const loudest = powers.reduce((highest, each) => (each > highest ? each : highest), 0);
  if (loudest === 0) return null;
  const gate = Math.min(
    loudest * ratio(HIGHEST_GATE_DB),
    Math.max(loudest * ratio(GATE_DB), quietest(powers) * ratio(ABOVE_NOISE_DB)),
  );
  const runs = withoutTaps(loudRuns(powers, gate));
  const first = runs[0]?.from ?? 0;
  const end = runs.at(-1)?.end ?? powers.length;
  return { startMs: first * FRAME_MS, endMs: end * FRAME_MS, aboveNoiseDb: aboveNoise(powers, { first, end, gate }) };
}

/**
 * The voice alone: what comes before and after it, the noise of the room and the tap on the button, becomes silence of
 * a fixed length.
 */
export function cutOut({ samples, sampleRateHz }: Sound, { startMs, endMs }: VoiceSpan): Sound {
  const inSamples = (ms: number): number => Math.round((ms / 1000) * sampleRateHz);
  const from = Math.max(0, inSamples(startMs - KEPT_BEFORE_MS));
  const to = Math.min(samples.length, inSamples(endMs + KEPT_AFTER_MS));
  const rest = inSamples(REST_MS);
  const out = new Int16Array(to - from + 2 * rest);
  const [rise, fall] = [inSamples(startMs) - from, to - inSamples(endMs)];
  for (let i = from; i < to; i += 1) {
    const gain = Math.min(1, (i - from + 1) / Math.max(1, rise), (to - i) / Math.max(1, fall));
    out[rest + i - from] = Math.round((samples[i] ?? 0) * gain);
  }
  return { sampleRateHz, channels: 1, samples: out };
}

function framePowers(samples: Int16Array, frame: number): readonly number[] {
  return Array.from({ length: Math.ceil(samples.length / frame) }, (_, at) => {
    const part = samples.subarray(at * frame, (at + 1) * frame);
    return part.reduce((sum, each) => sum + each * each, 0) / part.length;
  });
}

function quietest(powers: readonly number[]): number {
  const sorted = [...powers].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length * QUIET_SHARE)] ?? 0;
}

interface Run {
  readonly from: number;
  readonly end: number;
}

/** Stretches of loud frames; what is less apart than parts of a sentence is one. */
function loudRuns(powers: readonly number[], gate: number): readonly Run[] {
  const runs: Run[] = [];
  for (const [at, power] of powers.entries()) {
    if (power <= gate) continue;
    const last = runs.at(-1);
    if (last !== undefined && (at - last.end) * FRAME_MS < APART_MS) runs[runs.length - 1] = { ...last, end: at + 1 };
    else runs.push({ from: at, end: at + 1 });
  }
  return runs;
}

/** At the ends only: what is short in the middle belongs to the sentence. All of them where there is nothing else. */
function withoutTaps(runs: readonly Run[]): readonly Run[] {
  const isVoice = ({ from, end }: Run): boolean => (end - from) * FRAME_MS > TAP_MS;
  const first = runs.findIndex(isVoice);
  return first < 0 ? runs : runs.slice(first, runs.findLastIndex(isVoice) + 1);
}

function aboveNoise(
  powers: readonly number[],
  { first, end, gate }: { readonly first: number; readonly end: number; readonly gate: number },
): number | null {
  const isRoom = (at: number): boolean =>
    at < first - KEPT_BEFORE_MS / FRAME_MS || at >= end + KEPT_AFTER_MS / FRAME_MS;
  // A tap beside the voice is not the room.
  const room = powers.filter((power, at) => isRoom(at) && power <= gate);
  if (room.length * FRAME_MS < LEAST_ROOM_MS) return null;
  const voice = powers.slice(first, end).filter((power) => power > gate);
  return 10 * Math.log10(mean(voice) / mean(room));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function ratio(levelDb: number): number {
  return 10 ** (levelDb / 10);
}
