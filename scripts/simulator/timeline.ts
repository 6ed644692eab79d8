/** Where every actor is, and what it does, at one moment: pure functions of scenario and time. */
import type { Actor, Person, Scenario, Waypoint } from './scenario';

export interface Place {
  readonly x: number;
  readonly z: number;
  readonly headingRad: number;
  readonly speedMps: number;
  /** Way travelled since the first waypoint: turns wheels and moves legs. */
  readonly distanceM: number;
}

export interface PersonMoment {
  readonly id: string;
  /** 0 = the hands start to move, 1 = it sits on the head; below 0 stowed. null: this person has no helmet. */
  readonly helmetProgress: number | null;
  readonly state: 'worn' | 'not_worn';
  /** Not before the actor's own time, and not after getting off. */
  readonly isThere: boolean;
}

/** Second at which somebody who was spoken to has the helmet on, by person: only a reactive run knows it. */
export type Reactions = ReadonlyMap<string, number>;
const NO_REACTIONS: Reactions = new Map();

export interface ActorMoment {
  readonly id: string;
  readonly place: Place;
  readonly persons: readonly PersonMoment[];
}

export interface Moment {
  readonly tS: number;
  readonly actors: readonly ActorMoment[];
}

/** Everybody who is in the scene at `tS` seconds. */
export function momentAt(scenario: Scenario, tS: number, reactions: Reactions = NO_REACTIONS): Moment {
  const actors = scenario.actors.flatMap((actor) => {
    const place = placeAt(actor.path, tS);
    return place
      ? [{ id: actor.id, place, persons: personsOf(actor).map((person) => personAt(person, tS, reactions)) }]
      : [];
  });
  return { tS, actors };
}

export function personsOf(actor: Actor): readonly Person[] {
  return 'persons' in actor ? actor.persons : [];
}

/** Second from which the helmet sits on the head; null = never. */
export function helmetOnAtS({ id, helmet }: Person, reactions: Reactions = NO_REACTIONS): number | null {
  if (!helmet) return null;
  return helmet.afterPrompt === undefined ? helmet.onAtS : (reactions.get(id) ?? null);
}

function personAt(person: Person, tS: number, reactions: Reactions): PersonMoment {
  const { id, helmet, getsOffAtS } = person;
  const isThere = getsOffAtS === null || tS < getsOffAtS;
  if (!helmet) return { id, helmetProgress: null, state: 'not_worn', isThere };
  const onAtS = helmetOnAtS(person, reactions);
  if (onAtS === null) return { id, helmetProgress: -1, state: 'not_worn', isThere };
  // Worn from the start: no hands in the air at second 0.
  const helmetProgress = onAtS === 0 ? 3 : 1 + (tS - onAtS) / helmet.takesS;
  return { id, helmetProgress: clamp(helmetProgress, -1, 3), state: tS >= onAtS ? 'worn' : 'not_worn', isThere };
}

/** null before the first and after the last waypoint; a path of one waypoint stands there always. */
export function placeAt(path: readonly Waypoint[], tS: number): Place | null {
  const first = path[0];
  if (!first) return null;
  if (path.length === 1) return standing(first, radians(first.headingDeg ?? 0), 0);
  if (tS < first.t) return null;
  let distanceM = 0;
  for (let index = 1; index < path.length; index += 1) {
    const from = path[index - 1];
    const to = path[index];
    if (!from || !to) break;
    const lengthM = Math.hypot(to.x - from.x, to.z - from.z);
    if (tS <= to.t) return onLeg({ path, index, from, to, lengthM, beforeM: distanceM }, tS);
    distanceM += lengthM;
  }
  return null;
}

interface Leg {
  readonly path: readonly Waypoint[];
  readonly index: number;
  readonly from: Waypoint;
  readonly to: Waypoint;
  readonly lengthM: number;
  readonly beforeM: number;
}

/** Shares of a leg's time: a heading swings into the leg at its start, and into the waypoint's own heading at its end. */
const TURN_IN_SHARE = 0.3;
const TURN_OUT_SHARE = 0.25;

function onLeg({ path, index, from, to, lengthM, beforeM }: Leg, tS: number): Place {
  const durationS = to.t - from.t;
  const share = (tS - from.t) / durationS;
  const { way, rate } = eased(to.ease, share);
  const own = legHeading(path, index);
  const before = from.headingDeg === undefined ? legHeading(path, Math.max(1, index - 1)) : radians(from.headingDeg);
  const turned = before + turn(before, own) * smooth(clamp(share / TURN_IN_SHARE, 0, 1));
  const after = to.headingDeg === undefined ? own : radians(to.headingDeg);
  const turnOut = smooth(clamp((share - 1 + TURN_OUT_SHARE) / TURN_OUT_SHARE, 0, 1));
  return {
    x: from.x + (to.x - from.x) * way,
    z: from.z + (to.z - from.z) * way,
    headingRad: turned + turn(turned, after) * turnOut,
    speedMps: (lengthM * rate) / durationS,
    distanceM: beforeM + lengthM * way,
  };
}

/** The direction of travel; a leg that does not move keeps the heading it was reached with. */
function legHeading(path: readonly Waypoint[], index: number): number {
  for (let leg = index; leg >= 1; leg -= 1) {
    const from = path[leg - 1];
    const end = path[leg];
    if (from && end && Math.hypot(end.x - from.x, end.z - from.z) > 0.01) {
      return Math.atan2(end.x - from.x, end.z - from.z);
    }
    if (from?.headingDeg !== undefined) return radians(from.headingDeg);
  }
  return radians(path[0]?.headingDeg ?? 0);
}

function standing({ x, z }: Waypoint, headingRad: number, distanceM: number): Place {
  return { x, z, headingRad, speedMps: 0, distanceM };
}

/** Share of the time a braking rider slows down for (constant speed before it). */
const BRAKE_SHARE = 0.6;

/** Way (0–1) and its derivative at `share` (0–1) of the time. */
export function eased(ease: Waypoint['ease'], share: number): { readonly way: number; readonly rate: number } {
  switch (ease) {
    case 'linear':
      return { way: share, rate: 1 };
    case 'smooth':
      return { way: smooth(share), rate: 6 * share * (1 - share) };
    case 'brake':
      return braking(share);
    case 'accelerate': {
      const mirrored = braking(1 - share);
      return { way: 1 - mirrored.way, rate: mirrored.rate };
    }
  }
}

/** Constant speed v, then uniform deceleration to a stop: v is what makes the whole way 1. */
function braking(share: number): { readonly way: number; readonly rate: number } {
  const free = 1 - BRAKE_SHARE;
  const speed = 1 / (free + BRAKE_SHARE / 2);
  if (share <= free) return { way: speed * share, rate: speed };
  const left = (1 - share) / BRAKE_SHARE;
  return { way: 1 - (speed * BRAKE_SHARE * left * left) / 2, rate: speed * left };
}

function smooth(share: number): number {
  return share * share * (3 - 2 * share);
}

/** Shortest signed turn. */
function turn(from: number, to: number): number {
  return Math.atan2(Math.sin(to - from), Math.cos(to - from));
}

function radians(degrees: number): number {
  return (degrees * Math.PI) / 180;
}

export function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
