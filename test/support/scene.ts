/** Builders of what a camera sees and what riders look like, for tests of the core. */
import type { BoundingBox, ClothingColour, Detection, HeadDetection, NamedGarment } from '../../src/domain';
import type { Person, Rider } from '../../src/rider/riders';
import type { Track } from '../../src/tracker/tracker';

/** A box around its centre. */
export function around(cx: number, cy: number, size: { readonly w: number; readonly h: number }): BoundingBox {
  return { x: cx - size.w / 2, y: cy - size.h / 2, w: size.w, h: size.h };
}

export interface HeadLook {
  /** Probability of a helmet among the readable part, 0–1. */
  readonly worn: number;
  readonly unreadable?: number;
  readonly confidence?: number;
  readonly sharpness?: number;
  readonly colour?: ClothingColour;
  readonly garment?: NamedGarment | undefined;
}

export function head(box: BoundingBox, look: HeadLook): HeadDetection {
  const { worn, unreadable = 0, confidence = 0.9, sharpness = 0.1, colour, garment } = look;
  return {
    box,
    confidence,
    worn: worn * (1 - unreadable),
    notWorn: (1 - worn) * (1 - unreadable),
    unreadable,
    sharpness,
    ...(colour === undefined ? {} : { upperColour: { name: colour, score: 0.9 } }),
    ...(garment === undefined ? {} : { garment: { name: garment, score: 0.9 } }),
  };
}

export function group(box: BoundingBox, heads: readonly HeadDetection[] = [], confidence = 0.9): Detection {
  return { label: 'rider_group', box, confidence, heads };
}

export function track(detection: Detection | null, rest: Partial<Track> = {}): Track {
  return {
    id: 1,
    status: detection === null ? 'lost' : 'confirmed',
    box: detection?.box ?? { x: 0.4, y: 0.4, w: 0.1, h: 0.2 },
    velocity: { x: 0, y: 0 },
    firstSeenMs: 0,
    lastSeenMs: 0,
    detection,
    link: null,
    ...rest,
  };
}

export function person(id: string, rest: Partial<Person> = {}): Person {
  return {
    id,
    seat: 'driver',
    isSeatSure: true,
    head: { x: 0.45, y: 0.4, w: 0.03, h: 0.04 },
    state: 'not_worn',
    supportedSinceMs: null,
    isTurning: false,
    sameSinceMs: 0,
    votes: { worn: 0, notWorn: 5 },
    score: 0.95,
    upperColour: null,
    garment: null,
    ...rest,
  };
}

export function rider(persons: readonly Person[], rest: Partial<Rider> = {}): Rider {
  return {
    trackId: 1,
    box: { x: 0.4, y: 0.4, w: 0.1, h: 0.3 },
    isVisible: true,
    persons,
    isAddressable: true,
    heading: [0, 1],
    firstSeenMs: 0,
    lastSeenMs: 0,
    ...rest,
  };
}
