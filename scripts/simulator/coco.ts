/** Labels of still pictures in COCO format, with the categories and extra fields the training reads. */
import { type Box, cutToPicture, unionOf } from './geometry';
import type { ActorLabels, PersonLabels, Seen } from './labels';
import type { Person, Scenario } from './scenario';
import { type Moment, personsOf } from './timeline';
import { isRidden } from './vocabulary';

export const CATEGORIES = [
  { id: 1, name: 'helmet' },
  { id: 2, name: 'bare_head' },
  { id: 3, name: 'two_wheeler' },
  { id: 4, name: 'person_on_two_wheeler' },
  { id: 5, name: 'rider_with_vehicle' },
  { id: 6, name: 'person' },
] as const;

export type CategoryName = (typeof CATEGORIES)[number]['name'];

export interface CocoImage {
  readonly id: number;
  readonly file_name: string;
  readonly width: number;
  readonly height: number;
  readonly source: 'simulated';
  readonly group: 'simulated';
  readonly exhaustive_category_ids: readonly number[];
  readonly daylight: Scenario['daylight'];
  readonly weather: Scenario['weather'];
  /** Of a picture without riders: what it is full of. */
  readonly kind?: string;
}

export interface CocoAnnotation {
  readonly id: number;
  readonly image_id: number;
  readonly category_id: number;
  /** Pixels: x, y, width, height. */
  readonly bbox: readonly [number, number, number, number];
  readonly area: number;
  /** 1: more than half hidden; a trainer leaves it out. */
  readonly iscrowd: 0 | 1;
  readonly vehicle_id?: string;
  readonly person_id?: string;
  readonly ridden?: boolean;
  readonly state?: 'worn' | 'not_worn';
  /** Of a head: what is on it. */
  readonly sub?: HeadSub;
  readonly colour?: string;
}

export type HeadSub =
  | 'half'
  | 'threequarter'
  | 'fullface'
  | 'hair-short'
  | 'hair-long'
  | 'hair-tied'
  | 'bald'
  | Exclude<Person['headwear'], 'none'>;

/** Below these shares of the convex outline a thing counts as hidden: heads are nearly convex, bodies and bikes are not. */
const MIN_VISIBLE = { head: 0.5, body: 0.2, vehicle: 0.22 } as const;
/** Smaller things are dots without a label. */
const MIN_SIDE_PX = 5;

type Draft = Pick<CocoAnnotation, 'vehicle_id' | 'person_id' | 'ridden' | 'state' | 'sub' | 'colour'> & {
  readonly category: CategoryName;
  readonly box: Box | null;
  readonly hidden: boolean;
};

/** Annotations of one picture; ids count up from `firstId`. */
export function annotate(
  {
    scenario,
    moment,
    labels,
  }: { readonly scenario: Scenario; readonly moment: Moment; readonly labels: readonly ActorLabels[] },
  { imageId, firstId }: { readonly imageId: number; readonly firstId: number },
): CocoAnnotation[] {
  const { widthPx, heightPx } = scenario;
  const drafts = labels.flatMap((label) => draftsOf(label, scenario, moment));
  return drafts
    .flatMap(({ category, box, hidden, ...extra }) => {
      const cut = box && cutToPicture(box);
      if (!cut || !box) return [];
      const bbox = [cut.x * widthPx, cut.y * heightPx, cut.w * widthPx, cut.h * heightPx].map(tenth);
      const [x = 0, y = 0, w = 0, h = 0] = bbox;
      if (w < MIN_SIDE_PX || h < MIN_SIDE_PX) return [];
      const outside = (cut.w * cut.h) / (box.w * box.h) < 0.4;
      const category_id = CATEGORIES.find(({ name }) => name === category)?.id ?? 0;
      return [
        {
          id: 0,
          image_id: imageId,
          category_id,
          bbox: [x, y, w, h] as const,
          area: tenth(w * h),
          iscrowd: hidden || outside ? 1 : 0,
          ...extra,
        } as const,
      ];
    })
    .map((annotation, index) => ({ ...annotation, id: firstId + index }));
}

function draftsOf(label: ActorLabels, scenario: Scenario, moment: Moment): Draft[] {
  const actor = scenario.actors.find(({ id }) => id === label.id);
  if (!actor || actor.kind === 'car' || actor.kind === 'prop') return [];
  const rides = isRidden(actor);
  const vehicle_id = actor.id;
  const drafts: Draft[] = [];
  if (label.vehicle) {
    const hidden = label.vehicle.visibleRatio < MIN_VISIBLE.vehicle;
    drafts.push({ category: 'two_wheeler', box: label.vehicle.box, hidden, vehicle_id, ridden: rides });
    if (rides) {
      const all = [label.vehicle, ...label.persons.flatMap(({ body, head }) => [body, head])];
      const seen = all.some(({ visibleRatio }) => visibleRatio > 0.3);
      drafts.push({ category: 'rider_with_vehicle', box: unionOf(boxesOf(all)), hidden: !seen || hidden, vehicle_id });
    }
  }
  // A dummy is nobody.
  if (actor.kind === 'mannequin') return drafts;
  const moments = moment.actors.find(({ id }) => id === actor.id)?.persons ?? [];
  for (const person of label.persons) {
    const on = rides ? { vehicle_id } : {};
    const category = rides ? 'person_on_two_wheeler' : 'person';
    const hidden = person.body.visibleRatio < MIN_VISIBLE.body;
    drafts.push({ category, box: bodyBox(person), hidden, person_id: person.id, ...on });
    const state = moments.find(({ id }) => id === person.id)?.state ?? 'not_worn';
    drafts.push({
      category: state === 'worn' ? 'helmet' : 'bare_head',
      box: person.head.box,
      hidden: person.head.visibleRatio < MIN_VISIBLE.head,
      person_id: person.id,
      state,
      ...headOf(
        personsOf(actor).find(({ id }) => id === person.id),
        state,
      ),
      ...on,
    });
  }
  return drafts;
}

const HELMET_SUBS = { half: 'half', three_quarter: 'threequarter', full_face: 'fullface' } as const;
const HAIR_SUBS = {
  short: 'hair-short',
  crop: 'hair-short',
  curly: 'hair-long',
  bob: 'hair-long',
  long: 'hair-long',
  ponytail: 'hair-tied',
  bun: 'hair-tied',
  bald: 'bald',
} as const;

function headOf(person: Person | undefined, state: 'worn' | 'not_worn'): Pick<CocoAnnotation, 'sub' | 'colour'> {
  if (!person) return {};
  if (state === 'worn' && person.helmet) return { sub: HELMET_SUBS[person.helmet.shape], colour: person.helmet.colour };
  if (person.headwear !== 'none') return { sub: person.headwear, colour: person.headwearColour };
  return { sub: HAIR_SUBS[person.hair], colour: person.hairColour };
}

export function bodyBox({ body, head }: PersonLabels): Box | null {
  return unionOf(boxesOf([body, head]));
}

export function boxesOf(seen: readonly Seen[]): Box[] {
  return seen.flatMap(({ box }) => (box ? [box] : []));
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}
