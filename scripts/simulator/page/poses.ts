/** Poses of everybody at one moment: riding, waiting with a foot down, sitting behind, walking, pushing, putting a helmet on. */
import { mix, plus, type Vector } from '../geometry';
import type { Person } from '../scenario';
import { clamp, type Place } from '../timeline';
import type { TwoWheeler } from './cycle-parts';
import type { Pose } from './figure';

export interface Situation {
  readonly person: Person;
  readonly place: Place;
  readonly tS: number;
  /** Per person, any number: keeps idle movements apart. */
  readonly phase: number;
  /** 0–1 hands move to the helmet and lift it onto the head; null: no helmet is being moved. */
  readonly helmetProgress: number | null;
}

const STANDING_SPEED_MPS = 0.6;
/** Shares of the helmet movement: reach for it, lift it, settle it; afterwards the hands go back. */
const REACH_UNTIL = 0.28;
const LIFTED_AT = 0.88;
const HANDS_BACK_AT = 1.5;

export function ridingPose(bike: TwoWheeler, kind: 'ebike' | 'bicycle', situation: Situation): Pose {
  const { person, place } = situation;
  const size = person.heightM / 1.68;
  if (person.seat === 'passenger') return passengerPose(bike, situation);
  if (person.seat === 'child') return childPose(situation, size);
  const sway = swayOf(situation);
  const waits = 1 - clamp(place.speedMps / STANDING_SPEED_MPS, 0, 1);
  const stretch = 0.2 + (kind === 'bicycle' ? 0.14 : 0) - 0.07 * waits;
  const pedal = kind === 'bicycle' ? pedalling(bike, place.distanceM) : bike.pedals;
  const downZ = bike.driverZ + 0.17;
  const groundFoot: Vector = [0.33, 0.02, downZ];
  const pose: Pose = {
    hips: [0.02 * waits, bike.seatY + 0.085, bike.driverZ - 0.06],
    lean: [stretch + sway * 0.02, 0.035 * waits + sway * 0.015, 0.03 * sway * waits],
    hands: bike.grips,
    feet: [mix(pedal[0], groundFoot, waits), kind === 'bicycle' ? pedal[1] : pedal[1]],
    kneesOut: 0.2 + 0.2 * waits,
    ...gaze(situation, waits),
  };
  return withUmbrella(withHelmet(pose, situation, stowedAt(bike, person)), person);
}

export function stowedAt(bike: TwoWheeler, person: Pick<Person, 'helmet'>): Vector {
  switch (person.helmet?.stowed) {
    case 'mirror':
      return plus(bike.mirror, [0, 0, 0.02]);
    case 'arm':
      return [0.33, 0.9, 0.16];
    case 'seat':
      return [0, bike.seatY + 0.1, bike.driverZ - 0.12];
    default:
      return bike.basket;
  }
}

function passengerPose(bike: TwoWheeler, situation: Situation): Pose {
  const sway = swayOf(situation);
  return {
    hips: [0.015 * sway, bike.seatY + 0.12, bike.passengerZ],
    lean: [0.06 + sway * 0.02, sway * 0.02, 0],
    hands: [
      [0.17, bike.seatY + 0.26, bike.driverZ - 0.05],
      [-0.17, bike.seatY + 0.26, bike.driverZ - 0.05],
    ],
    feet: [
      [0.23, 0.33, bike.passengerZ + 0.3],
      [-0.23, 0.33, bike.passengerZ + 0.3],
    ],
    kneesOut: 0.75,
    ...gaze(situation, 1),
  };
}

/** A child stands on the floorboard between the driver's arms. */
function childPose(situation: Situation, size: number): Pose {
  return {
    hips: [0, 0.34 + 0.86 * size, 0.13],
    lean: [0.05, 0, 0],
    hands: [
      [0.12, 0.98, 0.38],
      [-0.12, 0.98, 0.38],
    ],
    feet: [
      [0.07, 0.34, 0.17],
      [-0.07, 0.34, 0.17],
    ],
    ...gaze(situation, 0.6),
  };
}

function pedalling(bike: TwoWheeler, distanceM: number): readonly [Vector, Vector] {
  const angle = (distanceM / 5) * 2 * Math.PI;
  const at = (turn: number, side: number): Vector => [
    side * 0.11,
    0.24 + Math.cos(turn) * 0.15,
    -0.08 + Math.sin(turn) * 0.15,
  ];
  return bike.pedals && [at(angle, 1), at(angle + Math.PI, -1)];
}

/** One whole gait cycle (two steps) is this long. */
const STRIDE_M = 1.32;

