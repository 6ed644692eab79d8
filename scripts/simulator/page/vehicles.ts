/** E-bikes, bicycles and cars. Origin on the ground below the middle; front = +z, left = +x. */
import * as THREE from 'three';
import type { Vector } from '../geometry';
import { type Random, randomFrom } from '../random';
import type { ColourName } from '../scenario';
import { colourOf } from './palette';
import { addBar, Builder, roundedBox, sideProfile } from './shapes';

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

const RUBBER = new THREE.Color(0x141414);
const STEEL = new THREE.Color(0xb9bcc0);
const DARK = new THREE.Color(0x1c1d20);
const LAMP = new THREE.Color(0xfdf8e4);

export interface TwoWheelerOptions {
  readonly colour: ColourName;
  readonly basket: boolean;
  readonly topBox: boolean;
}

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
    sideProfile(
      [
        [0.33, 0.3],
        [0.44, 0.3],
        [0.5, 0.62],
        [0.47, 0.94],
        [0.4, 0.94],
        [0.42, 0.62],
      ],
      wide + 0.08,
      0.03,
    ),
    'gloss',
    paint,
  );
  frame.add(
    sideProfile(
      [
        [-0.2, 0.24],
        [0.42, 0.24],
        [0.42, 0.33],
        [-0.2, 0.33],
      ],
      wide,
      0.025,
    ),
    'matte',
    DARK,
  );
  frame.add(
    sideProfile(
      [
        [-0.16, 0.22],
        [0.4, 0.22],
        [0.38, 0.29],
        [-0.16, 0.29],
      ],
      wide + 0.05,
      0.02,
    ),
    'gloss',
    paint,
  );
  frame.add(
    sideProfile(
      [
        [-0.16, 0.3],
        [-0.06, 0.32],
        [-0.02, 0.66],
        [-0.3, 0.7],
        [-0.82, 0.78],
        [-0.86, 0.7],
        [-0.5, 0.5],
        [-0.34, 0.34],
      ],
      wide - 0.02,
      0.04,
    ),
    'gloss',
    paint,
  );
  frame.add(
    sideProfile(
      [
        [-0.12, 0.3],
        [-0.05, 0.33],
        [-0.02, 0.6],
        [-0.12, 0.64],
      ],
      wide + 0.005,
      0.02,
    ),
    'matte',
    DARK,
  );
  frame.add(roundedBox(0.12, 0.07, 0.05, 0.02), 'gloss', new THREE.Color(0x8f1010), { at: [0, 0.72, -0.87] });
  frame.add(roundedBox(0.2, 0.13, 0.012, 0.01), 'gloss', new THREE.Color(0xe8e6de), {
    at: [0, 0.61, -0.83],
    turn: [-0.2, 0, 0],
  });
  addBar(frame, 'metal', STEEL, { from: [0.11, 0.76, -0.5], to: [0.11, 0.8, -0.92], radius: 0.012 });
  addBar(frame, 'metal', STEEL, { from: [-0.11, 0.76, -0.5], to: [-0.11, 0.8, -0.92], radius: 0.012 });
  addBar(frame, 'metal', STEEL, { from: [-0.11, 0.8, -0.92], to: [0.11, 0.8, -0.92], radius: 0.012 });
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
      [
        [0.06, 0.68],
        [0.08, 0.74],
        [-0.06, 0.77],
        [-0.26, 0.76],
        [-0.34, 0.8],
        [-0.72, 0.81],
        [-0.76, 0.76],
        [-0.3, 0.69],
      ],
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

