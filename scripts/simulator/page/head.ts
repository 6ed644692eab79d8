/** Heads with faces and hair, and what is worn on them. Origin: centre of the skull; front = +z. Sizes for an adult. */
import * as THREE from 'three';
import type { Random } from '../random';
import type { Helmet, Person } from '../scenario';
import { addBeanie, addHeadscarf, addSunHat, addTrim, addTurban } from './head-covers';
import { colourOf, hairOf, skinOf } from './palette';
import { addBar, Builder, shell } from './shapes';

const SKULL: readonly [number, number, number] = [0.076, 0.112, 0.094];
const DARK = new THREE.Color(0x101012);
const DEGREE = Math.PI / 180;

/** Rim by azimuth: values at front, side and back, blended smoothly. */
function rim(frontDeg: number, sideDeg: number, backDeg: number): (azimuth: number) => number {
  return (azimuth) => {
    const along = Math.abs(azimuth) / Math.PI;
    const blend = (from: number, to: number, share: number): number =>
      from + (to - from) * share * share * (3 - 2 * share);
    const degrees = along < 0.5 ? blend(frontDeg, sideDeg, along * 2) : blend(sideDeg, backDeg, along * 2 - 1);
    return degrees * DEGREE;
  };
}

/** A rim with an open face: level over the forehead, then down in front of the ears. */
function faceRim(openDeg: number, lowDeg: number): (azimuth: number) => number {
  const edge = 62 * DEGREE;
  return (azimuth) => {
    const share = Math.min(1, Math.max(0, (Math.abs(azimuth) - edge) / (20 * DEGREE)));
    return DEGREE * (openDeg + (lowDeg - openDeg) * share * share * (3 - 2 * share));
  };
}

export interface Head {
  readonly root: THREE.Group;
  /** Pressed flat under whatever is worn on it. */
  readonly hair: THREE.Group | null;
}

/** Full hair is pressed harder: none of it may come through a helmet or a hat. */
export function pressedHair({ hair, headwear }: Person): number {
  if (hair === 'curly') return headwear === 'none' ? 0.82 : 0.72;
  return headwear !== 'none' && (hair === 'bob' || hair === 'long') ? 0.8 : 0.92;
}

export function buildHead(person: Person, random: Random): Head {
  const builder = new Builder();
  addFace(builder, skinOf(person), person);
  COVERS[person.headwear](builder, person, random);
  const root = builder.build();
  const hidden = person.headwear === 'headscarf' || person.headwear === 'turban';
  const hair = hidden ? null : buildHair(person, random);
  if (hair) root.add(hair);
  if (person.headwear !== 'none') hair?.scale.setScalar(pressedHair(person));
  return { root, hair };
}

type Cover = (builder: Builder, person: Person, random: Random) => void;

const cloth =
  (add: (builder: Builder, colour: THREE.Color, random: Random) => void): Cover =>
  (builder, person, random) =>
    add(builder, colourOf(person.headwearColour, random), random);

const COVERS: Record<Person['headwear'], Cover> = {
  none: () => undefined,
  cap: (...who) => addCap(...who),
  hood: (...who) => addHood(...who),
  turban: cloth(addTurban),
  headscarf: cloth(addHeadscarf),
  sunhat: cloth(addSunHat),
  beanie: cloth(addBeanie),
};

function addFace(builder: Builder, skin: THREE.Color, person: Person): void {
  const skull = shell({
    radii: SKULL,
    rim: () => -90 * DEGREE,
    bulge: (azimuth, elevation) => {
      const low = Math.max(0, -Math.sin(elevation));
      // Cheeks narrow to the chin at the front; the neck side is flat.
      return (
        1 - low * (0.05 + 0.22 * Math.abs(Math.sin(azimuth)) + (Math.cos(azimuth) < 0 ? 0.26 * -Math.cos(azimuth) : 0))
      );
    },
  });
  builder.add(skull, 'skin', skin);
  addNoseEyesAndEars(builder, skin, person);
  if (person.mask) {
    const mask = shell({ radii: [0.079, 0.092, 0.104], rim: () => -60 * DEGREE });
    const cloth = new THREE.Color(person.skin > 0.5 ? 0x2c2f38 : 0xb9d3e6);
    builder.add(mask, 'cloth', cloth, { at: [0, -0.045, 0.022], turn: [1.35, 0, 0], scale: [0.9, 0.75, 0.6] });
  } else {
    const lips = new THREE.Color(0x8f4038).lerp(skin, 0.3);
    builder.add(BALL, 'skin', lips, { at: [0, -0.06, 0.074], scale: [0.023, 0.006, 0.008] });
  }
  if (person.glasses) addGlasses(builder);
}

