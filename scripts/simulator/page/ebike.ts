/** The e-bike: leg shield, floorboard, long seat, basket and mirrors. */
import * as THREE from 'three';
import { type Random, randomFrom } from '../random';
import {
  addBasket,
  buildWheel,
  DARK,
  LAMP,
  RUBBER,
  STEEL,
  type TwoWheeler,
  type TwoWheelerOptions,
} from './cycle-parts';
import { colourOf } from './palette';
import { addBar, Builder, roundedBox, sideProfile } from './shapes';

export function buildEbike(options: TwoWheelerOptions, seed: number): TwoWheeler {
  const random = randomFrom(seed);
  const paint = colourOf(options.colour, random);
  const frame = new Builder();
  const wide = random.between(0.24, 0.3);
  const wheelRadius = random.between(0.2, 0.25);
  addEbikeBody(frame, paint, { wide, wheelRadius });
  addSeat(frame, random);
  addFront(frame, paint, { wheelRadius, random, basket: options.basket });
  if (options.topBox) {
    const box = random.chance(0.5) ? colourOf(random.pick(['black', 'grey', 'blue', 'yellow']), random) : paint;
    frame.add(roundedBox(0.38, 0.3, 0.36, 0.05), 'gloss', box, { at: [0, 1.0, -0.86] });
  }
  const root = frame.build();
  const wheels = [0.62, -0.56].map((z) => {
    const group = buildWheel(wheelRadius, 0.1, { spokes: 5, hub: 0.075 });
    group.position.set(0, wheelRadius, z);
    root.add(group);
    return { group, radiusM: wheelRadius };
  });
  return {
    root,
    wheels,
    seatY: 0.77,
    driverZ: -0.12,
    passengerZ: -0.5,
    grips: [
      [0.3, 1.02, 0.33],
      [-0.3, 1.02, 0.33],
    ],
    pedals: [
      [0.1, 0.33, 0.24],
      [-0.1, 0.33, 0.24],
    ],
    basket: [0, 0.9, 0.62],
    mirror: [-0.3, 1.22, 0.32],
  };
}

interface Chassis {
  readonly wide: number;
  readonly wheelRadius: number;
}

function addEbikeBody(frame: Builder, paint: THREE.Color, { wide, wheelRadius }: Chassis): void {
  // Leg shield, floorboard and the tail under the seat: the step-through line of every e-scooter.
  frame.add(
    sideProfile([0.33, 0.3, 0.44, 0.3, 0.5, 0.62, 0.47, 0.94, 0.4, 0.94, 0.42, 0.62], wide + 0.08, 0.03),
    'gloss',
    paint,
  );
  frame.add(sideProfile([-0.2, 0.24, 0.42, 0.24, 0.42, 0.33, -0.2, 0.33], wide, 0.025), 'matte', DARK);
  frame.add(sideProfile([-0.16, 0.22, 0.4, 0.22, 0.38, 0.29, -0.16, 0.29], wide + 0.05, 0.02), 'gloss', paint);
  frame.add(
    sideProfile(
      [-0.16, 0.3, -0.06, 0.32, -0.02, 0.66, -0.3, 0.7, -0.82, 0.78, -0.86, 0.7, -0.5, 0.5, -0.34, 0.34],
      wide - 0.02,
      0.04,
    ),
    'gloss',
    paint,
  );
  frame.add(sideProfile([-0.12, 0.3, -0.05, 0.33, -0.02, 0.6, -0.12, 0.64], wide + 0.005, 0.02), 'matte', DARK);
  addTail(frame);
  addUndercarriage(frame, paint, wheelRadius);
}

function addTail(frame: Builder): void {
  frame.add(roundedBox(0.12, 0.07, 0.05, 0.02), 'gloss', new THREE.Color(0x8f1010), { at: [0, 0.72, -0.87] });
  frame.add(roundedBox(0.2, 0.13, 0.012, 0.01), 'gloss', new THREE.Color(0xe8e6de), {
    at: [0, 0.61, -0.83],
    turn: [-0.2, 0, 0],
  });
  addBar(frame, 'metal', STEEL, { from: [0.11, 0.76, -0.5], to: [0.11, 0.8, -0.92], radius: 0.012 });
  addBar(frame, 'metal', STEEL, { from: [-0.11, 0.76, -0.5], to: [-0.11, 0.8, -0.92], radius: 0.012 });
  addBar(frame, 'metal', STEEL, { from: [-0.11, 0.8, -0.92], to: [0.11, 0.8, -0.92], radius: 0.012 });
}

