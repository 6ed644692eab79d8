/** The bicycle: thin tubes, large wheels. */
import * as THREE from 'three';
import type { Vector } from '../geometry';
import { randomFrom } from '../random';
import { addBasket, buildWheel, DARK, RUBBER, STEEL, type TwoWheeler, type TwoWheelerOptions } from './cycle-parts';
import { colourOf } from './palette';
import { addBar, Builder, roundedBox } from './shapes';

const RADIUS_M = 0.33;

export function buildBicycle(options: TwoWheelerOptions, seed: number): TwoWheeler {
  const random = randomFrom(seed);
  const frame = new Builder();
  addTubes(frame, colourOf(options.colour, random));
  addFittings(frame);
  if (options.basket) addBasket(frame, colourOf('grey', random));
  const root = frame.build();
  const wheels = [0.54, -0.52].map((z) => {
    const group = buildWheel(RADIUS_M, 0.04, { spokes: 16, hub: 0.03 });
    group.position.set(0, RADIUS_M, z);
    root.add(group);
    return { group, radiusM: RADIUS_M };
  });
  return {
    root,
    wheels,
    seatY: 0.9,
    driverZ: -0.22,
    passengerZ: -0.55,
    grips: [
      [0.27, 1.04, 0.26],
      [-0.27, 1.04, 0.26],
    ],
    pedals: [
      [0.11, 0.2, 0.02],
      [-0.11, 0.42, -0.12],
    ],
    basket: [0, 0.9, 0.62],
    mirror: [-0.24, 1.08, 0.3],
  };
}

function addTubes(frame: Builder, paint: THREE.Color): void {
  const tube = (from: Vector, to: Vector, radius = 0.017): void => addBar(frame, 'gloss', paint, { from, to, radius });
  const crank: Vector = [0, 0.29, -0.08];
  const head: Vector = [0, 0.78, 0.38];
  const seat: Vector = [0, 0.72, -0.22];
  tube(crank, head, 0.02);
  tube(crank, seat);
  for (const side of [-0.05, 0.05]) {
    tube([side, RADIUS_M, -0.52], seat, 0.009);
    tube([side, RADIUS_M, -0.52], crank, 0.01);
    tube([side, RADIUS_M, 0.54], head, 0.012);
  }
  addBar(frame, 'metal', STEEL, { from: seat, to: [0, 0.84, -0.25], radius: 0.013 });
  addBar(frame, 'metal', STEEL, { from: head, to: [0, 1.0, 0.33], radius: 0.014 });
}

function addFittings(frame: Builder): void {
  frame.add(roundedBox(0.17, 0.06, 0.26, 0.03), 'hair', DARK, { at: [0, 0.87, -0.24] });
  const chainwheel = new THREE.CylinderGeometry(0.09, 0.09, 0.02, 16);
  frame.add(chainwheel, 'metal', STEEL, { at: [0.05, 0.29, -0.08], turn: [0, 0, Math.PI / 2] });
  for (const side of [-1, 1]) {
    addBar(frame, 'metal', STEEL, { from: [0, 1.0, 0.33], to: [side * 0.2, 1.03, 0.33], radius: 0.012 });
    addBar(frame, 'matte', RUBBER, { from: [side * 0.2, 1.03, 0.33], to: [side * 0.29, 1.02, 0.24], radius: 0.016 });
  }
  frame.add(roundedBox(0.14, 0.012, 0.36, 0.005), 'metal', STEEL, { at: [0, 0.72, -0.52] });
}
