/**
 * Labels in COCO format: read, checked as a whole, and turned into what is to be judged. Every kind of fault is told at
 * once, counted, with its first places, so that a labelling tool's export can be mended in one go.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { FatalError, messageOf } from '../errors';
import { CATEGORIES, type Category, type LabelledBox } from './judged';

export interface LabelledPicture {
  /** As the labels name it, and where it is. */
  readonly file: string;
  readonly path: string;
  readonly widthPx: number;
  readonly heightPx: number;
  /** Categories labelled completely in this picture. */
  readonly scored: ReadonlySet<Category>;
  readonly labels: readonly LabelledBox[];
}

export interface LabelSet {
  readonly pictures: readonly LabelledPicture[];
  /** What was left out and why, one sentence each. */
  readonly remarks: readonly string[];
}

const idSchema = z.number();
const sizeSchema = z.number().int().positive();
const sideSchema = z.number().nonnegative();

const cocoSchema = z.object({
  categories: z.array(z.object({ id: idSchema, name: z.string() })),
  images: z
    .array(
      z.object({
        id: idSchema,
        file_name: z.string().min(1),
        width: sizeSchema,
        height: sizeSchema,
        source: z.string().nullish(),
        /** Absent: every category of the file is labelled completely. */
        exhaustive_category_ids: z.array(idSchema).nullish(),
      }),
    )
    .min(1, 'no pictures'),
  annotations: z.array(
    z.object({
      id: idSchema.nullish(),
      image_id: idSchema,
      category_id: idSchema,
      /** Pixels: x and y of the top left corner, width, height. */
      bbox: z.tuple([z.number(), z.number(), sideSchema, sideSchema]),
      iscrowd: z.number().nullish(),
      sub: z.string().nullish(),
      /** `headwear`: the box ends where the helmet or cap does. */
      box_scope: z.string().nullish(),
      /** 0: a head that is no good as an example. */
      recommended: z.number().nullish(),
    }),
  ),
});

type Coco = z.infer<typeof cocoSchema>;
type CocoImage = Coco['images'][number];
type Annotation = Coco['annotations'][number];

/** One kind of fault and every place where it is. */
interface Fault {
  readonly what: string;
  readonly where: readonly (string | number)[];
  readonly cure: string;
}

/** Headwear covers the upper two thirds of its head. */
const HEAD_PER_HEADWEAR = 1.5;
const PLACES_SHOWN = 5;
const SHAPE =
  'COCO has categories [{id, name}], images [{id, file_name, width, height}] and annotations [{id, image_id, category_id, bbox: [x, y, width, height] in pixels}].';

/** @throws FatalError evaluate/labels naming the file, every kind of fault with its first places, and the cure */
export function readLabels(path: string): LabelSet {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const message = `${path}: cannot be read (${messageOf(error)}). Name the COCO file with --coco.`;
    throw new FatalError('evaluate/labels', message, { cause: error });
  }
  return parseLabels(text, path);
}

/** @throws FatalError as readLabels() does */
export function parseLabels(text: string, path: string): LabelSet {
  const coco = parseCoco(text, path);
  const faults = contradictions(coco);
  if (faults.length > 0) throw labelError(path, faults);
  const names = new Map(coco.categories.map(({ id, name }) => [id, CATEGORIES.find((one) => one === name)]));
  const annotationsOf = groupBy(coco.annotations, (annotation) => annotation.image_id);
  const pictures = coco.images.map((image): LabelledPicture => {
    const complete = image.exhaustive_category_ids ?? [...names.keys()];
    const annotations = (annotationsOf.get(image.id) ?? []).filter((one) => isInside(one, image));
    return {
      file: image.file_name,
      path: resolve(dirname(path), image.file_name),
      widthPx: image.width,
      heightPx: image.height,
      scored: new Set(complete.flatMap((id) => names.get(id) ?? [])),
      labels: annotations.flatMap((annotation) => {
        const category = names.get(annotation.category_id);
        return category === undefined ? [] : [labelOf(annotation, category, image)];
      }),
    };
  });
  return { pictures, remarks: remarksOn(coco) };
}

