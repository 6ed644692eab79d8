/**
 * Follows two-wheelers from frame to frame: ByteTrack (Zhang et al., ECCV 2022), that is confident detections are
 * associated first and weak ones only to tracks that would otherwise be lost, with boxes buffered before the IoU
 * (C-BIoU, Yang et al., WACV 2023) because at 5 pictures a second a moving rider may not overlap his last box.
 * All thresholds are milliseconds or 0–1 ratios.
 */
import type { BoundingBox, Detection } from '../domain';
import { expand, iou } from '../geometry';
import { assign } from './assignment';
import {
  type Course,
  type Encounter,
  likeness,
  type Motion,
  meet,
  NEWCOMER_SHARE,
  RIVAL_SHARE,
  tell,
} from './encounter';
import { type AxisState, correctAxis, predictAxis, startAxis } from './kalman';

export type TrackStatus = 'tentative' | 'confirmed' | 'lost';

export interface Track {
  readonly id: number;
  readonly status: TrackStatus;
  /** The filtered box; of a lost track, where it would be. */
  readonly box: BoundingBox;
  /** Centre velocity in picture widths and heights per second. */
  readonly velocity: { readonly x: number; readonly y: number };
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
  /** What was seen in this frame; null in a frame without it. */
  readonly detection: Detection | null;
  /** How it was found again; null in a frame without it and in its first. */
  readonly link: Link | null;
}

/** What speaks for and against this being the vehicle that was followed before. */
export interface Link {
  /** Since it was last seen. */
  readonly gapMs: number;
  /** IoU of the box that was expected and the one that was found. */
  readonly overlap: number;
  /** Tracks newly met that what was found here may belong to nearly as well, or that may have what belongs here. */
  readonly rivals: readonly number[];
  /** Whom it met since then was told from it by how each went on; null where nothing was told. */
  readonly toldSinceMs: number | null;
  /** Since when it is near those that it might be taken for; null when it is near nobody. */
  readonly metSinceMs: number | null;
}

export interface TrackerOptions {
  /** Detections at least this confident may start a track. */
  readonly confirmConfidence: number;
  /** Weaker ones are not even used to keep a track alive. */
  readonly minConfidence: number;
  /** Seen this long (and at least twice) → confirmed. */
  readonly confirmAfterMs: number;
  /** Not seen this long → removed. */
  readonly lostForMs: number;
}

export interface TrackerUpdate {
  readonly tracks: readonly Track[];
  /** Every track is named here once when it ends, tentative ones too. */
  readonly removed: readonly Track[];
}

interface TrackState {
  id: number;
  status: TrackStatus;
  axes: readonly [AxisState, AxisState, AxisState, AxisState];
  firstSeenMs: number;
  lastSeenMs: number;
  updatedMs: number;
  detection: Detection | null;
  link: Link | null;
  encounter: Encounter | null;
  /** Whom it may have been exchanged with while it was hidden; told when it is seen again. */
  metHidden: readonly number[];
}

/** How far boxes are grown before the IoU: first close, then wide for what is left. */
const NEAR_BUFFER_RATIO = 0.15;
const WIDE_BUFFER_RATIO = 0.4;
const MIN_BUFFERED_IOU = 0.2;
/** Without any picture for so long nobody knows whether who waits there is who was there before. */
const BLIND_MS = 3000;
/** A predicted side never shrinks below this share of the picture. */
const MIN_SIDE = 0.002;

export class Tracker {
  private states: TrackState[] = [];
  private nextId = 1;

  constructor(private readonly options: TrackerOptions) {}

