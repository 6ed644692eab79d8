/**
 * Turns tracks into riders: one two-wheeler, the persons on it, their seats and what their heads say.
 * Heads are followed relative to the vehicle, so that one person keeps one id however the box jitters.
 */
import type { BoundingBox, ClothingColour, Detection, HeadDetection, HeadState, Seat } from '../domain';
import { centre, type Point } from '../geometry';
import { assign } from '../tracker/assignment';
import type { Track } from '../tracker/tracker';
import { type HeadVote, NO_VOTE, type VoteOptions, vote } from './head-vote';
import { addPlace, type HeadPlace, headPlace, isConvincing, movedBy, type ParkedRules } from './parked';

export interface Person {
  /** Stable for the life of the track: `<trackId>.<n>`. */
  readonly id: string;
  readonly seat: Seat;
  /** In this frame; null when hidden. */
  readonly head: BoundingBox | null;
  readonly state: HeadState;
  readonly votes: { readonly worn: number; readonly notWorn: number };
  readonly score: number;
  readonly upperColour: { readonly name: ClothingColour; readonly score: number } | null;
}

export interface Rider {
  readonly trackId: number;
  readonly box: BoundingBox;
  readonly isVisible: boolean;
  readonly persons: readonly Person[];
  /** False for a vehicle that never moved and shows nobody convincing: parked, or a poster. */
  readonly isAddressable: boolean;
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

export interface RiderOptions extends ParkedRules {
  readonly vote: VoteOptions;
  /** A head must be seen this often and this long to be a person. */
  readonly personLooks: number;
  readonly personAfterMs: number;
  /** From this share of the looks that say ridden it is; below the other it no longer is. */
  readonly riddenFrom: number;
  readonly riddenUntil: number;
  /** A lone head further from the vehicle's middle line than this share of its width walks beside it. */
  readonly maxOffAxis: number;
  /** Moved by this share of its own height since first seen. */
  readonly movedRatio: number;
  /** Of the frame at hand: its height, because the vote counts head pixels, and width ÷ height. */
  readonly picture: () => { readonly heightPx: number; readonly aspect: number };
}

interface Slot {
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
  colours: Map<ClothingColour, number>;
  driverVotes: number;
  head: HeadDetection | null;
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
  readonly startedAt: BoundingBox;
  /** Looks in a row that saw it away from where it began. */
  looksElsewhere: number;
  hasMoved: boolean;
  heading: Point;
}

/** A slot matches heads within this many head heights; then, for what is left, within the wide gate. */
const NEAR_GATE_HEADS = 1.2;
const WIDE_GATE_HEADS = 3.5;
const RIDDEN_SMOOTHING = 0.2;
/** Slower than this (own heights per second) the direction is not trusted. */
const HEADING_MIN_SPEED = 0.4;
/** One false box is no journey. */
const MOVED_LOOKS = 3;
const CHILD_HEAD_RATIO = 0.68;
/** Cameras look at arriving riders, so until a direction is seen it is "towards the camera". */
const TOWARDS_CAMERA: Point = [0, 1];

export class Riders {
  private readonly vehicles = new Map<number, Vehicle>();

  constructor(private readonly options: RiderOptions) {}

