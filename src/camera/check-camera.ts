/**
 * One look at a camera, for a technician: does it send pictures, of what size, how soon, and if not, why.
 */
import type { Logger } from '../runtime/logger';
import { CameraSource, type CameraSourceOptions } from './camera-source';
import type { CameraReason } from './failure';

export type CameraCheck =
  | { readonly ok: true; readonly widthPx: number; readonly heightPx: number; readonly firstFrameMs: number }
  | { readonly ok: false; readonly reason: CameraReason; readonly detail: string };

/** Resolves with the first frame or the first failure; never retries. An abort counts as a stall. */
export async function checkCamera(
  options: CameraSourceOptions,
  log: Logger,
  signal: AbortSignal,
): Promise<CameraCheck> {
  const startedMs = performance.now();
  const failed = new AbortController();
  let check: CameraCheck = { ok: false, reason: 'stalled', detail: 'no picture in the time given' };
  const source = new CameraSource(options, {
    log,
    onState: (state) => {
      if (!('reason' in state)) return;
      check = { ok: false, reason: state.reason, detail: state.detail };
      failed.abort();
    },
  });
  for await (const { widthPx, heightPx } of source.frames(AbortSignal.any([signal, failed.signal]))) {
    check = { ok: true, widthPx, heightPx, firstFrameMs: Math.round(performance.now() - startedMs) };
    break;
  }
  return check;
}
