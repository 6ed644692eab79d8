/**
 * How sharp a head crop is (pure): the variance of the Laplacian (Pech-Pacheco et al., ICPR 2000; LAPV in the survey of
 * Pertuz et al., Pattern Recognition 46, 2013), divided by the variance of the brightness, so that a dark or faded head
 * counts as sharp as a contrasty one.
 */

/** An interleaved RGB square in a batch of crops. */
export interface Crop {
  readonly pixels: Uint8Array;
  /** Byte of its first pixel. */
  readonly offset: number;
  readonly sidePx: number;
  /** Crop pixels per source pixel; above 1 the crop was enlarged. */
  readonly enlargement: number;
}

/** The crop is 1.6 × the head; the rest is background, sharp or not. */
const HEAD_SHARE = 1 / 1.6;
/** Grey levels² below which there is nothing to be sharp: a black or burnt-out patch. */
const MIN_VARIANCE = 9;

/**
 * @returns 0 for a flat patch, about .02 for a smear, .2–1 for a sharp head. The Laplacian reaches over one source pixel, so that a small head
 *   is not called blurred only because it was enlarged.
 */
export function sharpness({ pixels, offset, sidePx, enlargement }: Crop): number {
  const reach = Math.max(1, Math.round(enlargement));
  const margin = Math.max(reach, Math.round((sidePx * (1 - HEAD_SHARE)) / 2));
  const luma = (x: number, y: number): number => {
    const p = offset + (y * sidePx + x) * 3;
    // ITU-R BT.601
    return 0.299 * (pixels[p] ?? 0) + 0.587 * (pixels[p + 1] ?? 0) + 0.114 * (pixels[p + 2] ?? 0);
  };
  const brightness = new Spread();
  const across = new Spread();
  const down = new Spread();
  for (let y = margin; y < sidePx - margin; y++) {
    for (let x = margin; x < sidePx - margin; x++) {
      const here = luma(x, y);
      brightness.add(here);
      across.add(luma(x - reach, y) + luma(x + reach, y) - 2 * here);
      down.add(luma(x, y - reach) + luma(x, y + reach) - 2 * here);
    }
  }
  if (brightness.variance < MIN_VARIANCE) return 0;
  return Math.min(across.variance, down.variance) / brightness.variance;
}

class Spread {
  private count = 0;
  private sum = 0;
  private squares = 0;

  add(value: number): void {
    this.count += 1;
    this.sum += value;
    this.squares += value * value;
  }

  get variance(): number {
    return this.count === 0 ? 0 : Math.max(0, this.squares / this.count - (this.sum / this.count) ** 2);
  }
}
