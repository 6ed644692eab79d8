/** Things on the street that look a little like heads or riders and are neither. Origin on the ground. */
import * as THREE from 'three';
import { type Random, randomFrom } from '../random';
import type { Actor, ColourName, Helmet } from '../scenario';
import { DARK, STEEL } from './cycle-parts';
import { addBag } from './gear';
import { buildHelmet } from './head';
import { colourOf } from './palette';
import { addBar, Builder, roundedBox } from './shapes';

type Prop = Extract<Actor, { kind: 'prop' }>;

const GLASS = new THREE.Color(0xf4efe2);

/** `poster` gives the picture of a rider that hangs on a board. */
export function buildProp(prop: Prop, seed: number, poster: (style: number) => THREE.Texture): THREE.Group {
  const random = randomFrom(seed + 404);
  if (prop.model === 'poster') return buildPoster(random, poster);
  if (prop.model === 'helmet_stand') return buildStand(random);
  const things = new Builder();
  const colour = colourOf(prop.colour, random);
  BUILD[prop.model](things, colour, random);
  return things.build();
}

const pole = (things: Builder, height: number, radius = 0.035): Builder =>
  things.add(new THREE.CylinderGeometry(radius, radius * 1.2, height, 10), 'metal', DARK, { at: [0, height / 2, 0] });

const ball = (radius: number): THREE.SphereGeometry => new THREE.SphereGeometry(radius, 18, 14);

type Plain = Exclude<Prop['model'], 'poster' | 'helmet_stand'>;

const BUILD: Record<Plain, (things: Builder, colour: THREE.Color, random: Random) => void> = {
  globe_lamp: (things, _colour, random) => {
    const height = random.between(1.3, 2.6);
    pole(things, height);
    const arms = random.integer(1, 3);
    for (let arm = 0; arm < arms; arm += 1) {
      const x = (arm - (arms - 1) / 2) * 0.42;
      addBar(things, 'metal', DARK, { from: [0, height - 0.1, 0], to: [x, height, 0], radius: 0.015 });
      things.add(ball(random.between(0.12, 0.2)), 'glow', GLASS, { at: [x, height + 0.12, 0] });
    }
  },
  lantern: (things, _colour, random) => {
    pole(things, 3.2);
    addBar(things, 'metal', DARK, { from: [0, 3.1, 0], to: [0.9, 3.1, 0], radius: 0.02 });
    for (const [x, y] of [
      [0.45, 2.1],
      [0.9, random.between(1.5, 2)],
    ] as const) {
      things.add(ball(0.17), 'glow', new THREE.Color(0xb01d16), { at: [x, y, 0], scale: [1, 0.85, 1] });
      addBar(things, 'matte', new THREE.Color(0xd8a032), { from: [x, y - 0.32, 0], to: [x, 3.1, 0], radius: 0.008 });
    }
  },
  balloon: (things, _colour, random) => {
    for (let index = random.integer(2, 6); index > 0; index -= 1) {
      const at = [random.between(-0.5, 0.5), random.between(1.2, 2), random.between(-0.4, 0.4)] as const;
      const shade = colourOf(random.pick(['red', 'yellow', 'pink', 'blue', 'black', 'white']), random);
      things.add(ball(random.between(0.11, 0.17)), 'gloss', shade, { at, scale: [1, 1.15, 1] });
      addBar(things, 'matte', STEEL, { from: [0, 0.7, 0], to: at, radius: 0.004 });
    }
    pole(things, 0.7, 0.05);
  },
  bollard: (things, colour, random) => {
    const height = random.between(0.6, 1);
    pole(things, height, 0.08);
    things.add(ball(random.between(0.12, 0.18)), 'gloss', colour, { at: [0, height + 0.06, 0] });
  },
  traffic_light: (things, _colour, random) => {
    const height = random.between(2, 3);
    pole(things, height, 0.05);
    things.add(roundedBox(0.32, 0.95, 0.22, 0.04), 'matte', DARK, { at: [0, height, 0] });
    [0xd21d12, 0x332200, 0x06290f].forEach((colour, index) => {
      const at = [0, height + 0.3 - index * 0.3, 0.1] as const;
      things.add(ball(0.11), index === 0 ? 'glow' : 'gloss', new THREE.Color(colour), { at, scale: [1, 1, 0.4] });
    });
  },
  parasol: (things, colour, random) => {
    const height = random.between(1.9, 2.4);
    pole(things, height);
    const roof = new THREE.ConeGeometry(random.between(0.9, 1.4), 0.5, 10).toNonIndexed();
    roof.computeVertexNormals();
    things.add(roof, random.pick(['cloth', 'stripes']), colour, { at: [0, height, 0] });
    things.add(roundedBox(0.9, 0.7, 0.5, 0.03), 'cloth', colour.clone().multiplyScalar(0.6), { at: [0.4, 0.4, 0.3] });
  },
  backpack: (things, colour, random) => {
    things.add(roundedBox(0.9, 0.06, 0.4, 0.02), 'matte', new THREE.Color(0x6d4a2c), { at: [0, 0.8, 0] });
    for (const x of [-0.38, 0.38]) addBar(things, 'metal', DARK, { from: [x, 0, 0], to: [x, 0.8, 0], radius: 0.025 });
    const bag = new Builder();
    addBag(bag, colour, random);
    for (const mesh of bag.build().children)
      if (mesh instanceof THREE.Mesh) things.add(mesh.geometry, 'cloth', colour, { at: [0, 0.83, 0] });
  },
  sign: (things, colour, random) => {
    const height = random.between(1.6, 2.4);
    pole(things, height);
    const disc = new THREE.CylinderGeometry(0.3, 0.3, 0.03, 26);
    const flat: [number, number, number] = [Math.PI / 2, 0, 0];
    things.add(disc, 'gloss', colour, { at: [0, height, 0], turn: flat });
    things.add(disc, 'gloss', new THREE.Color(0xe9e9e4), {
      at: [0, height, 0.012],
      turn: flat,
      scale: [0.78, 1, 0.78],
    });
  },
};

