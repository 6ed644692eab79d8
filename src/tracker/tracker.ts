/**
 * Follows two-wheelers from frame to frame: ByteTrack (Zhang et al., ECCV 2022), that is confident detections are
 * associated first and weak ones only to tracks that would otherwise be lost, with boxes buffered before the IoU
 * (C-BIoU, Yang et al., WACV 2023) because at 5 pictures a second a moving rider may not overlap his last box.
 * All thresholds are milliseconds or 0–1 ratios.
 */
import type { BoundingBox, Detection } from '../domain';
import { expand, iou } from '../geometry';
import { assign } from './assignment';
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
}

/** How far boxes are grown before the IoU: first close, then wide for what is left. */
const NEAR_BUFFER_RATIO = 0.15;
const WIDE_BUFFER_RATIO = 0.4;
const MIN_BUFFERED_IOU = 0.2;
/** A predicted side never shrinks below this share of the picture. */
const MIN_SIDE = 0.002;

export class Tracker {
  private states: TrackState[] = [];
  private nextId = 1;

  constructor(private readonly options: TrackerOptions) {}

  /** Takes the vehicles of one frame (labels other than `person`), oldest frame first. */
  update(detections: readonly Detection[], nowMs: number): TrackerUpdate {
    for (const state of this.states) predict(state, nowMs);
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
    return this.settle(nowMs);
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
    });
  }

  private settle(nowMs: number): TrackerUpdate {
    const removed: Track[] = [];
    this.states = this.states.filter((state) => {
      const unseenMs = nowMs - state.lastSeenMs;
      if (state.detection !== null) {
        const isOldEnough = nowMs - state.firstSeenMs >= this.options.confirmAfterMs && nowMs > state.firstSeenMs;
        if (state.status === 'lost' || isOldEnough) state.status = 'confirmed';
        return true;
      }
      const { confirmAfterMs, lostForMs } = this.options;
      if (state.status === 'confirmed') state.status = 'lost';
      if (unseenMs <= (state.status === 'tentative' ? confirmAfterMs : lostForMs)) return true;
      removed.push(publicTrack(state));
      return false;
    });
    return { tracks: this.states.map(publicTrack), removed };
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

function publicTrack(state: TrackState): Track {
  return {
    id: state.id,
    status: state.status,
    box: state.detection?.box ?? boxOf(state),
    velocity: { x: state.axes[0].velocity, y: state.axes[1].velocity },
    firstSeenMs: state.firstSeenMs,
    lastSeenMs: state.lastSeenMs,
    detection: state.detection,
  };
}