export function walkingPose(situation: Situation): Pose {
  const { person, place } = situation;
  const size = person.heightM / 1.68;
  const walks = clamp(place.speedMps / 0.5, 0, 1);
  const turn = (place.distanceM / STRIDE_M) * 2 * Math.PI + situation.phase;
  const foot = (side: number): Vector => {
    const angle = turn + (side > 0 ? 0 : Math.PI);
    const swing = Math.max(0, Math.cos(angle));
    return [side * 0.09, 0.01 + 0.11 * swing * walks, -0.02 + Math.sin(angle) * 0.3 * walks * size];
  };
  const hand = (side: number): Vector => [
    side * 0.26 * size,
    (0.8 + 0.04 * Math.abs(Math.sin(turn))) * size,
    0.04 - Math.sin(turn + (side > 0 ? 0 : Math.PI)) * 0.24 * walks * size,
  ];
  const pose: Pose = {
    hips: [0, (0.89 + 0.015 * Math.cos(turn * 2) * walks) * size, 0],
    lean: [0.04 + 0.03 * walks, 0, 0.06 * Math.sin(turn) * walks],
    hands: [hand(1), hand(-1)],
    feet: [foot(1), foot(-1)],
    kneesOut: 0.05,
    ...gaze(situation, 0.5),
  };
  return withUmbrella(pose, person);
}

/** The hand that holds an umbrella: before the right shoulder. */
function withUmbrella(pose: Pose, { umbrella, heightM }: Person): Pose {
  if (!umbrella) return pose;
  const size = heightM / 1.68;
  return { ...pose, hands: [pose.hands[0], plus(pose.hips, [-0.14 * size, 0.34 * size, 0.24 * size])] };
}

/** Where the pusher walks beside the bike. */
export const PUSHER_AT: Vector = [0.5, 0, -0.12];

export function pushingPose(bike: TwoWheeler, situation: Situation): Pose {
  const walking = walkingPose(situation);
  const shift = (at: Vector): Vector => plus(at, PUSHER_AT);
  return {
    ...walking,
    hips: shift(walking.hips),
    feet: [shift(walking.feet[0]), shift(walking.feet[1])],
    lean: [0.16, -0.06, 0],
    hands: [
      bike.grips[0],
      walking.hands[1] && (situation.person.umbrella ? shift(walking.hands[1]) : [0.04, 0.99, 0.36]),
    ],
  };
}

function swayOf({ tS, phase }: Situation): number {
  return Math.sin(tS * 0.9 + phase) * 0.6 + Math.sin(tS * 0.37 + phase * 2.3) * 0.4;
}

function gaze(
  { person, tS, phase }: Situation,
  idle: number,
): { readonly headYaw: number; readonly headPitch: number } {
  const slow = Math.sin(tS * 0.55 + phase * 1.7);
  // Mostly ahead; now and then a look to the side.
  const glance = Math.sign(slow) * Math.max(0, Math.abs(slow) - 0.55) * 1.1;
  return {
    headYaw: (person.headYawDeg * Math.PI) / 180 + glance * idle,
    headPitch: 0.03 + 0.05 * Math.sin(tS * 0.7 + phase) * idle,
  };
}

function withHelmet(pose: Pose, { helmetProgress, person }: Situation, stowed: Vector): Pose {
  if (helmetProgress === null || helmetProgress <= 0 || helmetProgress >= HANDS_BACK_AT) return pose;
  const helmet = helmetAt(helmetProgress, { stowed, head: headOf(pose, person) });
  const grip = ease(helmetProgress / REACH_UNTIL) * (1 - ease((helmetProgress - 1) / (HANDS_BACK_AT - 1)));
  const hold = (side: number): Vector => plus(helmet, [side * 0.135, -0.03, 0.0]);
  const bent = bow(helmetProgress);
  return {
    ...pose,
    lean: [pose.lean[0] + 0.3 * bent, pose.lean[1], pose.lean[2]],
    headPitch: pose.headPitch + 0.35 * bent,
    headYaw: pose.headYaw * (1 - grip),
    hands: [mix(pose.hands[0], hold(1), grip), mix(pose.hands[1], hold(-1), grip)],
    elbowLift: grip * ease((helmetProgress - REACH_UNTIL) / 0.4) * 0.9,
  };
}

/** Bent forward to the basket at the reach, upright again before the helmet is over the head. */
function bow(progress: number): number {
  return ease(progress / REACH_UNTIL) * (1 - ease((progress - REACH_UNTIL) / 0.35));
}

/** Where the head's centre is, near enough for a helmet on its way. */
function headOf({ hips, lean }: Pose, { heightM }: Person): Vector {
  const size = heightM / 1.68;
  return plus(hips, [0, 0.63 * size * Math.cos(lean[0]), 0.63 * size * Math.sin(lean[0]) + 0.02]);
}

/** The helmet's centre on its way: out of the basket, over the head, down onto it. */
export function helmetAt(
  progress: number,
  { stowed, head }: { readonly stowed: Vector; readonly head: Vector },
): Vector {
  if (progress <= REACH_UNTIL) return stowed;
  const above = plus(head, [0, 0.17, 0.03]);
  if (progress < LIFTED_AT) {
    const share = ease((progress - REACH_UNTIL) / (LIFTED_AT - REACH_UNTIL));
    const straight = mix(stowed, above, share);
    return plus(straight, [0, 0.1 * Math.sin(Math.PI * share), 0.22 * Math.sin(Math.PI * share)]);
  }
  return mix(above, head, ease((progress - LIFTED_AT) / (1 - LIFTED_AT)));
}

function ease(share: number): number {
  const inside = clamp(share, 0, 1);
  return inside * inside * (3 - 2 * inside);
}
