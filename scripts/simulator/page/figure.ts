/** A person: bones from a pose by inverse kinematics, rounded limbs on the bones. Front = +z, left = +x, y up. */
import * as THREE from 'three';
import { plus, reach, type Vector } from '../geometry';
import { type Random, randomFrom } from '../random';
import type { Helmet, Person } from '../scenario';
import { addCape } from './gear';
import { buildHead, buildHelmet } from './head';
import { colourOf, skinOf } from './palette';
import { Builder, type Finish, limb, loft, roundedBox, type Section } from './shapes';

/** Where the body's ends are, in the actor's own metres. Pairs are [left, right]. */
export interface Pose {
  readonly hips: Vector;
  /** Radians: forward, to the left side, about the spine. */
  readonly lean: Vector;
  readonly hands: readonly [Vector, Vector];
  readonly feet: readonly [Vector, Vector];
  readonly headYaw: number;
  readonly headPitch: number;
  /** Where elbows point besides down and out: above 0 they rise. */
  readonly elbowLift?: number;
  readonly kneesOut?: number;
}

/** Adult measures in metres at a height of 1.68. */
const BODY = {
  spine: 0.47,
  shoulder: 0.185,
  neck: 0.15,
  upperArm: 0.28,
  forearm: 0.27,
  hip: 0.088,
  thigh: 0.42,
  shin: 0.42,
} as const;

interface Bone {
  readonly mesh: THREE.Group;
}

export class Figure {
  readonly root = new THREE.Group();
  readonly head = new THREE.Group();
  readonly body = new THREE.Group();
  readonly helmet: THREE.Group | null;
  readonly hair: THREE.Group | null;
  private readonly torso: THREE.Group;
  private readonly neck: Bone;
  private readonly arms: readonly { readonly upper: Bone; readonly lower: Bone; readonly hand: Bone }[];
  private readonly legs: readonly { readonly upper: Bone; readonly lower: Bone; readonly shoe: Bone }[];
  private readonly size: number;

  constructor(person: Person, seed: number) {
    const random = randomFrom(seed);
    this.size = person.heightM / 1.68;
    const upper = colourOf(person.upperColour, random);
    const lower = colourOf(person.lowerColour, random);
    const skin = skinOf(person);
    const { root, hair } = buildHead(person, random);
    this.head.add(root);
    this.hair = hair;
    // Children's heads are large for their bodies.
    this.head.scale.setScalar(Math.max(this.size, 0.55 + 0.45 * this.size) * random.between(0.97, 1.04));
    this.torso = buildTorso(person, upper, random);
    this.neck = bone(limb(0.052, 0.05, BODY.neck), skin);
    const sleeves = SLEEVES[person.garment];
    this.arms = [0, 1].map(() => buildArm(sleeves, { finish: clothOf(person), colour: upper }, skin));
    this.legs = [0, 1].map(() => buildLeg(lower, random));
    this.body.add(this.torso, this.neck.mesh);
    for (const arm of this.arms) this.body.add(arm.upper.mesh, arm.lower.mesh, arm.hand.mesh);
    for (const leg of this.legs) this.body.add(leg.upper.mesh, leg.lower.mesh, leg.shoe.mesh);
    this.root.add(this.body, this.head);
    this.helmet = person.helmet ? helmetFor(person.helmet, random, this.head.scale.x) : null;
  }

  /** Moves the bones; returns where the head's centre and its turn are, for the helmet. */
  take(pose: Pose): void {
    const { size } = this;
    const turn = new THREE.Quaternion().setFromEuler(new THREE.Euler(pose.lean[0], pose.lean[2], -pose.lean[1], 'YXZ'));
    const inTorso = (x: number, y: number, z: number): Vector => {
      const point = new THREE.Vector3(x, y, z).multiplyScalar(size).applyQuaternion(turn);
      return plus(pose.hips, [point.x, point.y, point.z]);
    };
    this.torso.position.set(...pose.hips);
    this.torso.quaternion.copy(turn);
    this.torso.scale.setScalar(size);
    this.neck.mesh.position.set(...inTorso(0, BODY.spine - 0.01, -0.01));
    this.neck.mesh.quaternion.copy(turn);
    this.neck.mesh.scale.setScalar(size);
    this.head.position.set(...inTorso(0, BODY.spine + 0.165, 0.022));
    // The head stays upright: it follows only a part of the torso's lean.
    this.head.quaternion.setFromEuler(
      new THREE.Euler(pose.headPitch + pose.lean[0] * 0.3, pose.headYaw + pose.lean[2], -pose.lean[1] * 0.6, 'YXZ'),
    );
    [1, -1].forEach((side, index) => {
      this.takeArm(index, { side, root: inTorso(side * BODY.shoulder, BODY.spine - 0.045, 0), pose });
      this.takeLeg(index, { side, root: inTorso(side * BODY.hip, 0, 0), pose });
    });
  }

