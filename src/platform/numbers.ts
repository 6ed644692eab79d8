/**
 * What a subscriber remembers of one node: which numbers it has, so that it can tell a repetition from news and see a gap.
 * Pure; the caller keeps it wherever it likes (`remembered()` is plain data).
 */

export interface Remembered {
  readonly epoch: string;
  /** Everything up to this number has come, or is known to be lost. */
  readonly upTo: number;
  /** Numbers above it that have come, with their event ids. */
  readonly above: readonly (readonly [number, string])[];
  /** Ids of the latest numbers up to `upTo`. */
  readonly recent: readonly (readonly [number, string])[];
}

export interface Range {
  readonly from: number;
  readonly to: number;
}

export type Verdict = 'new' | 'repeated' | 'number_given_twice';

/** Ids kept to recognise a number that a node gave twice after it had lost its memory. */
const RECENT = 1_000;
/** Stands for the id of an event that cannot be had. */
const LOST = '';

export class Numbers {
  #epoch: string;
  #upTo: number;
  readonly #above: Map<number, string>;
  readonly #recent: Map<number, string>;

  /** A subscriber that has seen nothing of a node begins with the first event it gets: what was before is not its gap. */
  constructor(from: Remembered | { readonly epoch: string; readonly firstSequence: number }) {
    this.#epoch = from.epoch;
    this.#upTo = 'upTo' in from ? from.upTo : from.firstSequence - 1;
    this.#above = new Map('above' in from ? from.above : []);
    this.#recent = new Map('recent' in from ? from.recent : []);
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** `new` and `number_given_twice` are events to take; after a new epoch the numbers begin at 1. */
  take({ epoch, sequence, id }: { readonly epoch: string; readonly sequence: number; readonly id: string }): Verdict {
    if (epoch !== this.#epoch) this.#begin(epoch);
    const known = this.#above.get(sequence) ?? this.#recent.get(sequence);
    if (known === LOST) {
      // Given up and come all the same.
      (this.#above.has(sequence) ? this.#above : this.#recent).set(sequence, id);
      return 'new';
    }
    if (known !== undefined) return known === id ? 'repeated' : 'number_given_twice';
    if (sequence <= this.#upTo) return 'repeated';
    this.#above.set(sequence, id);
    this.#settle();
    return 'new';
  }

  /** Ranges that are missing below the highest number seen. */
  gaps(): Range[] {
    const found: Range[] = [];
    let next = this.#upTo + 1;
    for (const sequence of [...this.#above.keys()].sort((a, b) => a - b)) {
      if (sequence > next) found.push({ from: next, to: sequence - 1 });
      next = sequence + 1;
    }
    return found;
  }

  /** The node does not have these any more: they are no gap from now on. */
  giveUp({ from, to }: Range): void {
    for (let sequence = Math.max(from, this.#upTo + 1); sequence <= to; sequence++) {
      if (!this.#above.has(sequence)) this.#above.set(sequence, LOST);
    }
    this.#settle();
  }

  remembered(): Remembered {
    return { epoch: this.#epoch, upTo: this.#upTo, above: [...this.#above], recent: [...this.#recent] };
  }

  #begin(epoch: string): void {
    this.#epoch = epoch;
    this.#upTo = 0;
    this.#above.clear();
    this.#recent.clear();
  }

  #settle(): void {
    for (let id = this.#above.get(this.#upTo + 1); id !== undefined; id = this.#above.get(this.#upTo + 1)) {
      this.#upTo += 1;
      this.#above.delete(this.#upTo);
      this.#recent.set(this.#upTo, id);
      this.#recent.delete(this.#upTo - RECENT);
    }
  }
}
