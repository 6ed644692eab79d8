/** Labelled pictures for the evaluation: frames of the project's own film, its truth as COCO labels. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readTruth } from './truth';

const CLIPS = join(__dirname, '../clips');
const WIDTH = 1280;
const HEIGHT = 720;
/** Empty street, two riders waiting, somebody pushing beside them, both with helmets, a driver with a passenger. */
const FRAMES = [0, 150, 250, 450, 750];
const CATEGORIES = [
  { id: 1, name: 'helmet' },
  { id: 2, name: 'bare_head' },
  { id: 5, name: 'rider_with_vehicle' },
];

export interface Coco {
  categories: { id: number; name: string }[];
  images: { id: number; file_name: string; width: number; height: number; source?: string }[];
  annotations: { id: number; image_id: number; category_id: number; bbox: number[]; iscrowd: number }[];
}

export interface LabelledFolder extends Disposable {
  readonly folder: string;
  readonly coco: Coco;
  /** Writes labels beside the pictures. @returns the file */
  write(name: string, coco: Coco): string;
}

export function labelledFilm(): LabelledFolder {
  const folder = mkdtempSync(join(tmpdir(), 'anqi-labelled-'));
  const chosen = FRAMES.map((frame) => `eq(n\\,${frame})`).join('+');
  const film = ['-i', join(CLIPS, 'junction-demo.mp4'), '-vf', `select=${chosen}`, '-vsync', '0', '-threads', '1'];
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', ...film, join(folder, '%d.png')]);
  const truth = readTruth(join(CLIPS, 'junction-demo.truth.json'));
  const coco: Coco = { categories: CATEGORIES, images: [], annotations: [] };
  FRAMES.forEach((frame, index) => {
    const image_id = index + 1;
    coco.images.push({ id: image_id, file_name: `${image_id}.png`, width: WIDTH, height: HEIGHT });
    const add = (category_id: number, { x, y, w, h }: { x: number; y: number; w: number; h: number }): void => {
      const bbox = [x * WIDTH, y * HEIGHT, w * WIDTH, h * HEIGHT];
      coco.annotations.push({ id: coco.annotations.length + 1, image_id, category_id, bbox, iscrowd: 0 });
    };
    for (const vehicle of truth.frames[frame]?.vehicles ?? []) {
      if (!vehicle.ridden) continue;
      add(5, vehicle.box);
      for (const { head, state } of vehicle.persons) if (head !== null) add(state === 'worn' ? 1 : 2, head);
    }
  });
  return {
    folder,
    coco,
    write: (name, labels) => {
      const path = join(folder, name);
      writeFileSync(path, JSON.stringify(labels));
      return path;
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
