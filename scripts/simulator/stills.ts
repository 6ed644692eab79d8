/** Training pictures: N random scenes as JPEGs with one COCO file beside them. */
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Renderer } from './browser';
import { annotate, CATEGORIES, type CocoAnnotation, type CocoImage } from './coco';
import { randomFrom } from './random';
import { randomScene } from './random-scene';
import { momentAt } from './timeline';

export interface StillsOptions {
  readonly count: number;
  readonly seed: number;
  readonly outFolder: string;
  readonly onPicture: (done: number) => void;
}

/** The moment that is rendered: rolling actors pass their spot then. */
const AT_S = 0.1;
/** Pictures that share a street: a new one costs as much as several pictures. */
const STREET_PICTURES = 8;
/** train.json is renewed after so many pictures, so that an interrupted run leaves a usable set. */
const SAVE_EVERY = 50;

export async function writeStills(
  renderer: Renderer,
  { count, seed, outFolder, onPicture }: StillsOptions,
): Promise<void> {
  await mkdir(outFolder, { recursive: true });
  const images: CocoImage[] = [];
  const annotations: CocoAnnotation[] = [];
  for (let index = 0; index < count; index += 1) {
    const pictureSeed = seed * 100_000 + index;
    const scenario = randomScene(pictureSeed);
    await renderer.load(scenario, Math.floor(pictureSeed / STREET_PICTURES));
    const moment = momentAt(scenario, AT_S);
    const quality = randomFrom(pictureSeed).between(0.85, 0.95);
    const { jpeg, actors: labels } = await renderer.render(moment, quality);
    const file_name = `${String(pictureSeed).padStart(8, '0')}.jpg`;
    await writeFile(join(outFolder, file_name), Buffer.from(jpeg, 'base64'));
    const { widthPx: width, heightPx: height } = scenario;
    images.push({
      id: pictureSeed,
      file_name,
      width,
      height,
      source: 'simulated',
      group: 'simulated',
      exhaustive_category_ids: CATEGORIES.map(({ id }) => id),
    });
    annotations.push(
      ...annotate({ scenario, moment, labels }, { imageId: pictureSeed, firstId: annotations.length + 1 }),
    );
    onPicture(index + 1);
    if ((index + 1) % SAVE_EVERY === 0 || index + 1 === count)
      await save(join(outFolder, 'train.json'), { images, annotations });
  }
}

async function save(
  path: string,
  { images, annotations }: { images: readonly CocoImage[]; annotations: readonly CocoAnnotation[] },
): Promise<void> {
  await writeFile(`${path}.new`, JSON.stringify({ categories: CATEGORIES, images, annotations }));
  await rename(`${path}.new`, path);
}
