/** What makes one street unlike another: boards, walls, awnings, rows of parked cars, bushes, wires, lamps. */
import * as THREE from 'three';
import { CLOTHING_COLOURS } from '../../../src/domain';
import { type Random, randomFrom } from '../random';
import { buildCar } from './car';
import { BOARDS, boardTexture, FRONTS, frontTexture } from './fronts';
import { colourOf } from './palette';
import { addBar, Builder, roundedBox } from './shapes';
import { repeated } from './textures';

interface Surroundings {
  readonly seed: number;
  readonly isNight: boolean;
  readonly leftKerb: number;
  readonly rightKerb: number;
}

export function addScenery(street: THREE.Group, { seed, isNight, leftKerb, rightKerb }: Surroundings): void {
  const random = randomFrom(seed + 1401);
  const things = new Builder();
  for (const [edge, side] of [
    [leftKerb, -1],
    [rightKerb, 1],
  ] as const) {
    const at = (awayM: number): number => edge + side * awayM;
    for (let index = random.integer(2, 6); index > 0; index -= 1)
      addBoard(street, { x: at(random.between(2, 8)), z: random.between(-45, -1), isNight }, random);
    if (random.chance(0.5)) addWall(street, { x: at(random.between(4, 8.5)), side }, random);
    if (random.chance(0.5))
      addCarRow(street, { x: at(random.between(-1.2, 3.5)), from: random.between(-12, -4) }, random);
    if (random.chance(0.6)) addAwnings(things, at(random.between(6.5, 8)), random);
    if (random.chance(0.7)) addBushes(things, at(random.between(0.5, 4)), random);
    addLamps(things, { x: at(0.7), side, isNight }, random);
  }
  for (let index = random.integer(0, 4); index > 0; index -= 1) {
    const z = random.between(-60, -2);
    const high = random.between(5, 8);
    addBar(things, 'matte', new THREE.Color(0x15161a), {
      from: [leftKerb - 4, high, z],
      to: [rightKerb + 4, high, z + random.between(-9, 9)],
      radius: 0.02,
    });
  }
  if (random.chance(0.4)) addBanner(street, { x: random.between(-2, 6), z: random.between(-45, -12) }, random);
  street.add(things.build());
}

function sheet(texture: THREE.Texture, [width, height]: readonly [number, number], isLit: boolean): THREE.Mesh {
  const lit = isLit ? { emissiveMap: texture, emissive: 0xaaaaaa } : {};
  const material = new THREE.MeshLambertMaterial({ map: texture, side: THREE.DoubleSide, ...lit });
  return new THREE.Mesh(new THREE.PlaneGeometry(width, height), material);
}

function addBoard(
  street: THREE.Group,
  { x, z, isNight }: { x: number; z: number; isNight: boolean },
  random: Random,
): void {
  const [width, height, low] = [random.between(0.7, 3), random.between(0.7, 2.4), random.between(0.2, 2.6)];
  const board = sheet(boardTexture(random.integer(0, BOARDS - 1)), [width, height], isNight && random.chance(0.6));
  board.position.set(x, low + height / 2, z);
  board.rotation.y = random.between(-0.9, 0.9);
  street.add(board);
  const legs = new Builder();
  addBar(legs, 'metal', new THREE.Color(0x55585c), {
    from: [x, 0, z - 0.05],
    to: [x, low + height / 2, z - 0.05],
    radius: 0.045,
  });
  street.add(legs.build());
}

function addWall(street: THREE.Group, { x, side }: { x: number; side: number }, random: Random): void {
  const [long, height] = [random.between(10, 40), random.between(1, 3.2)];
  const wall = sheet(repeated(frontTexture(random.integer(0, FRONTS - 1)), long / 4, 1), [long, height], false);
  wall.position.set(x, height / 2, random.between(-40, -10));
  wall.rotation.y = -side * (Math.PI / 2);
  wall.receiveShadow = true;
  street.add(wall);
}

function addCarRow(street: THREE.Group, { x, from }: { x: number; from: number }, random: Random): void {
  const count = random.integer(1, 4);
  for (let index = 0; index < count; index += 1) {
    const model = random.pick(['saloon', 'suv', 'van', 'saloon'] as const);
    const car = buildCar(
      random.pick(['white', 'black', 'grey', 'red', 'blue', 'brown']),
      model,
      random.integer(0, 9999),
    );
    car.position.set(x, 0.02, from - index * random.between(5.4, 7.5));
    car.rotation.y = random.chance(0.5) ? 0 : Math.PI;
    street.add(car);
  }
}

function addAwnings(things: Builder, x: number, random: Random): void {
  for (let z = random.between(-6, -14); z > -50; z -= random.between(5, 12)) {
    const roof = random.pick(['stripes', 'cloth', 'blots'] as const);
    things.add(
      roundedBox(1.6, 0.06, random.between(3, 6), 0.02),
      roof,
      colourOf(random.pick(CLOTHING_COLOURS), random),
      {
        at: [x, random.between(2.4, 3), z],
        turn: [0, 0, random.between(-0.3, 0.3)],
      },
    );
  }
}

function addBushes(things: Builder, x: number, random: Random): void {
  const hue = random.between(0.18, 0.4);
  const step = random.between(0.8, 3);
  for (let z = random.between(1, -8); z > -40; z -= step * random.between(0.7, 1.4)) {
    const size = random.between(0.3, 0.9);
    const leaf = new THREE.Color().setHSL(hue, random.between(0.2, 0.6), random.between(0.1, 0.3));
    things.add(new THREE.IcosahedronGeometry(1, 1), 'blots', leaf, {
      at: [x + random.between(-0.3, 0.3), size * 0.7, z],
      scale: [size, size * random.between(0.7, 1.5), size],
      turn: [0, random.between(0, 3), 0],
    });
  }
}

/** Lamps on both sides: at night their heads shine. */
function addLamps(
  things: Builder,
  { x, side, isNight }: { x: number; side: number; isNight: boolean },
  random: Random,
): void {
  const height = random.between(3.5, 9);
  const reach = random.between(0, 2.2);
  const step = random.between(12, 26);
  const metal = new THREE.Color(0x6d7176);
  const head = new THREE.Color(isNight ? 0xfff0cf : 0xd8d8d4);
  const isGlobe = random.chance(0.4);
  for (let z = random.between(4, -10); z > -75; z -= step) {
    addBar(things, 'metal', metal, { from: [x, 0, z], to: [x, height, z], radius: 0.06 });
    const tip = x - side * reach;
    addBar(things, 'metal', metal, { from: [x, height, z], to: [tip, height + 0.2, z], radius: 0.04 });
    const shape = isGlobe ? new THREE.SphereGeometry(0.22, 14, 10) : roundedBox(0.7, 0.1, 0.28, 0.04);
    things.add(shape, isNight ? 'glow' : 'matte', head, { at: [tip, height + 0.12, z] });
  }
}

function addBanner(street: THREE.Group, { x, z }: { x: number; z: number }, random: Random): void {
  const banner = sheet(repeated(boardTexture(random.integer(0, BOARDS - 1)), 3, 1), [random.between(5, 9), 1], false);
  banner.position.set(x, random.between(3.5, 5.5), z);
  street.add(banner);
}
