/**
 * Whom a prompt speaks to, and the fewest words that fit nobody else in view (pure). Clothes come first; a side is added
 * where they do not tell two people apart, then the seat. A side alone is said only of somebody whose clothes are not
 * known: it fits people beyond the picture too. Whoever cannot be told apart is not described.
 */
import type { ClothingColour, NamedGarment, Seat, Side } from '../domain';
import { footPoint } from '../geometry';
import type { Person, Rider } from '../rider/riders';

/** The prompts the service chooses from. `basket` and `cap` are for a site's own wording: nothing tells them apart yet. */
export type PhraseId = 'base' | 'captured' | 'passenger' | 'child' | 'both' | 'again' | 'thanks' | 'group';

/** The words for one person. `addressee` only where it is not the rider. */
export interface Words {
  readonly colour?: ClothingColour;
  readonly garment?: NamedGarment;
  readonly side?: Side;
  readonly seat?: 'driver' | 'passenger';
  readonly addressee?: 'passenger';
}

/** Who was meant, and by which properties. */
export interface Described {
  readonly seat: Seat;
  readonly colour?: ClothingColour;
  readonly garment?: NamedGarment;
  readonly side?: Side;
}

export interface Addressing {
  readonly phraseId: PhraseId;
  readonly words: Words;
  /** Null for the neutral form, which singles out nobody. */
  readonly described: Described | null;
}

export interface View {
  readonly riders: readonly Rider[];
  /** Width ÷ height of the picture. */
  readonly aspect: number;
}

/** @param wanted the phrase, and the persons of `subject` it is about */
export function addressing(
  wanted: { readonly phraseId: PhraseId; readonly personIds: readonly string[] },
  subject: Rider,
  view: View,
): Addressing {
  const { phraseId } = wanted;
  for (const person of listeners(wanted, subject)) {
    const words = describe(person, subject, view);
    if (words === null) continue;
    const described: Described = { ...words, seat: person.seat };
    if (person.seat !== 'passenger' || !person.isSeatSure) return { phraseId, words, described };
    // Who sits behind is asked directly where the driver cannot be described.
    return {
      phraseId: phraseId === 'passenger' ? 'base' : phraseId,
      words: { ...words, addressee: 'passenger' },
      described,
    };
  }
  return { phraseId, words: {}, described: null };
}

/** Who may be spoken to, the best first: the driver for everybody on the vehicle, else whoever is to put a helmet on. */
function listeners(
  { phraseId, personIds }: { readonly phraseId: PhraseId; readonly personIds: readonly string[] },
  { persons }: Rider,
): Person[] {
  const driver = persons.filter((person) => person.seat === 'driver');
  const bare = persons.filter((person) => personIds.includes(person.id));
  const behind = bare.filter(({ seat, isSeatSure }) => seat === 'passenger' || !isSeatSure);
  switch (phraseId) {
    case 'thanks':
    case 'group':
      return [];
    case 'child':
    case 'both':
      return driver;
    case 'passenger':
      return [...driver, ...behind];
    default:
      return [...new Set([...bare.filter((person) => person.seat === 'driver'), ...behind])].slice(0, 1);
  }
}

/** @returns null where no words fit this person alone */
export function describe(person: Person, subject: Rider, view: View): Words | null {
  const { upperColour, garment } = person;
  const clothes: Words = {
    ...(upperColour === null ? {} : { colour: upperColour.name }),
    ...(garment === null ? {} : { garment: garment.name }),
  };
  const seats: Words[] = person.seat === 'child' || !person.isSeatSure ? [] : [{ seat: person.seat }];
  const others = everybodyElse(person, subject, view.riders);
  // Somebody of unknown clothes may wear the same; where nothing excludes them, those who surely fit must do.
  for (const counts of [['surely', 'perhaps'], ['surely']]) {
    for (const words of [clothes, ...seats.map((seat) => ({ ...clothes, ...seat }))]) {
      const rivals = others.filter((other) => counts.includes(fits(words, other)));
      const hasClothes = words.colour !== undefined || words.garment !== undefined;
      if (rivals.length === 0 && hasClothes) return words;
      const side = sideAmong(
        rivals.map((rival) => rival.rider),
        subject,
        view.aspect,
      );
      if (side !== null) return { ...words, side };
    }
  }
  return null;
}

