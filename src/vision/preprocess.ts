/**
 * Cuts and scales RGB pictures for the models (pure, no allocation per pixel).
 * Shrinking averages up to SAMPLES_PER_AXIS² evenly spread pixels, enlarging is bilinear, outside is padding grey.
 */

import { averageCells } from '../averaging';

/** Interleaved RGB, 8 bits a channel, rows without padding. */
export interface Picture {
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixels: Uint8Array;
}

/** A rectangle of the source in pixels; may reach outside the picture. */
export interface SourceRect {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Grey that YOLOX pads with; the models were trained with it. */
const PADDING = 114;
/** 3×3 samples are within one grey level of the full area average at the usual 1080p → 640 px (factor 3). */
const SAMPLES_PER_AXIS = 3;
/**
 * A factor this little above a whole one counts as that one. Others are rounded up so that every source pixel takes part:
 * rounded down, a factor of 1.4 leaves out two pixels in seven.
 */
const EXACT_FACTOR = 0.05;

/** Scales `rect` of the source to widthPx × heightPx and writes it to `target` at byte `offset`, rows of `strideBytes`. */
export function resample(
  source: Picture,
  rect: SourceRect,
  target: { pixels: Uint8Array; offset: number; strideBytes: number; widthPx: number; heightPx: number },
): void {
  if (rect.w / target.widthPx <= 1 && rect.h / target.heightPx <= 1) enlarge(source, rect, target);
  else shrink(source, rect, target);
}

type Target = Parameters<typeof resample>[2];

/** Source columns, or rows, of every sample along one axis; −1 = outside the picture. */
interface SamplePositions {
  readonly at: Int32Array;
  /** Samples of one cell. */
  readonly per: number;
}

interface Samples {
  readonly columns: SamplePositions;
  readonly rows: SamplePositions;
}

function samplePositions(start: number, length: number, cells: number, limit: number): SamplePositions {
  const per = Math.max(1, Math.min(SAMPLES_PER_AXIS, Math.ceil(length / cells - EXACT_FACTOR)));
  const at = new Int32Array(cells * per);
  const pitch = length / (cells * per);
  for (let i = 0; i < at.length; i++) {
    const position = Math.floor(start + (i + 0.5) * pitch);
    at[i] = position >= 0 && position < limit ? position : -1;
  }
  return { at, per };
}

function shrink(source: Picture, rect: SourceRect, target: Target): void {
  if (isWholeByThree(source, rect, target)) {
    averageCells({ from: source, side: SAMPLES_PER_AXIS, to: target });
    return;
  }
  const columns = samplePositions(rect.x, rect.w, target.widthPx, source.widthPx);
  const rows = samplePositions(rect.y, rect.h, target.heightPx, source.heightPx);
  if (!columns.at.includes(-1) && !rows.at.includes(-1)) {
    averageInside(source, { columns, rows }, target);
    return;
  }
  const { pixels } = source;
  const count = columns.per * rows.per;
  const half = count >> 1;
  for (let ty = 0; ty < target.heightPx; ty++) {
    let out = target.offset + ty * target.strideBytes;
    for (let tx = 0; tx < target.widthPx; tx++) {
      let r = half;
      let g = half;
      let b = half;
      for (let sy = 0; sy < rows.per; sy++) {
        const row = rows.at[ty * rows.per + sy] ?? -1;
        for (let sx = 0; sx < columns.per; sx++) {
          const column = columns.at[tx * columns.per + sx] ?? -1;
          if (row < 0 || column < 0) {
            r += PADDING;
            g += PADDING;
            b += PADDING;
            continue;
          }
          const p = (row * source.widthPx + column) * 3;
          r += pixels[p] ?? 0;
          g += pixels[p + 1] ?? 0;
          b += pixels[p + 2] ?? 0;
        }
      }
      target.pixels[out++] = (r / count) | 0;
      target.pixels[out++] = (g / count) | 0;
      target.pixels[out++] = (b / count) | 0;
    }
  }
}

/** The usual 1080p → 640 px. */
function isWholeByThree(source: Picture, { x, y, w, h }: SourceRect, { widthPx, heightPx }: Target): boolean {
  const isWhole = x === 0 && y === 0 && w === source.widthPx && h === source.heightPx;
  return isWhole && w === SAMPLES_PER_AXIS * widthPx && h === SAMPLES_PER_AXIS * heightPx;
}

/** shrink() without its checks, for what lies inside the picture: less than half of the time for the same result. */
function averageInside({ widthPx, pixels }: Picture, { columns, rows }: Samples, target: Target): void {
  const across = columns.per;
  const count = across * rows.per;
  const half = count >> 1;
  const lefts = columns.at.map((column) => column * 3);
  const tops = rows.at.map((row) => row * widthPx * 3);
  for (let ty = 0; ty < target.heightPx; ty++) {
    let out = target.offset + ty * target.strideBytes;
    const lastRow = (ty + 1) * rows.per;
    for (let tx = 0; tx < target.widthPx; tx++) {
      let r = half;
      let g = half;
      let b = half;
      const lastColumn = (tx + 1) * across;
      for (let row = lastRow - rows.per; row < lastRow; row++) {
        const top = tops[row] ?? 0;
        for (let column = lastColumn - across; column < lastColumn; column++) {
          const p = top + (lefts[column] ?? 0);
          r += pixels[p] ?? 0;
          g += pixels[p + 1] ?? 0;
          b += pixels[p + 2] ?? 0;
        }
      }
      target.pixels[out++] = (r / count) | 0;
      target.pixels[out++] = (g / count) | 0;
      target.pixels[out++] = (b / count) | 0;
    }
  }
}

/** The two source positions a target cell lies between (−1 = outside the picture), and how far it is from the first. */
function neighbours(
  start: number,
  length: number,
  cells: number,
  limit: number,
): { first: Int32Array; second: Int32Array; share: Float64Array } {
  const first = new Int32Array(cells);
  const second = new Int32Array(cells);
  const share = new Float64Array(cells);
  const inside = (position: number): number => (position >= 0 && position < limit ? position : -1);
  for (let i = 0; i < cells; i++) {
    const at = start + ((i + 0.5) * length) / cells - 0.5;
    first[i] = inside(Math.floor(at));
    second[i] = inside(Math.floor(at) + 1);
    share[i] = at - Math.floor(at);
  }
  return { first, second, share };
}

function enlarge(source: Picture, rect: SourceRect, target: Target): void {
  const { widthPx, pixels } = source;
  const columns = neighbours(rect.x, rect.w, target.widthPx, widthPx);
  const rows = neighbours(rect.y, rect.h, target.heightPx, source.heightPx);
  for (let ty = 0; ty < target.heightPx; ty++) {
    const upper = rows.first[ty] ?? -1;
    const lower = rows.second[ty] ?? -1;
    const fy = rows.share[ty] ?? 0;
    let out = target.offset + ty * target.strideBytes;
    for (let tx = 0; tx < target.widthPx; tx++) {
      const left = columns.first[tx] ?? -1;
      const right = columns.second[tx] ?? -1;
      const fx = columns.share[tx] ?? 0;
      const upperLeft = upper < 0 || left < 0 ? -1 : (upper * widthPx + left) * 3;
      const upperRight = upper < 0 || right < 0 ? -1 : (upper * widthPx + right) * 3;
      const lowerLeft = lower < 0 || left < 0 ? -1 : (lower * widthPx + left) * 3;
      const lowerRight = lower < 0 || right < 0 ? -1 : (lower * widthPx + right) * 3;
      for (let channel = 0; channel < 3; channel++) {
        const a = upperLeft < 0 ? PADDING : (pixels[upperLeft + channel] ?? 0);
        const b = upperRight < 0 ? PADDING : (pixels[upperRight + channel] ?? 0);
        const c = lowerLeft < 0 ? PADDING : (pixels[lowerLeft + channel] ?? 0);
        const d = lowerRight < 0 ? PADDING : (pixels[lowerRight + channel] ?? 0);
        const top = a * (1 - fx) + b * fx;
        const bottom = c * (1 - fx) + d * fx;
        target.pixels[out++] = Math.round(top * (1 - fy) + bottom * fy);
      }
    }
  }
}

/** How a letterboxed picture maps back: source pixels per input pixel. */
export interface Letterbox {
  readonly scale: number;
}

/** Fits the whole picture into the top left of widthPx × heightPx and pads the rest, as YOLOX does. */
export function letterbox(
  source: Picture,
  target: { pixels: Uint8Array; widthPx: number; heightPx: number },
): Letterbox {
  const scale = Math.max(source.widthPx / target.widthPx, source.heightPx / target.heightPx);
  const widthPx = Math.min(target.widthPx, Math.round(source.widthPx / scale));
  const heightPx = Math.min(target.heightPx, Math.round(source.heightPx / scale));
  if (widthPx < target.widthPx || heightPx < target.heightPx) target.pixels.fill(PADDING);
  const whole = { x: 0, y: 0, w: source.widthPx, h: source.heightPx };
  resample(source, whole, { pixels: target.pixels, offset: 0, strideBytes: target.widthPx * 3, widthPx, heightPx });
  return { scale };
}
