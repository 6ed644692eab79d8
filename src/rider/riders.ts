/**
 * Turns tracks into riders: one two-wheeler, the persons on it, their seats and what their heads say.
 * Heads are followed relative to the vehicle, so that one person keeps one id however the box jitters.
 */
import type { BoundingBox, ClothingColour, Detection, HeadDetection, HeadState, NamedGarment, Seat } from '../domain';
import type { Point } from '../geometry';
import type { Link, Track } from '../tracker/tracker';
import { matchHeads } from './head-match';
import { isTurning, supportedSinceMs, type VoteOptions, vote } from './head-vote';
import { certainSince, clothesOf, isHeldStill, isLooseLink, isMoment, type Rival, told } from './identity';
import { type Journey, type JourneyRules, type Sight, travel } from './journey';
import { wearerOf, withoutHelmets } from './lifted';
import type { NameVote } from './name-vote';
import { isConvincing, type ParkedRules } from './parked';
import { childLean, type HeadOnVehicle, isOverVehicle, relative } from './seating';
import { carried, doubt, hasStayed, leanTo, type Moment, newSlot, type Seen, type Slot, see, worn } from './slot';

export interface Person {
  /** Stable for the life of the track: `<trackId>.<n>`. */
  readonly id: string;
  readonly seat: Seat;
  /** False where a child in front cannot be told from a driver with somebody behind. */
  readonly isSeatSure: boolean;
  /** In this frame; null when hidden. */
  readonly head: BoundingBox | null;
  readonly state: HeadState;
  /** First of the looks that, without one against it, support `state`; null where the latest does not. */
  readonly supportedSinceMs: number | null;
  /** The latest looks speak against `state`. */
  readonly isTurning: boolean;
  /** Since when it is surely the same person: a switch of tracks or places is not noticed, but what may be one is. */
  readonly sameSinceMs: number;
  readonly votes: { readonly worn: number; readonly notWorn: number };
  readonly score: number;
  readonly upperColour: NameVote<ClothingColour>['named'];
  /** Null where nobody can tell. */
  readonly garment: NameVote<NamedGarment>['named'];
}

export interface Rider {
  readonly trackId: number;
  readonly box: BoundingBox;
  readonly isVisible: boolean;
  readonly persons: readonly Person[];
  /** False for a vehicle that was not seen to come here and shows nobody convincing: parked, or a poster. */
  readonly isAddressable: boolean;
  /** Direction of travel in the picture, last clearly seen: a unit vector in picture heights. */
  readonly heading: Point;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

export interface RiderOptions extends ParkedRules, Omit<JourneyRules, 'aspect'> {
  readonly vote: VoteOptions;
  /** A head must be seen this often and this long to be a person. */
  readonly personLooks: number;
  readonly personAfterMs: number;
  /** From this share of the looks that say ridden it is; below the other it no longer is. */
  readonly riddenFrom: number;
  readonly riddenUntil: number;
  /** A lone head further from the vehicle's middle line than this share of its width walks beside it. */
  readonly maxOffAxis: number;
  /** Of the frame at hand: its height, because the vote counts head pixels, and width ÷ height. */
  readonly picture: () => { readonly heightPx: number; readonly aspect: number };
}

interface Vehicle {
  slots: Slot[];
  nextSlot: number;
  /** Moving average of "is ridden" from the detector's label. */
  riddenShare: number;
  isRidden: boolean;
  /** Moving average of the rider group's score; 0 in looks that say nobody rides it. */
  groupScore: number;
  /** When it was looked at, within the window of the votes. */
  looksMs: number[];
  journey: Journey | null;
  heading: Point;
  /** A track that never was confirmed was no vehicle. */
  wasConfirmed: boolean;
  isForgotten: boolean;
}

const RIDDEN_SMOOTHING = 0.2;
/** Slower than this (own heights per second) the direction is not trusted. */
const HEADING_MIN_SPEED = 0.4;
/** Smaller than this share of the driver's head it is a child's, whichever way they ride. */
const CHILD_HEAD_RATIO = 0.68;
/** Log-odds from which a seat is sure. */
const SURE_LEAN = 1;
/** Riding this much towards the camera, whoever is in front is lower in the picture. */
const MIN_TOWARDS = 0.35;
/** Cameras look at arriving riders, so until a direction is seen it is "towards the camera". */
const TOWARDS_CAMERA: Point = [0, 1];

export class Riders {
  private readonly vehicles = new Map<number, Vehicle>();

  constructor(private readonly options: RiderOptions) {}

