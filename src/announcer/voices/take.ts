/** A take from the recording room: judged in codes that a page has words for, and cut to the voice. Pure. */
import { assertNever } from '../../domain';
import { AppError } from '../../errors';
import { integratedLufs } from '../sound/loudness';
import { mono, resampled } from '../sound/resample';
import { cutOut, voiceSpan } from '../sound/voice-span';
import type { Sound } from '../sound/wav';
import { inspect, type RecordingFault } from './inspect';
import { recordingOf, refuseUseless } from './recording';

export const TAKE_FAULTS = [
  'unreadable',
  'silent',
  'too_long',
  'low_rate',
  'clipped',
  'quiet',
  'short',
  'long',
  'noisy',
  'no_silence_start',
  'no_silence_end',
] as const;
export type TakeFault = (typeof TAKE_FAULTS)[number];

export interface TakeAdvice {
  readonly code: TakeFault;
  /** It cannot be used: only another take helps. */
  readonly isSerious: boolean;
  /** Hz, places, LUFS, dB or seconds, as the code has it; null where there is nothing to measure. */
  readonly value: number | null;
}

export interface JudgedTake {
  readonly advice: readonly TakeAdvice[];
  /** Of the voice; null where none was found. */
  readonly startMs: number | null;
  readonly endMs: number | null;
  readonly lufs: number | null;
  /** The voice between silences; null where there is none. */
  readonly cut: Sound | null;
}

/** More than a horn can use. */
const MAX_RATE_HZ = 48_000;
/** A take with one of these can be kept by whoever hears that it is good all the same. */
const MILD: readonly TakeFault[] = ['long', 'noisy', 'no_silence_start', 'no_silence_end'];

/** `words`: what is said, in characters. */
export function judgeTake(sound: Sound, words: string): JudgedTake {
  const nothing = { startMs: null, endMs: null, lufs: null, cut: null };
  const refusal = refusalOf(() => refuseUseless(sound));
  if (refusal !== null) return { ...nothing, advice: [refusal] };
  const line = sound.sampleRateHz > MAX_RATE_HZ ? resampled(sound, MAX_RATE_HZ) : mono(sound);
  const span = voiceSpan(line);
  if (span === null) return { ...nothing, advice: [adviceOf('silent', null)] };
  const { startMs, endMs } = span;
  const advice = inspect(sound, words).map(faultAdvice);
  return { advice, startMs, endMs, lufs: integratedLufs(sound), cut: cutOut(line, span) };
}

/** What a finished recording, such as an imported one, has to be: nothing serious, as it is. */
export function seriousFaults(bytes: Buffer, words: string): readonly TakeAdvice[] {
  const refusal = refusalOf(() => recordingOf(bytes));
  if (refusal !== null) return [refusal];
  return inspect(recordingOf(bytes).sound, words)
    .map(faultAdvice)
    .filter(({ isSerious }) => isSerious);
}

/** The advice of a take that could not be decoded. */
export const UNREADABLE: TakeAdvice = adviceOf('unreadable', null);

function refusalOf(check: () => void): TakeAdvice | null {
  try {
    check();
    return null;
  } catch (error) {
    const code = error instanceof AppError ? error.code : '';
    if (code === 'clip_silent') return adviceOf('silent', null);
    return code === 'clip_too_long' ? adviceOf('too_long', null) : UNREADABLE;
  }
}

function faultAdvice(fault: RecordingFault): TakeAdvice {
  switch (fault.kind) {
    case 'low_rate':
      return adviceOf('low_rate', fault.rateHz);
    case 'clipped':
      return adviceOf('clipped', fault.places);
    case 'quiet':
      return adviceOf('quiet', Math.round(fault.lufs));
    case 'noisy':
      return adviceOf('noisy', Math.round(fault.aboveNoiseDb));
    case 'no_silence':
      return adviceOf(fault.at === 'start' ? 'no_silence_start' : 'no_silence_end', null);
    case 'short':
    case 'long':
      return adviceOf(fault.kind, Math.round(fault.spokenMs / 100) / 10);
    default:
      return assertNever(fault);
  }
}

function adviceOf(code: TakeFault, value: number | null): TakeAdvice {
  return { code, isSerious: !MILD.includes(code), value };
}
