/** The motorcycle: large wheels, tank, engine and exhaust, a round lamp in front; no leg shield, no basket. */
import * as THREE from 'three';
import { randomFrom } from '../random';
import { buildWheel, DARK, LAMP, RUBBER, STEEL, type TwoWheeler, type TwoWheelerOptions } from './cycle-parts';
import { colourOf } from './palette';
import { addBar, Builder, roundedBox, sideProfile } from './shapes';

const RADIUS_M = 0.3;
const FRONT_Z = 0.7;
const REAR_Z = -0.66;

export function buildMotorcycle({ colour, topBox }: TwoWheelerOptions, seed: number): TwoWheeler {
  const random = randomFrom(seed);
  const paint = colourOf(colour, random);
  const frame = new Builder();
  addTankAndSeat(frame, paint);
  addEngine(frame);
  addFork(frame, paint);
  if (topBox) frame.add(roundedBox(0.4, 0.32, 0.38, 0.05), 'gloss', DARK, { at: [0, 1.0, -0.92] });
  const root = frame.build();
  const wheels = [FRONT_Z, REAR_Z].map((z) => {
    const group = buildWheel(RADIUS_M, 0.11, { spokes: 6, hub: 0.08 });
    group.position.set(0, RADIUS_M, z);
    root.add(group);
    return { group, radiusM: RADIUS_M };
  });
  return {
    root,
    wheels,
    seatY: 0.78,
    driverZ: -0.16,
    passengerZ: -0.54,
    grips: [
      [0.36, 1.04, 0.3],
      [-0.36, 1.04, 0.3],
    ],
    pedals: [
      [0.2, 0.32, 0.02],
      [-0.2, 0.32, 0.02],
    ],
    basket: [0, 0.95, 0.42],
    mirror: [-0.34, 1.24, 0.32],
  };
}

function addTankAndSeat(frame: Builder, paint: THREE.Color): void {
  frame.add(sideProfile([0.34, 0.72, 0.36, 0.92, 0.16, 0.98, -0.08, 0.84, -0.08, 0.72], 0.28, 0.06), 'gloss', paint);
  frame.add(
    sideProfile([-0.04, 0.72, -0.06, 0.8, -0.3, 0.79, -0.72, 0.86, -0.78, 0.78, -0.3, 0.7], 0.27, 0.04),
    'hair',
    DARK,
  );
  frame.add(sideProfile([-0.5, 0.6, -0.3, 0.7, -0.78, 0.78, -0.94, 0.74], 0.2, 0.03), 'gloss', paint);
  frame.add(roundedBox(0.14, 0.08, 0.05, 0.02), 'gloss', new THREE.Color(0x8f1010), { at: [0, 0.74, -0.95] });
  frame.add(roundedBox(0.2, 0.14, 0.012, 0.01), 'gloss', new THREE.Color(0xd8b93a), { at: [0, 0.6, -0.95] });
}

function addEngine(frame: Builder): void {
  frame.add(roundedBox(0.3, 0.3, 0.36, 0.06), 'metal', STEEL, { at: [0, 0.5, 0.06] });
  frame.add(roundedBox(0.22, 0.22, 0.2, 0.04), 'matte', DARK, { at: [0, 0.66, 0.16] });
  addBar(frame, 'metal', STEEL, { from: [-0.15, 0.34, 0.2], to: [-0.17, 0.34, -0.5], radius: 0.025 });
  addBar(frame, 'metal', STEEL, { from: [-0.17, 0.34, -0.4], to: [-0.18, 0.42, -0.95], radius: 0.05 });
  for (const side of [-0.1, 0.1]) {
    addBar(frame, 'metal', DARK, { from: [side, RADIUS_M, REAR_Z], to: [side, 0.5, -0.1], radius: 0.025 });
    addBar(frame, 'metal', DARK, { from: [side, RADIUS_M, REAR_Z], to: [side * 1.2, 0.72, -0.5], radius: 0.025 });
    addBar(frame, 'metal', DARK, { from: [side * 1.2, 0.33, 0], to: [side * 2.2, 0.31, 0.02], radius: 0.016 });
  }
}

function addFork(frame: Builder, paint: THREE.Color): void {
  const fender = new THREE.TorusGeometry(RADIUS_M + 0.03, 0.06, 6, 14, Math.PI * 0.6);
  frame.add(fender, 'gloss', paint, { at: [0, RADIUS_M, FRONT_Z], turn: [0.3, -Math.PI / 2, 0] });
  frame.add(fender, 'matte', DARK, { at: [0, RADIUS_M, REAR_Z], turn: [0.6, -Math.PI / 2, 0] });
  const ball = new THREE.SphereGeometry(1, 14, 10);
  frame.add(ball, 'metal', STEEL, { at: [0, 0.88, 0.5], scale: [0.11, 0.11, 0.08] });
  frame.add(ball, 'gloss', LAMP, { at: [0, 0.88, 0.525], scale: [0.09, 0.09, 0.07] });
  for (const side of [-1, 1]) {
    addBar(frame, 'metal', STEEL, {
      from: [side * 0.09, RADIUS_M, FRONT_Z],
      to: [side * 0.09, 0.98, 0.4],
      radius: 0.024,
    });
    addBar(frame, 'metal', STEEL, { from: [side * 0.06, 0.98, 0.4], to: [side * 0.26, 1.05, 0.34], radius: 0.014 });
    addBar(frame, 'matte', RUBBER, { from: [side * 0.26, 1.05, 0.34], to: [side * 0.39, 1.04, 0.28], radius: 0.019 });
    addBar(frame, 'metal', DARK, { from: [side * 0.27, 1.05, 0.34], to: [side * 0.34, 1.21, 0.34], radius: 0.007 });
    frame.add(ball, 'matte', DARK, { at: [side * 0.34, 1.24, 0.335], scale: [0.055, 0.036, 0.016] });
    frame.add(ball, 'gloss', new THREE.Color(0xe98b1e), { at: [side * 0.2, 0.88, 0.46], scale: [0.03, 0.03, 0.035] });
  }
}