function buildPoster(random: Random, poster: (style: number) => THREE.Texture): THREE.Group {
  const height = random.between(1.6, 3);
  const board = new Builder();
  const width = height * 0.75;
  board.add(roundedBox(width + 0.12, height + 0.12, 0.08, 0.02), 'metal', STEEL, { at: [0, 0.35 + height / 2, -0.06] });
  for (const x of [-width / 2, width / 2])
    addBar(board, 'metal', DARK, { from: [x, 0, -0.06], to: [x, 0.6, -0.06], radius: 0.03 });
  const group = board.build();
  const paper = new THREE.MeshLambertMaterial({ map: poster(random.integer(0, POSTERS - 1)) });
  const sheet = new THREE.Mesh(new THREE.PlaneGeometry(width, height), paper);
  sheet.position.set(0, 0.35 + height / 2, 0.02);
  group.add(sheet);
  return group;
}

/** How many different posters there are. */
export const POSTERS = 16;

/** Helmets for sale: a table with a row of them, or pegs on a pole. */
function buildStand(random: Random): THREE.Group {
  const table = new Builder();
  table.add(roundedBox(1.7, 0.05, 0.5, 0.02), 'matte', new THREE.Color(0x7d7f80), { at: [0, 0.95, 0] });
  for (const x of [-0.8, 0.8]) addBar(table, 'metal', DARK, { from: [x, 0, 0], to: [x, 0.95, 0], radius: 0.03 });
  const group = table.build();
  const colours: readonly [ColourName, ...ColourName[]] = ['red', 'white', 'black', 'pink', 'blue', 'yellow', 'green'];
  for (let index = 0; index < 5; index += 1) {
    const helmet: Helmet = {
      shape: random.pick(['half', 'three_quarter', 'full_face']),
      colour: random.pick(colours),
      visor: random.pick(['none', 'clear', 'dark']),
      trim: 'none',
      stowed: 'basket',
      onAtS: null,
      takesS: 1,
    };
    const one = buildHelmet(helmet, random);
    one.position.set(-0.68 + index * 0.34, 1.07, 0);
    one.rotation.y = random.between(-0.8, 0.8);
    group.add(one);
  }
  return group;
}
