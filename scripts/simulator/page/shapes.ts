/** Building blocks of every body: shells (skulls, helmets, hair), lofts (torsos, fairings), limbs — and a builder that merges them. */
import * as THREE from 'three';
import { mergeGeometries } from 'three/examples/jsm/utils/BufferGeometryUtils.js';
import { type Print, printed } from './prints';

export type Finish = 'cloth' | Print | 'skin' | 'gloss' | 'glass' | 'metal' | 'matte' | 'hair' | 'glow';

export interface Placement {
  readonly at?: readonly [number, number, number];
  readonly turn?: readonly [number, number, number];
  readonly scale?: readonly [number, number, number];
}

/** Phong, not physical materials: on a processor-only renderer they cost a third. */
const MATERIALS: Record<Finish, THREE.Material> = {
  cloth: new THREE.MeshLambertMaterial({ vertexColors: true }),
  matte: new THREE.MeshLambertMaterial({ vertexColors: true }),
  stripes: printed('stripes'),
  checks: printed('checks'),
  blots: printed('blots'),
  /** Shines by itself: lamps. */
  glow: new THREE.MeshBasicMaterial({ vertexColors: true }),
  skin: new THREE.MeshPhongMaterial({ vertexColors: true, specular: 0x1c1410, shininess: 18 }),
  hair: new THREE.MeshPhongMaterial({ vertexColors: true, specular: 0x141414, shininess: 14 }),
  gloss: new THREE.MeshPhongMaterial({ vertexColors: true, specular: 0x6a6a6a, shininess: 70 }),
  glass: new THREE.MeshPhongMaterial({ vertexColors: true, specular: 0xbfc8d0, shininess: 110 }),
  metal: new THREE.MeshPhongMaterial({ vertexColors: true, specular: 0x8a8a8a, shininess: 40 }),
};

/** Collects coloured parts and merges them into one mesh per finish: a bike is a handful of draw calls. */
export class Builder {
  private readonly parts = new Map<Finish, THREE.BufferGeometry[]>();

  add(geometry: THREE.BufferGeometry, finish: Finish, colour: THREE.Color, placement: Placement = {}): this {
    const part = geometry.clone();
    // Shared corners are computed once: half the cost of a frame on a processor-only renderer.
    if (!part.index) part.setIndex(Array.from({ length: part.getAttribute('position').count }, (_, index) => index));
    const { at = [0, 0, 0], turn = [0, 0, 0], scale = [1, 1, 1] } = placement;
    part.applyMatrix4(
      new THREE.Matrix4().compose(
        new THREE.Vector3(...at),
        new THREE.Quaternion().setFromEuler(new THREE.Euler(...turn)),
        new THREE.Vector3(...scale),
      ),
    );
    for (const name of Object.keys(part.attributes)) {
      if (!['position', 'normal', 'color'].includes(name)) part.deleteAttribute(name);
    }
    const count = part.getAttribute('position').count;
    const shades = part.getAttribute('color');
    const colours = new Float32Array(count * 3);
    for (let index = 0; index < count; index += 1) {
      const shade = shades ? shades.getX(index) : 1;
      colours.set([colour.r * shade, colour.g * shade, colour.b * shade], index * 3);
    }
    part.setAttribute('color', new THREE.BufferAttribute(colours, 3));
    const list = this.parts.get(finish) ?? [];
    list.push(part);
    this.parts.set(finish, list);
    return this;
  }

  build(): THREE.Group {
    const group = new THREE.Group();
    for (const [finish, parts] of this.parts) {
      const mesh = new THREE.Mesh(mergeGeometries(parts), MATERIALS[finish]);
      mesh.castShadow = true;
      mesh.receiveShadow = finish === 'cloth' || finish === 'matte' || finish === 'skin';
      group.add(mesh);
    }
    return group;
  }
}

