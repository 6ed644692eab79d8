/**
 * Which pixels of an evidence picture are made unrecognisable, and how (pure).
 * Everybody who is not the subject loses the head before the picture leaves the box (PIPL §6, §26).
 */
import type { BoundingBox } from '../domain';
import { centre, expand } from '../geometry';

export interface PixelRect {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A picture of its own: interleaved RGB, rows without padding. */
export interface Picture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixels: Uint8Array;
}

export interface Redaction {
  readonly subjectHeads: readonly BoundingBox[];
  /** Heads of everybody else, as found. */
  readonly otherHeads: readonly BoundingBox[];
}

/** A head box is tight; hair, chin and a box that is a little off lie outside. */
const HEAD_MARGIN_RATIO = 0.25;
/** 4 × 4 even fields are left of a head, whatever its size: 48 bytes hold no face. */
const FIELDS = 4;

/** A copy of the frame with every other head turned into even fields. */
export function redact(frame: Picture, redaction: Redaction): Picture {
  const picture = { widthPx: frame.widthPx, heightPx: frame.heightPx, pixels: frame.pixels.slice() };
  redactInPlace(picture, redaction);
  return picture;
}

/**
 * Turns every other head into even fields. The margin around another's head never hides the subject's head, the head
 * itself always goes: where both are in the same place privacy wins.
 */
export function redactInPlace(picture: Picture, { subjectHeads, otherHeads }: Redaction): void {
  const others = otherHeads.filter((head) => !subjectHeads.some((own) => isSameHead(own, head)));
  const kept = others.length === 0 ? [] : subjectHeads.map((head) => patchOf(picture, pixelRect(head, picture)));
  for (const head of others) coarsen(picture, pixelRect(expand(head, HEAD_MARGIN_RATIO), picture));
  for (const patch of kept) restore(picture, patch);
  for (const head of others) coarsen(picture, pixelRect(head, picture));
}

/** The box in whole pixels inside the picture; outside of it the rectangle is empty (width or height 0). */
export function pixelRect(box: BoundingBox, size: { readonly widthPx: number; readonly heightPx: number }): PixelRect {
  const left = clamp(Math.floor(box.x * size.widthPx), size.widthPx);
  const top = clamp(Math.floor(box.y * size.heightPx), size.heightPx);
  const right = clamp(Math.ceil((box.x + box.w) * size.widthPx), size.widthPx);
  const bottom = clamp(Math.ceil((box.y + box.h) * size.heightPx), size.heightPx);
  return { left, top, width: Math.max(0, right - left), height: Math.max(0, bottom - top) };
}

/** Replaces the rectangle by FIELDS × FIELDS fields of their mean colour, in place. */
function coarsen(picture: Picture, { left, top, width, height }: PixelRect): void {
  for (let row = 0; row < FIELDS; row++) {
    for (let column = 0; column < FIELDS; column++) {
      const x0 = left + Math.floor((width * column) / FIELDS);
      const x1 = left + Math.floor((width * (column + 1)) / FIELDS);
      const y0 = top + Math.floor((height * row) / FIELDS);
      const y1 = top + Math.floor((height * (row + 1)) / FIELDS);
      even(picture, { left: x0, top: y0, width: x1 - x0, height: y1 - y0 });
    }
  }
}

function even({ widthPx, pixels }: Picture, { left, top, width, height }: PixelRect): void {
  for (let channel = 0; channel < 3; channel++) {
    let sum = 0;
    for (let y = top; y < top + height; y++) {
      const start = (y * widthPx + left) * 3 + channel;
      for (let at = start; at < start + width * 3; at += 3) sum += pixels[at] ?? 0;
    }
    const mean = Math.round(sum / Math.max(1, width * height));
    for (let y = top; y < top + height; y++) {
      const start = (y * widthPx + left) * 3 + channel;
      for (let at = start; at < start + width * 3; at += 3) pixels[at] = mean;
    }
  }
}

interface Patch {
  readonly rect: PixelRect;
  /** Its rows, one after the other. */
  readonly pixels: Uint8Array;
}

function patchOf({ widthPx, pixels }: Picture, rect: PixelRect): Patch {
  const rowBytes = rect.width * 3;
  const patch = new Uint8Array(rect.height * rowBytes);
  for (let row = 0; row < rect.height; row++) {
    const start = ((rect.top + row) * widthPx + rect.left) * 3;
    patch.set(pixels.subarray(start, start + rowBytes), row * rowBytes);
  }
  return { rect, pixels: patch };
}

function restore({ widthPx, pixels }: Picture, { rect, pixels: patch }: Patch): void {
  const rowBytes = rect.width * 3;
  for (let row = 0; row < rect.height; row++) {
    pixels.set(patch.subarray(row * rowBytes, (row + 1) * rowBytes), ((rect.top + row) * widthPx + rect.left) * 3);
  }
}

/** Two finds of one head, however roughly each was boxed: the middle of each lies within the other. */
function isSameHead(a: BoundingBox, b: BoundingBox): boolean {
  return holdsMiddleOf(a, b) && holdsMiddleOf(b, a);
}

function holdsMiddleOf({ x, y, w, h }: BoundingBox, other: BoundingBox): boolean {
  const [middleX, middleY] = centre(other);
  return middleX >= x && middleX <= x + w && middleY >= y && middleY <= y + h;
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), max);
}
