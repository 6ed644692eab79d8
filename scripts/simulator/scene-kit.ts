/** Parts of made-up still scenes: places, cameras, light, and everything that may stand, walk or ride in them. */
import { CLOTHING_COLOURS } from '../../src/domain';
import { type Random, randomFrom } from './random';
import { HAIR_STYLES, HEADWEAR, HELMET_SHAPES, PATTERNS } from './vocabulary';

/** Before its check by the schema. */
export type Draft = Record<string, unknown>;

export interface Spot {
  readonly x: number;
  readonly z: number;
}

/** Smallest distance between two actors' middles. */
const ROOM_M = 1.2;

export const PICTURE = { widthPx: 960, heightPx: 540 } as const;
/** A third of the cost. */
export const SMALL_PICTURE = { widthPx: 640, heightPx: 360 } as const;

/** Hands out places round a middle, none too near another. */
export class Ground {
  private readonly taken: Spot[] = [];

  constructor(
    private readonly random: Random,
    readonly middle: Spot,
  ) {}

  place(spreadM: number, roomM = ROOM_M): Spot {
    for (let attempt = 0; ; attempt += 1) {
      const spread = spreadM * (1 + attempt / 15);
      const between = (wide: number): number => this.random.between(-wide, wide);
      const spot = { x: this.middle.x + between(spread), z: this.middle.z + between(spread) * 1.4 };
      if (this.taken.some(({ x, z }) => Math.hypot(x - spot.x, z - spot.z) < roomM)) continue;
      this.taken.push(spot);
      return spot;
    }
  }

  /** A place beside another one, however near: for things that belong together. */
  beside({ x, z }: Spot, awayM: number): Spot {
    const angle = this.random.between(-Math.PI, Math.PI);
    const spot = { x: x + Math.sin(angle) * awayM, z: z + Math.cos(angle) * awayM };
    this.taken.push(spot);
    return spot;
  }
}

/** Junction: high and far, small heads. Roadside: low and near. */
export type Stand = 'junction' | 'roadside';

export function cameraOf(
  random: Random,
  middle: Spot,
  { stand, heightPx }: { readonly stand: Stand; readonly heightPx: number },
): Draft {
  const high = stand === 'junction';
  const height = high ? random.between(4.2, 8) : random.between(1.3, 3.4);
  const distance = high ? random.between(12, 40) : random.between(4.5, 15);
  const headPx = high ? 8 + 16 * random.next() ** 1.3 : 13 + 34 * random.next() ** 1.5;
  // A head of 0.25 m at `range` shall be headPx of the picture's lines high.
  const range = Math.hypot(distance, height - 1.4);
  const share = (heightPx * 0.25) / (2 * headPx * range);
  const fovDeg = Math.min(75, Math.max(5, (2 * Math.atan(share) * 180) / Math.PI));
  // Above the road, clear of the trees at its kerbs.
  const side = Math.min(ROAD.to, Math.max(ROAD.from, middle.x + random.between(-0.75, 0.75) * distance));
  const around = Math.asin(Math.max(-1, Math.min(1, (side - middle.x) / distance)));
  return {
    position: [middle.x + Math.sin(around) * distance, height, middle.z + Math.cos(around) * distance],
    lookAt: [middle.x + random.between(-1, 1), random.between(0.7, 1.3), middle.z + random.between(-1, 1)],
    fovDeg,
    rollDeg: random.chance(0.3) ? random.between(-4, 4) : 0,
  };
}

/** Where no tree stands, metres. */
const ROAD = { from: -2.2, to: 11 } as const;

export type Sky = Readonly<{ daylight: string; weather: string; sunDeg: number }>;

/** Neighbouring seeds share it, as they share a street: a street of another light costs as much as a picture. */
const SKY_PICTURES = 4;

export function skyOf(seed: number): Sky {
  const random = randomFrom(Math.floor(seed / SKY_PICTURES) * 3571 + 41);
  const daylight = random.pick([
    'night',
    'night',
    'night',
    'low_sun',
    'low_sun',
    'noon',
    'noon',
    'morning',
    'overcast',
    'overcast',
    'dusk',
  ]);
  const dice = random.next();
  const weather = dice < 0.2 ? 'rain' : dice < 0.3 ? 'fog' : 'dry';
  // A low sun mostly stands before the camera: faces in the dark.
  const isAgainst = daylight === 'low_sun' && random.chance(0.6);
  return { daylight, weather, sunDeg: isAgainst ? 180 + random.between(-50, -1) : random.between(-160, 160) };
}

