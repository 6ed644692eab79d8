/**
 * The nouns of the service. Imports nothing.
 * Boxes are in 0–1 picture coordinates, times in milliseconds since the epoch (live) or since the start (recordings).
 */

/** Axis-aligned box, 0–1 of the picture: x, y is the top left corner. */
export interface BoundingBox {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** One analysed picture: interleaved RGB, 8 bits a channel, rows without padding. */
export interface Frame {
  readonly cameraId: string;
  /** Counts analysed frames of this camera from 0. */
  readonly index: number;
  readonly capturedAtMs: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixels: Uint8Array;
}

/** What a helmet check says of one head. `unknown` never leads to a prompt. */
export type HeadState = 'worn' | 'not_worn' | 'unknown';

/** Place on the vehicle. */
export type Seat = 'driver' | 'passenger' | 'child';

/** Upper-clothing colours the service can name. */
export const CLOTHING_COLOURS = [
  'black',
  'white',
  'grey',
  'red',
  'orange',
  'yellow',
  'green',
  'blue',
  'purple',
  'pink',
  'brown',
] as const;
export type ClothingColour = (typeof CLOTHING_COLOURS)[number];

/** Upper garments the service can name; "clothes" stands for one it is not sure of. */
export const NAMED_GARMENTS = [
  'shirt',
  't_shirt',
  'jacket',
  'coat',
  'vest',
  'sweater',
  'down_jacket',
  'raincoat',
  'uniform',
  'dress',
] as const;
export type NamedGarment = (typeof NAMED_GARMENTS)[number];

/** Where somebody is among those they could be taken for, as the riders themselves see it when they look ahead. */
export const SIDES = ['left', 'right', 'front', 'back'] as const;
export type Side = (typeof SIDES)[number];

/** One look at one head: probabilities that sum to 1. */
export interface HeadDetection {
  readonly box: BoundingBox;
  /** The finder's confidence that this is a head, 0–1. */
  readonly confidence: number;
  readonly worn: number;
  readonly notWorn: number;
  /** Not a head, or one that nobody could judge. */
  readonly unreadable: number;
  /** Of the crop, 0 = a smear; where it was measured. */
  readonly sharpness?: number;
  readonly upperColour?: { readonly name: ClothingColour; readonly score: number };
  readonly garment?: { readonly name: NamedGarment; readonly score: number };
}

/** `rider_group` = two-wheeler with everybody on it; `two_wheeler` = one nobody rides (parked or pushed); `person` = nobody's rider. */
export type DetectionLabel = 'rider_group' | 'two_wheeler' | 'person';

export interface Detection {
  readonly label: DetectionLabel;
  readonly box: BoundingBox;
  readonly confidence: number;
  /** Heads inside a rider group; empty for the other labels. */
  readonly heads: readonly HeadDetection[];
  /** Nobody looked for its heads in this frame: nothing hangs on them, or there were too many vehicles. */
  readonly isPassedOver?: boolean;
}

/** Spoken languages: BCP 47. `wuu` is Wu Chinese, here its Changxing dialect. */
export type PromptLanguage = 'zh-CN' | 'wuu';

/** What confirms that a prompt was played. */
export const PLAYBACK_PROOFS = ['player', 'sound', 'file', 'device', 'receiver_report'] as const;
export type PlaybackProof = (typeof PLAYBACK_PROOFS)[number];

export function assertNever(value: never): never {
  throw new Error(`unreachable: ${JSON.stringify(value)}`);
}
