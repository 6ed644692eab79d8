/** Writes an evaluation into a folder: the page with its crops, the plots, and every figure as JSON. */
import { mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { FatalError, messageOf } from '../errors';
import type { JudgedPicture } from './judged';
import type { Evaluation } from './metrics';
import { type Crop, page } from './page';
import { cutCrops } from './pictures';
import { plots } from './plots';

const FIGURES_FILE = 'evaluation.json';
const CROPS_FOLDER = 'crops';

/**
 * Makes the folder, or makes room in one that holds an earlier evaluation. To be called before the long work.
 * @throws FatalError evaluate/out when it holds something else or cannot be written
 */
export async function prepareReport(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    const names = await readdir(folder);
    if (names.length > 0 && !names.includes(FIGURES_FILE)) {
      throw new FatalError('evaluate/out', `--out ${folder}: holds other files. Name a new folder or an empty one.`);
    }
    await rm(join(folder, CROPS_FOLDER), { recursive: true, force: true });
    await mkdir(join(folder, CROPS_FOLDER));
  } catch (error) {
    if (error instanceof FatalError) throw error;
    const message = `--out ${folder}: cannot be written (${messageOf(error)}). Name a folder you may write to.`;
    throw new FatalError('evaluate/out', message, { cause: error });
  }
}

/** @param paths where the pictures lie, by their names in the labels. @returns the page's path */
export async function writeReport(
  folder: string,
  {
    evaluation,
    pictures,
    paths,
  }: {
    readonly evaluation: Evaluation;
    readonly pictures: readonly JudgedPicture[];
    readonly paths: ReadonlyMap<string, string>;
  },
  signal: AbortSignal,
): Promise<string> {
  const { html, crops } = page(pictures, evaluation);
  const byFile = new Map<string, Crop[]>();
  for (const crop of crops) byFile.set(crop.file, [...(byFile.get(crop.file) ?? []), crop]);
  for (const [file, same] of byFile) {
    signal.throwIfAborted();
    await cutCrops(
      paths.get(file) ?? file,
      same.map(({ rect, imageName }) => ({ rect, path: join(folder, imageName) })),
    );
  }
  for (const { name, svg } of plots(evaluation)) await writeFile(join(folder, name), svg);
  await writeFile(join(folder, FIGURES_FILE), `${JSON.stringify(evaluation)}\n`);
  const index = join(folder, 'index.html');
  await writeFile(index, html);
  return index;
}
