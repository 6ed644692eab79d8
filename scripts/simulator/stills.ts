/** Still pictures: N made-up scenes as JPEGs with one COCO file beside them. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Renderer } from './browser';
import { annotate, CATEGORIES, type CocoAnnotation, type CocoImage } from './coco';
import { negativeKind, negativeScene } from './negative-scene';
import { randomFrom } from './random';
import { randomScene } from './random-scene';
import type { Scenario } from './scenario';
import { momentAt } from './timeline';
import { varietyScene } from './variety-scene';
import { hairScene, waitingScene } from './waiting-scene';

export const SCENES = ['street', 'variety', 'waiting', 'hair', 'negatives'] as const;
export type SceneName = (typeof SCENES)[number];

export interface StillsOptions {
  readonly scene: SceneName;
  readonly count: number;
  readonly seed: number;
  readonly outFolder: string;
  readonly onPicture: (done: number) => void;
}

interface Collection {
  readonly make: (seed: number) => Scenario;
  /** Negatives never lie where training looks for its labels. */
  readonly file: string;
  readonly categories: readonly (typeof CATEGORIES)[number][];
  readonly kindOf?: (seed: number) => string;
}

const COLLECTIONS: Record<SceneName, Collection> = {
  street: { make: randomScene, file: 'train.json', categories: CATEGORIES },
  variety: { make: varietyScene, file: 'train.json', categories: CATEGORIES },
  waiting: { make: waitingScene, file: 'train.json', categories: CATEGORIES },
  hair: { make: hairScene, file: 'train.json', categories: CATEGORIES },
  negatives: {
    make: negativeScene,
    file: 'negatives.json',
    categories: CATEGORIES.filter(({ name }) => name !== 'person'),
    kindOf: negativeKind,
  },
};

export function labelsFile(scene: SceneName): string {
  return COLLECTIONS[scene].file;
}

/** Labels of a picture without riders: vehicles only. People's heads are nobody's business there: every address is wrong. */
export function withoutPeople(annotations: readonly CocoAnnotation[]): CocoAnnotation[] {
  const vehicles = CATEGORIES.find(({ name }) => name === 'two_wheeler')?.id;
  const [first] = annotations;
  return annotations
    .filter(({ category_id }) => category_id === vehicles)
    .map((annotation, index) => ({ ...annotation, id: (first?.id ?? 1) + index }));
}

/** The moment that is rendered: rolling actors pass their spot then. */
const AT_S = 0.1;
/** Pictures that share a street: a new one costs as much as several pictures. */
const STREET_PICTURES = 8;
/** The labels are renewed after so many pictures, so that an interrupted run leaves a usable set. */
const SAVE_EVERY = 50;

export async function writeStills(
  renderer: Renderer,
  { scene, count, seed, outFolder, onPicture }: StillsOptions,
): Promise<void> {
  await mkdir(outFolder, { recursive: true });
  const { file, categories } = COLLECTIONS[scene];
  const images: CocoImage[] = [];
  const annotations: CocoAnnotation[] = [];
  for (let index = 0; index < count; index += 1) {
    const pictureSeed = seed * 100_000 + index;
    const { jpeg, image, labels } = await still(renderer, { scene, pictureSeed, firstId: annotations.length + 1 });
    await writeFile(join(outFolder, image.file_name), jpeg);
    images.push(image);
    annotations.push(...labels);
    onPicture(index + 1);
    if ((index + 1) % SAVE_EVERY === 0 || index + 1 === count)
      await save(join(outFolder, file), { categories, images, annotations });
  }
}

interface StillTask {
  readonly scene: SceneName;
  readonly pictureSeed: number;
  readonly firstId: number;
}

async function still(renderer: Renderer, { scene, pictureSeed, firstId }: StillTask) {
  const { make, categories, kindOf } = COLLECTIONS[scene];
  const scenario = make(pictureSeed);
  await renderer.load(scenario, Math.floor(pictureSeed / STREET_PICTURES));
  const moment = momentAt(scenario, AT_S);
  const quality = randomFrom(pictureSeed).between(0.85, 0.95);
  const { jpeg, actors } = await renderer.render(moment, quality);
  const { widthPx: width, heightPx: height, daylight, weather } = scenario;
  const image: CocoImage = {
    id: pictureSeed,
    file_name: `${String(pictureSeed).padStart(8, '0')}.jpg`,
    width,
    height,
    source: 'simulated',
    group: 'simulated',
    exhaustive_category_ids: categories.map(({ id }) => id),
    daylight,
    weather,
    ...(kindOf ? { kind: kindOf(pictureSeed) } : {}),
  };
  const all = annotate({ scenario, moment, labels: actors }, { imageId: pictureSeed, firstId });
  return { jpeg: Buffer.from(jpeg, 'base64'), image, labels: scene === 'negatives' ? withoutPeople(all) : all };
}

interface Labels {
  readonly categories: Collection['categories'];
  readonly images: readonly CocoImage[];
  readonly annotations: readonly CocoAnnotation[];
}

async function save(path: string, labels: Labels): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify(labels));
  await rename(`${path}.new`, path);
}