/** Surface of a grid of points; rows run down, columns run round and close when `closed`. */
function gridGeometry(
  rows: readonly (readonly THREE.Vector3[])[],
  closed: boolean,
  shade?: (p: THREE.Vector3) => number,
) {
  const positions: number[] = [];
  const shades: number[] = [];
  const index: number[] = [];
  const columns = rows[0]?.length ?? 0;
  for (const row of rows) {
    for (const point of row) {
      positions.push(point.x, point.y, point.z);
      const value = shade ? shade(point) : 1;
      shades.push(value, value, value);
    }
  }
  for (let row = 0; row + 1 < rows.length; row += 1) {
    for (let column = 0; column + (closed ? 0 : 1) < columns; column += 1) {
      const next = (column + 1) % columns;
      const [a, b] = [row * columns + column, row * columns + next];
      const [c, d] = [a + columns, b + columns];
      index.push(a, c, b, b, c, d);
    }
  }
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute('position', new THREE.Float32BufferAttribute(positions, 3));
  geometry.setAttribute('color', new THREE.Float32BufferAttribute(shades, 3));
  geometry.setIndex(index);
  geometry.computeVertexNormals();
  return geometry;
}

export interface ShellShape {
  /** Half axes in metres: right-left, up-down, front-back. */
  readonly radii: readonly [number, number, number];
  /** Elevation (radians, 0 = equator) of the lower rim at an azimuth (0 = front, ±π = back). */
  readonly rim: (azimuth: number) => number;
  readonly thicknessM?: number;
  /** Multiplies the radius: bulges, partings, jaws. */
  readonly bulge?: (azimuth: number, elevation: number) => number;
  /** Brightness of the surface, 1 = the plain colour. */
  readonly shade?: (azimuth: number, elevation: number) => number;
  readonly columns?: number;
}

/** A cap of an ellipsoid from the crown down to a rim that may rise and fall: helmets, hair, caps and hoods. */
export function shell({
  radii,
  rim,
  thicknessM = 0.008,
  bulge = () => 1,
  shade,
  columns = 28,
}: ShellShape): THREE.BufferGeometry {
  const steps = 12;
  const rows: THREE.Vector3[][] = [];
  const point = (azimuth: number, elevation: number, inset: number): THREE.Vector3 => {
    const size = bulge(azimuth, elevation);
    const flat = Math.cos(elevation) * size;
    return new THREE.Vector3(
      Math.sin(azimuth) * flat * (radii[0] - inset),
      Math.sin(elevation) * size * (radii[1] - inset),
      Math.cos(azimuth) * flat * (radii[2] - inset),
    );
  };
  const row = (share: number, inset: number): THREE.Vector3[] =>
    Array.from({ length: columns }, (_, column) => {
      const azimuth = (column / columns) * 2 * Math.PI - Math.PI;
      return point(azimuth, Math.PI / 2 - share * (Math.PI / 2 - rim(azimuth)), inset);
    });
  for (let step = 0; step <= steps; step += 1) rows.push(row(Math.max(step / steps, 0.001), 0));
  // Round the rim inwards so that the shell has an edge and an inside.
  rows.push(row(1, thicknessM));
  rows.push(row(0.6, thicknessM));
  rows.push(row(0.001, thicknessM));
  const shadeAt =
    shade &&
    ((p: THREE.Vector3) =>
      shade(
        Math.atan2(p.x / radii[0], p.z / radii[2]),
        Math.atan2(p.y / radii[1], Math.hypot(p.x / radii[0], p.z / radii[2])),
      ));
  return gridGeometry(rows, true, shadeAt);
}

export interface Section {
  readonly y: number;
  readonly halfWidth: number;
  readonly halfDepth: number;
  /** Moves the section to the front. */
  readonly forward?: number;
}

/** A tube through rounded sections from bottom to top, closed at both ends; `shade` darkens folds. */
export function loft(
  sections: readonly Section[],
  shade?: (p: THREE.Vector3) => number,
  power = 2.4,
): THREE.BufferGeometry {
  const columns = 22;
  const rounded = (value: number): number => Math.sign(value) * Math.abs(value) ** (2 / power);
  const ring = ({ y, halfWidth, halfDepth, forward = 0 }: Section, size: number): THREE.Vector3[] =>
    Array.from({ length: columns }, (_, column) => {
      const angle = (column / columns) * 2 * Math.PI;
      return new THREE.Vector3(
        rounded(Math.sin(angle)) * halfWidth * size,
        y,
        rounded(Math.cos(angle)) * halfDepth * size + forward,
      );
    });
  const rows: THREE.Vector3[][] = [];
  const last = sections.at(-1);
  const first = sections[0];
  if (last) rows.push(ring(last, 0.01));
  for (const section of [...sections].reverse()) rows.push(ring(section, 1));
  if (first) rows.push(ring(first, 0.01));
  return gridGeometry(rows, true, shade);
}

