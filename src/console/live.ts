/** Live views: one stream a camera however many watch it, from the first viewer to the last; slow viewers lose pictures, not the box. */
import type { Logger } from '../runtime/logger';
import { Repeats } from '../runtime/repeats';
import { supervise } from '../runtime/supervise';
import type { LivePorts } from './ports';
import { preview } from './preview';
import { ConsoleRefusal } from './refusal';

/** The part of a WebSocket that is used here. */
export interface Viewer {
  readonly bufferedAmount: number;
  send(data: string | Uint8Array): void;
  close(code: number, reason: string): void;
  on(event: 'close' | 'error', listener: () => void): void;
}

const MAX_VIEWERS = 12;
/** A second or two of pictures that a phone has not taken yet. */
const SKIP_ABOVE_BYTES = 512 * 1024;
const RETRY = { minDelayMs: 1_000, maxDelayMs: 10_000, healthyAfterMs: 10_000 };

interface Showing {
  readonly viewers: Set<Viewer>;
  readonly stop: AbortController;
}

export class Live {
  readonly #showing = new Map<string, Showing>();
  readonly #repeats = new Repeats();
  #watching = 0;

  constructor(
    private readonly ports: () => LivePorts,
    private readonly log: Logger,
  ) {}

  /** How many ffmpegs run for viewers. */
  get streams(): number {
    return this.#showing.size;
  }

  /** The picture. @throws ConsoleRefusal not_found | busy */
  watch(camera: string, viewer: Viewer): void {
    const source = this.ports().source(camera);
    this.#admit(viewer, () => {
      const showing = this.#showing.get(camera);
      showing?.viewers.delete(viewer);
      if (showing?.viewers.size !== 0) return;
      showing.stop.abort();
      this.#showing.delete(camera);
    });
    const known = this.#showing.get(camera);
    if (known !== undefined) {
      known.viewers.add(viewer);
      return;
    }
    const showing = { viewers: new Set([viewer]), stop: new AbortController() };
    this.#showing.set(camera, showing);
    const onRetry = ({ error: err }: { readonly error: unknown }): void =>
      this.#repeats.note(camera, (count) => this.log.warn({ err, camera, count }, 'the live picture starts anew'));
    const show = (signal: AbortSignal): Promise<void> =>
      preview(source, (chunk) => sendAll(showing.viewers, chunk), signal);
    void supervise(show, { ...RETRY, onRetry }, showing.stop.signal).catch((err: unknown) =>
      this.log.error({ err, camera }, 'the live picture has ended'),
    );
  }

  /** Who is seen, frame by frame, as JSON. @throws ConsoleRefusal not_found | busy */
  follow(camera: string, viewer: Viewer): void {
    this.ports().source(camera);
    const end = this.ports().onView(camera, (view) => {
      if (viewer.bufferedAmount < SKIP_ABOVE_BYTES) viewer.send(JSON.stringify(view));
    });
    this.#admit(viewer, end);
  }

  stop(): void {
    for (const { stop, viewers } of this.#showing.values()) {
      stop.abort();
      for (const viewer of viewers) viewer.close(1001, 'the console ends');
    }
    this.#showing.clear();
  }

  #admit(viewer: Viewer, onEnd: () => void): void {
    if (this.#watching >= MAX_VIEWERS) {
      onEnd();
      throw new ConsoleRefusal('busy', `${MAX_VIEWERS} live views are open already`);
    }
    this.#watching += 1;
    let isOver = false;
    const over = (): void => {
      if (isOver) return;
      isOver = true;
      this.#watching -= 1;
      onEnd();
    };
    viewer.on('close', over);
    viewer.on('error', over);
  }
}

function sendAll(viewers: ReadonlySet<Viewer>, chunk: Uint8Array): void {
  for (const viewer of viewers) if (viewer.bufferedAmount < SKIP_ABOVE_BYTES) viewer.send(chunk);
}
