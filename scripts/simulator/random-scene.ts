/** A made-up still scene from a seed: camera, light, and a crowd of riders, pushers, pedestrians, parked bikes and cars. */

import { CLOTHING_COLOURS } from '../../src/domain';
import { type Random, randomFrom } from './random';
import { checkScenario, type Scenario } from './scenario';
import { DAYLIGHTS, HAIR_STYLES, HELMET_SHAPES } from './vocabulary';

/** Share of riders with a helmet on: pedestrians add bare heads, so that both classes are about equal. */
const HELMET_SHARE = 0.56;
/** Smallest distance between two actors' middles. */
const ROOM_M = 1.35;

interface Spot {
  readonly x: number;
  readonly z: number;
}

export function randomScene(seed: number): Scenario {
  const random = randomFrom(seed * 7919 + 13);
  const middle: Spot = { x: random.between(-3, 6), z: random.between(-14, 1) };
  const taken: Spot[] = [];
  const riders = random.integer(1, 5);
  const actors = [
    ...times(riders, (index) => rider(random, `v${index}`, place(random, middle, taken, 3.2))),
    ...times(random.chance(0.35) ? 1 : 0, (index) => pusher(random, `push${index}`, place(random, middle, taken, 4))),
    ...times(random.chance(0.5) ? random.integer(1, 2) : 0, (index) =>
      pedestrian(random, `walk${index}`, place(random, middle, taken, 4.5)),
    ),
    ...times(random.chance(0.5) ? random.integer(1, 3) : 0, (index) =>
      parked(random, `park${index}`, place(random, middle, taken, 4.5)),
    ),
    ...times(random.chance(0.5) ? random.integer(1, 2) : 0, (index) => car(random, `car${index}`)),
  ];
  return checkScenario(
    {
      name: `still-${seed}`,
      durationS: 1,
      seed,
      daylight: random.pick([...DAYLIGHTS, 'noon', 'overcast']),
      sunDeg: random.between(-160, 160),
      camera: camera(random, middle),
      actors,
    },
    `random scene ${seed}`,
  );
}

/** Chooses how large heads shall be in the picture, and from that the distance and the lens. */
function camera(random: Random, middle: Spot): unknown {
  const headPx = 14 + 56 * random.next() ** 1.6;
  const height = random.between(2.5, 7);
  const distance = random.between(Math.max(5, height * 1.4), 26);
  // A head of 0.25 m at `range` shall be headPx of the 720 lines high.
  const range = Math.hypot(distance, height - 1.4);
  const fovDeg = Math.min(80, Math.max(8, (2 * Math.atan((720 * 0.25) / (2 * headPx * range)) * 180) / Math.PI));
  // Mostly from the front, where junction cameras stand; z of the far houses limits the other sides.
  const around = random.chance(0.7) ? random.between(-0.8, 0.8) : random.between(-Math.PI, Math.PI);
  const position = [middle.x + Math.sin(around) * distance, height, middle.z + Math.cos(around) * distance];
  const lookAt = [middle.x + random.between(-1, 1), random.between(0.6, 1.5), middle.z + random.between(-1, 1)];
  return { position, lookAt, fovDeg, rollDeg: random.chance(0.3) ? random.between(-4, 4) : 0 };
}

function place(random: Random, middle: Spot, taken: Spot[], spreadM: number): Spot {
  for (let attempt = 0; ; attempt += 1) {
    const spread = spreadM * (1 + attempt / 15);
    const spot = { x: middle.x + random.between(-spread, spread), z: middle.z + random.between(-spread, spread) * 1.3 };
    if (taken.every(({ x, z }) => Math.hypot(x - spot.x, z - spot.z) > ROOM_M)) {
      taken.push(spot);
      return spot;
    }
  }
}

/** Traffic mostly comes towards the camera, the rest goes anywhere. */
function heading(random: Random): number {
  if (random.chance(0.5)) return random.between(-35, 35);
  return random.between(-180, 180);
}

/** A path of 0.2 s that passes the spot at second 0.1: rolling actors turn wheels and swing legs. */
function rolling(random: Random, { x, z }: Spot, speedMps: number): unknown {
  const headingDeg = heading(random);
  const way = speedMps * 0.1;
  const [dx, dz] = [Math.sin((headingDeg * Math.PI) / 180) * way, Math.cos((headingDeg * Math.PI) / 180) * way];
  if (speedMps === 0) return [{ t: 0, x, z, headingDeg }];
  return [
    { t: 0, x: x - dx, z: z - dz, headingDeg },
    { t: 0.2, x: x + dx, z: z + dz, headingDeg },
  ];
}

