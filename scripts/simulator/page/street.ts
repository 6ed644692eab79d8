/** The junction round the actors: road, kerbs, zebra, buildings, trees and furniture; drawn anew from a seed. */
import * as THREE from 'three';
import { type Random, randomFrom } from '../random';
import { FRONTS, frontTexture, litTexture } from './fronts';
import { addScenery } from './scenery';
import { Builder, roundedBox } from './shapes';
import { asphaltTexture, facadeTexture, pavingTexture, repeated, SHOPS, shopTexture } from './textures';

/** Street in metres: kerbs left and right, the lane line between bikes and cars, the middle of the road. */
const STREET = { leftKerb: -5.4, bikeLane: -1.2, middle: 5.4, rightKerb: 15 } as const;

export interface StreetLook {
  /** More kinds of house fronts, walls, boards, parked cars and lamps. */
  readonly isRich: boolean;
  readonly isWet: boolean;
  readonly isNight: boolean;
}

export function buildStreet(seed: number, look: StreetLook): THREE.Group {
  const random = randomFrom(seed);
  const street = new THREE.Group();
  addGround(street, random, look);
  addMarks(street, random);
  addBuildings(street, random, look);
  addGreen(street, random);
  addFurniture(street, random);
  if (look.isRich) addScenery(street, { seed, isNight: look.isNight, ...STREET });
  return street;
}

const PAINT = new THREE.MeshLambertMaterial({
  color: 0xd6d6d0,
  polygonOffset: true,
  polygonOffsetFactor: -2,
  polygonOffsetUnits: -2,
});
const YELLOW = new THREE.MeshLambertMaterial({
  color: 0xd2a53a,
  polygonOffset: true,
  polygonOffsetFactor: -2,
  polygonOffsetUnits: -2,
});

interface Patch {
  readonly x: number;
  readonly z: number;
  readonly width: number;
  readonly depth: number;
  readonly y?: number;
}

function flat(street: THREE.Group, { x, z, width, depth, y = 0.006 }: Patch, material: THREE.Material): THREE.Mesh {
  const mesh = new THREE.Mesh(new THREE.PlaneGeometry(width, depth), material);
  mesh.rotation.x = -Math.PI / 2;
  mesh.position.set(x, y, z);
  mesh.receiveShadow = true;
  street.add(mesh);
  return mesh;
}

function addGround(street: THREE.Group, random: Random, { isWet }: StreetLook): void {
  const tone = random.integer(0, 3);
  const asphalt = repeated(asphaltTexture(tone), 40, 40);
  const road = isWet
    ? new THREE.MeshPhongMaterial({ map: asphalt, color: 0xa2a8b0, specular: 0x9aa4b0, shininess: 26 })
    : new THREE.MeshLambertMaterial({ map: asphalt });
  flat(street, { x: 0, z: -40, width: 300, depth: 300, y: 0 }, road);
  const tiles = pavingTexture(random.integer(0, 2));
  const { leftKerb, rightKerb } = STREET;
  const kerbs = new Builder();
  const stone = new THREE.Color(0x9a9892);
  for (const [edge, side] of [
    [leftKerb, -1],
    [rightKerb, 1],
  ] as const) {
    const paving = new THREE.MeshLambertMaterial({ map: repeated(tiles, 8, 60) });
    const slab = flat(street, { x: edge + side * 5.1, z: -62, width: 10, depth: 124, y: 0.14 }, paving);
    slab.receiveShadow = true;
    kerbs.add(new THREE.BoxGeometry(0.22, 0.15, 124), 'matte', stone, { at: [edge, 0.075, -62] });
    kerbs.add(new THREE.BoxGeometry(10, 0.15, 0.22), 'matte', stone, { at: [edge + side * 5, 0.075, 0] });
  }
  street.add(kerbs.build());
}