  /**
   * @param walkers the people of this frame who ride nothing
   * @returns one rider per confirmed or lost track that is being ridden
   */
  update(tracks: readonly Track[], nowMs: number, walkers: readonly BoundingBox[] = []): Rider[] {
    const riders: Rider[] = [];
    for (const track of tracks) {
      const vehicle = this.vehicleOf(track.id);
      vehicle.wasConfirmed ||= track.status !== 'tentative';
      this.observe(vehicle, track, { nowMs, walkers });
      if (track.status === 'tentative' || !vehicle.isRidden) continue;
      riders.push(this.describe(vehicle, track));
    }
    return riders;
  }

  /** When the heads of this vehicle were last looked at; −∞ before the first time. */
  lookedAtMs(trackId: number): number {
    return this.vehicles.get(trackId)?.looksMs.at(-1) ?? -Infinity;
  }

  forget(trackId: number): void {
    const vehicle = this.vehicles.get(trackId);
    if (vehicle !== undefined) vehicle.isForgotten = true;
    this.vehicles.delete(trackId);
  }

  private vehicleOf(trackId: number): Vehicle {
    const vehicle = this.vehicles.get(trackId) ?? newVehicle();
    this.vehicles.set(trackId, vehicle);
    return vehicle;
  }

  private observe(vehicle: Vehicle, track: Track, at: Moment): void {
    const { nowMs } = at;
    const { detection } = track;
    const isPassedOver = detection?.isPassedOver === true;
    const isLookedAt = detection !== null && !isPassedOver;
    for (const slot of vehicle.slots)
      slot.head = isPassedOver && slot.head !== null ? carried(slot, slot.head, track.box) : null;
    if (track.link !== null) this.noteLink(vehicle, track.link, nowMs);
    if (detection !== null) this.noteVehicle(vehicle, { track, detection, nowMs });
    if (isLookedAt) {
      this.noteLook(vehicle, nowMs);
      this.matchHeads(vehicle, track.box, detection.heads, at);
      noteSeats(vehicle);
    }
    const { heightPx } = this.options.picture();
    for (const slot of vehicle.slots) {
      const seen = slot.head === null || !isLookedAt ? null : { head: slot.head, heightPx: slot.head.box.h * heightPx };
      slot.vote = vote(slot.vote, seen, nowMs, this.options.vote);
    }
    const lastLookMs = vehicle.looksMs.at(-1);
    const isFresh = ({ lastSeenMs }: Slot): boolean =>
      lastSeenMs === lastLookMs || nowMs - lastSeenMs <= this.options.personAfterMs;
    vehicle.slots = vehicle.slots.filter((slot) => this.isPerson(slot) || isFresh(slot));
  }

  /** What the detector alone says: ridden or not, and whether it moved. */
  private noteVehicle(vehicle: Vehicle, seen: { track: Track; detection: Detection; nowMs: number }): void {
    const { track, detection, nowMs } = seen;
    const { riddenFrom, riddenUntil, maxOffAxis } = this.options;
    const isRidden = detection.label === 'rider_group' && isOverVehicle(detection, maxOffAxis) ? 1 : 0;
    vehicle.riddenShare += RIDDEN_SMOOTHING * (isRidden - vehicle.riddenShare);
    vehicle.isRidden = vehicle.riddenShare >= (vehicle.isRidden ? riddenUntil : riddenFrom);
    vehicle.groupScore += RIDDEN_SMOOTHING * (isRidden * detection.confidence - vehicle.groupScore);
    const sight = { atMs: nowMs, box: track.box, velocity: track.velocity };
    this.noteMotion(vehicle, { sight, isRidden: vehicle.isRidden || isRidden === 1 });
  }

  private isPerson(slot: Slot): boolean {
    const { personLooks, personAfterMs } = this.options;
    return slot.frames >= personLooks && slot.lastSeenMs - slot.firstSeenMs >= personAfterMs;
  }

  private noteLook(vehicle: Vehicle, nowMs: number): void {
    const isRecent = (atMs: number): boolean => nowMs - atMs <= this.options.vote.windowMs;
    vehicle.looksMs = [...vehicle.looksMs.filter(isRecent), nowMs];
    for (const slot of vehicle.slots) slot.places = slot.places.filter((place) => isRecent(place.atMs));
  }

  /** Remembers whether it came here, and the last direction it clearly moved in (in square units: picture heights). */
  private noteMotion(vehicle: Vehicle, seen: { sight: Sight; isRidden: boolean }): void {
    const { aspect } = this.options.picture();
    const { box, velocity } = seen.sight;
    vehicle.journey = travel(vehicle.journey, seen, { ...this.options, aspect });
    const [vx, vy] = [velocity.x * aspect, velocity.y];
    const speed = Math.hypot(vx, vy);
    if (vehicle.journey?.hasMoved === true && speed > HEADING_MIN_SPEED * box.h)
      vehicle.heading = [vx / speed, vy / speed];
  }

