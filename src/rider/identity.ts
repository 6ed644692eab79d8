/**
 * Whether a place on a vehicle is still taken by the same person (pure). A gap, a jump or somebody who could have been
 * mistaken for them raises a doubt; the colour of the clothes, seen anew, can lay it to rest or confirm it.
 */
import type { ClothingColour } from '../domain';
import type { Link } from '../tracker/tracker';
import { addName, type NameVote, noNames } from './name-vote';

export interface Identity {
  /** Nobody else can have taken the place since then. */
  readonly sameSinceMs: number;
  readonly clothes: NameVote<ClothingColour>;
  readonly doubt: Doubt | null;
}

interface Doubt {
  readonly atMs: number;
  /** Those who may have taken the place. */
  readonly rivals: Rivals;
  /** What is worn at that place since. */
  readonly since: NameVote<ClothingColour>;
  /** Raised by nothing but vehicles that came near: how they go on can lay it to rest. */
  readonly isMeeting: boolean;
}

/**
 * What each person on one vehicle, or at one place, wears as far as it is known by now, null for whoever nobody could
 * describe yet; `nobody` once it has turned out that there was none.
 */
export type Rival = () => readonly (ClothingColour | null)[] | 'nobody';
/** Empty where it is only a gap or a jump. */
export type Rivals = readonly Rival[];

/** Doubts within this time are one: nobody is found bare-headed in so short a time. */
const ONE_DOUBT_MS = 500;
/** Behind a van for longer than this, or unseen, somebody may have changed places. */
const MAX_GAP_MS = 1000;
/** Found with less of the expected box covered than this, it may be another vehicle. */
const MIN_OVERLAP = 0.2;
/** Two looks missed in between at most, and less than half a head moved. */
const STILL_MS = 600;
const STILL_HEADS = 0.4;
/** A helmet is lifted over the head in less; getting off and somebody else getting on takes longer. */
const MAX_HEAD_GAP_MS = 3000;

export function isLooseLink({ gapMs, overlap }: Link): boolean {
  return gapMs > MAX_GAP_MS || overlap < MIN_OVERLAP;
}

/** Seen there just now and hardly moved since: whoever is hidden has not taken the place. */
export function isHeldStill(unseenMs: number, stepHeads: number): boolean {
  return unseenMs <= STILL_MS && stepHeads <= STILL_HEADS;
}

/** A head unseen for no longer than this has not changed places. */
export function isMoment(unseenMs: number): boolean {
  return unseenMs <= MAX_HEAD_GAP_MS;
}

export function sureSince(nowMs: number): Identity {
  return { sameSinceMs: nowMs, clothes: noNames(), doubt: null };
}

/**
 * From now on it may be somebody else.
 * @param metSinceMs since when vehicles that could be taken for each other are near; null = that is not why
 */
export function doubtful(
  identity: Identity,
  { rivals, metSinceMs }: { readonly rivals: Rivals; readonly metSinceMs: number | null },
  nowMs: number,
): Identity {
  const { doubt } = identity;
  const since = noNames<ClothingColour>();
  const isMeeting = metSinceMs !== null;
  if (doubt === null) return { ...identity, doubt: { atMs: nowMs, rivals, since, isMeeting } };
  if (isMeeting && doubt.isMeeting && doubt.atMs >= metSinceMs)
    return { ...identity, doubt: { ...doubt, rivals: [...doubt.rivals, ...rivals], since } };
  if (nowMs - doubt.atMs <= ONE_DOUBT_MS) {
    const both = { rivals: [...doubt.rivals, ...rivals], isMeeting: isMeeting && doubt.isMeeting };
    return { ...identity, doubt: { atMs: nowMs, since, ...both } };
  }
  // Whoever was there in between stays unknown for good; only they can be told from whoever comes now.
  return { sameSinceMs: doubt.atMs, clothes: doubt.since, doubt: { atMs: nowMs, rivals, since, isMeeting } };
}

/** Whoever it met since then has gone on by themselves: what that alone had raised is laid to rest. */
export function told(identity: Identity, metSinceMs: number): Identity {
  const { doubt } = identity;
  return doubt?.isMeeting === true && doubt.atMs >= metSinceMs ? { ...identity, doubt: null } : identity;
}

/** What turned out to be no rider can have taken nobody's place. */
export function withoutNobody(identity: Identity): Identity {
  const { doubt } = identity;
  const isVoid = doubt?.isMeeting === true && doubt.rivals.every((rival) => rival() === 'nobody');
  return isVoid ? { ...identity, doubt: null } : identity;
}

/** One look at the clothes. */
export function seeClothes(
  identity: Identity,
  look: { readonly name: ClothingColour; readonly score: number },
): Identity {
  const { clothes, doubt } = identity;
  if (doubt === null) return { ...identity, clothes: addName(clothes, look) };
  const since = addName(doubt.since, look);
  const [before, now] = [clothes.named?.name, since.named?.name];
  if (before === undefined || now === undefined) return { ...identity, doubt: { ...doubt, since } };
  if (now !== before) return { sameSinceMs: doubt.atMs, clothes: since, doubt: null };
  const isTheirs = doubt.rivals.every((rival) => isDressedOtherwise(rival(), now));
  return isTheirs ? { ...identity, doubt: null } : { ...identity, doubt: { ...doubt, since } };
}

function isDressedOtherwise(worn: ReturnType<Rival>, now: ClothingColour): boolean {
  return worn === 'nobody' || (worn.length > 0 && worn.every((one) => one !== null && one !== now));
}

/** What whoever is there now wears. */
export function clothesOf({ clothes, doubt }: Identity): NameVote<ClothingColour>['named'] {
  return (doubt?.since ?? clothes).named;
}

/** As things stand: a doubt that was not laid to rest counts as somebody else. */
export function certainSince({ sameSinceMs, doubt }: Identity): number {
  return doubt?.atMs ?? sameSinceMs;
}