function addMarks(street: THREE.Group, random: Random): void {
  const { leftKerb, bikeLane, middle, rightKerb } = STREET;
  flat(street, { x: (leftKerb + middle) / 2, z: 0.9, width: middle - leftKerb - 0.4, depth: 0.35 }, PAINT);
  for (let x = leftKerb + 0.6; x < rightKerb - 0.3; x += 1.05) flat(street, { x, z: 4, width: 0.5, depth: 3 }, PAINT);
  flat(street, { x: bikeLane, z: -31, width: 0.14, depth: 62 }, PAINT);
  for (const x of [middle - 0.12, middle + 0.12]) flat(street, { x, z: -31, width: 0.12, depth: 62 }, YELLOW);
  for (const x of [(bikeLane + middle) / 2, (middle + rightKerb) / 2]) {
    for (let z = -3; z > -60; z -= 6) flat(street, { x, z, width: 0.13, depth: 3 }, PAINT);
  }
  if (random.chance(0.75)) {
    const marks = ['#9a3b33', '#3f7350', '#74706a'] as const;
    const lane = new THREE.MeshLambertMaterial({ color: random.pick(marks), transparent: true, opacity: 0.55 });
    flat(
      street,
      { x: (leftKerb + bikeLane) / 2, z: -8.2, width: bikeLane - leftKerb - 0.2, depth: 16, y: 0.004 },
      lane,
    );
  }
}

function addBuildings(street: THREE.Group, random: Random, look: StreetLook): void {
  for (const [edge, side] of [
    [STREET.leftKerb, -1],
    [STREET.rightKerb, 1],
  ] as const) {
    let z = -6;
    while (z > -95) {
      const width = random.between(8, 20);
      const height = random.between(7, 26);
      addHouse(
        street,
        { x: edge + side * (random.between(9, 11) + 5), z: z - width / 2, width, height, side, look },
        random,
      );
      z -= width + random.between(0, 3);
    }
  }
  // Rows across both ends close the view.
  for (const [z, facing] of [
    [-108, 1],
    [58, -1],
  ] as const) {
    let x = -75;
    while (x < 80) {
      const width = random.between(10, 22);
      addHouse(street, { x: x + width / 2, z, width, height: random.between(10, 38), side: 0, facing, look }, random);
      x += width + random.between(0, 3);
    }
  }
}

interface House {
  readonly x: number;
  readonly z: number;
  readonly width: number;
  readonly height: number;
  /** -1, 1: stands along the left or right side; 0: stands across the street. */
  readonly side: number;
  /** Across the street: 1 looks towards positive z, -1 back. */
  readonly facing?: number;
  readonly look: StreetLook;
}

/** At night some windows are lit. */
function frontOf(style: number, { isNight }: StreetLook, repeat: readonly [number, number]): THREE.Material {
  const map = repeated(frontTexture(style), ...repeat);
  if (!isNight) return new THREE.MeshLambertMaterial({ map });
  const emissiveMap = repeated(litTexture(style), ...repeat);
  return new THREE.MeshLambertMaterial({ map, emissiveMap, emissive: 0xffffff });
}

function addHouse(street: THREE.Group, { x, z, width, height, side, facing = 1, look }: House, random: Random): void {
  const style = random.integer(0, 7);
  const repeat = [Math.max(1, Math.round(width / 9)), Math.max(1, Math.round(height / 9))] as const;
  const front = look.isRich
    ? frontOf(random.integer(0, FRONTS - 1), look, repeat)
    : new THREE.MeshLambertMaterial({ map: repeated(facadeTexture(style), ...repeat) });
  const depth = 10;
  const house = new THREE.Mesh(
    new THREE.BoxGeometry(side === 0 ? width : depth, height, side === 0 ? depth : width),
    front,
  );
  house.position.set(x, height / 2, z);
  street.add(house);
  const goods = shopTexture(random.integer(0, SHOPS - 1));
  const shop = look.isNight
    ? new THREE.MeshLambertMaterial({
        map: goods,
        emissiveMap: goods,
        emissive: random.pick([0x222222, 0x777777, 0xbbbbbb]),
      })
    : new THREE.MeshLambertMaterial({ map: goods });
  const sign = new THREE.Mesh(new THREE.PlaneGeometry(width - 0.6, 4), shop);
  sign.position.set(
    side === 0 ? x : x - side * (depth / 2 + 0.06),
    2,
    side === 0 ? z + facing * (depth / 2 + 0.06) : z,
  );
  sign.rotation.y = side === 0 ? (facing > 0 ? 0 : Math.PI) : -side * (Math.PI / 2);
  street.add(sign);
}

