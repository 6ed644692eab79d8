/**
 * One RTSP camera: its newest pictures, for as long as anybody asks, whatever the camera does.
 * One ffmpeg at a time, watched by a frame clock of our own, because a stalled ffmpeg waits for ever; every end of it is a
 * failure and is retried. Frames are never queued: the newest waits, older ones are dropped and counted.
 */
import { once } from 'node:events';
import type { Frame } from '../domain';
import { messageOf, RecoverableError } from '../errors';
import { canGuard, endChild, type PouringChild } from '../runtime/guarded-child';
import { Latest } from '../runtime/latest';
import type { Logger } from '../runtime/logger';
import { spawnPouring } from '../runtime/pouring-child';
import { type Retry, supervise } from '../runtime/supervise';
import { type CameraReason, explainEnd, isCameraReason } from './failure';
import { FFMPEG, ffmpegMissing, hasBegunAnew, liveArguments, probeFfmpeg, type RtspTransport } from './ffmpeg';
import { LastLines } from './last-lines';
import { type Picture, PictureParser, PixelPool } from './pictures';

export interface CameraSourceOptions {
  readonly id: string;
  /** rtsp:// or rtsps://, with or without user and password. */
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly transport: RtspTransport;
  /** Pictures per second at most. */
  readonly fps: number;
  /** Wider pictures are made smaller; 1920 unless given. */
  readonly maxWidthPx?: number;
  /** No picture for so long is a stall; 4000 unless given (noticed within 5 s). */
  readonly stallTimeoutMs?: number;
  /** The same for the first picture, which waits for connection and keyframe; 10000 unless given. */
  readonly firstFrameTimeoutMs?: number;
  /** Longest wait between attempts; 4000 unless given, so that with connection and keyframe a camera is back within 10 s. */
  readonly maxRetryDelayMs?: number;
}

/** `disabled` is said by whoever does not start the camera. */
export type CameraState =
  | { readonly state: 'connecting' | 'online' | 'disabled' }
  | { readonly state: 'stalled' | 'offline'; readonly reason: CameraReason; readonly detail: string };

export interface CameraStats {
  readonly framesRead: number;
  /** Replaced by a newer one before anybody took them. */
  readonly framesDropped: number;
  readonly restarts: number;
}

export interface CameraDeps {
  readonly log: Logger;
  /** Called with every change of state or reason, never twice with the same. */
  readonly onState: (state: CameraState) => void;
}

const DEFAULT_MAX_WIDTH_PX = 1920;
const DEFAULT_STALL_TIMEOUT_MS = 4_000;
const DEFAULT_FIRST_FRAME_TIMEOUT_MS = 10_000;
const DEFAULT_MAX_RETRY_DELAY_MS = 4_000;
const MIN_RETRY_DELAY_MS = 1_000;
/** A stream that lasted so long was a working one: the next wait is short again. */
const HEALTHY_AFTER_MS = 10_000;

export class CameraSource {
  readonly #options: CameraSourceOptions;
  readonly #deps: CameraDeps;
  readonly #pool = new PixelPool();
  readonly #latest = new Latest<Frame>();
  #state: CameraState | undefined;
  #framesRead = 0;
  #restarts = 0;

