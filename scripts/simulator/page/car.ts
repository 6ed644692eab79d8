/** Cars: a saloon, an SUV and a van from the same outline. */
import * as THREE from 'three';
import { randomFrom } from '../random';
import type { ColourName } from '../scenario';
import { DARK, LAMP, RUBBER, STEEL } from './cycle-parts';
import { colourOf } from './palette';
import { addBar, Builder, roundedBox, sideProfile } from './shapes';

export function buildCar(colour: ColourName, model: 'saloon' | 'suv' | 'van', seed: number): THREE.Group {
  const random = randomFrom(seed);
  const paint = colourOf(colour, random);
  const car = new Builder();
  const roof = { saloon: 1.45, suv: 1.68, van: 1.92 }[model];
  const bonnet = { saloon: 0.95, suv: 1.08, van: 1.12 }[model];
  const tail = { saloon: -1.55, suv: -2.0, van: -2.15 }[model];
  car.add(
    sideProfile(
      [-2.2, 0.32, 2.15, 0.3, 2.22, 0.62, 2.1, bonnet - 0.16, 1.1, bonnet, -2.15, bonnet + 0.02, -2.25, 0.7],
      1.78,
      0.09,
    ),
    'gloss',
    paint,
  );
  const nose = model === 'van' ? 1.5 : 1.15;
  car.add(
    sideProfile([nose, bonnet - 0.05, nose - 0.75, roof - 0.04, tail + 0.65, roof, tail, bonnet - 0.05], 1.6, 0.1),
    'glass',
    new THREE.Color(0x15191e),
  );
  car.add(
    sideProfile(
      [nose - 0.72, roof - 0.08, nose - 0.8, roof, tail + 0.6, roof + 0.02, tail + 0.55, roof - 0.08],
      1.62,
      0.04,
    ),
    'gloss',
    paint,
  );
  addSides(car, { paint, roof, bonnet, tail, nose });
  car.add(roundedBox(1.0, 0.2, 0.06, 0.04), 'matte', DARK, { at: [0, 0.5, 2.24] });
  for (const z of [2.27, -2.3]) {
    car.add(roundedBox(0.44, 0.14, 0.02, 0.01), 'gloss', new THREE.Color(0x1c4fb0), { at: [0, 0.5, z] });
  }
  return car.build();
}

interface Coachwork {
  readonly paint: THREE.Color;
  readonly roof: number;
  readonly bonnet: number;
  readonly tail: number;
  readonly nose: number;
}

/** Pillars, lamps, mirrors and wheels. */
function addSides(car: Builder, { paint, roof, bonnet, tail, nose }: Coachwork): void {
  for (const side of [-1, 1]) {
    addBar(car, 'gloss', paint, {
      from: [side * 0.8, bonnet, nose - 0.02],
      to: [side * 0.74, roof - 0.03, nose - 0.74],
      radius: 0.045,
    });
    addBar(car, 'gloss', paint, {
      from: [side * 0.8, bonnet, -0.2],
      to: [side * 0.76, roof - 0.03, -0.2],
      radius: 0.04,
    });
    addBar(car, 'gloss', paint, {
      from: [side * 0.8, bonnet, tail + 0.05],
      to: [side * 0.74, roof - 0.03, tail + 0.62],
      radius: 0.06,
    });
    car.add(roundedBox(0.34, 0.15, 0.1, 0.05), 'gloss', LAMP, { at: [side * 0.66, 0.72, 2.18] });
    car.add(roundedBox(0.3, 0.16, 0.1, 0.05), 'gloss', new THREE.Color(0x9c1616), { at: [side * 0.68, 0.82, -2.2] });
    car.add(roundedBox(0.16, 0.13, 0.2, 0.04), 'gloss', paint, { at: [side * 0.98, bonnet + 0.06, nose - 0.3] });
    for (const z of [1.35, -1.35]) {
      car.add(new THREE.CylinderGeometry(0.33, 0.33, 0.22, 20), 'matte', RUBBER, {
        at: [side * 0.8, 0.33, z],
        turn: [0, 0, Math.PI / 2],
      });
      car.add(new THREE.CylinderGeometry(0.21, 0.21, 0.235, 12), 'metal', STEEL, {
        at: [side * 0.8, 0.33, z],
        turn: [0, 0, Math.PI / 2],
      });
    }
  }
}
