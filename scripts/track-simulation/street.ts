/** The truth: riders who arrive, wait at the light, hear prompts or not, put a helmet on or not, and leave. */
import type { BoundingBox, ClothingColour, Detection, HeadDetection } from '../../src/domain';
import { containment } from '../../src/geometry';
import type { Chance } from './chance';
import type { Noise } from './noise';

export interface Human {
  readonly isDriver: boolean;
  readonly colour: ClothingColour;
  readonly isHelmetedAtFirst: boolean;
  /** Chance to obey one prompt. */
  readonly readiness: number;
  /** Own errors of the classifier, bare and helmeted. */
  readonly offset: { readonly bare: number; readonly worn: number };
  helmetAtMs: number;
  /** Out of the picture. */
  goneMs: number;
  firstHeardMs: number | null;
}

export interface Vehicle {
  readonly humans: readonly Human[];
  readonly arrivesMs: number;
  readonly leavesMs: number;
  readonly waitX: number;
  readonly footY: number;
  /** Does not stop: passes in front of or behind those who wait. */
  readonly passesBy: boolean;
}

const COLOURS = ['black', 'white', 'grey', 'red', 'yellow', 'green', 'blue', 'black'] as const;
export const SIZE = { w: 0.09, h: 0.3 };
const HEAD = { w: 0.028, h: 0.055 };
/** Picture widths per second. */
const SPEED = 0.22;
const PLACES = [0.25, 0.4, 0.55, 0.7] as const;
/** Two rows wait side by side, a metre apart; from a camera on a pole that is a fifth of a vehicle's height. */
const ROW_SHIFT = 0.065;
/** In one row nobody rides into the one in front: a length of 1.8 m at 2.6 m/s. */
const HEADWAY_MS = 700;
/** Lifting a helmet over the head. */
const PUTTING_ON_MS = 1200;
/** As `decision.correctedAfterMs` has it. */
const WORN_FOR_MS = 1000;
/** A vehicle covered this much by a nearer one is not seen. */
const HIDDEN_SHARE = 0.6;

export function buildStreet(chance: Chance, noise: Noise): Vehicle[] {
  const leavesMs = chance.between(34_000, 46_000);
  const arrivals = PLACES.map(() => chance.between(0, 9000));
  const waiting = PLACES.map((place, i): Vehicle => {
    return {
      humans: people(chance, noise),
      arrivesMs: arrivalOf(arrivals, i),
      // The front one goes first.
      leavesMs: leavesMs + (PLACES.length - i) * 500 + chance.between(0, 300),
      waitX: place + chance.normal(0, 0.01),
      footY: 0.8 + (i % 2) * ROW_SHIFT,
      passesBy: false,
    };
  });
  const passing = Array.from({ length: 4 }, (): Vehicle => {
    const arrivesMs = chance.between(8000, 32_000);
    const footY = chance.between(0.74, 0.9);
    return { humans: people(chance, noise), arrivesMs, leavesMs: arrivesMs, waitX: 2, footY, passesBy: true };
  });
  return [...waiting, ...passing.filter(() => chance.happens(noise.crossings))];
}

/** Later than whoever came before in the same row. */
function arrivalOf(arrivals: readonly number[], i: number): number {
  const row = arrivals.filter((_, other) => other % 2 === i % 2).toSorted((a, b) => a - b);
  const place = row.indexOf(arrivals[i] ?? 0);
  return row.slice(0, place + 1).reduce((last, atMs) => Math.max(last + HEADWAY_MS, atMs), -HEADWAY_MS);
}

function people(chance: Chance, noise: Noise): Human[] {
  const one = (isDriver: boolean): Human => {
    const isHelmetedAtFirst = chance.happens(0.5);
    const isReady = chance.happens(0.85);
    return {
      isDriver,
      colour: chance.pick(COLOURS),
      isHelmetedAtFirst,
      readiness: isReady ? 0.75 : 0,
      offset: { bare: chance.normal(0, noise.personSd), worn: chance.normal(0, noise.personSd) },
      helmetAtMs: isHelmetedAtFirst ? 0 : Infinity,
      goneMs: Infinity,
      firstHeardMs: null,
    };
  };
  return chance.happens(0.15) ? [one(true), one(false)] : [one(true)];
}

