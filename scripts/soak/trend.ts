/** Does a noisy series rise? Pure. */

export interface Point {
  readonly atH: number;
  readonly value: number;
}

export interface Slope {
  /** A unit of the value an hour. */
  readonly perHour: number;
  /** Where the true slope lies with 95 % certainty. */
  readonly fromPerHour: number;
  readonly toPerHour: number;
}

/** Of the normal distribution, two-sided. */
const Z_95 = 1.96;
/** Fewer than these say nothing. */
const FEWEST = 4;

/**
 * The median of the slopes between all pairs (Theil 1950, Sen 1968): a garbage collection or a fault that lifts some of
 * the values does not move it. The interval is Sen's, from the variance of Kendall's S.
 * @returns null of fewer than four points
 */
export function slopeOf(points: readonly Point[]): Slope | null {
  const count = points.length;
  if (count < FEWEST) return null;
  const slopes = points
    .flatMap((one, index) => points.slice(index + 1).map((other) => (other.value - one.value) / (other.atH - one.atH)))
    .sort((a, b) => a - b);
  const spread = Z_95 * Math.sqrt((count * (count - 1) * (2 * count + 5)) / 18);
  const at = (rank: number): number => slopes[Math.min(slopes.length - 1, Math.max(0, Math.round(rank)))] ?? 0;
  return {
    perHour: (at((slopes.length - 1) >> 1) + at(slopes.length >> 1)) / 2,
    fromPerHour: at((slopes.length - spread) / 2 - 1),
    toPerHour: at((slopes.length + spread) / 2),
  };
}

/**
 * The lowest value of every stretch of `stretchH`, at the stretch's middle: what stays when the garbage is collected.
 * A last stretch that is not over is left out.
 */
export function floorsOf(points: readonly Point[], stretchH: number): Point[] {
  const first = points[0]?.atH ?? 0;
  const last = points.at(-1)?.atH ?? 0;
  const floors = new Map<number, number>();
  for (const { atH, value } of points) {
    // A reading each minute comes a little late.
    const index = Math.floor((atH - first) / stretchH + 1e-3);
    floors.set(index, Math.min(value, floors.get(index) ?? Number.POSITIVE_INFINITY));
  }
  return [...floors]
    .map(([index, value]) => ({ atH: first + (index + 0.5) * stretchH, value }))
    .filter(({ atH }) => atH + 0.25 * stretchH <= last || floors.size === 1);
}
