/** How many messages may be on the way to the broker at once. MQTT 5 brokers name their own limit (Receive Maximum). */
export class SendWindow {
  readonly #waiting: (() => void)[] = [];
  #size: number;
  #taken = 0;

  constructor(size: number) {
    this.#size = size;
  }

  resize(size: number): void {
    this.#size = size;
    this.#admit();
  }

  /** Waits for a place, first come first served; each place is left by leave(). */
  async enter(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#waiting.push(resolve);
      this.#admit();
    });
  }

  leave(): void {
    this.#taken -= 1;
    this.#admit();
  }

  #admit(): void {
    while (this.#taken < this.#size) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#taken += 1;
      next();
    }
  }
}
