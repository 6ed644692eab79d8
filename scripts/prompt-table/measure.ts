/** What is measured of a finished prompt. Pure. */
import { MAX_TRUE_PEAK_DBTP, TARGET_LUFS, TOLERANCE_LU } from '../../src/announcer/sound/levelling';
import { integratedLufs, ratioOf, truePeakDbtp } from '../../src/announcer/sound/loudness';
import { durationMs, FULL_SCALE, rmsRatio, type Sound } from '../../src/announcer/sound/wav';

export interface Measures {
  readonly lengthMs: number;
  readonly lufs: number;
  readonly dbtp: number;
  /** Samples at full scale. */
  readonly clipped: number;
  /** The longest rest inside or at an end. */
  readonly silenceMs: number;
}

/** 44 dB below the loudness of a prompt: in the street nobody hears anything. */
const SILENT_DBFS = -60;
const FRAME_MS = 5;

/** One channel. */
export function measuresOf(sound: Sound): Measures {
  const clipped = sound.samples.reduce((count, each) => count + (each >= FULL_SCALE || each <= -FULL_SCALE ? 1 : 0), 0);
  return {
    lengthMs: durationMs(sound),
    lufs: integratedLufs(sound),
    dbtp: truePeakDbtp(sound),
    clipped,
    silenceMs: longestSilenceMs(sound),
  };
}

/** −16 LUFS ± 1, at most −1 dBTP, nothing clipped. */
export function isWithinLimits({ lufs, dbtp, clipped }: Measures): boolean {
  return Math.abs(lufs - TARGET_LUFS) <= TOLERANCE_LU && dbtp <= MAX_TRUE_PEAK_DBTP && clipped === 0;
}

function longestSilenceMs(sound: Sound): number {
  const { samples, sampleRateHz } = sound;
  const frame = Math.max(1, Math.round((FRAME_MS / 1000) * sampleRateHz));
  let longest = 0;
  let frames = 0;
  for (let at = 0; at < samples.length; at += frame) {
    const isSilent = rmsRatio({ ...sound, samples: samples.subarray(at, at + frame) }) < ratioOf(SILENT_DBFS);
    frames = isSilent ? frames + 1 : 0;
    longest = Math.max(longest, frames);
  }
  return (longest * frame * 1000) / sampleRateHz;
}
