/**
 * From syllables said one by one on one pitch to speech: each gets the melody of its tone and its length, then they
 * are joined with the closures of their stops and the pauses of the sentence. Pure.
 */
import { RecoverableError } from '../../errors';
import { trackPitch } from '../sound/pitch';
import { withMelody } from '../sound/psola';
import type { Sound } from '../sound/wav';
import type { Manner } from './dialect-table';

export interface PlannedSyllable {
  readonly ipa: string;
  /** Of its onset. */
  readonly isVoiced: boolean;
  readonly closureMs: number;
  readonly releaseMs: number | null;
  /** Steps of the voice's range, 1 low to 5 high, evenly spread. */
  readonly pitch: readonly number[];
  readonly lengthRatio: number;
  readonly isStopped: boolean;
  /** After it; 0 within a clause. */
  readonly pauseMs: number;
}

/** Where a syllable is in the finished sound. */
export interface SyllablePlace {
  /** Its closure included. */
  readonly startMs: number;
  /** First moment with sound. */
  readonly soundMs: number;
  readonly voiceMs: number;
  /** Where the melody of its tone begins: after a voiced onset's glide. */
  readonly toneMs: number;
  readonly endMs: number;
}

export interface DialectSound {
  readonly sound: Sound;
  readonly places: readonly SyllablePlace[];
}

/** Digital silence, give or take the rounding of the voice. */
const SILENT = 8;
/** Shorter silences are closures within a syllable. */
const APART_MS = 60;
/** The flat voice has 192 Hz; a narrow search finds no octave of it. */
const FLAT = { minHz: 150, maxHz: 240, hopMs: 4 } as const;
/** Room for other effects: −1 dBFS. */
const PEAK = 29_000;
/** Edges of a syllable that touch silence. */
const EDGE_MS = 4;
/** The stop of a stopped syllable comes at once. */
const STOP_FADE_MS = 12;
/** How far the loudness of syllables is evened out: 0 not at all, 1 wholly. */
const EVENING = 0.5;
/** A glide takes no more of a short syllable than this. */
const LONGEST_GLIDE = 0.3;

/** @throws RecoverableError `voice_failed` when the flat sound has not as many syllables as planned. */
export function tonedSpeech(flat: Sound, syllables: readonly PlannedSyllable[], manner: Manner): DialectSound {
  const pieces = piecesOf(flat);
  if (pieces.length !== syllables.length) {
    throw new RecoverableError('voice_failed', `espeak-ng said ${pieces.length} of ${syllables.length} syllables`);
  }
  const loudness = Math.sqrt(pieces.reduce((sum, piece) => sum + rmsOf(piece) ** 2, 0) / pieces.length);
  const toned = syllables.map((syllable, index) => {
    const piece = pieces[index] ?? new Int16Array();
    const before = syllables[index - 1];
    const sung = {
      syllable,
      from: before !== undefined && areJoined(before, syllable) ? before.pitch.at(-1) : undefined,
    };
    const gain = (loudness / rmsOf(piece)) ** EVENING;
    return tonedSyllable({ sampleRateHz: flat.sampleRateHz, channels: 1, samples: piece }, { ...sung, gain, manner });
  });
  return joined({ syllables, toned, manner, sampleRateHz: flat.sampleRateHz });
}

/** Voice goes on from one into the other. */
function areJoined(before: PlannedSyllable, after: PlannedSyllable): boolean {
  return after.isVoiced && !before.isStopped && before.pauseMs === 0;
}

/** The runs of sound between silences. */
function piecesOf({ samples, sampleRateHz }: Sound): readonly Int16Array[] {
  const apart = (APART_MS / 1000) * sampleRateHz;
  const pieces: Int16Array[] = [];
  let from = -1;
  let lastLoud = -1;
  for (let i = 0; i <= samples.length; i += 1) {
    const sample = samples[i] ?? 0;
    const isLoud = sample > SILENT || sample < -SILENT;
    if (from >= 0 && (i === samples.length || i - lastLoud > apart)) {
      pieces.push(samples.subarray(from, lastLoud + 1));
      from = -1;
    }
    if (!isLoud) continue;
    if (from < 0) from = i;
    lastLoud = i;
  }
  return pieces;
}

