/** What a simulated film's truth says of those who are spoken to. */
import { readFile } from 'node:fs/promises';
import type { BoundingBox } from '../../src/domain';
import { messageOf } from '../../src/errors';
import type { JudgedPicture, LabelledBox, PixelBox } from '../../src/evaluation/judged';
import { iou } from '../../src/geometry';
import type { TruthFrame, TruthPerson } from '../simulator/truth';

export interface Truth {
  readonly video: { readonly fps: number };
  readonly frames: readonly TruthFrame[];
}

/** The box of an event and that of its vehicle overlap by at least this. */
const SAME_VEHICLE_IOU = 0.3;

/** `film.mp4` has its truth in `film.truth.json`. @throws Error naming file and cure */
export async function readTruth(film: string): Promise<Truth> {
  const path = film.replace(/\.[^./]+$/, '.truth.json');
  try {
    const truth: Truth = JSON.parse(await readFile(path, 'utf8'));
    if (truth.frames.length > 0 && truth.video.fps > 0) return truth;
    throw new Error('no frames in it');
  } catch (error) {
    const cure = 'scripts/simulate writes it beside the film: keep both together.';
    throw new Error(`${path}: cannot be used (${messageOf(error)}). ${cure}`, { cause: error });
  }
}

export function momentAt({ frames, video }: Truth, atMs: number): TruthFrame {
  const moment = frames[Math.min(frames.length - 1, Math.round((atMs / 1000) * video.fps))];
  if (moment === undefined) throw new Error(`the truth has nothing at ${atMs} ms`);
  return moment;
}

/** Heads of riders. Where a rider's head is hidden nobody can tell who is meant: the body is left out. */
export function labelsOf(moment: TruthFrame, size: { widthPx: number; heightPx: number }): LabelledBox[] {
  const inPixels = ({ x, y, w, h }: BoundingBox): PixelBox => ({
    x: x * size.widthPx,
    y: y * size.heightPx,
    w: w * size.widthPx,
    h: h * size.heightPx,
  });
  return ridersIn(moment).flatMap(({ head, box, state }): LabelledBox[] => {
    const place = head ?? box;
    const category = state === 'worn' ? 'helmet' : 'bare_head';
    return place === null ? [] : [{ category, box: inPixels(place), isIgnored: head === null }];
  });
}

/** Everything that can be judged in a simulated picture is labelled. */
export const SCORED: JudgedPicture['scored'] = new Set(['helmet', 'bare_head', 'rider_with_vehicle']);

/** Whom a violation means: the rider without a helmet in that seat of that vehicle; null when there is none. */
export function meantBy(
  moment: TruthFrame,
  seen: { readonly box: BoundingBox; readonly seat: string | undefined },
): TruthPerson | null {
  const overlaps = moment.vehicles.map((vehicle) => iou(vehicle.box, seen.box));
  const best = moment.vehicles[overlaps.indexOf(Math.max(...overlaps))];
  if (best === undefined || !best.ridden || Math.max(...overlaps) < SAME_VEHICLE_IOU) return null;
  const isDriver = (seat: string | undefined): boolean => seat === 'driver';
  return best.persons.find((one) => one.state === 'not_worn' && isDriver(one.seat) === isDriver(seen.seat)) ?? null;
}

/** Ids of all who ever ride without a helmet. */
export function bareRiders({ frames }: Truth): ReadonlySet<string> {
  return new Set(frames.flatMap(ridersIn).flatMap(({ id, state }) => (state === 'not_worn' ? [id] : [])));
}

function ridersIn({ vehicles }: TruthFrame): TruthPerson[] {
  return vehicles.flatMap(({ ridden, persons }) => (ridden ? persons : []));
}
