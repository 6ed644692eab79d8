/** Runs beside the page, in the audio's own thread: hands on what the microphone hears, in stretches of some 40 ms. */
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

const STRETCH = 2048;

class Capture extends AudioWorkletProcessor {
  #stretch = new Float32Array(STRETCH);
  #filled = 0;

  process([input]: readonly (readonly Float32Array[])[]): boolean {
    const [line] = input ?? [];
    for (const sample of line ?? []) {
      this.#stretch[this.#filled] = sample;
      this.#filled += 1;
      if (this.#filled < STRETCH) continue;
      this.port.postMessage(this.#stretch, [this.#stretch.buffer]);
      this.#stretch = new Float32Array(STRETCH);
      this.#filled = 0;
    }
    return true;
  }
}

registerProcessor('capture', Capture);

export {};
