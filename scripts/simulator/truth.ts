/** The ground truth of a rendered scenario, frame by frame; README.md describes the file. Coordinates 0–1 with four decimals. */
import { bodyBox, boxesOf } from './coco';
import { type Box, cutToPicture, unionOf } from './geometry';
import type { ActorLabels, PersonLabels } from './labels';
import type { Actor, Person, Scenario } from './scenario';
import { helmetOnAtS, type Moment, personsOf, type Reactions } from './timeline';
import { isRidden } from './vocabulary';

export interface TruthPerson {
  readonly id: string;
  readonly seat: Person['seat'];
  readonly box: Box | null;
  /** null: outside the picture, or more than half hidden. */
  readonly head: Box | null;
  readonly state: 'worn' | 'not_worn';
}

export interface TruthVehicle {
  readonly id: string;
  readonly kind: Actor['kind'];
  readonly ridden: boolean;
  readonly box: Box;
  readonly persons: readonly TruthPerson[];
}

export interface TruthPedestrian {
  readonly id: string;
  readonly kind: 'pedestrian' | 'pusher';
  readonly box: Box;
  readonly head: Box | null;
}

export interface TruthFrame {
  readonly frame: number;
  readonly t: number;
  readonly vehicles: readonly TruthVehicle[];
  readonly pedestrians: readonly TruthPedestrian[];
}

/** What of the cast does not change over time. */
export function castOf(scenario: Scenario, reactions?: Reactions) {
  return scenario.actors.map((actor) => ({
    id: actor.id,
    kind: actor.kind,
    ...('colour' in actor ? { colour: actor.colour } : {}),
    persons: personsOf(actor).map((person) => {
      const { id, seat, upperColour, garment, headwear } = person;
      const onAtS = helmetOnAtS(person, reactions);
      return {
        ...{ id, seat, upperColour, garment },
        headwear: onAtS !== null ? ('helmet' as const) : headwear,
        helmetOnAtS: onAtS,
      };
    }),
  }));
}

export interface FilmFacts {
  /** The scenario's file. */
  readonly source: string;
  readonly video: string;
  readonly frames: readonly TruthFrame[];
  readonly reactions?: Reactions;
}

/** The whole truth file. */
export function truthOf(scenario: Scenario, { source, video: file, frames, reactions }: FilmFacts) {
  const { fps, widthPx: width, heightPx: height, seed } = scenario;
  const video = { file, fps, width, height, frames: frames.length, durationS: frames.length / fps };
  return { origin: 'simulated' as const, video, scenario: source, seed, actors: castOf(scenario, reactions), frames };
}

/** Smallest share of a head that must be visible for it to be listed. */
const MIN_HEAD_VISIBLE = 0.35;

export function truthFrame(
  scenario: Scenario,
  { moment, labels, frame }: { moment: Moment; labels: readonly ActorLabels[]; frame: number },
): TruthFrame {
  const vehicles: TruthVehicle[] = [];
  const pedestrians: TruthPedestrian[] = [];
  for (const label of labels) {
    const actor = scenario.actors.find(({ id }) => id === label.id);
    if (!actor) continue;
    const persons = personsIn(actor, { label, moment });
    if (actor.kind === 'pedestrian' || actor.kind === 'pusher') {
      const [one] = persons;
      if (one?.box) pedestrians.push({ id: one.id, kind: actor.kind, box: one.box, head: one.head });
    }
    if (!label.vehicle) continue;
    const ridden = isRidden(actor);
    const parts = ridden
      ? [label.vehicle, ...label.persons.flatMap(({ body, head }) => [body, head])]
      : [label.vehicle];
    const box = inPicture(unionOf(boxesOf(parts)));
    if (box) vehicles.push({ id: actor.id, kind: actor.kind, ridden, box, persons: ridden ? persons : [] });
  }
  return { frame, t: Math.round(moment.tS * 1000) / 1000, vehicles, pedestrians };
}

function personsIn(actor: Actor, { label, moment }: { label: ActorLabels; moment: Moment }): TruthPerson[] {
  const states = moment.actors.find(({ id }) => id === actor.id)?.persons ?? [];
  return personsOf(actor).flatMap((person) => {
    const seen: PersonLabels | undefined = label.persons.find(({ id }) => id === person.id);
    if (!seen) return [];
    const state = states.find(({ id }) => id === person.id)?.state ?? 'not_worn';
    const head = seen.head.visibleRatio >= MIN_HEAD_VISIBLE ? inPicture(seen.head.box) : null;
    return [{ id: person.id, seat: person.seat, box: inPicture(bodyBox(seen)), head, state }];
  });
}

function inPicture(box: Box | null): Box | null {
  const cut = box && cutToPicture(box);
  if (!cut) return null;
  const rounded = { x: fourth(cut.x), y: fourth(cut.y), w: fourth(cut.w), h: fourth(cut.h) };
  return rounded.w > 0 && rounded.h > 0 ? rounded : null;
}

function fourth(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