  /** Takes the vehicles of one frame (labels other than `person`), oldest frame first. */
  update(detections: readonly Detection[], nowMs: number): TrackerUpdate {
    const forgotten = this.removeIf((state) => nowMs - state.updatedMs > BLIND_MS);
    for (const state of this.states) predict(state, nowMs);
    const expected = this.states.map((state) => ({
      ...{ state, lastSeenMs: state.lastSeenMs },
      course: { atMs: nowMs, box: boxOf(state), velocity: velocityOf(state) },
    }));
    const strong = detections.filter((d) => d.confidence >= this.options.confirmConfidence);
    const weak = detections.filter(
      (d) => d.confidence >= this.options.minConfidence && d.confidence < this.options.confirmConfidence,
    );
    let free = this.states;
    const passes: [readonly Detection[], number][] = [
      [strong, NEAR_BUFFER_RATIO],
      [weak, NEAR_BUFFER_RATIO],
      [strong, WIDE_BUFFER_RATIO],
    ];
    const taken = new Set<Detection>();
    for (const [candidates, buffer] of passes) {
      const open = candidates.filter((d) => !taken.has(d));
      for (const [t, d] of associate(free, open, buffer)) {
        const state = free[t];
        const detection = open[d];
        if (state === undefined || detection === undefined) continue;
        correct(state, detection, nowMs);
        taken.add(detection);
      }
      free = free.filter((state) => state.detection === null);
    }
    for (const detection of strong) if (!taken.has(detection)) this.start(detection, nowMs);
    judgeLinks(expected, this.states, nowMs);
    this.settle(nowMs);
    const expired = this.removeIf((state) => nowMs - state.lastSeenMs > this.lostAfterMs(state));
    return { tracks: this.states.map(publicTrack), removed: [...forgotten, ...expired] };
  }

  /** Gives up everything that is followed, as when the camera has gone blind. */
  clear(): readonly Track[] {
    return this.removeIf(() => true);
  }

  private start(detection: Detection, nowMs: number): void {
    const { x, y, w, h } = detection.box;
    this.states.push({
      id: this.nextId++,
      status: 'tentative',
      axes: [startAxis(x + w / 2, w), startAxis(y + h / 2, h), startAxis(w, w), startAxis(h, h)],
      firstSeenMs: nowMs,
      lastSeenMs: nowMs,
      updatedMs: nowMs,
      detection,
      link: null,
      encounter: null,
      metHidden: [],
    });
  }

  private settle(nowMs: number): void {
    for (const state of this.states) {
      const isOldEnough = nowMs - state.firstSeenMs >= this.options.confirmAfterMs && nowMs > state.firstSeenMs;
      if (state.detection === null) state.status = state.status === 'confirmed' ? 'lost' : state.status;
      else if (state.status === 'lost' || isOldEnough) state.status = 'confirmed';
    }
  }

  private lostAfterMs({ status }: TrackState): number {
    return status === 'tentative' ? this.options.confirmAfterMs : this.options.lostForMs;
  }

  private removeIf(isOver: (state: TrackState) => boolean): Track[] {
    const removed = this.states.filter(isOver).map((state) => publicTrack({ ...state, detection: null, link: null }));
    this.states = this.states.filter((state) => !isOver(state));
    return removed;
  }
}

function predict(state: TrackState, nowMs: number): void {
  const dtS = Math.max(0, nowMs - state.updatedMs) / 1000;
  const [cx, cy, w, h] = state.axes;
  const isSizeFrozen = state.status === 'lost';
  state.axes = [
    predictAxis(cx, dtS, w.position),
    predictAxis(cy, dtS, h.position),
    predictAxis(isSizeFrozen ? { ...w, velocity: 0 } : w, dtS, w.position),
    predictAxis(isSizeFrozen ? { ...h, velocity: 0 } : h, dtS, h.position),
  ];
  state.updatedMs = nowMs;
  state.detection = null;
  state.link = null;
}

function correct(state: TrackState, detection: Detection, nowMs: number): void {
  const { x, y, w, h } = detection.box;
  const [cx, cy, aw, ah] = state.axes;
  state.axes = [
    correctAxis(cx, x + w / 2, w),
    correctAxis(cy, y + h / 2, h),
    correctAxis(aw, w, w),
    correctAxis(ah, h, h),
  ];
  state.lastSeenMs = nowMs;
  state.detection = detection;
}

interface Expected {
  readonly state: TrackState;
  /** As it was foreseen for this frame. */
  readonly course: Course;
  readonly lastSeenMs: number;
}

