/** What e-bikes and bicycles share. Origin on the ground below the middle; front = +z, left = +x. */
import * as THREE from 'three';
import type { Vector } from '../geometry';
import type { ColourName } from '../scenario';
import { addBar, Builder } from './shapes';

export interface TwoWheeler {
  readonly root: THREE.Group;
  readonly wheels: readonly { readonly group: THREE.Group; readonly radiusM: number }[];
  /** Where a rider's body meets it. */
  readonly seatY: number;
  readonly driverZ: number;
  readonly passengerZ: number;
  readonly grips: readonly [Vector, Vector];
  readonly pedals: readonly [Vector, Vector];
  readonly basket: Vector;
  readonly mirror: Vector;
}

export const RUBBER = new THREE.Color(0x141414);
export const STEEL = new THREE.Color(0xb9bcc0);
export const DARK = new THREE.Color(0x1c1d20);
export const LAMP = new THREE.Color(0xfdf8e4);

export interface TwoWheelerOptions {
  readonly colour: ColourName;
  readonly basket: boolean;
  readonly topBox: boolean;
}

/** An open wire basket in front of the handlebar. */
export function addBasket(frame: Builder, wire: THREE.Color): void {
  const bottom = { y: 0.77, x: 0.125, from: 0.51, to: 0.73 };
  const top = { y: 0.96, x: 0.165, from: 0.48, to: 0.79 };
  const ring = ({ y, x, from, to }: typeof bottom): [number, number, number][] => [
    [x, y, from],
    [x, y, to],
    [-x, y, to],
    [-x, y, from],
  ];
  const [low, high] = [ring(bottom), ring(top)];
  const corner = (points: [number, number, number][], index: number) => points[index % 4] ?? [0, 0, 0];
  for (let index = 0; index < 4; index += 1) {
    for (const level of [0, 0.33, 0.66, 1]) {
      const at = (k: number) => lerp3(corner(low, k), corner(high, k), level);
      addBar(frame, 'metal', wire, { from: at(index), to: at(index + 1), radius: level === 1 ? 0.008 : 0.0045 });
    }
    for (let bar = 0; bar < 6; bar += 1) {
      addBar(frame, 'metal', wire, {
        from: lerp3(corner(low, index), corner(low, index + 1), bar / 6),
        to: lerp3(corner(high, index), corner(high, index + 1), bar / 6),
        radius: 0.0045,
      });
    }
  }
  frame.add(new THREE.BoxGeometry(0.25, 0.008, 0.22), 'matte', wire, { at: [0, 0.77, 0.62] });
}

function lerp3(from: readonly number[], to: readonly number[], share: number): [number, number, number] {
  const at = (index: number): number => (from[index] ?? 0) + ((to[index] ?? 0) - (from[index] ?? 0)) * share;
  return [at(0), at(1), at(2)];
}

export function buildWheel(
  radius: number,
  tyre: number,
  { spokes, hub }: { spokes: number; hub: number },
): THREE.Group {
  const wheel = new Builder();
  const quarter: [number, number, number] = [0, Math.PI / 2, 0];
  wheel.add(new THREE.TorusGeometry(radius - tyre / 2, tyre / 2, 8, 26), 'matte', RUBBER, { turn: quarter });
  wheel.add(new THREE.TorusGeometry(radius - tyre * 0.95, tyre * 0.16, 6, 24), 'metal', STEEL, {
    turn: quarter,
    scale: [1, 1, 2],
  });
  wheel.add(new THREE.CylinderGeometry(hub, hub, 0.08, 14), 'metal', DARK, { turn: [0, 0, Math.PI / 2] });
  for (let index = 0; index < spokes; index += 1) {
    const angle = (index / spokes) * 2 * Math.PI;
    const end: [number, number, number] = [0, Math.cos(angle) * (radius - tyre), Math.sin(angle) * (radius - tyre)];
    addBar(wheel, 'metal', STEEL, { from: [0, 0, 0], to: end, radius: spokes > 8 ? 0.0035 : 0.016 });
  }
  return wheel.build();
}
