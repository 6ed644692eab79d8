/** What every camera is doing now: its latest changes of state, whom it saw last, how large heads were. */
import type { FrameView } from './pipeline';

export interface StateChange {
  readonly atMs: number;
  readonly state: string;
  readonly reason: string | null;
}

export interface SeenHead {
  /** Centre, 0–1. */
  readonly x: number;
  readonly y: number;
  readonly px: number;
}

const KEPT_CHANGES = 50;
const KEPT_HEADS = 120;

export class CameraBoard {
  readonly #changes = new Map<string, readonly StateChange[]>();
  readonly #views = new Map<string, FrameView>();
  readonly #heads = new Map<string, SeenHead[]>();
  readonly #listeners = new Set<(camera: string, view: FrameView) => void>();

  note(camera: string, change: StateChange): void {
    this.#changes.set(camera, [change, ...this.history(camera)].slice(0, KEPT_CHANGES));
  }

  /** Newest first. */
  history(camera: string): readonly StateChange[] {
    return this.#changes.get(camera) ?? [];
  }

  see(camera: string, view: FrameView): void {
    this.#views.set(camera, view);
    const heads = this.#heads.get(camera) ?? [];
    this.#heads.set(camera, heads);
    for (const { persons, isVisible } of view.riders) {
      for (const { head } of isVisible ? persons : []) {
        if (head === null) continue;
        heads.push({ x: head.x + head.w / 2, y: head.y + head.h / 2, px: head.h * view.frame.heightPx });
      }
    }
    heads.splice(0, heads.length - KEPT_HEADS);
    for (const listener of this.#listeners) listener(camera, view);
  }

  view(camera: string): FrameView | undefined {
    return this.#views.get(camera);
  }

  /** Oldest first. */
  heads(camera: string): readonly SeenHead[] {
    return this.#heads.get(camera) ?? [];
  }

  /** @returns the end of it */
  onView(listener: (camera: string, view: FrameView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