/** Where it is; null before it comes and after it has gone. */
export function boxAt({ arrivesMs, leavesMs, waitX, footY, passesBy }: Vehicle, nowMs: number): BoundingBox | null {
  const arriving = -SIZE.w + ((nowMs - arrivesMs) / 1000) * SPEED;
  const awayS = passesBy ? 0 : Math.max(0, nowMs - leavesMs) / 1000;
  const x = Math.min(arriving, waitX) + (awayS * awayS * SPEED) / 2;
  if (nowMs < arrivesMs || x > 1) return null;
  const left = Math.max(0, x - SIZE.w / 2);
  const right = Math.min(1, x + SIZE.w / 2);
  return right - left < SIZE.w / 3 ? null : { x: left, y: footY - SIZE.h, w: right - left, h: SIZE.h };
}

/** Whether somebody who was reminded could be seen wearing the helmet for so long: what `corrected` means. */
export function hasCorrected({ firstHeardMs, helmetAtMs, goneMs }: Human): boolean {
  return firstHeardMs !== null && helmetAtMs + WORN_FOR_MS <= goneMs;
}

/** Who hears a prompt puts the helmet on some seconds after its start, if ready to. */
export function hear(human: Human, startedAtMs: number, chance: Chance): void {
  if (human.helmetAtMs <= startedAtMs) return;
  human.firstHeardMs ??= startedAtMs;
  if (human.helmetAtMs === Infinity && chance.happens(human.readiness))
    human.helmetAtMs = startedAtMs + chance.between(2500, 9000);
}

/** What the networks make of it. */
export function look(street: readonly Vehicle[], nowMs: number, { chance, noise, bus }: Eyes): Detection[] {
  const here = street.flatMap((vehicle) => {
    const box = boxAt(vehicle, nowMs);
    if (box !== null) for (const human of vehicle.humans) human.goneMs = nowMs;
    return box === null ? [] : [{ vehicle, box }];
  });
  return here.flatMap(({ vehicle, box }) => {
    const isHidden =
      (nowMs >= bus.fromMs && nowMs < bus.toMs && box.x + box.w > bus.left && box.x < bus.right) ||
      here.some((other) => other.vehicle.footY > vehicle.footY && containment(box, other.box) > HIDDEN_SHARE);
    if (isHidden || chance.happens(noise.vehicleMissed)) return [];
    const heads = vehicle.humans.flatMap((human) => lookAtHead(human, box, { nowMs, chance, noise }) ?? []);
    return [{ label: 'rider_group', box: jittered(box, SIZE.h, { chance, noise }), confidence: 0.8, heads }];
  });
}

export interface Eyes {
  readonly chance: Chance;
  readonly noise: Noise;
  /** Stands or passes between camera and riders. */
  readonly bus: { readonly fromMs: number; readonly toMs: number; readonly left: number; readonly right: number };
}

function lookAtHead(
  human: Human,
  vehicle: BoundingBox,
  { nowMs, chance, noise }: { nowMs: number; chance: Chance; noise: Noise },
): HeadDetection | null {
  const isPutting = Math.abs(nowMs - human.helmetAtMs) < PUTTING_ON_MS / 2;
  if (chance.happens(isPutting ? 0.6 : noise.headMissed)) return null;
  const isWorn = nowMs >= human.helmetAtMs;
  const mean = isWorn ? noise.worn + human.offset.worn : noise.bare + human.offset.bare;
  const worn = 1 / (1 + Math.exp(-chance.normal(mean, noise.lookSd)));
  const cx = vehicle.x + vehicle.w * (human.isDriver ? 0.58 : 0.28);
  const box = { x: cx - HEAD.w / 2, y: vehicle.y + (human.isDriver ? 0.012 : 0.004), ...HEAD };
  const colour = chance.happens(noise.wrongColour) ? chance.pick(COLOURS) : human.colour;
  return {
    box: jittered(box, HEAD.h, { chance, noise: { ...noise, jitter: 2 * noise.jitter } }),
    confidence: 0.8,
    worn,
    notWorn: 1 - worn,
    unreadable: 0,
    sharpness: 0.1,
    upperColour: { name: colour, score: 0.8 },
  };
}

function jittered({ x, y, w, h }: BoundingBox, scale: number, eyes: Pick<Eyes, 'chance' | 'noise'>): BoundingBox {
  const shift = (): number => eyes.chance.normal(0, eyes.noise.jitter * scale);
  return { x: x + shift(), y: y + shift(), w: Math.max(0.01, w + shift()), h: Math.max(0.01, h + shift()) };
}
