/** `anqi evaluate` as a technician types it, on frames of the project's own film and on real pictures where they are at hand. */
import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { type Coco, type LabelledFolder, labelledFilm } from '../support/labelled';

const MAIN = join(__dirname, '../../dist/src/main.js');
const REAL_LABELS = join(__dirname, '../../../shared/data/riders/val.json');
const REAL_PICTURES = 8;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function evaluate(...args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, 'evaluate', ...args], (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const share = z.number().min(0).max(1).optional();
const count = z.number().int().nonnegative();
const decision = z.object({ precision: share, recall: share, threshold: z.number().min(0).max(1) });
/** z.number() takes finite numbers only: what cannot be measured is absent, never null or NaN. */
const lineSchema = z.object({
  images: count,
  categories: z.partialRecord(
    z.enum(['helmet', 'bare_head', 'two_wheeler', 'person_on_two_wheeler', 'rider_with_vehicle']),
    z.object({ n: count, ap50: share }),
  ),
  classifier: z.object({ auc: share, n: count }).optional(),
  operating: z.object({ bare_head: decision }),
  buckets: z.array(z.object({ headPx: z.tuple([count, count.nullable()]), n: count, ap50: share, auc: share })),
  falseAddressesPer1000: z.number().nonnegative().optional(),
  msPerImage: z.object({ p50: z.number().positive(), p95: z.number().positive() }),
});
const lastLine = (stdout: string) => lineSchema.parse(JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? ''));

let film: LabelledFolder;
beforeAll(() => {
  film = labelledFilm();
});
afterAll(() => film[Symbol.dispose]());

const numberOf = (coco: Coco, category: number): number =>
  coco.annotations.filter((annotation) => annotation.category_id === category).length;

