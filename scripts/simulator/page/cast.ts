/** The actors of a scenario as bodies: builds each once, then places it for a moment. */
import * as THREE from 'three';
import { randomFrom, seedOf } from '../random';
import type { Actor, Helmet, Person } from '../scenario';
import { type ActorMoment, personsOf } from '../timeline';
import type { RIDDEN } from '../vocabulary';
import { buildBicycle } from './bicycle';
import { buildCar } from './car';
import type { TwoWheeler, TwoWheelerOptions } from './cycle-parts';
import { buildEbike } from './ebike';
import { Figure, type Pose } from './figure';
import { buildCanopy, buildLoad, buildUmbrella } from './gear';
import { buildHelmet, pressedHair } from './head';
import { buildMotorcycle } from './motorcycle';
import { helmetAt, pushingPose, ridingPose, type Situation, stowedAt, walkingPose } from './poses';
import { buildProp } from './props';
import { buildTricycle } from './tricycle';
import { buildTruck } from './truck';

interface Member {
  readonly person: Person;
  readonly figure: Figure;
  readonly umbrella: THREE.Group | null;
  readonly phase: number;
  /** Whether the helmet counts as a part of the head at the moment shown. */
  wears: boolean;
}

export interface Body {
  readonly actor: Actor;
  readonly root: THREE.Group;
  readonly vehicle: THREE.Group | null;
  readonly members: readonly Member[];
  place(moment: ActorMoment, tS: number): void;
}

/** `poster` gives the pictures that hang on boards. */
export function buildBody(actor: Actor, scenarioSeed: number, poster: (style: number) => THREE.Texture): Body {
  const seed = seedOf(actor.id, scenarioSeed);
  const root = new THREE.Group();
  const bike = twoWheelerOf(actor, seed);
  const vehicle = actor.kind === 'car' ? motorOf(actor, seed) : (bike?.root ?? null);
  if (vehicle) root.add(vehicle);
  if (actor.kind === 'prop') root.add(buildProp(actor, seed, poster));
  const members = personsOf(actor).map((person): Member => {
    const figure = new Figure(person, seedOf(person.id, scenarioSeed));
    root.add(figure.root);
    if (figure.helmet) root.add(figure.helmet);
    const umbrella = person.umbrella ? buildUmbrella(person.umbrella, seedOf(person.id, scenarioSeed)) : null;
    if (umbrella) root.add(umbrella);
    return { person, figure, umbrella, phase: (seedOf(person.id, 7) % 628) / 100, wears: false };
  });
  if (actor.kind === 'parked') standParked(actor, bike, vehicle, seed);
  const place = (moment: ActorMoment, tS: number): void => {
    root.position.set(moment.place.x, 0, moment.place.z);
    root.rotation.y = moment.place.headingRad;
    turnWheels(bike, moment.place.distanceM);
    members.forEach((member, index) => {
      const { helmetProgress = null, isThere = true } = moment.persons[index] ?? {};
      for (const part of [member.figure.root, member.figure.helmet, member.umbrella]) if (part) part.visible = isThere;
      poseMember({
        actor,
        bike,
        member,
        situation: { person: member.person, place: moment.place, tS, phase: member.phase, helmetProgress },
      });
    });
  };
  return { actor, root, vehicle, members, place };
}

function motorOf({ colour, model }: Extract<Actor, { kind: 'car' }>, seed: number): THREE.Group {
  return model === 'truck' || model === 'bus' ? buildTruck(colour, model, seed) : buildCar(colour, model, seed);
}

const BUILDERS: Record<(typeof RIDDEN)[number], (options: TwoWheelerOptions, seed: number) => TwoWheeler> = {
  ebike: buildEbike,
  motorcycle: buildMotorcycle,
  bicycle: buildBicycle,
  tricycle: buildTricycle,
};

function twoWheelerOf(actor: Actor, seed: number): TwoWheeler | null {
  if (actor.kind === 'car' || actor.kind === 'pedestrian' || actor.kind === 'prop') return null;
  const model = 'model' in actor ? actor.model : actor.kind;
  if (model === 'none') return null;
  const bike = BUILDERS[model](actor, seed);
  if (actor.canopy) bike.root.add(buildCanopy(actor.canopy, seed));
  return bike;
}

/** A parked bike leans on its stand; a helmet may hang on it. */
function standParked(
  actor: Extract<Actor, { kind: 'parked' }>,
  bike: TwoWheeler | null,
  vehicle: THREE.Group | null,
  seed: number,
): void {
  if (!bike || !vehicle) return;
  vehicle.rotation.z = -0.07;
  if (actor.load !== 'none') {
    const load = buildLoad(actor.load, seed);
    load.position.set(0, bike.seatY, bike.driverZ);
    vehicle.add(load);
  }
  if (!actor.helmet) return;
  const helmet = buildHelmet(actor.helmet, randomFrom(seed));
  helmet.position.set(...stowedAt(bike, actor));
  helmet.rotation.set(...TILT[actor.helmet.stowed]);
  vehicle.add(helmet);
}

/** How a helmet lies where it is stowed (Euler angles). */
const TILT: Record<Helmet['stowed'], [number, number, number]> = {
  basket: [-0.35, 0.25, 0.1],
  arm: [0.5, 0.3, 1.3],
  mirror: [0.3, 0.2, 0.25],
  seat: [-0.1, 0.4, 0.06],
};

function turnWheels(bike: TwoWheeler | null, distanceM: number): void {
  for (const { group, radiusM } of bike?.wheels ?? []) group.rotation.x = distanceM / radiusM;
}

function poseOf(actor: Actor, bike: TwoWheeler | null, situation: Situation): Pose {
  if (!bike) return walkingPose(situation);
  if (actor.kind === 'pusher') return pushingPose(bike, situation);
  const isBicycle = actor.kind === 'bicycle' || (actor.kind === 'mannequin' && actor.model === 'bicycle');
  return ridingPose(bike, isBicycle ? 'bicycle' : 'ebike', situation);
}

interface MemberTask {
  readonly actor: Actor;
  readonly bike: TwoWheeler | null;
  readonly member: Member;
  readonly situation: Situation;
}

function poseMember({ actor, bike, member, situation }: MemberTask): void {
  const { figure, person } = member;
  const pose = poseOf(actor, bike, situation);
  figure.take(pose);
  if (member.umbrella) {
    const [x, y, z] = pose.hands[1];
    member.umbrella.position.set(x, y + 0.12, z - 0.03);
    // Over the head, not over the hand.
    member.umbrella.rotation.set(-0.22, 0, -0.2);
  }
  const progress = situation.helmetProgress;
  member.wears = progress !== null && progress >= 1;
  if (!figure.helmet || !person.helmet || progress === null) return;
  const { helmet, head } = figure;
  figure.hair?.scale.setScalar(progress >= 0.9 ? pressedHair(person) : 1);
  if (progress >= 1) {
    helmet.position.copy(head.position);
    helmet.quaternion.copy(head.quaternion);
    return;
  }
  const stowed = bike ? stowedAt(bike, person) : ([0.3, 0.75, 0.05] as const);
  const at = helmetAt(Math.max(progress, 0), { stowed, head: [head.position.x, head.position.y, head.position.z] });
  helmet.position.set(...at);
  const lying = new THREE.Quaternion().setFromEuler(new THREE.Euler(...TILT[person.helmet.stowed]));
  helmet.quaternion.copy(lying).slerp(head.quaternion, Math.min(1, Math.max(0, (progress - 0.3) / 0.4)));
}
