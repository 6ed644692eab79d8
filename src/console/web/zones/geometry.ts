/** Zones in 0–1 coordinates of the picture (pure). */
import type { Output } from '../../contract';

export type Point = readonly [x: number, y: number];
/** `travel` is the arrow: from its first point to its second. */
export const KINDS = ['watch', 'approach', 'travel', 'ignore'] as const;
export type Kind = (typeof KINDS)[number];

export interface Zone {
  readonly kind: Kind;
  readonly points: readonly Point[];
}

/** Corners that one of its kind has. */
export const CORNERS: Readonly<Record<Kind, { readonly min: number; readonly max: number }>> = {
  watch: { min: 3, max: 20 },
  approach: { min: 3, max: 20 },
  travel: { min: 2, max: 2 },
  ignore: { min: 3, max: 20 },
};

/** Three decimals are a pixel of a 1000 px wide picture; nothing lies outside. */
export function rounded([x, y]: Point): Point {
  const inside = (value: number): number => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000;
  return [inside(x), inside(y)];
}

/** No finger reaches the border of a picture, and wheels are often cut off by it: so near to it, a corner lies on it. */
const BORDER = 0.03;

/** Where a finger or a mouse means, for `rounded`. */
export function snapped([x, y]: Point): Point {
  const to = (value: number): number => (value < BORDER ? 0 : value > 1 - BORDER ? 1 : value);
  return [to(x), to(y)];
}

/** Even–odd rule, as the service has it. */
export function isInside([px, py]: readonly number[], points: readonly Point[]): boolean {
  if (px === undefined || py === undefined) return false;
  let inside = false;
  points.forEach(([ax, ay], index) => {
    const [bx, by] = points.at(index - 1) ?? [ax, ay];
    if (ay > py !== by > py && px < ((bx - ax) * (py - ay)) / (by - ay) + ax) inside = !inside;
  });
  return inside;
}

/** Half of the heads lately seen above these zones (anywhere, without zones) are at least so large; null without any. */
export function headVerdict(
  { heads, minHeadPx }: Pick<Output<'cameraView'>, 'heads' | 'minHeadPx'>,
  zones: readonly Zone[],
): { readonly px: number; readonly isEnough: boolean } | null {
  const sizes = heads
    .filter(({ x, y }) => zones.length === 0 || zones.some(({ points }) => isOver([x, y], points)))
    .map(({ px }) => px)
    .sort((a, b) => a - b);
  const median = sizes[Math.floor((sizes.length - 1) / 2)];
  return median === undefined ? null : { px: Math.round(median), isEnough: median >= minHeadPx };
}

/** A head is above the wheels: whoever stands in the zone has it over the zone, about as far up as the zone is high. */
function isOver([x, y]: Point, points: readonly Point[]): boolean {
  const [xs, ys] = [points.map(([px]) => px), points.map(([, py]) => py)];
  const top = Math.min(...ys);
  const height = Math.max(...ys) - top;
  return x >= Math.min(...xs) && x <= Math.max(...xs) && y >= top - Math.max(0.3, height) && y <= top + height;
}
