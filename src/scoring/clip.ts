/** The nouns of a score: what was true in a clip, and what the service said of it. Seconds of the clip; boxes 0–1. */
import type { BoundingBox, ClothingColour, Seat } from '../domain';
import type { OutcomeResult } from '../incident/incident';

export interface TruthPerson {
  readonly id: string;
  readonly seat: Seat;
  /** null: nobody can see it. */
  readonly head: BoundingBox | null;
  readonly state: 'worn' | 'not_worn';
}

export interface TruthVehicle {
  readonly id: string;
  readonly kind: string;
  readonly ridden: boolean;
  readonly box: BoundingBox;
  readonly persons: readonly TruthPerson[];
}

export interface TruthFrame {
  readonly t: number;
  readonly vehicles: readonly TruthVehicle[];
  readonly pedestrians: readonly { readonly id: string; readonly kind: string; readonly box: BoundingBox }[];
}

export interface CastPerson {
  readonly id: string;
  readonly seat: Seat;
  readonly upperColour?: ClothingColour | undefined;
}

export interface Truth {
  /** Figures of simulated clips are labelled so. */
  readonly origin: 'simulated' | 'real';
  readonly video: { readonly fps: number; readonly width: number; readonly height: number; readonly durationS: number };
  readonly actors: readonly { readonly id: string; readonly kind: string; readonly persons: readonly CastPerson[] }[];
  readonly frames: readonly TruthFrame[];
}

export interface SaidViolation {
  readonly incidentId: string;
  readonly atS: number;
  readonly trackId: number;
  readonly box: BoundingBox;
  readonly seat: Seat;
  /** null: hidden at that moment, or told by a service of before. */
  readonly head: BoundingBox | null;
}

export interface SaidPrompt {
  readonly incidentId: string;
  readonly number: number;
  readonly phrase: string;
  readonly text: string;
  readonly startedS: number | null;
  readonly playback: 'confirmed' | 'unconfirmed' | 'failed';
  readonly described: { readonly seat: Seat; readonly colour?: ClothingColour | undefined } | null;
}

export interface SaidOutcome {
  readonly incidentId: string;
  readonly atS: number;
  readonly result: OutcomeResult;
}

export interface TrackedFrame {
  readonly t: number;
  readonly riders: readonly { readonly trackId: number; readonly box: BoundingBox }[];
}

export interface Clip {
  readonly name: string;
  readonly truth: Truth;
  readonly violations: readonly SaidViolation[];
  readonly prompts: readonly SaidPrompt[];
  readonly outcomes: readonly SaidOutcome[];
  readonly tracks: readonly TrackedFrame[];
}