  /** @returns one rider per confirmed or lost track that is being ridden */
  update(tracks: readonly Track[], nowMs: number): Rider[] {
    const riders: Rider[] = [];
    for (const track of tracks) {
      const vehicle = this.vehicles.get(track.id) ?? newVehicle(track);
      this.vehicles.set(track.id, vehicle);
      this.observe(vehicle, track, nowMs);
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
    this.vehicles.delete(trackId);
  }

  private observe(vehicle: Vehicle, track: Track, nowMs: number): void {
    const { detection } = track;
    const isPassedOver = detection?.isPassedOver === true;
    const isLookedAt = detection !== null && !isPassedOver;
    for (const slot of vehicle.slots)
      slot.head = isPassedOver && slot.head !== null ? carried(slot, slot.head, track.box) : null;
    if (detection !== null) this.noteVehicle(vehicle, track, detection);
    if (isLookedAt) {
      this.noteLook(vehicle, nowMs);
      this.matchHeads(vehicle, track.box, detection.heads, nowMs);
      noteDriver(vehicle);
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
  private noteVehicle(vehicle: Vehicle, track: Track, detection: Detection): void {
    const { riddenFrom, riddenUntil, maxOffAxis } = this.options;
    const isRidden = detection.label === 'rider_group' && isOverVehicle(detection, maxOffAxis) ? 1 : 0;
    vehicle.riddenShare += RIDDEN_SMOOTHING * (isRidden - vehicle.riddenShare);
    vehicle.isRidden = vehicle.riddenShare >= (vehicle.isRidden ? riddenUntil : riddenFrom);
    vehicle.groupScore += RIDDEN_SMOOTHING * (isRidden * detection.confidence - vehicle.groupScore);
    this.noteMotion(vehicle, track);
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

  /** Remembers whether it ever moved, and the last direction it clearly moved in (in square units: picture heights). */
  private noteMotion(vehicle: Vehicle, track: Track): void {
    const { aspect } = this.options.picture();
    const isElsewhere = movedBy(vehicle.startedAt, track.box, aspect) > this.options.movedRatio;
    vehicle.looksElsewhere = isElsewhere ? vehicle.looksElsewhere + 1 : 0;
    if (vehicle.looksElsewhere >= MOVED_LOOKS) vehicle.hasMoved = true;
    const [vx, vy] = [track.velocity.x * aspect, track.velocity.y];
    const speed = Math.hypot(vx, vy);
    if (vehicle.hasMoved && speed > HEADING_MIN_SPEED * track.box.h) vehicle.heading = [vx / speed, vy / speed];
  }

  private matchHeads(vehicle: Vehicle, box: BoundingBox, heads: readonly HeadDetection[], nowMs: number): void {
    const seen = { box, nowMs, aspect: this.options.picture().aspect };
    let open = [...heads];
    for (const gate of [NEAR_GATE_HEADS, WIDE_GATE_HEADS]) {
      const slots = vehicle.slots.filter((slot) => slot.head === null);
      const cost = slots.map((slot) => open.map((head) => this.distanceInHeads(slot, head, box)));
      const taken = new Set<HeadDetection>();
      for (const [s, h] of assign(cost, gate)) {
        const slot = slots[s];
        const head = open[h];
        if (slot === undefined || head === undefined) continue;
        see(slot, head, seen);
        taken.add(head);
      }
      open = open.filter((head) => !taken.has(head));
    }
    for (const head of open) vehicle.slots.push(newSlot(vehicle.nextSlot++, head, seen));
  }

  private distanceInHeads(slot: Slot, head: HeadDetection, box: BoundingBox): number {
    const [x, y] = relative(head.box, box);
    const dx = (x - slot.at[0]) * box.w * this.options.picture().aspect;
    const dy = (y - slot.at[1]) * box.h;
    return Math.hypot(dx, dy) / Math.max(1e-6, head.box.h);
  }

  private describe(vehicle: Vehicle, track: Track): Rider {
    const seated = vehicle.slots.filter((slot) => this.isPerson(slot));
    const driver = seated.reduce<Slot | null>(
      (best, s) => (best === null || s.driverVotes > best.driverVotes ? s : best),
      null,
    );
    const isAlive = seated.some((slot) => {
      const { places, meanConfidence: headScore } = slot;
      const seen = { places, headScore, groupScore: vehicle.groupScore, frames: vehicle.looksMs.length };
      return isConvincing({ ...seen, pictureHeightPx: this.options.picture().heightPx }, this.options);
    });
    return {
      trackId: track.id,
      box: track.box,
      isVisible: track.detection !== null,
      persons: seated.map((slot) => person(slot, driver, track.id)),
      isAddressable: vehicle.hasMoved || isAlive,
      firstSeenMs: track.firstSeenMs,
      lastSeenMs: track.lastSeenMs,
    };
  }
}

/** The frame a head is seen in. */
interface Seen {
  readonly box: BoundingBox;
  readonly nowMs: number;
  readonly aspect: number;
}

function newVehicle(track: Track): Vehicle {
  return {
    slots: [],
    nextSlot: 1,
    riddenShare: 0.5,
    isRidden: false,
    groupScore: 0,
    looksMs: [],
    startedAt: track.box,
    looksElsewhere: 0,
    hasMoved: false,
    heading: TOWARDS_CAMERA,
  };
}

function newSlot(n: number, head: HeadDetection, seen: Seen): Slot {
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
    colours: new Map(),
    driverVotes: 0,
    head: null,
  };
  see(slot, head, seen);
  return slot;
}

/** Where the head should be now, when nobody looked: where it was on the vehicle. */
function carried(slot: Slot, head: HeadDetection, box: BoundingBox): HeadDetection {
  const h = slot.heightRatio * box.h;
  const w = (head.box.w * h) / head.box.h;
  return { ...head, box: { x: box.x + slot.at[0] * box.w - w / 2, y: box.y + slot.at[1] * box.h - h / 2, w, h } };
}

function see(slot: Slot, head: HeadDetection, seen: Seen): void {
  const { box, nowMs } = seen;
  slot.places = addPlace(slot.places, headPlace(head.box, box, seen));
  slot.at = relative(head.box, box);
  slot.frames += 1;
  const share = 1 / Math.min(slot.frames, 10);
  slot.heightRatio += share * (head.box.h / box.h - slot.heightRatio);
  slot.meanConfidence += share * (head.confidence - slot.meanConfidence);
  slot.lastSeenMs = nowMs;
  slot.head = head;
  if (head.upperColour !== undefined) {
    const { name, score } = head.upperColour;
    slot.colours.set(name, (slot.colours.get(name) ?? 0) + score);
  }
}

/** A rider sits over the vehicle. With two heads the middle lies between them; at the border of the picture it is cut off. */
function isOverVehicle({ heads, box }: Detection, maxOffAxis: number): boolean {
  const [head] = heads;
  if (head === undefined || heads.length > 1 || box.x <= 0 || box.x + box.w >= 1) return true;
  return Math.abs(relative(head.box, box)[0] - 0.5) <= maxOffAxis;
}

/** In the picture of a single vehicle the driver's head is the one furthest along the direction of travel. */
function noteDriver(vehicle: Vehicle): void {
  const seen = vehicle.slots.filter((slot) => slot.head !== null);
  if (seen.length === 0) return;
  const along = (slot: Slot): number => slot.at[0] * vehicle.heading[0] + slot.at[1] * vehicle.heading[1];
  const front = seen.reduce((best, slot) => (along(slot) > along(best) ? slot : best));
  front.driverVotes += seen.length > 1 ? 2 : 0.5;
}

function person(slot: Slot, driver: Slot | null, trackId: number): Person {
  const isChild = driver !== null && slot !== driver && slot.heightRatio < CHILD_HEAD_RATIO * driver.heightRatio;
  return {
    id: `${trackId}.${slot.n}`,
    seat: slot === driver ? 'driver' : isChild ? 'child' : 'passenger',
    head: slot.head?.box ?? null,
    state: slot.vote.state,
    votes: slot.vote.votes,
    score: slot.vote.score,
    upperColour: majorityColour(slot.colours),
  };
}

/** The colour most looks agree on; null when fewer than two thirds do. */
function majorityColour(colours: ReadonlyMap<ClothingColour, number>): Person['upperColour'] {
  let total = 0;
  let best: { name: ClothingColour; sum: number } | null = null;
  for (const [name, sum] of colours) {
    total += sum;
    if (best === null || sum > best.sum) best = { name, sum };
  }
  if (best === null || best.sum < (2 / 3) * total) return null;
  return { name: best.name, score: best.sum / total };
}

function relative(head: BoundingBox, vehicle: BoundingBox): Point {
  const [x, y] = centre(head);
  return [(x - vehicle.x) / vehicle.w, (y - vehicle.y) / vehicle.h];
}