const BALL = new THREE.SphereGeometry(1, 10, 8);
const EYE_WHITE = new THREE.Color(0xd9d4cc);

function addNoseEyesAndEars(builder: Builder, skin: THREE.Color, person: Person): void {
  const warm = skin.clone().multiplyScalar(0.86).lerp(new THREE.Color(0xb04a3a), 0.12);
  const shade = skin.clone().multiplyScalar(0.62);
  const brow = hairOf(person.hairColour);
  builder.add(BALL, 'skin', warm, { at: [0, -0.016, 0.09], turn: [-0.35, 0, 0], scale: [0.013, 0.026, 0.016] });
  builder.add(BALL, 'skin', warm, { at: [0, -0.03, 0.093], scale: [0.017, 0.01, 0.012] });
  for (const side of [-1, 1]) {
    const eye = side * 0.031;
    builder.add(BALL, 'skin', warm, { at: [side * 0.077, -0.012, -0.004], scale: [0.011, 0.03, 0.019] });
    builder.add(BALL, 'skin', shade, { at: [eye, 0.014, 0.082], scale: [0.02, 0.011, 0.01] });
    builder.add(BALL, 'gloss', EYE_WHITE, { at: [eye, 0.011, 0.086], scale: [0.0145, 0.006, 0.007] });
    builder.add(BALL, 'gloss', DARK, { at: [eye, 0.011, 0.0895], scale: [0.007, 0.0065, 0.005] });
    const tilt: [number, number, number] = [0, 0, -side * 0.12];
    builder.add(BALL, 'hair', brow, { at: [eye, 0.029, 0.087], turn: tilt, scale: [0.021, 0.0045, 0.008] });
  }
}

function addGlasses(builder: Builder): void {
  const ring = new THREE.TorusGeometry(0.021, 0.0022, 6, 14);
  for (const side of [-1, 1]) {
    builder.add(ring, 'gloss', DARK, { at: [side * 0.032, 0.012, 0.1], scale: [1, 0.8, 1] });
    addBar(builder, 'gloss', DARK, { from: [side * 0.053, 0.014, 0.099], to: [side * 0.08, 0.01, 0], radius: 0.0022 });
  }
  addBar(builder, 'gloss', DARK, { from: [-0.011, 0.014, 0.102], to: [0.011, 0.014, 0.102], radius: 0.002 });
}

interface HairCut {
  /** Added to the skull's radius. */
  readonly volumeM: number;
  readonly sideDeg: number;
  readonly backDeg: number;
  readonly tuft: number;
}

const CUTS: Record<Exclude<Person['hair'], 'bald'>, HairCut> = {
  crop: { volumeM: 0.001, sideDeg: 6, backDeg: -30, tuft: 0.012 },
  short: { volumeM: 0.008, sideDeg: -2, backDeg: -38, tuft: 0.04 },
  bob: { volumeM: 0.015, sideDeg: -56, backDeg: -62, tuft: 0.03 },
  long: { volumeM: 0.012, sideDeg: -52, backDeg: -60, tuft: 0.026 },
  ponytail: { volumeM: 0.004, sideDeg: -8, backDeg: -40, tuft: 0.018 },
  bun: { volumeM: 0.004, sideDeg: -8, backDeg: -40, tuft: 0.018 },
  curly: { volumeM: 0.024, sideDeg: -24, backDeg: -46, tuft: 0.055 },
};

