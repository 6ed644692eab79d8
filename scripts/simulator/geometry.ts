/** Boxes and limbs as plain numbers: shared by the page that draws and by the tests. */

export type Vector = readonly [number, number, number];

/** 0–1 of the picture, x, y is the top left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** Column-major 4×4 (as WebGL has it) applied to a point; null when the point lies behind the camera. */
export function project(matrix: readonly number[], [x, y, z]: Vector): readonly [number, number] | null {
  const at = (index: number): number => matrix[index] ?? 0;
  const w = at(3) * x + at(7) * y + at(11) * z + at(15);
  if (w <= 0.05) return null;
  const clipX = (at(0) * x + at(4) * y + at(8) * z + at(12)) / w;
  const clipY = (at(1) * x + at(5) * y + at(9) * z + at(13)) / w;
  return [(clipX + 1) / 2, (1 - clipY) / 2];
}

/** Smallest box round the points, not cut to the picture; null without points. */
export function boxAround(points: readonly (readonly [number, number])[]): Box | null {
  if (points.length === 0) return null;
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  return { x: left, y: top, w: right - left, h: bottom - top };
}

/** The part of a box inside the picture; null when nothing of it is. */
export function cutToPicture({ x, y, w, h }: Box): Box | null {
  const left = Math.max(0, x);
  const top = Math.max(0, y);
  const right = Math.min(1, x + w);
  const bottom = Math.min(1, y + h);
  return right > left && bottom > top ? { x: left, y: top, w: right - left, h: bottom - top } : null;
}

export function unionOf(boxes: readonly Box[]): Box | null {
  return boxAround(
    boxes.flatMap(({ x, y, w, h }): (readonly [number, number])[] => [
      [x, y],
      [x + w, y + h],
    ]),
  );
}

/** Area of the convex hull (monotone chain, then the shoelace formula), in the points' own unit squared. */
export function hullArea(points: readonly (readonly [number, number])[]): number {
  const sorted = [...points].sort((one, other) => one[0] - other[0] || one[1] - other[1]);
  const half = (source: readonly (readonly [number, number])[]): (readonly [number, number])[] => {
    const chain: (readonly [number, number])[] = [];
    for (const point of source) {
      for (let last = chain.at(-1), before = chain.at(-2); last && before; last = chain.at(-1), before = chain.at(-2)) {
        const cross = (last[0] - before[0]) * (point[1] - before[1]) - (last[1] - before[1]) * (point[0] - before[0]);
        if (cross > 0) break;
        chain.pop();
      }
      chain.push(point);
    }
    return chain.slice(0, -1);
  };
  const hull = [...half(sorted), ...half([...sorted].reverse())];
  let doubled = 0;
  hull.forEach(([x, y], index) => {
    const [nextX, nextY] = hull[(index + 1) % hull.length] ?? [x, y];
    doubled += x * nextY - nextX * y;
  });
  return Math.abs(doubled) / 2;
}

/** A limb of two bones: where its middle joint (elbow, knee) and its end are when the end reaches for `target`. */
export interface LimbGoal {
  readonly root: Vector;
  readonly target: Vector;
  readonly upperM: number;
  readonly lowerM: number;
  /** Direction the middle joint bends to. */
  readonly bend: Vector;
}

export function reach({ root, target, upperM, lowerM, bend }: LimbGoal): {
  readonly middle: Vector;
  readonly end: Vector;
} {
  const way = minus(target, root);
  const distance = Math.min(Math.max(length(way), Math.abs(upperM - lowerM) + 0.01), upperM + lowerM - 0.002);
  const along = directionOf(way, [0, -1, 0]);
  const across = (vector: Vector): Vector => minus(vector, scale(along, dot(vector, along)));
  const side = directionOf(across(bend), directionOf(across([1, 0, 0]), [0, 0, 1]));
  const cosine = (upperM * upperM + distance * distance - lowerM * lowerM) / (2 * upperM * distance);
  const sine = Math.sqrt(Math.max(0, 1 - cosine * cosine));
  return {
    middle: plus(root, plus(scale(along, upperM * cosine), scale(side, upperM * sine))),
    end: plus(root, scale(along, distance)),
  };
}

/** `instead` where the vector is too short to point anywhere. */
function directionOf(vector: Vector, instead: Vector): Vector {
  const long = length(vector);
  return long > 1e-6 ? scale(vector, 1 / long) : instead;
}

export function mix(from: Vector, to: Vector, share: number): Vector {
  return plus(from, scale(minus(to, from), share));
}

export function plus([ax, ay, az]: Vector, [bx, by, bz]: Vector): Vector {
  return [ax + bx, ay + by, az + bz];
}

function minus([ax, ay, az]: Vector, [bx, by, bz]: Vector): Vector {
  return [ax - bx, ay - by, az - bz];
}

function scale([x, y, z]: Vector, factor: number): Vector {
  return [x * factor, y * factor, z * factor];
}

function dot([ax, ay, az]: Vector, [bx, by, bz]: Vector): number {
  return ax * bx + ay * by + az * bz;
}

function length(vector: Vector): number {
  return Math.sqrt(dot(vector, vector));
}
