/** A made-up scene without any rider, full of what looks like one: for counting false addresses, never for training. */
import { CLOTHING_COLOURS } from '../../src/domain';
import { type Random, randomFrom } from './random';
import { checkScenario, type Scenario } from './scenario';
import {
  bikeOf,
  cameraOf,
  car,
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
  SMALL_PICTURE,
  type Spot,
  skyOf,
  standing,
  times,
} from './scene-kit';
import type { PROPS } from './vocabulary';

export const NEGATIVE_KINDS = [
  'parked_with_helmets',
  'mannequins',
  'posters',
  'round_lamps',
  'backpacks',
  'umbrellas',
  'canopies',
  'headwear',
  'bald_and_hair',
  'children',
  'pushers',
  'traffic',
  'empty_night',
] as const;

export type NegativeKind = (typeof NEGATIVE_KINDS)[number];

/** The kinds take turns, so that each is as frequent as the others. */
export function negativeKind(seed: number): NegativeKind {
  return NEGATIVE_KINDS[seed % NEGATIVE_KINDS.length] ?? 'empty_night';
}

export function negativeScene(seed: number): Scenario {
  const kind = negativeKind(seed);
  const random = randomFrom(seed * 4567 + 97);
  const middle = { x: random.between(-4.5, 4), z: random.between(-16, 0) };
  const stand = random.chance(0.4) ? 'junction' : 'roadside';
  const sky = { ...skyOf(seed), ...(kind === 'empty_night' ? { daylight: 'night' } : {}) };
  const set = { random, ground: new Ground(random, middle), spreadM: stand === 'junction' ? 4 : 2.2 };
  const picture = random.chance(0.3) ? PICTURE : SMALL_PICTURE;
  const camera = cameraOf(random, middle, { stand, heightPx: picture.heightPx });
  const actors = [...CASTS[kind](set), ...passers(set, kind), ...motors(set, kind)];
  const draft = { name: `negative-${seed}`, durationS: 1, seed, scenery: 'rich', ...picture, ...sky, camera, actors };
  return checkScenario(draft, `negative scene ${seed}`);
}

interface Set {
  readonly random: Random;
  readonly ground: Ground;
  readonly spreadM: number;
}

const CASTS: Record<NegativeKind, (set: Set) => Draft[]> = {
  parked_with_helmets: (set) =>
    times(set.random.integer(2, 6), (index) =>
      parked(set.random, `park${index}`, spot(set), { helmet: helmetOf(set.random) }),
    ),
  mannequins: (set) => times(set.random.integer(1, 3), (index) => mannequin(set, `doll${index}`)).concat(bikes(set, 2)),
  posters: (set) => [...props(set, 'poster', set.random.integer(1, 3)), ...bikes(set, 2)],
  round_lamps: (set) =>
    numbers(set.random.integer(2, 5)).flatMap((index) =>
      beside(
        set,
        `lamp${index}`,
        set.random.pick(['globe_lamp', 'lantern', 'balloon', 'bollard', 'traffic_light', 'sign']),
      ),
    ),
  backpacks: (set) => [
    ...times(set.random.integer(2, 5), (index) =>
      parked(set.random, `park${index}`, spot(set), {
        load: set.random.pick(['backpack', 'backpack', 'parcel', 'ball']),
      }),
    ),
    ...props(set, 'backpack', 1),
    ...times(set.random.integer(0, 2), (index) =>
      pedestrian(set.random, `bag${index}`, spot(set), { backpack: set.random.pick(CLOTHING_COLOURS) }),
    ),
  ],
  umbrellas: (set) => [
    ...times(set.random.integer(2, 5), (index) =>
      pedestrian(set.random, `rain${index}`, spot(set), { umbrella: set.random.pick(CLOTHING_COLOURS) }),
    ),
    ...props(set, 'parasol', set.random.integer(0, 2)),
    ...bikes(set, 2),
  ],
  canopies: (set) =>
    times(set.random.integer(2, 5), (index) =>
      parked(set.random, `park${index}`, spot(set), {
        model: 'ebike',
        canopy: set.random.pick(CLOTHING_COLOURS),
        helmet: set.random.chance(0.3) ? helmetOf(set.random) : null,
      }),
    ),
  headwear: (set) => [...walkers(set, () => covered(set.random)), ...bikes(set, 3)],
  bald_and_hair: (set) => [
    ...walkers(set, () => ({ hair: set.random.pick(['bald', 'crop', 'bun', 'bob', 'curly']) })),
    ...bikes(set, 3),
  ],
  children: (set) => [...walkers(set, () => child(set.random)), ...bikes(set, 3)],
  pushers: (set) =>
    times(set.random.integer(1, 4), (index) =>
      pusher(set.random, `push${index}`, spot(set), set.random.chance(0.4) ? covered(set.random) : {}),
    ),
  traffic: (set) => times(set.random.integer(2, 5), (index) => car(set.random, `motor${index}`, set.ground.middle)),
  empty_night: (set) => props(set, set.random.pick(['globe_lamp', 'traffic_light', 'sign']), set.random.integer(0, 2)),
};