/** A limb from the origin up along y, round at both ends. */
export function limb(fromRadius: number, toRadius: number, lengthM: number): THREE.BufferGeometry {
  const points: THREE.Vector2[] = [];
  // Thin bars need few faces: a basket has forty of them.
  const thin = Math.max(fromRadius, toRadius) < 0.013;
  const arc = thin ? 1 : 3;
  for (let step = 0; step <= arc; step += 1) {
    const angle = -Math.PI / 2 + (step / arc) * (Math.PI / 2);
    points.push(new THREE.Vector2(Math.max(Math.cos(angle) * fromRadius, 1e-4), Math.sin(angle) * fromRadius));
  }
  for (let step = 0; step <= arc; step += 1) {
    const angle = (step / arc) * (Math.PI / 2);
    points.push(new THREE.Vector2(Math.max(Math.cos(angle) * toRadius, 1e-4), lengthM + Math.sin(angle) * toRadius));
  }
  return new THREE.LatheGeometry(points, thin ? 5 : 11);
}

/** A straight bar between two points. */
export function addBar(
  builder: Builder,
  finish: Finish,
  colour: THREE.Color,
  bar: {
    readonly from: readonly [number, number, number];
    readonly to: readonly [number, number, number];
    readonly radius: number;
  },
): void {
  const from = new THREE.Vector3(...bar.from);
  const way = new THREE.Vector3(...bar.to).sub(from);
  const geometry = limb(bar.radius, bar.radius, way.length());
  geometry.applyQuaternion(new THREE.Quaternion().setFromUnitVectors(new THREE.Vector3(0, 1, 0), way.normalize()));
  builder.add(geometry, finish, colour, { at: bar.from });
}

export function roundedBox(width: number, height: number, depth: number, radius = 0.03): THREE.BufferGeometry {
  const shape = new THREE.Shape();
  const [x, y] = [width / 2 - radius, height / 2 - radius];
  shape.moveTo(-x, -y - radius);
  shape.lineTo(x, -y - radius);
  shape.quadraticCurveTo(x + radius, -y - radius, x + radius, -y);
  shape.lineTo(x + radius, y);
  shape.quadraticCurveTo(x + radius, y + radius, x, y + radius);
  shape.lineTo(-x, y + radius);
  shape.quadraticCurveTo(-x - radius, y + radius, -x - radius, y);
  shape.lineTo(-x - radius, -y);
  shape.quadraticCurveTo(-x - radius, -y - radius, -x, -y - radius);
  return extruded(shape, depth, Math.min(radius, depth / 3));
}

/** Outline in the x-y plane, `depth` thick along z, centred, with rounded edges. */
export function extruded(shape: THREE.Shape, depth: number, bevel: number): THREE.BufferGeometry {
  const core = Math.max(depth - 2 * bevel, 0.001);
  const geometry = new THREE.ExtrudeGeometry(shape, {
    depth: core,
    bevelThickness: bevel,
    bevelSize: bevel * 0.8,
    bevelOffset: -bevel * 0.8,
    bevelSegments: 2,
    curveSegments: 6,
  });
  geometry.translate(0, 0, -core / 2);
  return geometry;
}

/** Side view outline given as z, y, z, y, … (front = +z), `width` across: fairings, car bodies. */
export function sideProfile(outline: readonly number[], width: number, bevel = 0.03): THREE.BufferGeometry {
  const points: THREE.Vector2[] = [];
  for (let index = 0; index < outline.length; index += 2) {
    points.push(new THREE.Vector2(-(outline[index] ?? 0), outline[index + 1] ?? 0));
  }
  const shape = new THREE.Shape(points);
  const geometry = extruded(shape, width, bevel);
  // The outline lies in x-y with x = -z of the world; a quarter turn puts it upright along z.
  geometry.rotateY(Math.PI / 2);
  return geometry;
}