function addGreen(street: THREE.Group, random: Random): void {
  const trees = new Builder();
  for (const [edge, side] of [
    [STREET.leftKerb, -1],
    [STREET.rightKerb, 1],
  ] as const) {
    for (let z = random.between(-3, -9); z > -90; z -= random.between(6, 11))
      addTree(trees, { x: edge + side * random.between(1.2, 1.8), z }, random);
    if (random.chance(0.7)) {
      for (let z = -14; z > -60; z -= 1.1) {
        trees.add(new THREE.IcosahedronGeometry(1, 1), 'cloth', leaf(random), {
          at: [edge + side * 3.6, 0.4, z],
          scale: [random.between(0.45, 0.6), random.between(0.4, 0.6), 0.75],
        });
      }
    }
  }
  street.add(trees.build());
}

function leaf(random: Random): THREE.Color {
  return new THREE.Color().setHSL(random.between(0.22, 0.36), random.between(0.25, 0.5), random.between(0.14, 0.27));
}

function addTree(trees: Builder, { x, z }: { readonly x: number; readonly z: number }, random: Random): void {
  const height = random.between(2.6, 3.8);
  trees.add(new THREE.CylinderGeometry(0.1, 0.17, height, 8), 'cloth', new THREE.Color(0x4a3b2e), {
    at: [x, height / 2, z],
  });
  for (let index = 0; index < 16; index += 1) {
    const size = random.between(0.55, 1.15);
    const blob = new THREE.IcosahedronGeometry(1, 1);
    trees.add(blob, 'cloth', leaf(random), {
      at: [x + random.between(-1.3, 1.3), height + random.between(-0.3, 2.4), z + random.between(-1.3, 1.3)],
      turn: [random.between(0, 3), random.between(0, 3), 0],
      scale: [size, size * 0.8, size],
    });
  }
}

function addFurniture(street: THREE.Group, random: Random): void {
  const things = new Builder();
  const white = new THREE.Color(0xdcdedd);
  const grey = new THREE.Color(0x8b9094);
  const pole = (x: number, z: number, height: number, radius = 0.07): void => {
    things.add(new THREE.CylinderGeometry(radius, radius * 1.2, height, 10), 'matte', grey, { at: [x, height / 2, z] });
  };
  for (let z = -12; z > -80; z -= 22) {
    for (const [x, side] of [
      [STREET.leftKerb - 0.6, 1],
      [STREET.rightKerb + 0.6, -1],
    ] as const) {
      pole(x, z, 8);
      things.add(roundedBox(1.8, 0.1, 0.24, 0.04), 'matte', grey, { at: [x + side * 0.9, 8, z] });
    }
  }
  if (random.chance(0.7)) addRailing(things, white);
  if (random.chance(0.6)) {
    const x = STREET.leftKerb - random.between(2.4, 3.2);
    pole(x, -5, 3, 0.05);
    const plate = new THREE.Color().setHSL(random.pick([0.6, 0.02, 0.38]), 0.7, 0.35);
    things.add(roundedBox(0.8, 0.8, 0.05, 0.1), 'gloss', plate, { at: [x, 2.7, -4.9] });
  }
  for (let index = random.integer(0, 4); index > 0; index -= 1) {
    const [x, z] = [STREET.middle - 0.8, -2 - index * 3.1];
    things.add(new THREE.ConeGeometry(0.17, 0.65, 14), 'cloth', new THREE.Color(0xd9541e), { at: [x, 0.36, z] });
    things.add(new THREE.CylinderGeometry(0.095, 0.125, 0.12, 14), 'cloth', white, { at: [x, 0.38, z] });
  }
  street.add(things.build());
}

/** The white railing between the directions. */
function addRailing(things: Builder, white: THREE.Color): void {
  const x = STREET.middle;
  for (let z = -4; z > -56; z -= 2.4) {
    things.add(new THREE.CylinderGeometry(0.03, 0.036, 1.05, 10), 'matte', white, { at: [x, 0.525, z] });
    for (const y of [0.25, 0.95]) {
      things.add(new THREE.BoxGeometry(0.05, 0.05, 2.4), 'matte', white, { at: [x, y, z - 1.2] });
    }
    for (let bar = 0; bar < 8; bar += 1) {
      things.add(new THREE.BoxGeometry(0.025, 0.7, 0.025), 'matte', white, { at: [x, 0.6, z - 0.3 * bar] });
    }
  }
}
