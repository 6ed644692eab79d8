/**
 * Whether a picture still shows what another one did (pure): an empty junction need not be looked at five times a second.
 * Compared are the mean levels of small blocks, in which sensor noise is averaged away; blocks are smaller than the
 * smallest rider group that counts, and the other picture is the last one looked at, so that slow changes add up.
 */
import type { Picture } from './preprocess';

/** The smallest group that counts is 60 px high and 25 px wide: wherever it stands, it covers two fifths of a block. */
const BLOCK_PX = 32;
/** Every fourth pixel of every fourth row: 64 samples a block. */
const STEP_PX = 4;

/** Mean green level of each block, 0–255; rows of blocks one after the other. */
export function blockLevels({ widthPx, heightPx, pixels }: Picture): Float32Array {
  const columns = Math.ceil(widthPx / BLOCK_PX);
  const rows = Math.ceil(heightPx / BLOCK_PX);
  const sums = new Float32Array(columns * rows);
  const counts = new Float32Array(columns * rows);
  for (let y = 0; y < heightPx; y += STEP_PX) {
    const first = Math.floor(y / BLOCK_PX) * columns;
    for (let x = 0; x < widthPx; x += STEP_PX) {
      const block = first + Math.floor(x / BLOCK_PX);
      sums[block] = (sums[block] ?? 0) + (pixels[(y * widthPx + x) * 3 + 1] ?? 0);
      counts[block] = (counts[block] ?? 0) + 1;
    }
  }
  return sums.map((sum, block) => sum / (counts[block] ?? 1));
}

/** The largest difference of any block; infinite for pictures of different sizes. */
export function largestChange(before: Float32Array, now: Float32Array): number {
  if (before.length !== now.length) return Number.POSITIVE_INFINITY;
  return now.reduce((largest, level, block) => Math.max(largest, Math.abs(level - (before[block] ?? 0))), 0);
}
