/** Lorries and buses: boxes with a cab and windows. Front = +z. */
import * as THREE from 'three';
import { randomFrom } from '../random';
import type { ColourName } from '../scenario';
import { DARK, LAMP, RUBBER } from './cycle-parts';
import { colourOf } from './palette';
import { Builder, roundedBox } from './shapes';

const GLASS = new THREE.Color(0x15191e);

export function buildTruck(colour: ColourName, model: 'truck' | 'bus', seed: number): THREE.Group {
  const random = randomFrom(seed);
  const paint = colourOf(colour, random);
  const truck = new Builder();
  const long = model === 'bus' ? 9.5 : random.between(5, 7);
  if (model === 'bus') {
    truck.add(roundedBox(2.4, 2.6, long, 0.12), 'gloss', paint, { at: [0, 1.65, -long / 2 + 2.3] });
    for (const side of [-1, 1])
      truck.add(roundedBox(0.04, 0.95, long - 0.8, 0.02), 'glass', GLASS, { at: [side * 1.2, 2.1, -long / 2 + 2.3] });
    truck.add(roundedBox(2.1, 1.25, 0.06, 0.05), 'glass', GLASS, { at: [0, 1.95, 2.3] });
  } else {
    truck.add(roundedBox(2.1, 1.9, 1.7, 0.15), 'gloss', paint, { at: [0, 1.4, 1.45] });
    truck.add(roundedBox(1.8, 0.75, 0.06, 0.05), 'glass', GLASS, { at: [0, 1.75, 2.31] });
    const load = random.chance(0.6) ? paint.clone().lerp(new THREE.Color(0xdddddd), 0.8) : DARK;
    const high = random.between(0.7, 2.3);
    truck.add(roundedBox(2.2, high, long - 1.9, 0.04), 'matte', load, { at: [0, 0.95 + high / 2, 1.4 - long / 2] });
    truck.add(roundedBox(1, 0.2, long, 0.04), 'matte', DARK, { at: [0, 0.75, 2.2 - long / 2] });
  }
  for (const side of [-1, 1]) {
    truck.add(roundedBox(0.34, 0.18, 0.06, 0.03), 'gloss', LAMP, { at: [side * 0.8, 0.75, 2.32] });
    truck.add(roundedBox(0.2, 0.36, 0.12, 0.03), 'matte', DARK, { at: [side * 1.25, 1.9, 2.2] });
    for (const z of [1.4, 2.9 - long, 1.7 - long])
      truck.add(new THREE.CylinderGeometry(0.46, 0.46, 0.3, 18), 'matte', RUBBER, {
        at: [side * 0.92, 0.46, z],
        turn: [0, 0, Math.PI / 2],
      });
  }
  truck.add(roundedBox(0.44, 0.14, 0.02, 0.01), 'gloss', new THREE.Color(0xd8b21c), { at: [0, 0.55, 2.34] });
  return truck.build();
}
