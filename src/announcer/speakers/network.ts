/** What all network speakers share: the sound as telephone speech, and a playback report out of whatever happens. */
import { encodeG711, G711_RATE_HZ, type G711Law } from '../sound/g711';
import { resampled } from '../sound/resample';
import { failed, loadSound, type PlayableSound, type Playback, reasonOf } from './speaker';

/** 20 ms, the packet of RFC 3551 and what devices expect. */
export const FRAME_MS = 20;
export const G711_FRAME_BYTES = (G711_RATE_HZ * FRAME_MS) / 1000;

/** What a device's answer means. */
export type Verdict = Pick<Playback, 'playback' | 'reason' | 'proof'>;

export const TAKEN_BY_DEVICE: Verdict = { playback: 'confirmed', reason: null, proof: 'device' };

export async function g711Of(sound: PlayableSound, law: G711Law): Promise<Buffer> {
  return encodeG711(resampled(await loadSound(sound), G711_RATE_HZ).samples, law);
}

/** Runs one playback; `onStart` is to be called when the first sound leaves. Whatever is thrown is a failed playback. */
export async function reported(
  play: (onStart: () => void) => Promise<Verdict>,
  signal: AbortSignal,
): Promise<Playback> {
  let startedAtMs: number | null = null;
  try {
    signal.throwIfAborted();
    const verdict = await play(() => {
      startedAtMs ??= Date.now();
    });
    const endedAtMs = startedAtMs === null ? null : Date.now();
    return { startedAtMs, endedAtMs, ...verdict, wavPath: null };
  } catch (error) {
    return failed(signal.aborted ? 'stopped' : reasonOf(error, 'speaker_failed'), startedAtMs);
  }
}

/** Null when it did not throw, else why it cannot play. */
export async function faultOf(check: () => Promise<void>, signal: AbortSignal): Promise<string | null> {
  try {
    await check();
    return null;
  } catch (error) {
    return signal.aborted ? 'stopped' : reasonOf(error, 'speaker_failed');
  }
}