/** An open wire basket in front of the handlebar. */
function addBasket(frame: Builder, wire: THREE.Color): void {
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

function buildWheel(radius: number, tyre: number, { spokes, hub }: { spokes: number; hub: number }): THREE.Group {
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

export function buildBicycle(options: TwoWheelerOptions, seed: number): TwoWheeler {
  const random = randomFrom(seed);
  const paint = colourOf(options.colour, random);
  const frame = new Builder();
  const radius = 0.33;
  const tube = (from: [number, number, number], to: [number, number, number], thick = 0.017): void =>
    addBar(frame, 'gloss', paint, { from, to, radius: thick });
  const [crank, head, seat, rear, front]: [number, number, number][] = [
    [0, 0.29, -0.08],
    [0, 0.78, 0.38],
    [0, 0.72, -0.22],
    [0, radius, -0.52],
    [0, radius, 0.54],
  ] as [number, number, number][];
  if (crank && head && seat && rear && front) {
    tube(crank, head, 0.02);
    tube(crank, seat);
    for (const side of [-0.05, 0.05]) {
      tube([side, rear[1], rear[2]], seat, 0.009);
      tube([side, rear[1], rear[2]], crank, 0.01);
      tube([side, front[1], front[2]], head, 0.012);
    }
    addBar(frame, 'metal', STEEL, { from: seat, to: [0, 0.84, -0.25], radius: 0.013 });
    addBar(frame, 'metal', STEEL, { from: head, to: [0, 1.0, 0.33], radius: 0.014 });
  }
  frame.add(roundedBox(0.17, 0.06, 0.26, 0.03), 'hair', DARK, { at: [0, 0.87, -0.24] });
  frame.add(new THREE.CylinderGeometry(0.09, 0.09, 0.02, 16), 'metal', STEEL, {
    at: [0.05, 0.29, -0.08],
    turn: [0, 0, Math.PI / 2],
  });
  for (const side of [-1, 1]) {
    addBar(frame, 'metal', STEEL, { from: [0, 1.0, 0.33], to: [side * 0.2, 1.03, 0.33], radius: 0.012 });
    addBar(frame, 'matte', RUBBER, { from: [side * 0.2, 1.03, 0.33], to: [side * 0.29, 1.02, 0.24], radius: 0.016 });
  }
  frame.add(roundedBox(0.14, 0.012, 0.36, 0.005), 'metal', STEEL, { at: [0, 0.72, -0.52] });
  if (options.basket) addBasket(frame, colourOf('grey', random));
  const root = frame.build();
  const wheels = [0.54, -0.52].map((z) => {
    const group = buildWheel(radius, 0.04, { spokes: 16, hub: 0.03 });
    group.position.set(0, radius, z);
    root.add(group);
    return { group, radiusM: radius };
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

export function buildCar(colour: ColourName, model: 'saloon' | 'suv' | 'van', seed: number): THREE.Group {
  const random = randomFrom(seed);
  const paint = colourOf(colour, random);
  const car = new Builder();
  const roof = { saloon: 1.45, suv: 1.68, van: 1.92 }[model];
  const bonnet = { saloon: 0.95, suv: 1.08, van: 1.12 }[model];
  const tail = { saloon: -1.55, suv: -2.0, van: -2.15 }[model];
  car.add(
    sideProfile(
      [
        [-2.2, 0.32],
        [2.15, 0.3],
        [2.22, 0.62],
        [2.1, bonnet - 0.16],
        [1.1, bonnet],
        [-2.15, bonnet + 0.02],
        [-2.25, 0.7],
      ],
      1.78,
      0.09,
    ),
    'gloss',
    paint,
  );
  const nose = model === 'van' ? 1.5 : 1.15;
  car.add(
    sideProfile(
      [
        [nose, bonnet - 0.05],
        [nose - 0.75, roof - 0.04],
        [tail + 0.65, roof],
        [tail, bonnet - 0.05],
      ],
      1.6,
      0.1,
    ),
    'glass',
    new THREE.Color(0x15191e),
  );
  car.add(
    sideProfile(
      [
        [nose - 0.72, roof - 0.08],
        [nose - 0.8, roof],
        [tail + 0.6, roof + 0.02],
        [tail + 0.55, roof - 0.08],
      ],
      1.62,
      0.04,
    ),
    'gloss',
    paint,
  );
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
  car.add(roundedBox(1.0, 0.2, 0.06, 0.04), 'matte', DARK, { at: [0, 0.5, 2.24] });
  for (const z of [2.27, -2.3])
    car.add(roundedBox(0.44, 0.14, 0.02, 0.01), 'gloss', new THREE.Color(0x1c4fb0), { at: [0, 0.5, z] });
  return car.build();
}