export function looks(random: Random, id: string): Draft {
  const hairColour = random.chance(0.6) ? 'black' : random.pick(['brown', 'grey', 'auburn', 'white', 'blond', 'grey']);
  return {
    id,
    heightM: random.between(1.5, 1.85),
    garment: random.pick(['shirt', 'jacket', 'tshirt']),
    pattern: random.chance(0.5) ? 'plain' : random.pick(PATTERNS),
    upperColour: random.pick(CLOTHING_COLOURS),
    lowerColour: random.pick([...CLOTHING_COLOURS, 'black', 'blue', 'grey', 'black']),
    skin: random.between(0, 0.85),
    hair: random.pick([...HAIR_STYLES, 'curly', 'short', 'bald']),
    hairColour,
    headwear: 'none',
    headwearColour: random.pick(CLOTHING_COLOURS),
    glasses: random.chance(0.25),
    mask: random.chance(0.15),
    backpack: random.chance(0.18) ? random.pick(CLOTHING_COLOURS) : null,
    headYawDeg: random.chance(0.5) ? 0 : random.between(-75, 75),
  };
}

const COVERS = HEADWEAR.filter((one) => one !== 'none');

/** Something on the head that is no helmet. */
export function covered(random: Random): Draft {
  return { headwear: COVERS[random.integer(0, COVERS.length - 1)] ?? 'cap' };
}

/** A rain cape with its hood up or down. */
export function caped(random: Random): Draft {
  const colour = random.pick(['blue', 'yellow', 'red', 'pink', 'purple', 'green', 'grey', 'black', 'orange']);
  const hood = random.chance(0.7) ? { headwear: 'hood', headwearColour: colour } : {};
  return { garment: 'cape', pattern: 'plain', upperColour: colour, backpack: null, ...hood };
}

export function helmetOf(random: Random): Draft {
  return {
    shape: random.pick([...HELMET_SHAPES, 'half']),
    // Black and brown ones look like hair.
    colour: random.pick([...CLOTHING_COLOURS, 'black', 'brown', 'white']),
    visor: random.pick(['none', 'none', 'clear', 'dark']),
    trim: random.pick(['none', 'none', 'ears', 'vents', 'peak']),
    stowed: random.pick(['basket', 'mirror', 'seat', 'seat']),
    onAtS: null,
  };
}

/** A path of 0.2 s that passes the spot at second 0.1: rolling actors turn wheels and swing legs. */
export function rolling({ x, z }: Spot, headingDeg: number, speedMps: number): Draft[] {
  if (speedMps === 0) return [{ t: 0, x, z, headingDeg }];
  const way = speedMps * 0.1;
  const [dx, dz] = [Math.sin((headingDeg * Math.PI) / 180) * way, Math.cos((headingDeg * Math.PI) / 180) * way];
  return [
    { t: 0, x: x - dx, z: z - dz, headingDeg },
    { t: 0.2, x: x + dx, z: z + dz, headingDeg },
  ];
}

export function standing(random: Random, { x, z }: Spot): Draft[] {
  return [{ t: 0, x, z, headingDeg: random.between(-180, 180) }];
}

export function bikeOf(random: Random, canopyShare: number): Draft {
  return {
    colour: random.pick(CLOTHING_COLOURS),
    basket: random.chance(0.65),
    topBox: random.chance(0.15),
    canopy: random.chance(canopyShare) ? random.pick(CLOTHING_COLOURS) : null,
  };
}

export function parked(random: Random, id: string, spot: Spot, extra: Draft = {}): Draft {
  const model = random.chance(0.8) ? 'ebike' : 'bicycle';
  return { id, kind: 'parked', model, ...bikeOf(random, 0.1), path: standing(random, spot), ...extra };
}

export function pedestrian(random: Random, id: string, spot: Spot, extra: Draft = {}): Draft {
  const speedMps = random.chance(0.4) ? 0 : random.between(0.6, 1.6);
  return {
    id,
    kind: 'pedestrian',
    persons: [{ ...looks(random, `${id}-p`), ...extra }],
    path: rolling(spot, random.between(-180, 180), speedMps),
  };
}

export function pusher(random: Random, id: string, spot: Spot, extra: Draft = {}): Draft {
  return {
    id,
    kind: 'pusher',
    model: random.chance(0.75) ? 'ebike' : 'bicycle',
    ...bikeOf(random, 0.12),
    persons: [{ ...looks(random, `${id}-p`), ...extra }],
    path: rolling(spot, random.between(-180, 180), random.between(0, 1.3)),
  };
}

export function car(random: Random, id: string, middle: Spot): Draft {
  const isAway = random.chance(0.5);
  return {
    id,
    kind: 'car',
    model: random.pick(['saloon', 'suv', 'van', 'truck', 'bus', 'saloon']),
    colour: random.pick(['white', 'black', 'grey', 'red', 'blue', 'brown', 'white', 'yellow', 'green']),
    path: [
      {
        t: 0,
        x: isAway ? random.between(8, 12) : random.between(0.5, 4.5),
        z: middle.z - random.between(9, 35),
        headingDeg: isAway ? 180 : 0,
      },
    ],
  };
}

export function child(random: Random): Draft {
  return { heightM: random.between(0.9, 1.3), backpack: random.chance(0.4) ? random.pick(CLOTHING_COLOURS) : null };
}

export function times(count: number, make: (index: number) => Draft): Draft[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