function parseCoco(text: string, path: string): Coco {
  let json: unknown;
  try {
    // Some tools begin their files with a byte order mark.
    json = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    const cure = /[[:,]\s*-?(?:NaN|Infinity)\b/.test(text)
      ? 'It holds NaN or Infinity, for which JSON has no word: mend or remove those boxes.'
      : 'Export the labels anew as COCO JSON.';
    const message = `${path}: is not JSON (${messageOf(error)}). ${cure}`;
    throw new FatalError('evaluate/labels', message, { cause: error });
  }
  const parsed = cocoSchema.safeParse(json);
  if (parsed.success) return parsed.data;
  const kinds = groupBy(parsed.error.issues, ({ path: steps, message }) => `${placeOf(steps, '[]')}: ${message}`);
  throw labelError(
    path,
    [...kinds].map(([what, issues]) => ({ what, where: issues.map((issue) => placeOf(issue.path)), cure: SHAPE })),
  );
}

/** annotations[12].bbox; every index as `index` when given, so that places of one kind read the same. */
function placeOf(steps: readonly PropertyKey[], index?: string): string {
  const text = steps.map((step) => (typeof step === 'number' ? (index ?? `[${step}]`) : `.${String(step)}`)).join('');
  return text.replace(/^\./, '') || 'the file';
}

/** What one part of the file says against another; kinds that do not occur are left out. */
function contradictions({ categories, images, annotations }: Coco): Fault[] {
  const categoryIds = new Set(categories.map(({ id }) => id));
  const imageIds = new Set(images.map(({ id }) => id));
  const nameOf = ({ id, image_id }: Annotation): string => `annotation ${id ?? '?'} of image ${image_id}`;
  const faults: Fault[] = [
    ...Object.entries({ categories, images, annotations }).map(([list, entries]) => ({
      what: `ids used twice in "${list}"`,
      where: repeated(entries.flatMap(({ id }) => id ?? [])),
      cure: 'Give every entry an id of its own.',
    })),
    {
      what: 'annotations whose image_id is not in "images"',
      where: annotations.filter((one) => !imageIds.has(one.image_id)).map(nameOf),
      cure: 'Add the pictures or remove these annotations.',
    },
    {
      what: 'annotations whose category_id is not in "categories"',
      where: annotations
        .filter((one) => !categoryIds.has(one.category_id))
        .map((one) => `${nameOf(one)}: ${one.category_id}`),
      cure: 'Add the categories or remove these annotations.',
    },
    {
      what: 'pictures whose exhaustive_category_ids are not in "categories"',
      where: images
        .filter(({ exhaustive_category_ids: ids }) => ids?.some((id) => !categoryIds.has(id)))
        .map((image) => image.file_name),
      cure: 'Use the ids of "categories".',
    },
  ];
  if (!categories.some(({ name }) => isJudged(name))) {
    const found = categories.map(({ name }) => JSON.stringify(name));
    faults.push({
      what: 'no category that is judged here',
      where: found.length > 0 ? found : ['"categories" is empty'],
      cure: `Name the categories ${CATEGORIES.join(', ')}.`,
    });
  }
  return faults.filter(({ where }) => where.length > 0);
}

function labelOf(annotation: Annotation, category: Category, image: CocoImage): LabelledBox {
  const [x, y, w, h] = annotation.bbox;
  return {
    category,
    box: { x, y, w, h: annotation.box_scope === 'headwear' ? h * HEAD_PER_HEADWEAR : h },
    isIgnored: (annotation.iscrowd ?? 0) !== 0 || annotation.recommended === 0,
    ...(annotation.sub == null ? {} : { sub: annotation.sub }),
    ...(image.source == null ? {} : { source: image.source }),
  };
}

/** Labelling tools leave clicks without area and boxes pushed out of the picture: nothing to judge. */
function isInside({ bbox: [x, y, w, h] }: Annotation, { width, height }: CocoImage): boolean {
  return w > 0 && h > 0 && x < width && y < height && x + w > 0 && y + h > 0;
}

function remarksOn({ categories, images, annotations }: Coco): string[] {
  const sizes = new Map(images.map((image) => [image.id, image]));
  const others = categories.filter(({ name }) => !isJudged(name)).map(({ name }) => name);
  const outside = annotations.filter((one) => {
    const image = sizes.get(one.image_id);
    return image !== undefined && !isInside(one, image);
  });
  const remarks: string[] = [];
  if (others.length > 0)
    remarks.push(`categories left out, by other names than ${CATEGORIES.join(', ')}: ${listed(others)}`);
  if (outside.length > 0) {
    const places = outside.map(({ id, image_id }) => `${id ?? '?'} (image ${image_id})`);
    remarks.push(`annotations left out, without area or outside their picture: ${listed(places)}`);
  }
  return remarks;
}

function labelError(path: string, faults: readonly Fault[]): FatalError {
  const lines = faults.map(({ what, where, cure }) => `${path}: ${what}: ${listed(where)}. ${cure}`);
  return new FatalError('evaluate/labels', lines.join('\n'));
}

function listed(places: readonly (string | number)[]): string {
  const more = places.length - PLACES_SHOWN;
  const shown = places.slice(0, PLACES_SHOWN).join(', ');
  return more > 0 ? `${shown} and ${more} more (${places.length} in all)` : shown;
}

function isJudged(name: string): boolean {
  return CATEGORIES.some((category) => category === name);
}

function repeated(ids: readonly number[]): number[] {
  const seen = new Set<number>();
  return ids.filter((id) => seen.size === seen.add(id).size);
}

function groupBy<T, K>(values: readonly T[], keyOf: (value: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [value]);
    else group.push(value);
  }
  return groups;
}
