/** What tells one rider apart from everybody else in view, as the slots of a prompt (pure). */
import type { ClothingColour } from '../domain';
import type { Rider } from '../rider/riders';

export interface Description {
  /** Clothing colour of the person who is spoken to; null when unsure or when it fits somebody else too. */
  readonly colour: ClothingColour | null;
}

/**
 * Speaks to the driver by the colour of the clothes; when another visible person wears the same colour the
 * colour is left out, because a prompt that fits two people singles out nobody.
 */
export function describe(subject: Rider, visible: readonly Rider[]): Description {
  const addressee = subject.persons.find((person) => person.seat === 'driver') ?? subject.persons[0];
  const colour = addressee?.upperColour?.name ?? null;
  if (colour === null) return { colour: null };
  const others = visible.filter((rider) => rider.trackId !== subject.trackId && rider.isVisible);
  const isShared = others.some((rider) => rider.persons.some((person) => person.upperColour?.name === colour));
  return { colour: isShared ? null : colour };
}
