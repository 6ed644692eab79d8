/** One place on a vehicle: where its head is, what was seen of it, and whether it is still the same person's. */
import type { BoundingBox, ClothingColour, HeadDetection, NamedGarment } from '../domain';
import type { Point } from '../geometry';
import { type HeadVote, NO_VOTE } from './head-vote';
import { clothesOf, doubtful, type Identity, seeClothes, sureSince, withoutNobody } from './identity';
import { addName, type NameVote, noNames } from './name-vote';
import { addPlace, type HeadPlace, headPlace, isCovered, type ParkedRules } from './parked';
import { relative } from './seating';

/** A place on a vehicle and who sits there. */
export interface Slot {
  readonly n: number;
  /** Head centre relative to the vehicle box, 0–1, and head height relative to its height. */
  at: Point;
  heightRatio: number;
  firstSeenMs: number;
  lastSeenMs: number;
  frames: number;
  meanConfidence: number;
  places: HeadPlace[];
  vote: HeadVote;
  garments: NameVote<NamedGarment>;
  driverVotes: number;
  /** Mean of what the looks say of a child in front of whoever is next above; null where nobody was. */
  childLean: number | null;
  childLooks: number;
  head: HeadDetection | null;
  identity: Identity;
  /** Who may be lifting a helmet, if this is not a head but that. */
  readonly wearer: Slot | null;
  /** When it was given the head that was taken for its helmet's. */
  tookOverMs: number | null;
}

/** The frame a vehicle is seen in. */
export interface Moment {
  readonly nowMs: number;
  readonly walkers: readonly BoundingBox[];
}

/** The vehicle a head is seen on. */
export interface Seen extends Moment, Pick<ParkedRules, 'parkedStepHeads'> {
  readonly box: BoundingBox;
  readonly aspect: number;
}

/** A head that is far from its place on the vehicle but this near to where it was in the picture has not moved: the box has. */
const STAYED_HEADS = 1.2;
/** Sizes and leanings are means of about so many looks. */
const SMOOTHED_LOOKS = 10;

export function newSlot(n: number, head: HeadDetection, seen: Seen & { readonly wearer: Slot | null }): Slot {
  const slot: Slot = {
    n,
    at: relative(head.box, seen.box),
    heightRatio: head.box.h / seen.box.h,
    firstSeenMs: seen.nowMs,
    lastSeenMs: seen.nowMs,
    frames: 0,
    meanConfidence: head.confidence,
    places: [],
    vote: NO_VOTE,
    garments: noNames(),
    driverVotes: 0,
    childLean: null,
    childLooks: 0,
    head: null,
    identity: sureSince(seen.nowMs),
    wearer: seen.wearer,
    tookOverMs: null,
  };
  see(slot, head, seen);
  return slot;
}

/** Where the head should be now, when nobody looked: where it was on the vehicle. */
export function carried(slot: Slot, head: HeadDetection, box: BoundingBox): HeadDetection {
  const h = slot.heightRatio * box.h;
  const w = (head.box.w * h) / head.box.h;
  return { ...head, box: { x: box.x + slot.at[0] * box.w - w / 2, y: box.y + slot.at[1] * box.h - h / 2, w, h } };
}

export function see(slot: Slot, head: HeadDetection, seen: Seen): void {
  const { box, nowMs } = seen;
  if (!isCovered(head.box, box, seen.walkers))
    slot.places = addPlace(slot.places, headPlace(head.box, box, seen), seen);
  slot.at = relative(head.box, box);
  slot.frames += 1;
  const share = 1 / Math.min(slot.frames, SMOOTHED_LOOKS);
  slot.heightRatio += share * (head.box.h / box.h - slot.heightRatio);
  slot.meanConfidence += share * (head.confidence - slot.meanConfidence);
  slot.lastSeenMs = nowMs;
  slot.head = head;
  slot.identity = withoutNobody(slot.identity);
  if (head.upperColour !== undefined) slot.identity = seeClothes(slot.identity, head.upperColour);
  if (head.garment !== undefined) slot.garments = addName(slot.garments, head.garment);
}

/** One more look at this head below another. */
export function leanTo(slot: Slot, lean: number): void {
  slot.childLooks = slot.childLean === null ? 1 : Math.min(slot.childLooks + 1, SMOOTHED_LOOKS);
  const before = slot.childLean ?? 0;
  slot.childLean = before + (lean - before) / slot.childLooks;
}

/** What was seen until now may be somebody else's: whoever is not decided yet is looked at anew. */
export function doubt(slot: Slot, why: Parameters<typeof doubtful>[1], nowMs: number): void {
  slot.identity = doubtful(slot.identity, why, nowMs);
  if (slot.vote.state === 'unknown') slot.vote = NO_VOTE;
}

export function worn(slot: Slot): ClothingColour | null {
  return clothesOf(slot.identity)?.name ?? null;
}

export function hasStayed({ places }: Slot, head: HeadDetection, { box, ...at }: Seen): boolean {
  const last = places.at(-1);
  if (last === undefined) return false;
  const [[x, y], [lastX, lastY]] = [headPlace(head.box, box, at).inPicture, last.inPicture];
  return Math.hypot(x - lastX, y - lastY) <= STAYED_HEADS * head.box.h;
}
