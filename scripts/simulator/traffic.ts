/**
 * Riders in short: `arrivesS`, where they wait, `leavesS`. What is not said of somebody is drawn from the scenario's seed,
 * so that a scenario of a busy light stays a dozen lines.
 */
import { z } from 'zod';
import { CLOTHING_COLOURS } from '../../src/domain';
import { type Random, randomFrom, seedOf } from './random';
import { type Draft, helmetOf, looks } from './scene-kit';
import { RIDDEN } from './vocabulary';

/** Keys of a person, checked when it has become an actor's; here only that it is a set of keys. */
const who = z.record(z.string(), z.unknown()).refine((keys) => !('id' in keys || 'seat' in keys), {
  error: 'id and seat follow from the place: leave them out',
});
const metres = z.number().min(-60).max(60);

const ride = z
  .strictObject({
    id: z.string().regex(/^[a-z0-9-]+$/, 'lower-case letters, digits and dashes only'),
    kind: z.enum(RIDDEN).default('ebike'),
    colour: z.enum(CLOTHING_COLOURS).optional(),
    basket: z.boolean().optional(),
    topBox: z.boolean().default(false),
    canopy: z.enum(CLOTHING_COLOURS).nullable().default(null),
    /** Metres to the right of the camera; the bike lane lies between −5.2 and −1.4. */
    x: metres,
    /** Where it waits; the stop line lies on 0. */
    z: metres.default(-1.4),
    /** Second at which it stands still; it comes into the street four seconds earlier. */
    arrivesS: z.number().min(0),
    /** Second at which it starts again; absent = it stays. */
    leavesS: z.number().min(0).optional(),
    /** Rides through at this speed instead of waiting, metres per second; arrivesS is when it passes z. */
    passesMps: z.number().min(1).max(15).optional(),
    driver: who.default({}),
    passenger: who.optional(),
    child: who.optional(),
  })
  .refine(({ arrivesS, leavesS }) => leavesS === undefined || leavesS > arrivesS, {
    path: ['leavesS'],
    error: 'must be later than arrivesS',
  });

export const trafficSchema = z.array(ride).max(30).default([]);
type Ride = z.output<typeof ride>;

/** How far away riders come into the street and leave it, metres from where they wait. */
const COMES_FROM_M = 22;
const COMES_FOR_S = 4;
const LEAVES_FOR_M = 24;
const LEAVES_FOR_S = 4.5;

/** Actors before their check by the scenario's schema. */
export function fromTraffic(
  traffic: readonly Ride[],
  { name, seed, durationS }: { readonly name: string; readonly seed: number; readonly durationS: number },
): Draft[] {
  return traffic.map((one) => {
    const { id, kind, topBox, canopy, driver, passenger, child } = one;
    const random = randomFrom(seedOf(`${name} ${id}`, seed));
    const colour = one.colour ?? random.pick(CLOTHING_COLOURS);
    const basket = one.basket ?? random.chance(0.7);
    const persons = [
      person(random, { id: `${id}-driver`, seat: 'driver' }, driver),
      ...(passenger ? [person(random, { id: `${id}-passenger`, seat: 'passenger' }, passenger)] : []),
      ...(child ? [person(random, { id: `${id}-child`, seat: 'child', heightM: 1.08, backpack: null }, child)] : []),
    ];
    return { id, kind, colour, basket, topBox, canopy, persons, path: pathOf(one, durationS) };
  });
}

/** `helmet: on` and `helmet: off` are short for one that is always and one that is never worn. */
function person(random: Random, place: Draft & { readonly id: string }, { helmet, ...said }: Draft): Draft {
  const plain = { pattern: 'plain', headYawDeg: 0, umbrella: null };
  const made = helmetOf(random);
  const own = (onAtS: number | null): Draft => ({ ...made, onAtS });
  const worn =
    helmet === 'on' ? own(0) : helmet === 'off' ? own(null) : isDraft(helmet) ? { ...own(0), ...helmet } : helmet;
  return { ...looks(random, place.id), ...plain, ...place, ...said, ...(worn === undefined ? {} : { helmet: worn }) };
}

function isDraft(value: unknown): value is Draft {
  return typeof value === 'object' && value !== null;
}

function pathOf({ x, z, arrivesS, leavesS, passesMps }: Ride, durationS: number): Draft[] {
  if (passesMps !== undefined) {
    const [before, after] = [(COMES_FROM_M + 8) / passesMps, LEAVES_FOR_M / passesMps];
    // A path has no negative seconds: who passes early is already on his way.
    const from = Math.max(0, arrivesS - before);
    return [
      { t: from, x, z: z - (arrivesS - from) * passesMps },
      { t: arrivesS + after, x, z: z + LEAVES_FOR_M },
    ];
  }
  const stays = leavesS ?? durationS + 1;
  const comes =
    arrivesS < 0.5
      ? [{ t: 0, x, z }]
      : [
          { t: Math.max(0, arrivesS - COMES_FOR_S), x, z: z - COMES_FROM_M * Math.min(1, arrivesS / COMES_FOR_S) },
          { t: arrivesS, x, z, ease: 'brake' },
        ];
  const waits = { t: stays, x, z };
  return leavesS === undefined
    ? [...comes, waits]
    : [...comes, waits, { t: leavesS + LEAVES_FOR_S, x: x * 0.9, z: z + LEAVES_FOR_M, ease: 'accelerate' }];
}
