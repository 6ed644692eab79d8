/** The three-wheeler: an e-bike in front, a tub on two wheels behind. Its roof is the e-bike's canopy. */
import { randomFrom } from '../random';
import { buildWheel, DARK, type TwoWheeler, type TwoWheelerOptions } from './cycle-parts';
import { buildEbike } from './ebike';
import { colourOf } from './palette';
import { Builder, roundedBox } from './shapes';

const WHEEL_M = 0.23;
const AXLE_Z = -1.1;
const HALF_TRACK_M = 0.42;

export function buildTricycle(options: TwoWheelerOptions, seed: number): TwoWheeler {
  const front = buildEbike({ ...options, topBox: false }, seed);
  const paint = colourOf(options.colour, randomFrom(seed));
  const tub = new Builder();
  tub.add(roundedBox(0.86, 0.06, 1.02, 0.02), 'gloss', paint, { at: [0, 0.52, AXLE_Z] });
  for (const side of [-1, 1]) {
    tub.add(roundedBox(0.05, 0.34, 1.02, 0.02), 'gloss', paint, { at: [side * 0.42, 0.68, AXLE_Z] });
    tub.add(roundedBox(0.86, 0.34, 0.05, 0.02), 'gloss', paint, { at: [0, 0.68, AXLE_Z + side * 0.5] });
  }
  tub.add(roundedBox(0.66, 0.3, 0.3, 0.06), 'hair', DARK, { at: [0, 0.68, AXLE_Z - 0.28] });
  front.root.add(tub.build());
  const rear = [-HALF_TRACK_M, HALF_TRACK_M].map((x) => {
    const group = buildWheel(WHEEL_M, 0.1, { spokes: 5, hub: 0.07 });
    group.position.set(x, WHEEL_M, AXLE_Z);
    front.root.add(group);
    return { group, radiusM: WHEEL_M };
  });
  return { ...front, wheels: [...front.wheels, ...rear], passengerZ: AXLE_Z - 0.2 };
}
