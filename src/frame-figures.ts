/**
 * How quickly a camera's pictures become decisions: one trace line a picture, one info line with percentiles a minute,
 * so that a box that falls behind shows in its log before a rider is missed.
 */
import type { CameraStats } from './camera/camera-source';
import type { FrameView } from './pipeline';
import type { Logger } from './runtime/logger';
import { percentile } from './runtime/percentile';

export interface Figures {
  readonly analysed: number;
  /** Replaced by a newer picture before the model was free. */
  readonly dropped: number;
  readonly restarts: number;
  /** From the arrival of the whole picture to everything decided about it. */
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
}

const WINDOW_MS = 60_000;

/** Gathers one window after the other (pure; the clock is an argument). */
export class FigureWindow {
  #startedMs: number;
  #before: CameraStats;
  #decidedAfterMs: number[] = [];

  constructor(nowMs: number, stats: CameraStats) {
    this.#startedMs = nowMs;
    this.#before = stats;
  }

  /** Notes one decided picture. @returns the figures of the window, when it is over */
  note(decidedAfterMs: number, nowMs: number, stats: CameraStats): Figures | null {
    this.#decidedAfterMs.push(decidedAfterMs);
    if (nowMs - this.#startedMs < WINDOW_MS) return null;
    const figures = {
      analysed: this.#decidedAfterMs.length,
      dropped: stats.framesDropped - this.#before.framesDropped,
      restarts: stats.restarts - this.#before.restarts,
      p50Ms: percentile(this.#decidedAfterMs, 0.5),
      p95Ms: percentile(this.#decidedAfterMs, 0.95),
      p99Ms: percentile(this.#decidedAfterMs, 0.99),
    };
    this.#startedMs = nowMs;
    this.#before = stats;
    this.#decidedAfterMs = [];
    return figures;
  }
}

/** Tells the log of one camera; called with every decided picture. */
export function frameFigures(stats: () => CameraStats, log: Logger): (view: FrameView) => void {
  const figures = new FigureWindow(performance.now(), stats());
  return ({ frame, analysedInMs }) => {
    const decidedAfterMs = Date.now() - frame.capturedAtMs;
    log.trace({ frame: frame.index, decidedAfterMs, analysedInMs }, 'frame decided');
    const told = figures.note(decidedAfterMs, performance.now(), stats());
    if (told !== null) log.info(told, 'frames');
  };
}