  constructor(options: CameraSourceOptions, deps: CameraDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  get stats(): CameraStats {
    return { framesRead: this.#framesRead, framesDropped: this.#latest.dropped, restarts: this.#restarts };
  }

  /** Newest frames until `signal` aborts; ffmpeg is gone when the loop has ended. `capturedAtMs` is the arrival time. */
  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    if (!canGuard()) this.#deps.log.warn('setpriv (util-linux) is missing: ffmpeg may outlive a crash of this process');
    const left = new AbortController();
    const until = AbortSignal.any([signal, left.signal]);
    const running = supervise(
      (attempt) => this.#stream(attempt),
      {
        minDelayMs: MIN_RETRY_DELAY_MS,
        maxDelayMs: this.#options.maxRetryDelayMs ?? DEFAULT_MAX_RETRY_DELAY_MS,
        healthyAfterMs: HEALTHY_AFTER_MS,
        onRetry: (retry) => this.#noteFailure(retry),
      },
      until,
    );
    try {
      this.#enter({ state: 'connecting' });
      for (let frame = await this.#latest.take(until); frame !== undefined; frame = await this.#latest.take(until)) {
        yield frame;
      }
    } finally {
      left.abort();
      await running;
    }
  }

  /** Gives a frame's pixels back for reuse; also when they come back from a worker as another Uint8Array. */
  release(pixels: Uint8Array): void {
    this.#pool.release(pixels);
  }

  /** One ffmpeg from start to end; always throws, since a camera's stream has no good end. */
  async #stream(signal: AbortSignal): Promise<void> {
    const traits = await probeFfmpeg();
    const maxWidthPx = this.#options.maxWidthPx ?? DEFAULT_MAX_WIDTH_PX;
    const parser = new PictureParser(this.#pool);
    const take = (bytes: Uint8Array): void => {
      for (const picture of parser.push(bytes)) {
        // Frames of a stream that is being ended would make the state flap.
        if (watch.wasSilent || signal.aborted) return;
        framesRead += 1;
        watch.restart(this.#options.stallTimeoutMs ?? DEFAULT_STALL_TIMEOUT_MS);
        this.#deliver(picture);
      }
    };
    const args = liveArguments({ ...this.#options, maxWidthPx }, traits);
    const { child, poured } = await spawnPouring(FFMPEG, args, take);
    const closed = once(child, 'close').then(
      () => null,
      (cause: unknown) => ffmpegMissing(cause),
    );
    const lines = new LastLines(child.stderr, (line) => hasBegunAnew(line) && void endChild(child));
    const watch = new FrameWatch(this.#options.firstFrameTimeoutMs ?? DEFAULT_FIRST_FRAME_TIMEOUT_MS, () =>
      this.#onSilence(child, { lines, framesRead }),
    );
    const stop = (): void => void endChild(child);
    signal.addEventListener('abort', stop, { once: true });
    let framesRead = 0;
    try {
      if (signal.aborted) stop();
      await poured;
    } finally {
      watch.stop();
      signal.removeEventListener('abort', stop);
      await endChild(child);
      await closed;
    }
    const missing = await closed;
    if (missing !== null) throw missing;
    const end = explainEnd({ lines: lines.lines, framesRead, wasStalled: watch.wasSilent });
    throw new RecoverableError(end.reason, end.detail);
  }

  #deliver({ widthPx, heightPx, pixels }: Picture): void {
    const frame = {
      cameraId: this.#options.id,
      index: this.#framesRead,
      capturedAtMs: Date.now(),
      ...{ widthPx, heightPx, pixels },
    };
    this.#framesRead += 1;
    const replaced = this.#latest.put(frame);
    if (replaced !== undefined) this.#pool.release(replaced.pixels);
    this.#enter({ state: 'online' });
  }

  #onSilence(child: PouringChild, seen: { readonly lines: LastLines; readonly framesRead: number }): void {
    const end = explainEnd({ lines: seen.lines.lines, framesRead: seen.framesRead, wasStalled: true });
    this.#enter({ state: end.reason === 'stalled' ? 'stalled' : 'offline', ...end });
    void endChild(child);
  }

  #noteFailure({ error, attempt, delayMs }: Retry): void {
    this.#restarts += 1;
    const reason = reasonOf(error);
    const detail = messageOf(error);
    this.#enter({ state: reason === 'stalled' ? 'stalled' : 'offline', reason, detail });
    // News was told above; a camera that is away for a week must not fill the disk.
    this.#deps.log.debug({ reason, attempt, delayMs: Math.round(delayMs), detail }, 'camera restarts');
  }

  /** Tells of a new state or reason. */
  #enter(next: CameraState): void {
    const before = this.#state;
    const isSame = before?.state === next.state && reasonIn(before) === reasonIn(next);
    if (isSame) return;
    this.#state = next;
    this.#deps.log['reason' in next ? 'warn' : 'info'](next, 'camera state');
    this.#deps.onState(next);
  }
}

/** Rings when no frame came in time; rings once. */
class FrameWatch {
  readonly #onSilence: () => void;
  #timer: NodeJS.Timeout;
  wasSilent = false;

  constructor(firstTimeoutMs: number, onSilence: () => void) {
    this.#onSilence = onSilence;
    this.#timer = setTimeout(() => this.#ring(), firstTimeoutMs);
  }

  restart(timeoutMs: number): void {
    clearTimeout(this.#timer);
    if (!this.wasSilent) this.#timer = setTimeout(() => this.#ring(), timeoutMs);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #ring(): void {
    this.wasSilent = true;
    this.#onSilence();
  }
}

function reasonIn(state: CameraState): CameraReason | undefined {
  return 'reason' in state ? state.reason : undefined;
}

function reasonOf(error: unknown): CameraReason {
  return error instanceof RecoverableError && isCameraReason(error.code) ? error.code : 'ended';
}