const numbers = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const spot = ({ ground, spreadM }: Set): Spot => ground.place(spreadM);

/** Bystanders of other kinds, now and then; none where the street is to be empty of people. */
function passers(set: Set, kind: NegativeKind): Draft[] {
  if (kind === 'traffic' || kind === 'empty_night' || !set.random.chance(0.35)) return [];
  return times(set.random.integer(1, 2), (index) => pedestrian(set.random, `pass${index}`, spot(set)));
}

function motors({ random, ground }: Set, kind: NegativeKind): Draft[] {
  if (kind === 'traffic' || kind === 'empty_night' || !random.chance(0.4)) return [];
  return times(random.integer(1, 2), (index) => car(random, `car${index}`, ground.middle));
}

/** At most `most` parked bikes, some with a helmet. */
function bikes(set: Set, most: number): Draft[] {
  return times(set.random.integer(0, most), (index) =>
    parked(set.random, `bike${index}`, spot(set), { helmet: set.random.chance(0.4) ? helmetOf(set.random) : null }),
  );
}

/** Walkers, some so near a parked bike that they seem to sit on it. */
function walkers(set: Set, extra: () => Draft): Draft[] {
  return numbers(set.random.integer(2, 5)).flatMap((index) => {
    const place = spot(set);
    const who = pedestrian(set.random, `walk${index}`, place, extra());
    if (!set.random.chance(0.3)) return [who];
    return [who, parked(set.random, `near${index}`, set.ground.beside(place, set.random.between(0.7, 1.1)))];
  });
}

type PropName = (typeof PROPS)[number];

function props(set: Set, model: PropName, count: number): Draft[] {
  return times(count, (index) => prop(set, { id: `${model}${index}`, model, at: spot(set) }));
}

function prop(
  { random }: Set,
  { id, model, at }: { readonly id: string; readonly model: PropName; readonly at: Spot },
): Draft {
  // Boards and lights face the camera more or less.
  const path = [{ t: 0, ...at, headingDeg: random.between(-50, 50) }];
  return { id, kind: 'prop', model, colour: random.pick(CLOTHING_COLOURS), path };
}

/** A parked bike with something round behind or beside its seat, at the height of a head. */
function beside(set: Set, id: string, model: PropName): Draft[] {
  const at = spot(set);
  const near = set.ground.beside(at, set.random.between(0.3, 0.7));
  return [parked(set.random, `${id}-bike`, at), prop(set, { id, model, at: near })];
}

/** A dummy of a shop on a bike or beside one, bald, in plastic, with or without a helmet. */
function mannequin(set: Set, id: string): Draft {
  const { random } = set;
  const model = random.pick(['ebike', 'ebike', 'bicycle', 'none', 'none'] as const);
  const body = {
    ...looks(random, `${id}-p`),
    surface: random.pick(['pale_plastic', 'pale_plastic', 'dark_plastic']),
    hair: 'bald',
    backpack: null,
    mask: false,
    glasses: false,
    ...(random.chance(0.6) ? { helmet: { ...helmetOf(random), onAtS: 0 } } : {}),
  };
  const bike = model === 'none' ? {} : bikeOf(random, 0.1);
  return { id, kind: 'mannequin', model, ...bike, persons: [body], path: standing(random, spot(set)) };
}
