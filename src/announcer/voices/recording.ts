/** One recording on disk: read with a bound, and judged. */
import { open } from 'node:fs/promises';
import { messageOf, RecoverableError } from '../../errors';
import { errorCode } from '../error-code';
import { durationMs, parseWav, rmsRatio, type Sound } from '../sound/wav';

export interface Recording {
  readonly bytes: Buffer;
  readonly sound: Sound;
}

/** Prompts last some 8 s; a recording of half a minute was not stopped in time. */
export const MAX_RECORDING_MS = 30_000;
/** Half a minute in the largest format that is read (96 kHz, two channels), with room for the recorder's own notes. */
const MAX_RECORDING_BYTES = (MAX_RECORDING_MS / 1000) * 96_000 * 4 + 1_000_000;
/** Quieter than this (−60 dBFS) there is nobody to hear. */
export const SILENT_RMS_RATIO = 0.001;

/**
 * @throws RecoverableError `clip_missing`, `clip_unreadable` (no such file, no WAV of the kind that is read),
 * `clip_too_long`, `clip_silent`.
 */
export async function readRecording(file: string): Promise<Recording> {
  return recordingOf(await readBounded(file));
}

/** @throws RecoverableError `clip_unreadable`, `clip_too_long`, `clip_silent`. */
export function recordingOf(bytes: Buffer): Recording {
  let sound: Sound;
  try {
    sound = parseWav(bytes);
  } catch (cause) {
    throw new RecoverableError('clip_unreadable', messageOf(cause), { cause });
  }
  refuseUseless(sound);
  return { bytes, sound };
}

/** @throws RecoverableError `clip_too_long`, `clip_silent`. */
export function refuseUseless(sound: Sound): void {
  const lengthMs = durationMs(sound);
  if (lengthMs > MAX_RECORDING_MS) throw tooLong(`${Math.round(lengthMs / 1000)} s`);
  if (rmsRatio(sound) < SILENT_RMS_RATIO) throw new RecoverableError('clip_silent', 'nothing can be heard');
}

async function readBounded(file: string): Promise<Buffer> {
  try {
    await using handle = await open(file, 'r');
    const { size } = await handle.stat();
    if (size > MAX_RECORDING_BYTES) throw tooLong(`${Math.round(size / 1_000_000)} MB`);
    return await handle.readFile();
  } catch (cause) {
    if (cause instanceof RecoverableError) throw cause;
    const code = errorCode(cause) === 'ENOENT' ? 'clip_missing' : 'clip_unreadable';
    throw new RecoverableError(code, messageOf(cause), { cause });
  }
}

function tooLong(size: string): RecoverableError {
  return new RecoverableError('clip_too_long', `${size}; at most ${MAX_RECORDING_MS / 1000} s`);
}
