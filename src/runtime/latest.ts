/**
 * One-slot mailbox between a fast producer and a slow consumer: the newest value wins, what it replaces is counted.
 * One consumer at a time.
 */
export class Latest<T> {
  #slot: { readonly value: T } | undefined;
  #waiting: (() => void) | undefined;
  #dropped = 0;

  /** Values that were replaced before anybody took them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Stores `value`; returns the value it replaced, if any, so that its memory can be used again. */
  put(value: T): T | undefined {
    const replaced = this.#slot;
    if (replaced !== undefined) this.#dropped += 1;
    this.#slot = { value };
    this.#waiting?.();
    return replaced?.value;
  }

  /** The value, as soon as there is one; undefined once `signal` aborts. */
  async take(signal: AbortSignal): Promise<T | undefined> {
    while (!signal.aborted) {
      const slot = this.#slot;
      if (slot !== undefined) {
        this.#slot = undefined;
        return slot.value;
      }
      await this.#filled(signal);
    }
    return undefined;
  }

  #filled(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        signal.removeEventListener('abort', wake);
        this.#waiting = undefined;
        resolve();
      };
      signal.addEventListener('abort', wake, { once: true });
      this.#waiting = wake;
    });
  }
}
