/** The simulator's ground truth, and who a published box was (see scripts/simulator/README.md). */
import { readFileSync } from 'node:fs';
import type { BoundingBox } from '../../src/domain';
import { iou } from '../../src/geometry';

interface TruthPerson {
  readonly id: string;
  readonly seat: string;
  readonly head: BoundingBox | null;
  readonly state: 'worn' | 'not_worn';
}

interface TruthFrame {
  readonly t: number;
  readonly vehicles: readonly {
    readonly id: string;
    readonly kind: string;
    readonly ridden: boolean;
    readonly box: BoundingBox;
    readonly persons: readonly TruthPerson[];
  }[];
}

interface TruthActorPerson {
  readonly id: string;
  readonly seat: string;
  readonly upperColour: string;
  readonly headwear: string;
  /** 0 = on from the start, null = never. */
  readonly helmetOnAtS: number | null;
}

export interface Truth {
  readonly video: { readonly file: string; readonly fps: number; readonly durationS: number };
  readonly actors: readonly {
    readonly id: string;
    readonly kind: string;
    readonly persons: readonly TruthActorPerson[];
  }[];
  readonly frames: readonly TruthFrame[];
}

export function readTruth(file: string): Truth {
  return JSON.parse(readFileSync(file, 'utf8'));
}

/** The vehicle a box at a time (seconds) means: the best overlap of at least 0.3, null when nothing is there. */
export function vehicleAt(truth: Truth, atS: number, box: BoundingBox): TruthFrame['vehicles'][number] | null {
  const frame = truth.frames[Math.round(atS * truth.video.fps)];
  const ranked = [...(frame?.vehicles ?? [])].sort((a, b) => iou(b.box, box) - iou(a.box, box));
  const [best] = ranked;
  return best !== undefined && iou(best.box, box) >= 0.3 ? best : null;
}

/** Ids of everybody who rode without a helmet at some time. */
export function violatorIds(truth: Truth): string[] {
  const ids = truth.frames.flatMap((frame) =>
    frame.vehicles.flatMap((vehicle) =>
      vehicle.ridden ? vehicle.persons.filter((person) => person.state === 'not_worn').map((person) => person.id) : [],
    ),
  );
  return [...new Set(ids)].sort();
}
