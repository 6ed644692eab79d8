/**
 * Listens, through parec, to what PulseAudio hands to a sound card while a sound is played: proof that the sound was not
 * only taken by a player. Where there is nothing to listen to, nothing is claimed.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { endChild, spawnGuarded } from '../../runtime/guarded-child';
import { likeness } from '../sound/likeness';
import { durationMs, rmsRatio, type Sound } from '../sound/wav';

/** Enough to tell one sentence from another. */
const RATE_HZ = 8000;
const LATENCY_MS = 20;
/** PulseAudio begins within some 40 ms; a sentence does not wait longer than this to be listened to. */
const READY_LIMIT_MS = 1000;
/** What was played last is still on its way to the monitor. */
const SETTLE_MS = 150;
/** Beyond the sound itself: the player's start, and its grace. */
const MAX_EXTRA_MS = 5000;
const END_GRACE_MS = 200;
/** −66 dBFS: a muted sink gives exactly nothing, one turned down to the last step some −60. */
const AUDIBLE_RATIO = 0.0005;
/** The same sentence reads 0.95 and more, with music beside it 0.8, another sentence of the same length below 0.6. */
const SAME_LIKENESS = 0.7;

export type Hearing =
  | { readonly kind: 'heard' | 'deaf' }
  /** `why`: a sentence for people. */
  | { readonly kind: 'not_heard'; readonly why: string };

/** A recorder at work; `hearing` or `close` ends it. */
export class Monitor {
  readonly #child;
  readonly #chunks: Buffer[] = [];
  readonly #begun: Promise<void>;
  #bytes = 0;

  /** `sink`: a PulseAudio sink; the default one when undefined. */
  constructor(
    private readonly sink: string | undefined,
    private readonly sound: Sound,
  ) {
    const device = sink === undefined ? '@DEFAULT_MONITOR@' : `${sink}.monitor`;
    const format = [`--rate=${RATE_HZ}`, '--channels=1', '--format=s16le', `--latency-msec=${LATENCY_MS}`];
    this.#child = spawnGuarded('parec', ['--client-name=anqi', `--device=${device}`, ...format]);
    this.#child.stderr.resume();
    this.#begun = new Promise((resolve) => {
      this.#child.stdout.once('data', () => resolve());
      this.#child.once('exit', () => resolve());
      this.#child.on('error', () => resolve()); // not installed: then it hears nothing
    });
    const limitBytes = ((durationMs(sound) + MAX_EXTRA_MS) * RATE_HZ * 2) / 1000;
    this.#child.stdout.on('data', (chunk: Buffer) => {
      if (this.#bytes > limitBytes) return;
      this.#chunks.push(chunk);
      this.#bytes += chunk.length;
    });
  }

  /** Resolves when it listens, or never will. @throws AbortError */
  async ready(signal: AbortSignal): Promise<void> {
    const stop = new AbortController();
    const limit = delay(READY_LIMIT_MS, undefined, { signal: AbortSignal.any([signal, stop.signal]) });
    try {
      await Promise.race([this.#begun, limit]);
    } finally {
      stop.abort();
    }
  }

  async hearing(): Promise<Hearing> {
    if (this.#bytes > 0) await delay(SETTLE_MS);
    await this.close();
    const recording = this.#recording();
    if (durationMs(recording) < durationMs(this.sound) / 2) return { kind: 'deaf' };
    const name = this.sink ?? 'the default sink';
    if (rmsRatio(recording) < AUDIBLE_RATIO) return { kind: 'not_heard', why: `the monitor of ${name} stayed silent` };
    const same = likeness(recording, this.sound);
    if (same >= SAME_LIKENESS) return { kind: 'heard' };
    const why = `the monitor of ${name} heard something else (likeness ${same.toFixed(2)} of ${SAME_LIKENESS})`;
    return { kind: 'not_heard', why };
  }

  async close(): Promise<void> {
    await endChild(this.#child, END_GRACE_MS);
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }

  #recording(): Sound {
    const bytes = Buffer.concat(this.#chunks);
    const samples = Int16Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(i * 2));
    return { sampleRateHz: RATE_HZ, channels: 1, samples };
  }
}
