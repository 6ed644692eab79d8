/** What the truth says of each person who rides (pure). */
import type { Seat } from '../domain';
import type { CastPerson, Truth } from './clip';

export type TrueOutcome = 'corrected' | 'not_corrected';

export interface PersonFacts {
  readonly id: string;
  readonly vehicleId: string;
  readonly kind: string;
  readonly seat: Seat;
  readonly upperColour: CastPerson['upperColour'];
  /** For how long a bare head could be seen. */
  readonly bareS: number;
  /** First moment at which a bare head could be seen; null = never. */
  readonly firstBareS: number | null;
  /** From when the helmet is on for good; null where the last sight is bare. */
  readonly wornFromS: number | null;
  /** Median height of the head while it is bare and to be seen, pixels; of all sights where it never is bare; 0 = never seen. */
  readonly headPx: number;
  readonly outcome: TrueOutcome | null;
}

/** Somebody whose bare head could be seen for so long should have been noticed: two seconds of votes and one to arrive. */
export const DUE_S = 3;

export function isDue({ bareS }: PersonFacts): boolean {
  return bareS >= DUE_S;
}

interface Sight {
  readonly t: number;
  readonly lengthS: number;
  readonly state: 'worn' | 'not_worn';
  readonly headPx: number | null;
}

export function factsOf(truth: Truth): readonly PersonFacts[] {
  const sights = sightsOf(truth);
  return truth.actors.flatMap((actor) =>
    actor.persons.flatMap((person): PersonFacts[] => {
      const seen = sights.get(person.id) ?? [];
      const last = seen.at(-1);
      // Never on a vehicle that is ridden: a pedestrian, a pusher, a dummy.
      if (last === undefined) return [];
      const bare = seen.filter(({ state, headPx }) => state === 'not_worn' && headPx !== null);
      const heads = (bare.length > 0 ? bare : seen).flatMap(({ headPx }) => (headPx === null ? [] : [headPx]));
      const lastBare = seen.findLastIndex(({ state }) => state === 'not_worn');
      const wornFromS = seen[lastBare + 1]?.t ?? null;
      const corrected = wornFromS === null ? 'not_corrected' : 'corrected';
      return [
        {
          ...{ id: person.id, vehicleId: actor.id, kind: actor.kind, seat: person.seat },
          upperColour: person.upperColour,
          bareS: bare.reduce((sum, { lengthS }) => sum + lengthS, 0),
          firstBareS: bare[0]?.t ?? null,
          wornFromS,
          headPx: median(heads),
          outcome: bare.length === 0 ? null : corrected,
        },
      ];
    }),
  );
}

function sightsOf({ frames, video }: Truth): Map<string, Sight[]> {
  const sights = new Map<string, Sight[]>();
  frames.forEach(({ t, vehicles }, index) => {
    const lengthS = (frames[index + 1]?.t ?? t + 1 / video.fps) - t;
    for (const { ridden, persons } of vehicles) {
      if (!ridden) continue;
      for (const { id, state, head } of persons) {
        const list = sights.get(id) ?? [];
        list.push({ t, lengthS, state, headPx: head === null ? null : head.h * video.height });
        sights.set(id, list);
      }
    }
  });
  return sights;
}

/** Upper one of two middles; 0 of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
