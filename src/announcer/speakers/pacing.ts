/** Sound leaves at the speed at which it is heard, by a clock that does not drift. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { RecoverableError } from '../../errors';

export interface Pace {
  /** How long each frame sounds. */
  readonly frameMs: number;
  /** How much is sent ahead, for the buffer of the device. */
  readonly leadMs: number;
}

/** What is sent ahead to devices that play what arrives: bridges a late timer, and ends soon after an abort. */
export const DEVICE_LEAD_MS = 200;

/** Two packets: receivers of RTP order them by their timestamps, in a buffer of some 100 ms. */
export const RTP_LEAD_MS = 40;
/** How far a device may fall behind real time before it is given up. */
const SLOW_LIMIT_MS = 3000;

/** The clock of one sound; it starts with the first frame. */
export class Pacer {
  #startMs: number | null = null;
  #frames = 0;

  constructor(private readonly pace: Pace) {}

  /** Each frame when it is due; one that is late, because the reader was slow, at once. @throws AbortError */
  async *frames<T>(frames: readonly T[], signal: AbortSignal): AsyncGenerator<T> {
    for (const frame of frames) {
      await this.#reach(this.#frames * this.pace.frameMs - this.pace.leadMs, signal);
      this.#frames += 1;
      yield frame;
    }
  }

  /** Resolves when the frames given out so far have been heard to their end. @throws AbortError */
  heardOut(signal: AbortSignal): Promise<void> {
    return this.#reach(this.#frames * this.pace.frameMs, signal);
  }

  async #reach(dueMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#startMs ??= performance.now();
    const waitMs = this.#startMs + dueMs - performance.now();
    if (waitMs > 0) await delay(waitMs, undefined, { signal });
  }
}

/** Waits until the device takes more. @throws RecoverableError `too_slow` */
export async function drained(stream: Writable, signal: AbortSignal): Promise<void> {
  const slow = AbortSignal.timeout(SLOW_LIMIT_MS);
  try {
    await once(stream, 'drain', { signal: AbortSignal.any([signal, slow]) });
  } catch (error) {
    if (!slow.aborted || signal.aborted) throw error;
    throw new RecoverableError('too_slow', `the device took no sound for ${SLOW_LIMIT_MS} ms`, { cause: error });
  }
}

/** Pieces of `size` bytes; the last one may be shorter. */
export function framesOf(bytes: Buffer, size: number): readonly Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}