interface Other extends Pick<Person, 'seat' | 'isSeatSure' | 'upperColour' | 'garment'> {
  readonly rider: Rider;
  /** In the same seat of another vehicle: the words could mean him if he wore the same. */
  readonly isPeer: boolean;
}

function everybodyElse(person: Person, subject: Rider, riders: readonly Rider[]): Other[] {
  const inView = riders.filter((rider) => rider.isVisible || rider.trackId === subject.trackId);
  return inView.flatMap((rider): Other[] => {
    const isElsewhere = rider.trackId !== subject.trackId;
    // Somebody rides it, though nobody has been found on it yet.
    const persons = rider.persons.length > 0 || !isElsewhere ? rider.persons : [UNSEEN_DRIVER];
    return persons
      .filter((other) => isElsewhere || ('id' in other && other.id !== person.id))
      .map(({ seat, isSeatSure, upperColour, garment }) => ({
        ...{ seat, isSeatSure, upperColour, garment, rider },
        isPeer: isElsewhere && seat === person.seat,
      }));
  });
}

const UNSEEN_DRIVER = { seat: 'driver', isSeatSure: true, upperColour: null, garment: null } as const;

/** Whether somebody who hears these words may think that they are meant; sides are judged among all who may. */
function fits(words: Words, { seat, isSeatSure, upperColour, garment, isPeer }: Other): 'surely' | 'perhaps' | 'no' {
  if (words.seat !== undefined && words.seat !== seat && isSeatSure) return 'no';
  const pairs = [
    [words.colour, upperColour?.name],
    [words.garment, garment?.name],
  ].filter(([said]) => said !== undefined);
  if (pairs.some(([said, worn]) => worn !== undefined && worn !== said)) return 'no';
  if (pairs.length === 0 || pairs.some(([, worn]) => worn !== undefined)) return 'surely';
  return isPeer ? 'perhaps' : 'no';
}

/** Left and right of a rider are told by this share of a rider's height in the picture: an arm's length … */
const CLEARLY_BESIDE = 0.35;
/** … and before and behind by this one: a metre along the road, seen from a few metres above. */
const CLEARLY_AHEAD = 0.35;
/** Where less of the way runs along the picture's height, left and ahead cannot be told from one another. */
const MIN_DEPTH = 0.35;

/**
 * The side on which the subject is clearly beyond all rivals. It is the riders' own, looking ahead: in traffic 靠左 always
 * means that, so those who do not face the camera are not misled. Null where they do not all go the same way.
 */
function sideAmong(rivals: readonly Rider[], subject: Rider, aspect: number): Side | null {
  const ways = [subject, ...rivals].map(({ heading: [, down] }) => (Math.abs(down) < MIN_DEPTH ? 0 : Math.sign(down)));
  const [way = 0] = ways;
  if (rivals.length === 0 || way === 0 || ways.some((one) => one !== way)) return null;
  const offsets = rivals.map((rival) => offset(subject, rival, { aspect, way }));
  if (offsets.every(({ left }) => left >= CLEARLY_BESIDE)) return 'left';
  if (offsets.every(({ left }) => left <= -CLEARLY_BESIDE)) return 'right';
  if (offsets.every(({ ahead }) => ahead >= CLEARLY_AHEAD)) return 'front';
  if (offsets.every(({ ahead }) => ahead <= -CLEARLY_AHEAD)) return 'back';
  return null;
}

/** How far the subject is to the left of and ahead of a rival, in the mean height of both. `way` 1 = towards the camera. */
function offset(
  subject: Rider,
  rival: Rider,
  { aspect, way }: { readonly aspect: number; readonly way: number },
): { readonly left: number; readonly ahead: number } {
  const [x, y] = footPoint(subject.box);
  const [rivalX, rivalY] = footPoint(rival.box);
  const [across, down] = subject.heading;
  const depth = y - rivalY;
  // What riding up to the other's row would move it sideways is no side.
  const beside = (x - rivalX) * aspect - (across / down) * depth;
  const height = (subject.box.h + rival.box.h) / 2;
  return { left: (way * beside) / height, ahead: (way * depth) / height };
}
