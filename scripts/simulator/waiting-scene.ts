/**
 * A made-up training scene of what a junction camera looks at most: riders who wait at or roll up to the stop line, through a
 * long lens, in any light and weather. All kinds of two- and three-wheelers, umbrellas, capes, hoods, canopies, children in front.
 */
import { CLOTHING_COLOURS } from '../../src/domain';
import { type Random, randomFrom } from './random';
import { checkScenario, type Person, type Scenario } from './scenario';
import {
  bikeOf,
  caped,
  child,
  covered,
  type Draft,
  Ground,
  helmetOf,
  looks,
  PICTURE,
  parked,
  pedestrian,
  pusher,
  rolling,
  skyOf,
  times,
} from './scene-kit';

/** Among riders; pedestrians and pushers add bare heads. */
const HELMET_SHARE = 0.55;
const KINDS = ['ebike', 'ebike', 'ebike', 'ebike', 'ebike', 'motorcycle', 'bicycle', 'tricycle'] as const;

export function waitingScene(seed: number): Scenario {
  const random = randomFrom(seed * 4993 + 29);
  const ground = new Ground(random, { x: random.between(-3.4, -1), z: random.between(-4, -1.5) });
  const sky = skyOf(seed);
  const isRain = sky.weather === 'rain';
  const actors = [
    ...times(random.integer(1, 4), (index) => rider(random, { id: `v${index}`, ground, isRain })),
    ...times(random.chance(0.3) ? 1 : 0, (index) => pusher(random, `push${index}`, ground.place(3.2), dressed(random))),
    ...times(random.chance(0.35) ? 1 : 0, (index) =>
      pedestrian(random, `walk${index}`, ground.place(3.2), dressed(random)),
    ),
    ...times(random.chance(0.35) ? 1 : 0, (index) =>
      parked(random, `park${index}`, ground.place(3.2), { helmet: random.chance(0.6) ? helmetOf(random) : null }),
    ),
  ];
  const compression = random.pick(['light', 'light', 'medium', 'strong']);
  const draft = {
    name: `waiting-${seed}`,
    durationS: 1,
    seed,
    scenery: 'rich',
    compression,
    ...PICTURE,
    ...sky,
    actors,
  };
  return checkScenario({ ...draft, camera: camera(random, ground) }, `waiting scene ${seed}`);
}

const HAIR_COLOURS = ['black', 'black', 'grey', 'grey', 'white', 'brown', 'blond', 'auburn'] as const;

/** The same scenes with hair of every colour and fewer helmets and hats: many riders of e-bikes are old, and the street pictures hold few of them. */
export function hairScene(seed: number): Scenario {
  const random = randomFrom(seed * 6007 + 17);
  const scene = waitingScene(seed);
  const shown = (person: Person): Person => ({
    ...person,
    hairColour: random.pick(HAIR_COLOURS),
    hair: random.chance(0.15) ? 'bald' : person.hair,
    headwear: random.chance(0.6) ? 'none' : person.headwear,
    helmet: random.chance(0.25) ? null : person.helmet,
  });
  const actors = scene.actors.map((actor) =>
    'persons' in actor ? { ...actor, persons: actor.persons.map(shown) } : actor,
  );
  return checkScenario({ ...scene, name: `hair-${seed}`, actors }, `hair scene ${seed}`);
}

/** On the far side of the junction, three to eight metres up. */
function camera(random: Random, { middle }: Ground): Draft {
  const distance = random.between(10, 17);
  return {
    position: [random.between(-6.5, 7), random.between(3.4, 7.5), middle.z + distance],
    lookAt: [middle.x + random.between(-0.8, 0.8), random.between(0.6, 1.1), middle.z + random.between(-0.8, 0.8)],
    // From four riders beside each other to one who fills half of the picture.
    fovDeg: (random.between(13, 34) * 11) / distance,
    rollDeg: random.chance(0.3) ? random.between(-4, 4) : 0,
  };
}

interface Place {
  readonly id: string;
  readonly ground: Ground;
  readonly isRain: boolean;
}

function rider(random: Random, { id, ground, isRain }: Place): Draft {
  const kind = random.pick(KINDS);
  const seats = kind === 'bicycle' ? ['driver'] : seatsOf(random);
  const canopy = kind === 'tricycle' ? 0.5 : kind === 'ebike' ? 0.12 : 0;
  const cape = random.chance(isRain ? 0.5 : 0.06);
  const umbrella = !cape && random.chance(isRain ? 0.4 : 0.12);
  const headingDeg = random.chance(0.85) ? random.between(-18, 18) : random.between(-180, 180);
  return {
    id,
    kind,
    ...bikeOf(random, canopy),
    ...(seats.length > 1 ? { topBox: false } : {}),
    persons: seats.map((seat) => person(random, { id: `${id}-${seat}`, seat, cape, umbrella })),
    path: rolling(ground.place(2.2), headingDeg, random.chance(0.65) ? 0 : random.between(1, 7)),
  };
}

function seatsOf(random: Random): readonly string[] {
  const dice = random.next();
  if (dice < 0.5) return ['driver'];
  return dice < 0.78 ? ['driver', 'passenger'] : ['driver', 'child'];
}

interface Clothed {
  readonly id: string;
  readonly seat: string;
  readonly cape: boolean;
  readonly umbrella: boolean;
}

function person(random: Random, { id, seat, cape, umbrella }: Clothed): Draft {
  const wears = random.chance(HELMET_SHARE);
  const isChild = seat === 'child';
  return {
    ...looks(random, id),
    seat,
    ...(isChild ? { heightM: random.between(0.95, 1.2), backpack: null } : {}),
    ...(cape && !isChild ? caped(random) : {}),
    ...(!cape && random.chance(0.25) ? covered(random) : {}),
    ...(wears ? { headwear: 'none', helmet: { ...helmetOf(random), onAtS: 0 } } : {}),
    ...(!wears && random.chance(0.2) ? { helmet: { ...helmetOf(random), stowed: 'basket' } } : {}),
    ...(umbrella && seat === 'driver' ? { umbrella: random.pick(CLOTHING_COLOURS) } : {}),
  };
}

function dressed(random: Random): Draft {
  return {
    ...(random.chance(0.15) ? child(random) : {}),
    ...(random.chance(0.3) ? covered(random) : {}),
    ...(random.chance(0.2) ? { umbrella: random.pick(CLOTHING_COLOURS) } : {}),
  };
}
