/** Whom a box at a moment means (pure). */
import type { BoundingBox, Seat } from '../domain';
import { centre, iou } from '../geometry';
import type { Truth, TruthFrame, TruthPerson, TruthVehicle } from './clip';

/** A real clip may be labelled once a second: further away than this a label says nothing. */
const NEAREST_S = 0.6;
/** Overlap from which a box means a vehicle: event boxes hold the same body and may be a frame old. */
const SAME_VEHICLE_IOU = 0.3;

/** The labelled frame nearest to `atS`; null where none is near. */
export function frameAt(truth: Pick<Truth, 'frames'>, atS: number): TruthFrame | null {
  let best: TruthFrame | null = null;
  for (const frame of truth.frames) {
    if (best === null || Math.abs(frame.t - atS) < Math.abs(best.t - atS)) best = frame;
  }
  return best !== null && Math.abs(best.t - atS) <= NEAREST_S ? best : null;
}

export function vehicleOf(frame: TruthFrame, box: BoundingBox): TruthVehicle | null {
  const [best] = [...frame.vehicles].sort((one, other) => iou(other.box, box) - iou(one.box, box));
  return best !== undefined && iou(best.box, box) >= SAME_VEHICLE_IOU ? best : null;
}

/** Further than this many head heights from where the service saw it, a head is another's. */
const SAME_HEAD_HEADS = 1;

/** Whose head a box is; null where nobody's is near. */
export function personAt({ persons }: TruthVehicle, head: BoundingBox): TruthPerson | null {
  const away = ({ head: own }: TruthPerson): number =>
    own === null
      ? Infinity
      : Math.abs(centre(own)[1] - centre(head)[1]) / own.h + Math.abs(centre(own)[0] - centre(head)[0]) / own.w;
  const [nearest] = [...persons].sort((one, other) => away(one) - away(other));
  return nearest !== undefined && away(nearest) <= SAME_HEAD_HEADS ? nearest : null;
}

/** Somebody in that seat, else the only one who sits behind: a child taken for a passenger is the same person. */
export function personOn(vehicle: TruthVehicle, seat: Seat): TruthPerson | null {
  const exact = vehicle.persons.find((person) => person.seat === seat);
  if (exact !== undefined || seat === 'driver') return exact ?? null;
  const [behind, ...more] = vehicle.persons.filter((person) => person.seat !== 'driver');
  return more.length === 0 ? (behind ?? null) : null;
}

/** What else stands where a box is, where no vehicle is. */
export function pedestrianOf(frame: TruthFrame, box: BoundingBox): string | null {
  return frame.pedestrians.find((one) => iou(one.box, box) >= SAME_VEHICLE_IOU)?.id ?? null;
}

/** How often the vehicles that are ridden changed the number they are followed under. */
export function idSwitches({ truth, tracks }: { readonly truth: Truth; readonly tracks: readonly Tracked[] }): number {
  const last = new Map<string, number>();
  let switches = 0;
  for (const { t, riders } of tracks) {
    const frame = frameAt(truth, t);
    if (frame === null) continue;
    for (const [vehicleId, trackId] of pairs(frame, riders)) {
      const before = last.get(vehicleId);
      if (before !== undefined && before !== trackId) switches += 1;
      last.set(vehicleId, trackId);
    }
  }
  return switches;
}

interface Tracked {
  readonly t: number;
  readonly riders: readonly { readonly trackId: number; readonly box: BoundingBox }[];
}

/** Overlap from which a track surely follows a vehicle. */
const FOLLOWED_IOU = 0.5;

/** Best overlaps first, each vehicle and each track once. */
function pairs({ vehicles }: TruthFrame, riders: Tracked['riders']): [string, number][] {
  const candidates = vehicles
    .filter(({ ridden }) => ridden)
    .flatMap((vehicle) => riders.map((rider) => ({ vehicle, rider, overlap: iou(vehicle.box, rider.box) })))
    .filter(({ overlap }) => overlap >= FOLLOWED_IOU)
    .sort((one, other) => other.overlap - one.overlap);
  const taken = new Map<string, number>();
  for (const { vehicle, rider } of candidates) {
    const isTaken = taken.has(vehicle.id) || [...taken.values()].includes(rider.trackId);
    if (!isTaken) taken.set(vehicle.id, rider.trackId);
  }
  return [...taken];
}
