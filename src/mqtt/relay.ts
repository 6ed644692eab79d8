/**
 * Carries rows from the outbox to the broker, in order, several on the way at once. A row is marked delivered on its
 * PUBACK and never before; when one fails, the rest is taken up again from the oldest undelivered row.
 */
import { messageOf } from '../errors';
import type { Logger } from '../runtime/logger';

export interface RelayRow {
  readonly sequence: number;
  readonly topic: string;
  readonly payload: string;
}

/** The part of the outbox that the relay needs. */
export interface RelaySource {
  claimDue(query: { readonly limit: number; readonly afterSequence: number }): readonly RelayRow[];
  markDelivered(sequences: readonly number[], nowMs: number): void;
  onAppend(listener: () => void): () => void;
}

/** The part of the client that the relay needs. */
export interface RelaySink {
  readonly state: { readonly kind: string };
  /** Resolves on PUBACK; ends by itself within its own limit. */
  publish(topic: string, payload: string): Promise<void>;
  onState(listener: () => void): () => void;
}

export interface RelayOptions {
  readonly windowSize?: number;
  /** How long run() may go on sending after its signal aborted. */
  readonly flushMs?: number;
}

const WINDOW_SIZE = 128;
/** Acknowledgements written at once: each write waits for the disk. Those of a power cut's last moment are sent again. */
const MARK_AT_ONCE = 100;
const MARK_AFTER_MS = 200;
const FLUSH_MS = 2_000;
/** After a failure on a living connection, and as a safety net for a wake-up nobody sent. */
const RETRY_MS = 5_000;

export class Relay {
  readonly #source: RelaySource;
  readonly #sink: RelaySink;
  readonly #log: Logger;
  readonly #windowSize: number;
  readonly #flushMs: number;
  /** Rows the broker has and the disk does not yet know of. */
  readonly #acknowledged = new Set<number>();
  #markedAtMs = 0;
  #lastFailure = '';

  constructor(
    parts: { readonly source: RelaySource; readonly sink: RelaySink },
    log: Logger,
    options: RelayOptions = {},
  ) {
    this.#source = parts.source;
    this.#sink = parts.sink;
    this.#log = log;
    this.#windowSize = options.windowSize ?? WINDOW_SIZE;
    this.#flushMs = options.flushMs ?? FLUSH_MS;
  }

  /** Sends until `signal` aborts, then what is still due for at most `flushMs`. Never throws. */
  async run(signal: AbortSignal): Promise<void> {
    const bell = new Bell();
    const deadline = new AbortController();
    let flushTimer: NodeJS.Timeout | undefined;
    const beginFlush = () => {
      flushTimer = setTimeout(() => deadline.abort(), this.#flushMs);
      bell.ring();
    };
    const unsubscribe = [this.#source.onAppend(() => bell.ring()), this.#sink.onState(() => bell.ring())];
    if (signal.aborted) beginFlush();
    else signal.addEventListener('abort', beginFlush, { once: true });
    for (let isLast = false; !isLast; ) {
      isLast = signal.aborted;
      await this.#sendDue(deadline.signal);
      if (!isLast) await bell.heard(RETRY_MS);
    }
    clearTimeout(flushTimer);
    for (const end of unsubscribe) end();
  }

  /** Until nothing is due, something fails, or `deadline` aborts. */
  async #sendDue(deadline: AbortSignal): Promise<void> {
    const trip: Trip = { inFlight: new Set(), failure: undefined, diskFailure: undefined, progress: new Bell() };
    const hurry = () => trip.progress.ring();
    deadline.addEventListener('abort', hurry);
    let afterSequence = 0;
    try {
      while (!deadline.aborted) {
        const rows = this.#claim(trip, afterSequence);
        for (const row of rows) if (!this.#acknowledged.has(row.sequence)) this.#send(row, trip);
        afterSequence = rows.at(-1)?.sequence ?? afterSequence;
        if (trip.inFlight.size > 0) await trip.progress.heard();
        this.#markSome(trip);
        if (trip.inFlight.size === 0 && rows.length === 0) break;
      }
      this.#mark(trip);
      this.#report(trip.failure ?? trip.diskFailure);
    } catch (err) {
      this.#report(err);
    } finally {
      deadline.removeEventListener('abort', hurry);
    }
  }

  /** Half a window at a time: one query for many rows. */
  #claim(trip: Trip, afterSequence: number): readonly RelayRow[] {
    const mayClaim = this.#sink.state.kind === 'online' && trip.failure === undefined;
    if (!mayClaim || trip.inFlight.size > this.#windowSize / 2) return [];
    return this.#source.claimDue({ limit: this.#windowSize - trip.inFlight.size, afterSequence });
  }

  #markSome(trip: Trip): void {
    const isDue = this.#acknowledged.size >= MARK_AT_ONCE || performance.now() - this.#markedAtMs >= MARK_AFTER_MS;
    if (isDue || trip.inFlight.size === 0) this.#mark(trip);
  }

  /** A disk that takes nothing does not hold up delivery: the numbers are kept here and marked as soon as it does. */
  #mark(trip: Trip): void {
    this.#markedAtMs = performance.now();
    try {
      this.#source.markDelivered([...this.#acknowledged], Date.now());
      this.#acknowledged.clear();
      trip.diskFailure = undefined;
    } catch (error) {
      trip.diskFailure = error;
    }
  }

  /** The same failure every few seconds is one line. */
  #report(failure: unknown): void {
    const message = failure === undefined ? '' : messageOf(failure);
    if (message !== '' && message !== this.#lastFailure) this.#log.warn({ err: failure }, 'events wait in the outbox');
    this.#lastFailure = message;
  }

  #send({ sequence, topic, payload }: RelayRow, trip: Trip): void {
    const settle = (): void => {
      trip.inFlight.delete(sequence);
      trip.progress.ring();
    };
    trip.inFlight.add(sequence);
    void this.#sink
      .publish(topic, payload)
      .then(
        () => {
          this.#acknowledged.add(sequence);
        },
        (error: unknown) => {
          trip.failure ??= error;
        },
      )
      .finally(settle);
  }
}

interface Trip {
  readonly inFlight: Set<number>;
  /** Why a row was not taken; ends the trip. */
  failure: unknown;
  /** Why an acknowledgement could not be written; does not end it. */
  diskFailure: unknown;
  /** Rings when a row is acknowledged or refused. */
  readonly progress: Bell;
}

/** Remembers one ring until it is heard. */
class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  async heard(limitMs?: number): Promise<void> {
    if (!this.#rung) {
      const timer = limitMs === undefined ? undefined : setTimeout(() => this.#wake?.(), limitMs);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      clearTimeout(timer);
    }
    this.#rung = false;
  }
}