function buildHair(person: Person, random: Random): THREE.Group | null {
  if (person.hair === 'bald') return null;
  const builder = new Builder();
  const colour = hairOf(person.hairColour);
  const { volumeM, sideDeg, backDeg, tuft } = CUTS[person.hair];
  const phase = random.between(0, 6);
  const frontDeg = random.between(30, 44);
  const parting = random.between(-0.6, 0.6);
  const line = rim(frontDeg, sideDeg, backDeg);
  const scalp = shell({
    radii: [0.079 + volumeM, 0.113 + volumeM * 1.4, 0.098 + volumeM],
    columns: 44,
    // A jagged hairline, higher at the temples; strands in the surface: no billiard ball, and no helmet.
    rim: (azimuth) =>
      line(azimuth) +
      DEGREE *
        (5 * Math.sin(azimuth * 11 + phase) +
          3.5 * Math.sin(azimuth * 19 - phase) +
          9 * Math.exp(-(((Math.abs(azimuth) - 0.75) / 0.28) ** 2))),
    bulge: (azimuth, elevation) =>
      1 +
      tuft * 2 +
      tuft * Math.sin(azimuth * 5 + phase + elevation * 3) +
      tuft * 0.9 * Math.sin(azimuth * 11 - elevation * 7 + phase) +
      tuft * 0.6 * Math.sin(azimuth * 17 + elevation * 4) -
      0.03 * Math.exp(-(((azimuth - parting) / 0.25) ** 2)),
    shade: (azimuth, elevation) =>
      1.1 + 0.5 * Math.sin(azimuth * 23 + elevation * 3 + phase) + 0.35 * Math.sin(azimuth * 37 - elevation * 5),
  });
  builder.add(scalp, 'hair', colour, { at: [0, 0.003, -0.003 - volumeM * 0.5] });
  addLocks(builder, { person, colour, frontDeg, volumeM }, random);
  return builder.build();
}

interface Locks {
  readonly person: Person;
  readonly colour: THREE.Color;
  readonly frontDeg: number;
  readonly volumeM: number;
}

/** Single locks at the forehead, and what hangs or is tied behind. */
function addLocks(builder: Builder, { person, colour, frontDeg, volumeM }: Locks, random: Random): void {
  const lock = new THREE.SphereGeometry(1, 8, 7);
  const fringe = person.hair === 'crop' ? 0 : random.integer(5, 12);
  for (let index = 0; index < fringe; index += 1) {
    const azimuth = random.between(-0.9, 0.9);
    const elevation = (frontDeg - random.between(0, 9)) * DEGREE;
    const flat = Math.cos(elevation);
    builder.add(lock, 'hair', colour.clone().multiplyScalar(random.between(0.8, 1.6)), {
      at: [
        Math.sin(azimuth) * flat * (0.078 + volumeM),
        Math.sin(elevation) * 0.112,
        Math.cos(azimuth) * flat * (0.096 + volumeM),
      ],
      turn: [-0.5, azimuth, random.between(-0.5, 0.5)],
      scale: [random.between(0.009, 0.017), random.between(0.02, 0.034), 0.009],
    });
  }
  const behind = (at: [number, number, number], scale: [number, number, number], tilt: number): Builder =>
    builder.add(new THREE.SphereGeometry(1, 12, 10), 'hair', colour, { at, turn: [tilt, 0, 0], scale });
  if (person.hair === 'long') behind([0, -0.14, -0.07], [0.08, 0.13, 0.036], 0.1);
  if (person.hair === 'bun') behind([0, 0.085, -0.075], [0.042, 0.04, 0.042], 0);
  if (person.hair === 'ponytail') {
    behind([0, -0.05, -0.125], [0.026, 0.1, 0.028], 0.35);
    behind([0, 0.035, -0.105], [0.03, 0.03, 0.03], 0);
  }
}

function addCap(builder: Builder, person: Person, random: Random): void {
  const colour = colourOf(person.headwearColour, random);
  builder.add(shell({ radii: [0.089, 0.125, 0.11], rim: rim(16, 14, 8) }), 'cloth', colour);
  const brim = new THREE.CylinderGeometry(1, 1, 0.1, 18, 1, false, -Math.PI / 2, Math.PI);
  builder.add(brim, 'cloth', colour.clone().multiplyScalar(0.85), {
    at: [0, 0.034, 0.08],
    turn: [0.16, 0, 0],
    scale: [0.08, 0.06, 0.1],
  });
}