function rmsOf(samples: Int16Array): number {
  let energy = 1;
  for (const sample of samples) energy += sample * sample;
  return Math.sqrt(energy / Math.max(1, samples.length));
}

interface TonedSyllable {
  readonly samples: Float32Array;
  /** In samples: where voice and where the tone begins. */
  readonly voiceAt: number;
  readonly toneAt: number;
}

interface Sung {
  readonly syllable: PlannedSyllable;
  /** Step of the range that the voice comes from. */
  readonly from: number | undefined;
  readonly gain: number;
  readonly manner: Manner;
}

function tonedSyllable(said: Sound, { syllable, from, gain, manner }: Sung): TonedSyllable {
  const piece = released(said, syllable);
  const { samples, sampleRateHz } = piece;
  const { from: voiceAt, to, sourceHz } = voicedPart(piece);
  const length = Math.round((to - voiceAt) * syllable.lengthRatio);
  const glide = syllable.isVoiced ? Math.min((manner.onset_ms / 1000) * sampleRateHz, length * LONGEST_GLIDE) : 0;
  const tone = syllable.pitch;
  const stepAt = (at: number) => {
    if (at >= glide) return stepOf(tone, (at - glide) / (length - glide));
    return stepOf([from ?? tone[0] ?? 3, tone[0] ?? 3], at / glide);
  };
  const hzAt = (at: number) => manner.lowest_hz * (manner.highest_hz / manner.lowest_hz) ** ((stepAt(at) - 1) / 4);
  const heard = new Float32Array(syllable.isStopped ? samples.subarray(0, to) : samples);
  for (let i = 0; i < heard.length; i += 1) heard[i] = (heard[i] ?? 0) * gain;
  const sung = withMelody(heard, sampleRateHz, { sourceHz, voiced: { from: voiceAt, to }, length, hzAt });
  const edge = Math.round((EDGE_MS / 1000) * sampleRateHz);
  fade(sung, edge, syllable.isStopped ? Math.round((STOP_FADE_MS / 1000) * sampleRateHz) : edge);
  return { samples: sung, voiceAt, toneAt: voiceAt + Math.round(glide) };
}

/** With the noise between release and voice as long as planned: its beginning and its end, faded into each other. */
function released(piece: Sound, { isVoiced, releaseMs }: PlannedSyllable): Sound {
  if (isVoiced || releaseMs === null) return piece;
  const { samples, sampleRateHz } = piece;
  const is = voicedPart(piece).from;
  const shall = Math.min(2 * is, Math.round((releaseMs / 1000) * sampleRateHz));
  const result = new Int16Array(shall + samples.length - is);
  result.set(samples.subarray(is), shall);
  const [fadeFrom, fadeTo] = [Math.max(0, shall - is), Math.min(is, shall)];
  for (let i = 0; i < shall; i += 1) {
    const late = Math.min(1, Math.max(0, (i - fadeFrom) / Math.max(1, fadeTo - fadeFrom)));
    result[i] = (1 - late) * (samples[i] ?? 0) + late * (samples[i + is - shall] ?? 0);
  }
  return { ...piece, samples: result };
}

/** Step at `ratio` of the way through evenly spread steps. */
function stepOf(steps: readonly number[], ratio: number): number {
  const at = Math.min(1, Math.max(0, ratio)) * (steps.length - 1);
  const [before = 3, after = before] = steps.slice(Math.floor(at));
  return before + (after - before) * (at - Math.floor(at));
}