/** Notes for every track that was found again how sure it is that it is the same. */
function judgeLinks(expected: readonly Expected[], states: readonly TrackState[], nowMs: number): void {
  const alike = ({ course }: Expected, { detection }: TrackState): number =>
    detection === null ? 0 : likeness(course.box, detection.box);
  const places = new Map(expected.map((one) => [one.state, one]));
  const found = (id: number): Motion | null | undefined => {
    const state = states.find((one) => one.id === id);
    return state === undefined ? undefined : motionOf(state);
  };
  for (const one of expected) {
    const { state, course, lastSeenMs } = one;
    const { detection } = state;
    if (detection === null) continue;
    const isRival = (other: TrackState): boolean => {
      const there = places.get(other);
      // Exchanged, the two would fit nearly as well; a track that was not found, or was not there before, counts as 0.
      const exchanged = alike(one, other) + (there === undefined ? 0 : alike(there, state));
      const asFound = alike(one, state) + (there === undefined ? 0 : alike(there, other));
      return exchanged > 0 && exchanged >= (there === undefined ? NEWCOMER_SHARE : RIVAL_SHARE) * asFound;
    };
    const near = states.filter((other) => other !== state && isRival(other));
    const rivals = new Map(near.map((other) => [other.id, places.get(other)?.course]));
    const link = { gapMs: nowMs - lastSeenMs, overlap: iou(course.box, detection.box) };
    state.link = {
      ...link,
      ...face(state, { course, rivals, found, motion: { box: detection.box, velocity: velocityOf(state) } }),
    };
    for (const other of near) {
      const theirs = places.get(other)?.course;
      if (other.detection !== null || theirs === undefined) continue;
      const { encounter, met } = meet(other.encounter, theirs, new Map([[state.id, course]]));
      other.encounter = encounter;
      other.metHidden = [...other.metHidden, ...met];
    }
  }
}

/** Goes on with the track's encounter. */
function face(
  state: TrackState,
  now: {
    readonly course: Course;
    readonly rivals: ReadonlyMap<number, Course | undefined>;
    readonly found: (id: number) => Motion | null | undefined;
    readonly motion: Motion;
  },
): Pick<Link, 'rivals' | 'toldSinceMs' | 'metSinceMs'> {
  const { course, rivals, found, motion } = now;
  const { metHidden } = state;
  state.metHidden = [];
  if (rivals.size > 0) {
    const { encounter, met } = meet(state.encounter, course, rivals);
    state.encounter = encounter;
    return { rivals: [...metHidden, ...met], toldSinceMs: null, metSinceMs: encounter.sinceMs };
  }
  const { encounter } = state;
  if (encounter === null) return { rivals: [], toldSinceMs: null, metSinceMs: null };
  const verdict = tell(encounter, motion, { nowMs: course.atMs, found });
  state.encounter = verdict === 'wait' ? { ...encounter, untilMs: course.atMs } : null;
  const isTold = verdict === 'told';
  return {
    rivals: isTold ? [] : metHidden,
    toldSinceMs: isTold ? encounter.sinceMs : null,
    metSinceMs: encounter.sinceMs,
  };
}

function associate(
  states: readonly TrackState[],
  detections: readonly Detection[],
  buffer: number,
): [number, number][] {
  const cost = states.map((state) => {
    const predicted = expand(boxOf(state), buffer);
    return detections.map((detection) => 1 - iou(predicted, expand(detection.box, buffer)));
  });
  return assign(cost, 1 - MIN_BUFFERED_IOU);
}

function boxOf(state: TrackState): BoundingBox {
  const [cx, cy, w, h] = state.axes;
  const width = Math.max(MIN_SIDE, w.position);
  const height = Math.max(MIN_SIDE, h.position);
  return { x: cx.position - width / 2, y: cy.position - height / 2, w: width, h: height };
}

/** Null where it is not seen in this frame. */
function motionOf(state: TrackState): Motion | null {
  return state.detection === null ? null : { box: state.detection.box, velocity: velocityOf(state) };
}

function velocityOf({ axes }: TrackState): Track['velocity'] {
  return { x: axes[0].velocity, y: axes[1].velocity };
}

function publicTrack(state: TrackState): Track {
  return {
    id: state.id,
    status: state.status,
    box: state.detection?.box ?? boxOf(state),
    velocity: velocityOf(state),
    firstSeenMs: state.firstSeenMs,
    lastSeenMs: state.lastSeenMs,
    detection: state.detection,
    link: state.link,
  };
}