  private takeArm(index: number, { side, root, pose }: { side: number; root: Vector; pose: Pose }): void {
    const arm = this.arms[index];
    const target = pose.hands[index];
    if (!arm || !target) return;
    const [upperM, lowerM] = [BODY.upperArm * this.size, BODY.forearm * this.size];
    const lift = pose.elbowLift ?? 0;
    const { middle, end } = reach({ root, target, upperM, lowerM, bend: [side * (0.55 + lift), -1 + lift, -0.35] });
    span(arm.upper, root, middle, this.size);
    span(arm.lower, middle, end, this.size);
    arm.hand.mesh.position.set(...end);
    arm.hand.mesh.quaternion.copy(arm.lower.mesh.quaternion);
    arm.hand.mesh.scale.setScalar(this.size);
  }

  private takeLeg(index: number, { side, root, pose }: { side: number; root: Vector; pose: Pose }): void {
    const leg = this.legs[index];
    const foot = pose.feet[index];
    if (!leg || !foot) return;
    const [upperM, lowerM] = [BODY.thigh * this.size, BODY.shin * this.size];
    const target = plus(foot, [0, 0.075 * this.size, -0.03]);
    const { middle, end } = reach({ root, target, upperM, lowerM, bend: [side * (pose.kneesOut ?? 0.25), 0.25, 1] });
    span(leg.upper, root, middle, this.size);
    span(leg.lower, middle, end, this.size);
    leg.shoe.mesh.position.set(...end);
    leg.shoe.mesh.rotation.set(0, side * 0.12, 0);
    leg.shoe.mesh.scale.setScalar(this.size);
  }
}

function helmetFor(helmet: Helmet, random: Random, scale: number): THREE.Group {
  const group = buildHelmet(helmet, random);
  group.scale.setScalar(scale);
  const holder = new THREE.Group();
  holder.add(group);
  return holder;
}

function bone(geometry: THREE.BufferGeometry, colour: THREE.Color): Bone {
  return { mesh: new Builder().add(geometry, 'skin', colour).build() };
}

function span({ mesh }: Bone, from: Vector, to: Vector, size: number): void {
  mesh.position.set(...from);
  const way = new THREE.Vector3(to[0] - from[0], to[1] - from[1], to[2] - from[2]).normalize();
  mesh.quaternion.setFromUnitVectors(new THREE.Vector3(0, 1, 0), way);
  mesh.scale.setScalar(size);
}

/** How far down the arm the sleeve reaches: 1 = elbow, 2 = wrist; and how wide it is. */
const SLEEVES = {
  tshirt: { reach: 0.62, radius: 0.058 },
  shirt: { reach: 2, radius: 0.053 },
  jacket: { reach: 2, radius: 0.064 },
  cape: { reach: 2, radius: 0.066 },
} as const;

const clothOf = ({ pattern }: Person): Finish => (pattern === 'plain' ? 'cloth' : pattern);

function buildArm(
  sleeve: { readonly reach: number; readonly radius: number },
  { finish, colour: cloth }: { readonly finish: Finish; readonly colour: THREE.Color },
  skin: THREE.Color,
) {
  const upper = new Builder();
  const { radius } = sleeve;
  if (sleeve.reach >= 1) upper.add(limb(radius + 0.006, radius * 0.86, BODY.upperArm), finish, cloth);
  else {
    upper.add(limb(0.042, 0.036, BODY.upperArm), 'skin', skin);
    upper.add(limb(radius + 0.006, radius, BODY.upperArm * sleeve.reach), finish, cloth);
  }
  const lower = new Builder();
  if (sleeve.reach > 1) lower.add(limb(radius * 0.86, radius * 0.66, BODY.forearm - 0.04), finish, cloth);
  lower.add(limb(0.036, 0.027, BODY.forearm), 'skin', skin);
  const hand = new Builder().add(new THREE.SphereGeometry(1, 9, 7), 'skin', skin, {
    at: [0, 0.035, 0],
    scale: [0.036, 0.058, 0.028],
  });
  return { upper: { mesh: upper.build() }, lower: { mesh: lower.build() }, hand: { mesh: hand.build() } };
}