function addUndercarriage(frame: Builder, paint: THREE.Color, wheelRadius: number): void {
  const fender = new THREE.TorusGeometry(wheelRadius + 0.045, 0.055, 6, 14, Math.PI * 0.62);
  frame.add(fender, 'gloss', paint, { at: [0, wheelRadius, 0.62], turn: [0, -Math.PI / 2, 0], scale: [1, 1, 1.1] });
  frame.add(fender, 'matte', DARK, { at: [0, wheelRadius, -0.56], turn: [0.5, -Math.PI / 2, 0], scale: [1, 1, 1.1] });
  for (const side of [-1, 1]) {
    addBar(frame, 'metal', DARK, {
      from: [side * 0.075, wheelRadius, -0.56],
      to: [side * 0.09, 0.52, -0.5],
      radius: 0.02,
    });
    addBar(frame, 'metal', DARK, {
      from: [side * 0.08, wheelRadius, -0.56],
      to: [side * 0.09, 0.3, -0.15],
      radius: 0.025,
    });
  }
  addBar(frame, 'metal', STEEL, { from: [0.1, 0.26, -0.05], to: [0.24, 0.03, -0.02], radius: 0.012 });
}

function addSeat(frame: Builder, random: Random): void {
  const leather = colourOf(random.pick(['black', 'black', 'brown', 'grey']), random).multiplyScalar(0.7);
  frame.add(
    sideProfile(
      [0.06, 0.68, 0.08, 0.74, -0.06, 0.77, -0.26, 0.76, -0.34, 0.8, -0.72, 0.81, -0.76, 0.76, -0.3, 0.69],
      0.27,
      0.045,
    ),
    'hair',
    leather,
  );
}

interface FrontOptions {
  readonly wheelRadius: number;
  readonly random: Random;
  readonly basket: boolean;
}

function addFront(frame: Builder, paint: THREE.Color, { wheelRadius, random, basket }: FrontOptions): void {
  for (const side of [-1, 1]) {
    addBar(frame, 'metal', STEEL, {
      from: [side * 0.07, wheelRadius, 0.62],
      to: [side * 0.06, 0.6, 0.5],
      radius: 0.022,
    });
    addBar(frame, 'metal', DARK, { from: [0, 0.98, 0.42], to: [side * 0.2, 1.03, 0.38], radius: 0.018 });
    addBar(frame, 'matte', RUBBER, { from: [side * 0.2, 1.03, 0.38], to: [side * 0.34, 1.02, 0.32], radius: 0.021 });
    addBar(frame, 'metal', STEEL, { from: [side * 0.19, 1.025, 0.41], to: [side * 0.33, 1.0, 0.37], radius: 0.006 });
    addBar(frame, 'metal', DARK, { from: [side * 0.2, 1.03, 0.38], to: [side * 0.27, 1.19, 0.37], radius: 0.007 });
    frame.add(new THREE.SphereGeometry(1, 12, 8), 'matte', DARK, {
      at: [side * 0.3, 1.22, 0.365],
      scale: [0.05, 0.036, 0.016],
    });
    frame.add(new THREE.CircleGeometry(1, 14), 'glass', new THREE.Color(0x9fb2c2), {
      at: [side * 0.3, 1.22, 0.346],
      turn: [0, Math.PI, 0],
      scale: [0.044, 0.03, 1],
    });
    frame.add(new THREE.SphereGeometry(1, 8, 6), 'gloss', new THREE.Color(0xe98b1e), {
      at: [side * 0.16, 0.86, 0.485],
      scale: [0.034, 0.024, 0.02],
    });
  }
  addBar(frame, 'metal', DARK, { from: [0, 0.5, 0.52], to: [0, 0.98, 0.42], radius: 0.035 });
  frame.add(roundedBox(0.3, 0.14, 0.14, 0.05), 'gloss', paint, { at: [0, 0.97, 0.42], turn: [-0.25, 0, 0] });
  const lamp = new THREE.SphereGeometry(1, 14, 10);
  const lampY = basket ? 0.66 : 0.95;
  frame.add(lamp, 'gloss', paint, { at: [0, lampY, 0.49], scale: [0.105, 0.085, 0.05] });
  frame.add(lamp, 'gloss', LAMP, { at: [0, lampY, 0.508], scale: [0.082, 0.062, 0.045] });
  frame.add(roundedBox(0.14, 0.1, 0.012, 0.01), 'gloss', new THREE.Color(0x2f8f4a), { at: [0, 0.55, 0.515] });
  if (basket) addBasket(frame, colourOf(random.pick(['black', 'grey', 'white']), random));
}
