/**
 * A CameraSource under watch: its frames are taken and released, its states noted, and a test can wait for either.
 */
import { CameraSource, type CameraSourceOptions, type CameraState } from '../../../src/camera/camera-source';
import type { Frame } from '../../../src/domain';
import { createLogger } from '../../../src/runtime/logger';

export type Sight = Omit<Frame, 'pixels'> & { readonly pixelBytes: number; readonly brightness: number };

/** Nothing a test waits for takes so long; a wait that does has failed. */
const WAIT_LIMIT_MS = 45_000;

export class WatchedCamera implements AsyncDisposable {
  readonly states: CameraState[] = [];
  readonly sights: Sight[] = [];
  readonly log: string[] = [];
  readonly source: CameraSource;
  readonly #stop = new AbortController();
  readonly #done: Promise<void>;
  readonly #waiting = new Set<() => void>();

  constructor(options: Partial<CameraSourceOptions> & { readonly url: string }) {
    const log = createLogger({ level: 'debug', destination: { write: (line) => this.log.push(line) } });
    this.source = new CameraSource(
      { id: 'c1', transport: 'tcp', fps: 5, ...options },
      { log, onState: (state) => this.#note(() => this.states.push(state)) },
    );
    this.#done = this.#watch();
  }

  get last(): CameraState | undefined {
    return this.states.at(-1);
  }

  /** Resolves once the camera is in this state (and gives this reason). */
  async reaches(state: CameraState['state'], reason?: string): Promise<CameraState> {
    await this.#until(
      () =>
        this.last?.state === state && (reason === undefined || ('reason' in this.last && this.last.reason === reason)),
      `${state} ${reason ?? ''}`,
    );
    return this.last ?? { state: 'connecting' };
  }

  /** Resolves once `count` more frames have come; returns them. */
  async sees(count: number): Promise<readonly Sight[]> {
    const before = this.sights.length;
    await this.#until(() => this.sights.length >= before + count, `${count} frames`);
    return this.sights.slice(before, before + count);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#done;
  }

  async #watch(): Promise<void> {
    for await (const { pixels, ...frame } of this.source.frames(this.#stop.signal)) {
      const sample = pixels.subarray(0, 30_000);
      const brightness = sample.reduce((sum, value) => sum + value, 0) / sample.length;
      this.#note(() => this.sights.push({ ...frame, pixelBytes: pixels.byteLength, brightness }));
      this.source.release(pixels);
    }
  }

  #note(happen: () => void): void {
    happen();
    for (const wake of [...this.#waiting]) wake();
  }

  async #until(isSo: () => boolean, what: string): Promise<void> {
    const limit = AbortSignal.timeout(WAIT_LIMIT_MS);
    while (!isSo()) {
      await new Promise<void>((resolve, reject) => {
        const fail = (): void => reject(new Error(`waited for ${what}; was ${JSON.stringify(this.states)}`));
        limit.addEventListener('abort', fail, { once: true });
        const wake = (): void => {
          this.#waiting.delete(wake);
          limit.removeEventListener('abort', fail);
          resolve();
        };
        this.#waiting.add(wake);
      });
    }
  }
}
