/** A made-up training scene of what the plain street lacks: night, rain, fog, canopies, capes, headwear, three on a bike. */
import { type Random, randomFrom } from './random';
import { checkScenario, type Scenario } from './scenario';
import {
  bikeOf,
  cameraOf,
  caped,
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
  rolling,
  skyOf,
  times,
} from './scene-kit';

/** Share of pictures in which nobody rides. */
const RIDERLESS_SHARE = 0.15;
/** Pedestrians add bare heads, so that both classes are about equal. */
const HELMET_SHARE = 0.52;

export function varietyScene(seed: number): Scenario {
  const random = randomFrom(seed * 6151 + 71);
  const middle = { x: random.between(-3.5, 4), z: random.between(-16, 0) };
  const ground = new Ground(random, middle);
  const stand = random.chance(0.5) ? 'junction' : 'roadside';
  const sky = skyOf(seed);
  const camera = cameraOf(random, middle, { stand, heightPx: PICTURE.heightPx });
  const spreadM = stand === 'junction' ? 5.5 : 2.4;
  const isRiderless = random.chance(RIDERLESS_SHARE);
  const riders = isRiderless ? 0 : random.integer(1, stand === 'junction' ? 8 : 4);
  const actors = [
    ...times(riders, (index) => rider(random, { id: `v${index}`, ground, spreadM, isRain: sky.weather === 'rain' })),
    ...others(random, { ground, spreadM, busy: isRiderless ? 1 : 0.4 }),
    ...times(random.chance(0.5) ? random.integer(1, 3) : 0, (index) => car(random, `car${index}`, middle)),
  ];
  const draft = { name: `variety-${seed}`, durationS: 1, seed, scenery: 'rich', ...PICTURE, ...sky, camera, actors };
  return checkScenario(draft, `variety scene ${seed}`);
}

interface Crowd {
  readonly ground: Ground;
  readonly spreadM: number;
  /** Chance of each kind of bystander. */
  readonly busy: number;
}

function others(random: Random, { ground, spreadM, busy }: Crowd): Draft[] {
  const some = (most: number): number => (random.chance(busy) ? random.integer(1, most) : 0);
  const spot = () => ground.place(spreadM * 1.3);
  return [
    ...times(some(2), (index) => pusher(random, `push${index}`, spot(), dressed(random))),
    ...times(some(4), (index) => pedestrian(random, `walk${index}`, spot(), dressed(random))),
    ...times(some(4), (index) =>
      parked(random, `park${index}`, spot(), { helmet: random.chance(0.6) ? helmetOf(random) : null }),
    ),
  ];
}

/** Hats, hoods, umbrellas and children among those who walk. */
function dressed(random: Random): Draft {
  return {
    ...(random.chance(0.15) ? child(random) : {}),
    ...(random.chance(0.4) ? covered(random) : {}),
    ...(random.chance(0.15) ? { umbrella: random.pick(['black', 'blue', 'red', 'purple', 'pink', 'green']) } : {}),
  };
}

interface Place {
  readonly id: string;
  readonly ground: Ground;
  readonly spreadM: number;
  readonly isRain: boolean;
}

function rider(random: Random, { id, ground, spreadM, isRain }: Place): Draft {
  const seats = seatsOf(random);
  const dice = random.next();
  // Towards the camera, away from it, or across.
  const headingDeg =
    dice < 0.45 ? random.between(-40, 40) : dice < 0.75 ? 180 + random.between(-40, 40) : random.between(-180, 180);
  const cape = random.chance(isRain ? 0.6 : 0.06);
  const isEbike = seats.length > 2 || random.chance(0.88);
  return {
    id,
    kind: isEbike ? 'ebike' : 'bicycle',
    ...bikeOf(random, isEbike ? 0.22 : 0),
    ...(seats.length > 1 ? { topBox: false } : {}),
    persons: seats.map((seat) => person(random, { id: `${id}-${seat}`, seat, cape })),
    path: rolling(ground.place(spreadM), headingDeg, random.chance(0.45) ? 0 : random.between(1, 7)),
  };
}

type Seat = 'driver' | 'passenger' | 'child';

function seatsOf(random: Random): readonly Seat[] {
  const dice = random.next();
  if (dice < 0.55) return ['driver'];
  if (dice < 0.78) return ['driver', 'passenger'];
  if (dice < 0.9) return ['driver', 'child'];
  return ['driver', 'passenger', 'child'];
}

function person(
  random: Random,
  { id, seat, cape }: { readonly id: string; readonly seat: Seat; readonly cape: boolean },
): Draft {
  const wears = random.chance(HELMET_SHARE);
  const isSmall = seat === 'child' || (seat === 'passenger' && random.chance(0.3));
  const holds = seat !== 'child' && !cape && random.chance(0.05);
  return {
    ...looks(random, id),
    seat,
    ...(isSmall ? child(random) : {}),
    ...(seat === 'child' ? { heightM: random.between(0.9, 1.15), backpack: null } : {}),
    ...(cape && seat !== 'child' ? caped(random) : {}),
    ...(!cape && random.chance(0.42) ? covered(random) : {}),
    ...(wears ? { headwear: 'none', helmet: { ...helmetOf(random), onAtS: 0 } } : {}),
    ...(!wears && random.chance(0.15) ? { helmet: { ...helmetOf(random), stowed: 'basket' } } : {}),
    ...(holds ? { umbrella: random.pick(['black', 'blue', 'red', 'purple', 'pink', 'green']) } : {}),
  };
}