function rider(random: Random, id: string, spot: Spot): unknown {
  const seats = ['driver', ...(random.chance(0.3) ? ['passenger'] : []), ...(random.chance(0.08) ? ['child'] : [])];
  return {
    id,
    kind: random.chance(0.88) ? 'ebike' : 'bicycle',
    colour: random.pick(CLOTHING_COLOURS),
    basket: random.chance(0.65),
    topBox: seats.length === 1 && random.chance(0.18),
    persons: seats.slice(0, 2).map((seat) => person(random, `${id}-${seat}`, seat)),
    path: rolling(random, spot, random.chance(0.5) ? 0 : random.between(1, 7)),
  };
}

function person(random: Random, id: string, seat: string): Record<string, unknown> {
  const wears = random.chance(HELMET_SHARE);
  const owns = wears || random.chance(0.3);
  return {
    ...looks(random, id),
    seat,
    ...(seat === 'child' ? { heightM: random.between(0.95, 1.25), backpack: null } : {}),
    headwear: wears || owns ? 'none' : headwear(random),
    helmet: owns ? { ...helmet(random), onAtS: wears ? 0 : null } : null,
  };
}

function looks(random: Random, id: string): Record<string, unknown> {
  return {
    id,
    heightM: random.between(1.54, 1.82),
    garment: random.pick(['shirt', 'jacket', 'tshirt']),
    upperColour: random.pick(CLOTHING_COLOURS),
    lowerColour: random.pick(['black', 'blue', 'grey', 'brown', 'white', 'black']),
    skin: random.between(0, 0.75),
    hair: random.chance(0.4) ? 'short' : random.pick(HAIR_STYLES),
    hairColour: random.chance(0.7) ? 'black' : random.pick(['brown', 'grey', 'auburn']),
    headwearColour: random.pick(CLOTHING_COLOURS),
    glasses: random.chance(0.25),
    mask: random.chance(0.12),
    backpack: random.chance(0.15) ? random.pick(CLOTHING_COLOURS) : null,
    headYawDeg: random.chance(0.5) ? 0 : random.between(-60, 60),
  };
}

function headwear(random: Random): string {
  if (random.chance(0.16)) return 'cap';
  return random.chance(0.08) ? 'hood' : 'none';
}

function helmet(random: Random): Record<string, unknown> {
  return {
    shape: random.pick([...HELMET_SHAPES, 'three_quarter', 'half']),
    colour: random.pick([...CLOTHING_COLOURS, 'white', 'black', 'pink', 'blue']),
    visor: random.pick(['none', 'none', 'clear', 'dark']),
    stowed: random.pick(['basket', 'basket', 'arm', 'mirror']),
  };
}

function pusher(random: Random, id: string, spot: Spot): unknown {
  const model = random.chance(0.7) ? 'ebike' : 'bicycle';
  const who = { ...looks(random, `${id}-p`), headwear: headwear(random) };
  const path = rolling(random, spot, random.between(0.4, 1.3));
  return {
    id,
    kind: 'pusher',
    model,
    colour: random.pick(CLOTHING_COLOURS),
    basket: random.chance(0.6),
    persons: [who],
    path,
  };
}

function pedestrian(random: Random, id: string, spot: Spot): unknown {
  const who = { ...looks(random, `${id}-p`), headwear: headwear(random) };
  return {
    id,
    kind: 'pedestrian',
    persons: [who],
    path: rolling(random, spot, random.chance(0.3) ? 0 : random.between(0.7, 1.6)),
  };
}

function parked(random: Random, id: string, spot: Spot): unknown {
  return {
    id,
    kind: 'parked',
    model: random.chance(0.75) ? 'ebike' : 'bicycle',
    colour: random.pick(CLOTHING_COLOURS),
    basket: random.chance(0.7),
    helmet: random.chance(0.5) ? { ...helmet(random), onAtS: null } : null,
    path: [{ t: 0, ...spot, headingDeg: random.between(-180, 180) }],
  };
}

function car(random: Random, id: string): unknown {
  const away = random.chance(0.5);
  return {
    id,
    kind: 'car',
    model: random.pick(['saloon', 'suv', 'van']),
    colour: random.pick(['white', 'black', 'grey', 'red', 'blue', 'brown', 'white']),
    path: [
      {
        t: 0,
        x: away ? random.between(8, 12) : random.between(0, 4.5),
        z: random.between(-45, -20),
        headingDeg: away ? 180 : 0,
      },
    ],
  };
}

function times(count: number, make: (index: number) => unknown): unknown[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
