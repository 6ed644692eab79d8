/** What the page reports of one rendered frame: boxes before any cutting, and how much of each thing can be seen. */
import type { Box } from './geometry';

export interface Seen {
  /** 0–1 of the picture, may reach outside of it; null when the thing is behind the camera. */
  readonly box: Box | null;
  /** Pixels of it that nothing covers ÷ pixels of its convex outline (outline parts outside the picture count as covered). */
  readonly visibleRatio: number;
}

export interface PersonLabels {
  readonly id: string;
  readonly body: Seen;
  readonly head: Seen;
}

export interface ActorLabels {
  readonly id: string;
  /** null for a pedestrian. */
  readonly vehicle: Seen | null;
  readonly persons: readonly PersonLabels[];
}

export interface RenderedFrame {
  /** Base64. */
  readonly jpeg: string;
  readonly actors: readonly ActorLabels[];
}

/** A film keeps its camera and street for many moments; its edges are softened afterwards, which is cheaper than sampling them. */
export type Purpose = 'stills' | 'film';
