/**
 * A helmet that is lifted over the head is found as a second head for a moment. When one head is left, it is nearer to where
 * the helmet was than to where the head was; all the same it is the head of whoever sat there alone (pure).
 */
import type { Match } from './head-match';
import { isMoment } from './identity';
import type { Slot } from './slot';

/** Alone on the vehicle for so many looks, and for longer than a helmet takes to be put on. */
const ALONE_LOOKS = 8;
/** Head heights from the head within which a helmet that is being lifted is first found. */
const BESIDE_HEADS = 1.2;
/** … and within which the head with the helmet on is of where it was without. */
const ON_HEADS = 0.8;

/** Whose helmet a head seen for the first time may be. */
export function wearerOf(slots: readonly Slot[], headsAway: (slot: Slot) => number, nowMs: number): Slot | null {
  const [only, ...others] = slots.filter(({ wearer }) => wearer === null);
  if (only === undefined || others.length > 0) return null;
  const isAlone = only.frames >= ALONE_LOOKS && !isMoment(nowMs - only.firstSeenMs);
  return isAlone && headsAway(only) <= BESIDE_HEADS ? only : null;
}

/**
 * @param distances [place][head] in head heights
 * @returns the matches, heads taken for a lifted helmet's given to its wearer; the places of such helmets, which are nobody's
 */
export function withoutHelmets(
  matches: readonly Match[],
  slots: readonly Slot[],
  { distances, nowMs }: { readonly distances: readonly (readonly number[])[]; readonly nowMs: number },
): { readonly matches: readonly Match[]; readonly helmets: readonly Slot[] } {
  const isHelmet = ({ wearer, firstSeenMs }: Slot): boolean => wearer !== null && isMoment(nowMs - firstSeenMs);
  const helmets: Slot[] = [];
  const settled = matches.map((match) => {
    const slot = slots[match.place];
    const rivals = match.rivals.filter((rival) => !slots.some((one, at) => at === rival && isHelmet(one)));
    const wearer = slot?.wearer ?? null;
    const place = wearer === null ? -1 : slots.indexOf(wearer);
    const distance = distances[place]?.[match.head] ?? Infinity;
    const isHidden = matches.every((other) => other.place !== place);
    if (slot === undefined || !isHelmet(slot) || !isHidden || distance > ON_HEADS) return { ...match, rivals };
    helmets.push(slot);
    return { ...match, place, distance, isJump: false, rivals: [] };
  });
  return { matches: settled, helmets };
}