  private matchHeads(vehicle: Vehicle, box: BoundingBox, heads: readonly HeadDetection[], at: Moment): void {
    const { nowMs } = at;
    const { parkedStepHeads } = this.options;
    const seen = { ...at, box, aspect: this.options.picture().aspect, parkedStepHeads };
    const { slots } = vehicle;
    const distances = slots.map((slot) => heads.map((head) => this.distanceInHeads(slot, head, box)));
    const { matches, helmets } = withoutHelmets(matchHeads(distances), slots, { distances, nowMs });
    const nobodys = new Set<HeadDetection>();
    const isHidden = (other: Slot): boolean => !matches.some(({ place }) => slots[place] === other);
    const found = matches.flatMap(({ place, head: h, distance, isJump, rivals }) => {
      const [slot, head] = [slots[place], heads[h]];
      if (slot === undefined || head === undefined) return [];
      const isStill = isHeldStill(nowMs - slot.lastSeenMs, distance);
      const others = rivals
        .flatMap((one) => slots[one] ?? [])
        .filter((one) => this.isPerson(one) && !(isStill && isHidden(one)));
      // One head between two people's places, for a moment: a look at either. Nobody changes seats in that time.
      if (others.some((other) => isHidden(other) && isMoment(nowMs - Math.min(slot.lastSeenMs, other.lastSeenMs)))) {
        nobodys.add(head);
        return [];
      }
      const isDoubtful = others.length > 0 || (isJump && !hasStayed(slot, head, seen));
      return [
        {
          slot,
          head,
          rivals:
            isDoubtful || !isMoment(nowMs - slot.lastSeenMs)
              ? others.map(
                  (other): Rival =>
                    () => [worn(other)],
                )
              : null,
        },
      ];
    });
    for (const { slot, rivals } of found) if (rivals !== null) doubt(slot, { rivals, metSinceMs: null }, nowMs);
    for (const { slot, head } of found) {
      see(slot, head, seen);
      if (helmets.some(({ wearer }) => wearer === slot)) slot.tookOverMs = nowMs;
    }
    vehicle.slots = slots.filter((slot) => !helmets.includes(slot));
    const open = heads.filter((head) => !nobodys.has(head) && !found.some((one) => one.head === head));
    for (const head of open) this.addSlot(vehicle, head, seen);
  }

  private addSlot(vehicle: Vehicle, head: HeadDetection, seen: Seen): void {
    const wearer = wearerOf(vehicle.slots, (slot) => this.distanceInHeads(slot, head, seen.box), seen.nowMs);
    const { tookOverMs = null } = wearer ?? {};
    // Two heads again: it was no helmet, and the wearer may have been given somebody else's head.
    if (wearer !== null && tookOverMs !== null && isMoment(seen.nowMs - tookOverMs))
      doubt(wearer, { rivals: [() => [null]], metSinceMs: null }, seen.nowMs);
    vehicle.slots.push(newSlot(vehicle.nextSlot++, head, { ...seen, wearer }));
  }

  /** Another vehicle may have been taken for this one. */
  private noteLink(vehicle: Vehicle, link: Link, nowMs: number): void {
    const { toldSinceMs, metSinceMs } = link;
    const isLoose = isLooseLink(link);
    if (toldSinceMs !== null) for (const slot of vehicle.slots) slot.identity = told(slot.identity, toldSinceMs);
    if (link.rivals.length === 0 && !isLoose) return;
    const rivals = link.rivals.map((id): Rival => {
      const other = this.vehicleOf(id); // may be new in this frame
      return () => (this.isNobody(other) ? 'nobody' : other.slots.map(worn));
    });
    for (const slot of vehicle.slots) doubt(slot, { rivals, metSinceMs: isLoose ? null : metSinceMs }, nowMs);
  }

  /** A box that came and went, a vehicle nobody rides, or one on which no head was found in several looks. */
  private isNobody({ wasConfirmed, isForgotten, riddenShare, slots, looksMs }: Vehicle): boolean {
    if (!wasConfirmed) return isForgotten;
    const isEmpty = slots.length === 0 && looksMs.length >= this.options.vote.minLooks;
    return isEmpty || riddenShare < this.options.riddenUntil;
  }

  private distanceInHeads(slot: Slot, head: HeadDetection, box: BoundingBox): number {
    const [x, y] = relative(head.box, box);
    const dx = (x - slot.at[0]) * box.w * this.options.picture().aspect;
    const dy = (y - slot.at[1]) * box.h;
    return Math.hypot(dx, dy) / Math.max(1e-6, head.box.h);
  }