/** From the first lasting voice to the last, in samples. */
function voicedPart(piece: Sound): { readonly from: number; readonly to: number; readonly sourceHz: number } {
  const frames = trackPitch(piece, FLAT);
  const isLasting = (index: number) =>
    [-1, 0, 1].every((step) => frames[index + step] === undefined || frames[index + step]?.hz !== null);
  const voiced = frames.flatMap(({ atMs, hz }, index) =>
    hz !== null && isLasting(index) ? [{ atMs, hz, index }] : [],
  );
  const [first, last] = [voiced[0], voiced.at(-1)];
  if (first === undefined || last === undefined) {
    throw new RecoverableError('voice_failed', 'espeak-ng said a syllable without voice');
  }
  const inSamples = (atMs: number) => Math.round((atMs / 1000) * piece.sampleRateHz);
  const pitches = voiced.map(({ hz }) => hz).sort((a, b) => a - b);
  return {
    from: first.index === 0 ? 0 : inSamples(first.atMs - FLAT.hopMs),
    to: last.index === frames.length - 1 ? piece.samples.length : inSamples(last.atMs + FLAT.hopMs),
    sourceHz: pitches[pitches.length >> 1] ?? FLAT.minHz,
  };
}

function fade(samples: Float32Array, inLength: number, outLength: number): void {
  for (let i = 0; i < Math.min(inLength, samples.length); i += 1) samples[i] = ((samples[i] ?? 0) * i) / inLength;
  for (let i = 0; i < Math.min(outLength, samples.length); i += 1) {
    const at = samples.length - 1 - i;
    samples[at] = ((samples[at] ?? 0) * i) / outLength;
  }
}

interface Joining {
  readonly syllables: readonly PlannedSyllable[];
  readonly toned: readonly TonedSyllable[];
  readonly manner: Manner;
  readonly sampleRateHz: number;
}

function joined({ syllables, toned, manner, sampleRateHz }: Joining): DialectSound {
  const perMs = sampleRateHz / 1000;
  const places: SyllablePlace[] = [];
  let end = 0;
  for (const [index, { samples, voiceAt, toneAt }] of toned.entries()) {
    const [before, syllable] = [syllables[index - 1], syllables[index]];
    if (syllable === undefined) continue;
    const from = Math.max(0, end + Math.round(gapMs(before, syllable, manner) * perMs));
    const soundEnd = from + samples.length;
    places.push({
      startMs: Math.min(end, from) / perMs,
      soundMs: from / perMs,
      voiceMs: (from + voiceAt) / perMs,
      toneMs: (from + toneAt) / perMs,
      endMs: soundEnd / perMs,
    });
    end = soundEnd + Math.round(((syllable.isStopped ? manner.stop_ms : 0) + syllable.pauseMs) * perMs);
  }
  const mixed = new Float32Array(Math.round((places.at(-1)?.endMs ?? 0) * perMs));
  for (const [index, { samples }] of toned.entries()) {
    const from = Math.round((places[index]?.soundMs ?? 0) * perMs);
    for (let i = 0; i < samples.length; i += 1) mixed[from + i] = (mixed[from + i] ?? 0) + (samples[i] ?? 0);
  }
  return { sound: { sampleRateHz, channels: 1, samples: atPeak(mixed) }, places };
}

/** From the end of a syllable, its stop and pause included, to the sound of the next; below zero they overlap. */
function gapMs(before: PlannedSyllable | undefined, syllable: PlannedSyllable, manner: Manner): number {
  if (before === undefined || before.pauseMs > 0) return 0;
  return areJoined(before, syllable) ? -manner.join_ms : syllable.closureMs;
}

function atPeak(mixed: Float32Array): Int16Array {
  let peak = 1;
  for (const sample of mixed) if (sample > peak || -sample > peak) peak = sample < 0 ? -sample : sample;
  const samples = new Int16Array(mixed.length);
  for (let i = 0; i < mixed.length; i += 1) samples[i] = ((mixed[i] ?? 0) * PEAK) / peak;
  return samples;
}