function addHood(builder: Builder, person: Person, random: Random): void {
  const colour = colourOf(person.headwearColour, random);
  const hood = shell({
    radii: [0.105, 0.135, 0.125],
    rim: (azimuth) => (Math.abs(azimuth) < 0.95 ? 34 * DEGREE - Math.abs(azimuth) * 0.4 : -80 * DEGREE),
    bulge: (azimuth, elevation) => 1 + 0.025 * Math.sin(azimuth * 5 + elevation * 6),
  });
  builder.add(hood, 'cloth', colour, { at: [0, -0.004, -0.014] });
}

const HELMET_SHELLS: Record<Helmet['shape'], (builder: Builder, colour: THREE.Color) => void> = {
  half: (builder, colour) => {
    builder.add(shell({ radii: [0.107, 0.142, 0.128], rim: rim(14, 4, -6), thicknessM: 0.02 }), 'gloss', colour);
    const brim = new THREE.CylinderGeometry(1, 1, 0.14, 18, 1, false, -Math.PI / 2, Math.PI);
    const dull = colour.clone().multiplyScalar(0.8);
    builder.add(brim, 'gloss', dull, { at: [0, 0.036, 0.09], turn: [0.2, 0, 0], scale: [0.092, 0.05, 0.08] });
  },
  three_quarter: (builder, colour) => {
    const open = shell({ radii: [0.118, 0.146, 0.136], rim: faceRim(20, -48), thicknessM: 0.026, columns: 44 });
    builder.add(open, 'gloss', colour);
  },
  full_face: (builder, colour) => {
    const closed = shell({ radii: [0.122, 0.15, 0.14], rim: faceRim(22, -58), thicknessM: 0.028, columns: 44 });
    builder.add(closed, 'gloss', colour);
    const chin = new THREE.TorusGeometry(0.112, 0.034, 10, 18, Math.PI);
    builder.add(chin, 'gloss', colour, { at: [0, -0.087, 0.028], turn: [Math.PI / 2, 0, 0], scale: [1, 1.05, 1.1] });
  },
};

/** The same origin as the head: placed there it sits on it. */
export function buildHelmet(helmet: Helmet, random: Random): THREE.Group {
  const builder = new Builder();
  const colour = colourOf(helmet.colour, random);
  const stripe = random.chance(0.35) ? colourOf(random.pick(['black', 'white', 'red', 'yellow']), random) : null;
  HELMET_SHELLS[helmet.shape](builder, colour);
  if (helmet.shape !== 'full_face') addStraps(builder);
  addTrim(builder, helmet.trim, colour);
  const visor = helmet.shape === 'full_face' && helmet.visor === 'none' ? 'dark' : helmet.visor;
  if (visor !== 'none') addVisor(builder, helmet.shape, visor);
  if (stripe) {
    const radii: readonly [number, number, number] =
      helmet.shape === 'half' ? [0.024, 0.1435, 0.1295] : [0.026, 0.1515, 0.1415];
    builder.add(shell({ radii, rim: rim(24, 0, 0) }), 'gloss', stripe);
  }
  return builder.build();
}

function addStraps(builder: Builder): void {
  for (const side of [-1, 1]) {
    addBar(builder, 'matte', DARK, {
      from: [side * 0.092, 0.0, 0.01],
      to: [side * 0.055, -0.104, 0.045],
      radius: 0.0055,
    });
  }
  addBar(builder, 'matte', DARK, { from: [-0.055, -0.104, 0.045], to: [0.055, -0.104, 0.045], radius: 0.0055 });
}

function addVisor(builder: Builder, shape: Helmet['shape'], visor: 'clear' | 'dark'): void {
  const [top, bottom] = shape === 'half' ? [20, -18] : shape === 'full_face' ? [26, -18] : [24, -34];
  const open = 78 * DEGREE;
  // An azimuth of a quarter turn is the front.
  const patch = new THREE.SphereGeometry(
    1,
    18,
    8,
    Math.PI / 2 - open,
    open * 2,
    (90 - top) * DEGREE,
    (top - bottom) * DEGREE,
  );
  const tint = visor === 'dark' ? new THREE.Color(0x0b0d12) : new THREE.Color(0x6d5a4c);
  const size: readonly [number, number, number] = shape === 'half' ? [0.113, 0.14, 0.136] : [0.121, 0.148, 0.143];
  builder.add(patch, 'glass', tint, { scale: size });
}