  private describe(vehicle: Vehicle, track: Track): Rider {
    const seated = vehicle.slots.filter((slot) => this.isPerson(slot));
    const driver = driverOf(seated);
    const isSure = seated.every(({ childLean }) => childLean === null || Math.abs(childLean) >= SURE_LEAN);
    const isAlive = seated.some((slot) => {
      const { places, meanConfidence: headScore } = slot;
      const seen = { places, headScore, groupScore: vehicle.groupScore, frames: vehicle.looksMs.length };
      return isConvincing({ ...seen, pictureHeightPx: this.options.picture().heightPx }, this.options);
    });
    return {
      trackId: track.id,
      box: track.box,
      isVisible: track.detection !== null,
      persons: seated.map((slot) =>
        person(slot, { driver, isSure, isDriverHidden: seated.some(isChildInFront), trackId: track.id }),
      ),
      isAddressable: vehicle.journey?.hasMoved === true || isAlive,
      heading: vehicle.heading,
      firstSeenMs: track.firstSeenMs,
      lastSeenMs: track.lastSeenMs,
    };
  }
}

function newVehicle(): Vehicle {
  return {
    slots: [],
    nextSlot: 1,
    riddenShare: 0.5,
    isRidden: false,
    groupScore: 0,
    looksMs: [],
    journey: null,
    heading: TOWARDS_CAMERA,
    wasConfirmed: false,
    isForgotten: false,
  };
}

/** The one most often in front; a child may stand there, but not drive. */
function driverOf(seated: readonly Slot[]): Slot | null {
  const largest = Math.max(...seated.map((slot) => slot.heightRatio));
  const grown = seated.filter((slot) => slot.heightRatio >= CHILD_HEAD_RATIO * largest);
  const behind = grown.filter((slot) => !isChildInFront(slot));
  return (behind.length > 0 ? behind : grown).reduce<Slot | null>(
    (best, s) => (best === null || s.driverVotes > best.driverVotes ? s : best),
    null,
  );
}

function isChildInFront({ childLean }: Slot): boolean {
  return (childLean ?? 0) >= SURE_LEAN;
}

/** What one look says of who sits where. */
function noteSeats(vehicle: Vehicle): void {
  const seen = vehicle.slots.filter((slot) => slot.head !== null);
  noteDriver(seen, vehicle.heading);
  if (vehicle.heading[1] < MIN_TOWARDS) {
    for (const slot of vehicle.slots) slot.childLean = null;
    return;
  }
  const downwards = [...seen].sort((one, other) => one.at[1] - other.at[1]);
  for (const [index, slot] of downwards.entries()) {
    const above = downwards[index - 1];
    if (above !== undefined) leanTo(slot, childLean(onVehicle(slot), onVehicle(above)));
  }
}

function onVehicle({ at, heightRatio }: Slot): HeadOnVehicle {
  return { y: at[1], height: heightRatio };
}

/** In the picture of a single vehicle the driver's head is the one furthest along the direction of travel. */
function noteDriver(seen: readonly Slot[], [x, y]: Point): void {
  if (seen.length === 0) return;
  const along = (slot: Slot): number => slot.at[0] * x + slot.at[1] * y;
  const front = seen.reduce((best, slot) => (along(slot) > along(best) ? slot : best));
  front.driverVotes += seen.length > 1 ? 2 : 0.5;
}

interface Crew {
  readonly driver: Slot | null;
  readonly isSure: boolean;
  /** A child in front hides the driver's clothes: what was named there may be the child's. */
  readonly isDriverHidden: boolean;
  readonly trackId: number;
}

function person(slot: Slot, { driver, isSure, isDriverHidden, trackId }: Crew): Person {
  const isHidden = isDriverHidden && slot === driver;
  const isSmall = driver !== null && slot.heightRatio < CHILD_HEAD_RATIO * driver.heightRatio;
  const isChild = slot !== driver && (isSmall || isChildInFront(slot));
  return {
    id: `${trackId}.${slot.n}`,
    seat: slot === driver ? 'driver' : isChild ? 'child' : 'passenger',
    isSeatSure: isSure,
    head: slot.head?.box ?? null,
    state: slot.vote.state,
    supportedSinceMs: supportedSinceMs(slot.vote),
    isTurning: isTurning(slot.vote),
    sameSinceMs: certainSince(slot.identity),
    votes: slot.vote.votes,
    score: slot.vote.score,
    upperColour: isHidden ? null : clothesOf(slot.identity),
    garment: isHidden ? null : slot.garments.named,
  };
}