describe('anqi evaluate', () => {
  it('scores every label of the film, in a table and in the last line', async () => {
    const { code, stdout } = await evaluate('--coco', film.write('all.json', film.coco), '--json');
    expect(code).toBe(0);
    const figures = lastLine(stdout);
    expect(figures.images).toBe(film.coco.images.length);
    expect(figures.categories).toMatchObject({
      helmet: { n: numberOf(film.coco, 1) },
      bare_head: { n: numberOf(film.coco, 2) },
      rider_with_vehicle: { n: numberOf(film.coco, 5) },
    });
    expect(Object.keys(figures.categories)).toHaveLength(3);
    expect(figures.classifier?.n).toBe(numberOf(film.coco, 1) + numberOf(film.coco, 2));
    // The models ride along in this film's own test; here it is enough that pictures, boxes and labels fit together.
    expect(figures.categories.rider_with_vehicle?.ap50).toBeGreaterThan(0.5);
    expect(stdout.split('\n').length).toBeGreaterThan(10);
  }, 60_000);

  it('prints the table alone without --json', async () => {
    const { code, stdout } = await evaluate('--coco', film.write('all.json', film.coco));
    expect(code).toBe(0);
    expect(stdout).toContain('rider_with_vehicle');
    expect(stdout).not.toContain('{');
  }, 60_000);

  it('judges the other pictures when one is damaged and one is gone, names both, exit 1', async () => {
    const coco = structuredClone(film.coco);
    const bytes = readFileSync(join(film.folder, '2.png'));
    writeFileSync(join(film.folder, 'damaged.png'), bytes);
    truncateSync(join(film.folder, 'damaged.png'), Math.floor(bytes.length / 2));
    coco.images.push({ id: 91, file_name: 'damaged.png', width: 1280, height: 720 });
    coco.images.unshift({ id: 92, file_name: 'gone.png', width: 1280, height: 720 });
    const { code, stdout, stderr } = await evaluate('--coco', film.write('bad.json', coco), '--json');
    expect(code).toBe(1);
    expect(lastLine(stdout).images).toBe(film.coco.images.length);
    for (const words of ['damaged.png', 'gone.png', `2 of ${coco.images.length} pictures`])
      expect(stderr).toContain(words);
  }, 60_000);

  it('leaves out what is not complete: absent, not zero', async () => {
    const { categories, images, annotations } = film.coco;
    const helmetsOnly = {
      categories,
      images: images.map((image) => ({ ...image, exhaustive_category_ids: [1] })),
      annotations: annotations.filter(({ category_id }) => category_id === 1),
    };
    const figures = lastLine((await evaluate('--coco', film.write('helmets.json', helmetsOnly), '--json')).stdout);
    expect(Object.keys(figures.categories)).toEqual(['helmet']);
    expect(figures.classifier).toBeUndefined();
    expect(figures.falseAddressesPer1000).toBeUndefined();
  }, 60_000);

  it('writes plots and a page whose pictures are all there, and replaces an earlier one', async () => {
    const labels = film.write('all.json', film.coco);
    const out = join(film.folder, 'report');
    for (const _run of [1, 2]) expect((await evaluate('--coco', labels, '--out', out)).code).toBe(0);
    const page = readFileSync(join(out, 'index.html'), 'utf8');
    const shown = [...page.matchAll(/<img[^>]*src="(crops\/[^"]+)"/g)].map((match) => match[1] ?? '');
    expect(
      readdirSync(join(out, 'crops'))
        .map((name) => `crops/${name}`)
        .sort(),
    ).toEqual([...shown].sort());
    expect(readdirSync(out).filter((name) => name.endsWith('.svg'))).not.toEqual([]);
    expect(JSON.parse(readFileSync(join(out, 'evaluation.json'), 'utf8'))).toMatchObject({
      images: film.coco.images.length,
    });
  }, 120_000);

  it.each<[string, () => readonly string[], string]>([
    ['labels that are not there', () => ['--coco', join(film.folder, 'none.json')], 'none.json'],
    [
      'labels of nothing judged here',
      () => [
        '--coco',
        film.write('cats.json', { ...film.coco, categories: [{ id: 1, name: 'cat' }], annotations: [] }),
      ],
      '"cat"',
    ],
    [
      'a folder without models',
      () => ['--coco', film.write('all.json', film.coco), '--models', film.folder],
      'rider-detector.json',
    ],
    [
      'pictures that are all gone',
      () => [
        '--coco',
        film.write('gone.json', {
          ...film.coco,
          images: film.coco.images.map((image) => ({ ...image, file_name: `x/${image.file_name}` })),
        }),
      ],
      'none of its 5 pictures',
    ],
    [
      'a folder of other files to write into',
      () => ['--coco', film.write('all.json', film.coco), '--out', film.folder],
      'holds other files',
    ],
    [
      'a file to write into',
      () => ['--coco', film.write('all.json', film.coco), '--out', join(film.folder, '1.png')],
      '1.png',
    ],
  ])(
    'names %s, exit 1, no figures',
    async (_case, args, words) => {
      const { code, stdout, stderr } = await evaluate(...args(), '--json');
      expect(code).toBe(1);
      expect(stdout).toBe('');
      expect(stderr).toContain(words);
    },
    60_000,
  );

  it.each([[[]], [['--coco']], [['--coco', 'x.json', '--threads', '0']]])(
    '%j is a usage error: exit 2',
    async (args) => {
      expect((await evaluate(...args)).code).toBe(2);
    },
  );

  it('stops between two pictures on Ctrl-C, exit 1, no figures', async () => {
    const gone = { id: 0, file_name: 'gone.png', width: 1280, height: 720 };
    const many = Array.from({ length: 500 }, (_value, index) => ({ ...gone, id: index + 1, file_name: '2.png' }));
    const labels = film.write('many.json', { ...film.coco, images: [gone, ...many], annotations: [] });
    const child = spawn(process.execPath, [MAIN, 'evaluate', '--coco', labels, '--json']);
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
    });
    child.stderr.on('data', (chunk) => {
      // The first picture is named as gone once the models are loaded: the run is under way.
      if (stderr === '') child.kill('SIGINT');
      stderr += String(chunk);
    });
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('of 501 pictures');
  }, 60_000);
});

describe('on real pictures', () => {
  it('finds most helmets of a roadside camera', async () => {
    if (!existsSync(REAL_LABELS)) {
      process.stderr.write('../shared/data/riders is absent: only the simulated pictures were evaluated\n');
      return;
    }
    const { categories, images, annotations }: Coco = JSON.parse(readFileSync(REAL_LABELS, 'utf8'));
    const few = images.filter(({ source }) => source === 'helmet_motor').slice(0, REAL_PICTURES);
    const labels = film.write('real.json', {
      categories,
      images: few.map((image) => ({ ...image, file_name: join(dirname(REAL_LABELS), image.file_name) })),
      annotations: annotations.filter(({ image_id }) => few.some(({ id }) => id === image_id)),
    });
    const { code, stdout } = await evaluate('--coco', labels, '--json');
    expect(code).toBe(0);
    const figures = lastLine(stdout);
    expect(figures.images).toBe(REAL_PICTURES);
    expect(figures.categories.helmet?.ap50).toBeGreaterThan(0.6);
  }, 60_000);
});