function buildLeg(cloth: THREE.Color, random: Random) {
  const wide = random.between(0.94, 1.12);
  const upper = new Builder().add(limb(0.085 * wide, 0.06 * wide, BODY.thigh), 'cloth', cloth);
  const lower = new Builder().add(limb(0.06 * wide, 0.043 * wide, BODY.shin), 'cloth', cloth);
  const dark = colourOf(random.pick(['black', 'white', 'grey', 'brown', 'black']), random);
  const shoe = new Builder()
    .add(roundedBox(0.085, 0.07, 0.25, 0.03), 'cloth', dark, { at: [0, -0.032, 0.055] })
    .add(roundedBox(0.09, 0.022, 0.26, 0.01), 'matte', new THREE.Color(0xcfcac2), { at: [0, -0.066, 0.055] });
  return { upper: { mesh: upper.build() }, lower: { mesh: lower.build() }, shoe: { mesh: shoe.build() } };
}

function buildTorso(person: Person, cloth: THREE.Color, random: Random): THREE.Group {
  const builder = new Builder();
  const loose = { tshirt: 1, shirt: 1.04, jacket: 1.17, cape: 1.1 }[person.garment] * random.between(0.94, 1.08);
  const phase = random.between(0, 6);
  const wrinkle = (p: THREE.Vector3): number =>
    0.92 + 0.1 * Math.sin(p.y * 42 + p.x * 18 + phase) * Math.sin(p.x * 30 - p.y * 14 + phase * 2);
  const section = (y: number, halfWidth: number, halfDepth: number, forward = 0): Section => ({
    y,
    halfWidth: halfWidth * loose,
    halfDepth: halfDepth * loose,
    forward,
  });
  const hem = person.garment === 'tshirt' ? -0.06 : -0.1;
  builder.add(
    loft(
      [
        section(hem, 0.158, 0.115),
        section(0.03, 0.162, 0.118),
        section(0.16, 0.148, 0.11, 0.005),
        section(0.3, 0.168, 0.118, 0.008),
        section(0.38, 0.186, 0.112),
        section(0.435, 0.18, 0.09, -0.004),
        section(0.475, 0.115, 0.07, -0.006),
        section(0.49, 0.07, 0.06, -0.004),
      ],
      wrinkle,
    ),
    clothOf(person),
    cloth,
  );
  builder.add(new THREE.SphereGeometry(1, 12, 8), 'cloth', colourOf(person.lowerColour, randomFrom(1)), {
    at: [0, -0.05, 0],
    scale: [0.15, 0.1, 0.115],
  });
  addDetails(builder, person, { cloth, random, loose });
  if (person.garment === 'cape') addCape(builder, cloth, random);
  return builder.build();
}

interface Tailoring {
  readonly cloth: THREE.Color;
  readonly random: Random;
  readonly loose: number;
}

function addDetails(builder: Builder, person: Person, { cloth, random, loose }: Tailoring): void {
  const trim = cloth.clone().multiplyScalar(0.72);
  if (person.garment !== 'tshirt') {
    const height = person.garment === 'jacket' ? 0.028 : 0.016;
    builder.add(new THREE.TorusGeometry(0.064, height, 8, 16), 'cloth', trim, {
      at: [0, 0.487, -0.004],
      turn: [Math.PI / 2 + 0.15, 0, 0],
      scale: [1.05, 0.95, 1.2],
    });
    builder.add(roundedBox(0.018, 0.46, 0.012, 0.004), 'matte', trim, { at: [0, 0.19, 0.119 * loose + 0.002] });
  }
  if (person.garment === 'jacket' && random.chance(0.45)) {
    const band = colourOf(random.pick(['white', 'grey', 'black', 'yellow']), random);
    builder.add(
      loft([
        { y: 0.285, halfWidth: 0.169 * loose, halfDepth: 0.12 * loose, forward: 0.007 },
        { y: 0.325, halfWidth: 0.176 * loose, halfDepth: 0.12 * loose, forward: 0.005 },
      ]),
      'cloth',
      band,
    );
  }
  if (person.garment === 'tshirt' && random.chance(0.5)) {
    builder.add(
      roundedBox(random.between(0.07, 0.16), random.between(0.05, 0.15), 0.01, 0.01),
      'cloth',
      colourOf(random.pick(['white', 'black', 'red', 'yellow', 'grey']), random),
      { at: [0, 0.28, 0.124 * loose] },
    );
  }
  if (person.backpack) addBackpack(builder, colourOf(person.backpack, random), loose);
}

function addBackpack(builder: Builder, bag: THREE.Color, loose: number): void {
  builder.add(roundedBox(0.28, 0.38, 0.15, 0.05), 'cloth', bag, { at: [0, 0.23, -0.115 * loose - 0.08] });
  for (const side of [-1, 1]) {
    builder.add(new THREE.TorusGeometry(0.13, 0.016, 6, 16), 'cloth', bag, {
      at: [side * 0.12, 0.31, 0],
      turn: [0, Math.PI / 2, 0],
      scale: [0.95 * loose, 1, 1],
    });
  }
}
