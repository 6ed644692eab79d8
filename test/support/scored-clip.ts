/** Made-up clips for the score: a picture a second, everybody stands still. */
import type { Clip, SaidOutcome, SaidPrompt, SaidViolation, Truth, TruthPerson } from '../../src/scoring/clip';

export const LENGTH_S = 20;

export interface MadePerson {
  readonly id: string;
  readonly seat?: TruthPerson['seat'];
  readonly colour?: 'red' | 'blue';
  /** From this second on the helmet is on; absent = never, 0 = always. */
  readonly wornFromS?: number;
  /** Seconds in which the head can be seen: from, below. Absent = always. */
  readonly headSeen?: readonly [number, number];
  readonly headPx?: number;
  /** Top of the head in the picture, 0.2 unless given. */
  readonly headY?: number;
}

export interface MadeVehicle {
  readonly id: string;
  readonly x: number;
  readonly ridden?: boolean;
  readonly persons: readonly MadePerson[];
}

const PICTURE = { width: 1000, height: 1000 };

export const boxAt = (x: number) => ({ x, y: 0.2, w: 0.1, h: 0.3 });

export function truthOf(
  vehicles: readonly MadeVehicle[],
  pedestrians: Truth['frames'][number]['pedestrians'] = [],
): Truth {
  return {
    origin: 'simulated',
    video: { fps: 1, ...PICTURE, durationS: LENGTH_S },
    actors: vehicles.map(({ id, persons }) => ({
      id,
      kind: 'ebike',
      persons: persons.map((one) => ({ id: one.id, seat: one.seat ?? 'driver', upperColour: one.colour })),
    })),
    frames: Array.from({ length: LENGTH_S }, (_, t) => ({
      t,
      pedestrians,
      vehicles: vehicles.map(({ id, x, ridden = true, persons }) => ({
        ...{ id, kind: 'ebike', ridden, box: boxAt(x) },
        persons: persons.map((one) => personAt(one, x, t)),
      })),
    })),
  };
}

function personAt(
  { id, seat = 'driver', wornFromS, headSeen = [0, LENGTH_S], headPx = 25, headY = 0.2 }: MadePerson,
  x: number,
  t: number,
): TruthPerson {
  const isSeen = t >= headSeen[0] && t < headSeen[1];
  const isOn = wornFromS !== undefined && t >= wornFromS;
  const head = { x: x + 0.03, y: headY, w: 0.02, h: headPx / PICTURE.height };
  return { id, seat, head: isSeen ? head : null, state: isOn ? 'worn' : 'not_worn' };
}

export interface Said {
  readonly x: number;
  readonly atS: number;
  readonly seat?: TruthPerson['seat'];
  readonly head?: SaidViolation['head'];
  readonly outcome?: SaidOutcome['result'];
  readonly prompts?: readonly (Partial<SaidPrompt> & { readonly startedS: number })[];
}

/** One incident after the other; the vehicle at `x` is followed under number x × 10. */
export function clipOf(truth: Truth, said: readonly Said[], tracks?: Clip['tracks']): Clip {
  const violations = said.map(({ x, atS, seat = 'driver', head = null }, index): SaidViolation => {
    return { incidentId: `i${index}`, atS, trackId: x * 10, box: boxAt(x), seat, head };
  });
  const prompts = said.flatMap(({ prompts = [] }, index) =>
    prompts.map(
      (prompt, number): SaidPrompt => ({
        ...{ incidentId: `i${index}`, number: number + 1, phrase: 'base', text: '…', playback: 'confirmed' },
        described: null,
        ...prompt,
      }),
    ),
  );
  const outcomes = said.flatMap(({ outcome }, index): SaidOutcome[] =>
    outcome === undefined ? [] : [{ incidentId: `i${index}`, atS: LENGTH_S - 1, result: outcome }],
  );
  const still = truth.frames.map(({ t, vehicles }) => ({
    t,
    riders: vehicles.map(({ box }) => ({ trackId: Math.round(box.x * 10), box })),
  }));
  return { name: 'made', truth, violations, prompts, outcomes, tracks: tracks ?? still };
}
