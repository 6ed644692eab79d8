/** How much hangs on the heads of a vehicle: where there are more than can be looked at, these decide the order (pure). */
import type { Rider } from '../rider/riders';
import type { Interest } from '../vision/attention';
import type { VehicleState } from './machine';

/** @param rider undefined where nobody was found on it yet; `state` where nothing was decided yet */
export function interestIn(rider: Rider | undefined, state: VehicleState | undefined): Interest {
  const incidents = state?.incidents ?? [];
  if (incidents.some((incident) => incident.outcome === null)) return 'watched';
  const isDone = ({ id, state: head }: Rider['persons'][number]): boolean =>
    head === 'worn' || incidents.some((incident) => incident.personId === id);
  return rider !== undefined && rider.persons.length > 0 && rider.persons.every(isDone) ? 'settled' : 'undecided';
}
