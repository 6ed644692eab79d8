/** Which head of this frame is which known person's on the vehicle, and where that is not sure (pure). */
import { assign } from '../tracker/assignment';

export interface Match {
  /** Indices of the known place and the head seen. */
  readonly place: number;
  readonly head: number;
  /** From where it was, in head heights. */
  readonly distance: number;
  /** Far from where it was. */
  readonly isJump: boolean;
  /** Places whose head this may be just as well. */
  readonly rivals: readonly number[];
}

/** A place takes heads within this many head heights; then, for what is left, within the wide gate. */
const NEAR_GATE_HEADS = 1.2;
const WIDE_GATE_HEADS = 3.5;
/** Two ways to match that differ by less than this many head heights are equally likely. */
const SURE_BY_HEADS = 0.5;

/** @param distances [place][head] in head heights */
export function matchHeads(distances: readonly (readonly number[])[]): Match[] {
  const at = (place: number, head: number): number => distances[place]?.[head] ?? Infinity;
  let places = distances.map((_, place) => place);
  let heads = (distances[0] ?? []).map((_, head) => head);
  const pairs: { place: number; head: number; isJump: boolean }[] = [];
  for (const gate of [NEAR_GATE_HEADS, WIDE_GATE_HEADS]) {
    const cost = places.map((place) => heads.map((head) => at(place, head)));
    const found = assign(cost, gate).flatMap(([p, h]) => {
      const [place, head] = [places[p], heads[h]];
      return place === undefined || head === undefined ? [] : [{ place, head, isJump: gate === WIDE_GATE_HEADS }];
    });
    pairs.push(...found);
    places = places.filter((place) => !found.some((one) => one.place === place));
    heads = heads.filter((head) => !found.some((one) => one.head === head));
  }
  return pairs.map((pair) => {
    const isRival = (other: number): boolean => {
      const theirs = pairs.find((one) => one.place === other);
      const asFound = at(pair.place, pair.head) + (theirs === undefined ? 0 : at(other, theirs.head));
      const exchanged = at(other, pair.head) + (theirs === undefined ? 0 : at(pair.place, theirs.head));
      return exchanged - asFound < SURE_BY_HEADS;
    };
    return {
      ...pair,
      distance: at(pair.place, pair.head),
      rivals: distances.flatMap((_, place) => (place !== pair.place && isRival(place) ? [place] : [])),
    };
  });
}
