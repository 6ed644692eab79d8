/**
 * Which pictures a clip consists of, and what is hidden in each (pure). A head that the models miss in one picture must
 * not show in it: each picture hides where heads were in those shortly before and after, too, so it leaves a little late.
 */
import type { BoundingBox, Frame } from '../domain';
import type { Redaction } from './redaction';

export interface Shown extends Redaction {
  readonly frame: Frame;
}

export interface StripCell extends Shown {
  /** How often it is to be written, so that the clip keeps the time of the street. */
  readonly times: number;
}

export const CLIP_FPS = 5;
/** A person missed in one picture was, or will be, found in one of its neighbours. */
const NEIGHBOURS = 2;
/** A camera that was away for longer does not make a clip stand still for longer. */
const MAX_TIMES = 2 * CLIP_FPS;
/** Whoever has not reacted by then is seen not to; the file stays below a few megabytes. */
const MAX_CLIP_MS = 60_000;

export class FilmStrip {
  readonly #waiting: Shown[] = [];
  readonly #past: (readonly BoundingBox[])[] = [];
  #first: Frame | null = null;
  #lastSlot = -1;

  /** The pictures that may leave now. Pictures beyond 60 s, of another size or between two slots are left out. */
  push(shown: Shown): readonly StripCell[] {
    const { frame } = shown;
    this.#first ??= frame;
    const { capturedAtMs, widthPx, heightPx } = this.#first;
    const isFitting = frame.widthPx === widthPx && frame.heightPx === heightPx;
    if (!isFitting || frame.capturedAtMs - capturedAtMs > MAX_CLIP_MS) return [];
    this.#waiting.push(shown);
    return this.#waiting.length > NEIGHBOURS ? this.#next() : [];
  }

  /** The clip is over: what is left. */
  rest(): readonly StripCell[] {
    const cells: StripCell[] = [];
    while (this.#waiting.length > 0) cells.push(...this.#next());
    return cells;
  }

  #next(): readonly StripCell[] {
    const shown = this.#waiting.shift();
    if (shown === undefined || this.#first === null) return [];
    const coming = this.#waiting.flatMap((one) => one.otherHeads);
    const otherHeads = [...this.#past.flat(), ...shown.otherHeads, ...coming];
    this.#past.push(shown.otherHeads);
    if (this.#past.length > NEIGHBOURS) this.#past.shift();
    const slot = Math.round(((shown.frame.capturedAtMs - this.#first.capturedAtMs) / 1000) * CLIP_FPS);
    const times = Math.min(MAX_TIMES, slot - this.#lastSlot);
    if (times <= 0) return [];
    this.#lastSlot = slot;
    return [{ ...shown, otherHeads, times }];
  }
}
