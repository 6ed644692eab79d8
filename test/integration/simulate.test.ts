import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** The real browser, the real encoder: two renders of a one-second film, then one picture with labels. */
const ROOT = join(__dirname, '../..');
/** A render on a busy machine with two cores. */
const RENDER_TIMEOUT_MS = 240_000;

const SCENARIO = `
name: small
durationS: 1
fps: 5
widthPx: 320
heightPx: 180
camera: { position: [2, 3, 7], lookAt: [0, 1, 0], fovDeg: 30 }
actors:
  - id: v1
    kind: ebike
    persons: [{ id: p1, helmet: { onAtS: 0.6, takesS: 0.5 } }]
    path: [{ t: 0, x: -1, z: -1 }, { t: 1, x: -1, z: 0, ease: brake }]
  - { id: w1, kind: pedestrian, persons: [{ id: p2 }], path: [{ t: 0, x: 1, z: 0 }, { t: 1, x: 1.8, z: 0 }] }
`;

async function simulate(args: readonly string[]): Promise<{ readonly code: number | null; readonly stderr: string }> {
  const child = spawn(join(ROOT, 'scripts/simulate'), args, { cwd: ROOT, stdio: ['ignore', 'ignore', 'pipe'] });
  const timer = setTimeout(() => child.kill('SIGKILL'), RENDER_TIMEOUT_MS);
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  clearTimeout(timer);
  return { code, stderr };
}

async function folder(): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'anqi-simulate-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function probe(file: string): Record<string, string> {
  const entries = 'stream=codec_name,width,height,nb_read_frames,pix_fmt,has_b_frames,r_frame_rate';
  const { stdout, status, error } = spawnSync(
    'ffprobe',
    [
      '-v',
      'error',
      '-count_frames',
      '-select_streams',
      'v:0',
      '-show_entries',
      entries,
      '-of',
      'default=noprint_wrappers=1',
      file,
    ],
    { encoding: 'utf8' },
  );
  if (status !== 0)
    throw new Error(`ffprobe (package ffmpeg) is needed for this test: ${error?.message ?? `exit ${status}`}`);
  return Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  );
}

it(
  'renders a film with its truth, the same truth for the same seed',
  async () => {
    await using out = await folder();
    const scenario = join(out.path, 'small.yaml');
    await writeFile(scenario, SCENARIO);
    const truths: Buffer[] = [];
    for (const run of ['first', 'second']) {
      const { code, stderr } = await simulate([scenario, '--seed', '4', '--out', join(out.path, run)]);
      expect({ code, stderr }).toMatchObject({ code: 0 });
      truths.push(await readFile(join(out.path, run, 'small.truth.json')));
    }
    expect(truths[0]?.equals(truths[1] ?? Buffer.alloc(0))).toBe(true);
    expect(probe(join(out.path, 'first', 'small.mp4'))).toMatchObject({
      codec_name: 'h264',
      width: '320',
      height: '180',
      nb_read_frames: '5',
      pix_fmt: 'yuv420p',
      has_b_frames: '0',
      r_frame_rate: '5/1',
    });
    const truth = JSON.parse(truths[0]?.toString() ?? '{}');
    expect(truth).toMatchObject({
      seed: 4,
      scenario: 'small.yaml',
      video: { file: 'small.mp4', frames: 5, fps: 5, durationS: 1 },
    });
    const states = truth.frames.map(
      (frame: { vehicles: { persons: { state: string }[] }[] }) => frame.vehicles[0]?.persons[0]?.state,
    );
    expect(states).toEqual(['not_worn', 'not_worn', 'not_worn', 'worn', 'worn']);
    expect(truth.frames[0].pedestrians).toMatchObject([{ id: 'p2', kind: 'pedestrian' }]);
  },
  2 * RENDER_TIMEOUT_MS,
);

it(
  'writes labelled pictures whose boxes lie inside them',
  async () => {
    await using out = await folder();
    const { code, stderr } = await simulate(['--random', '2', '--seed', '3', '--out', out.path, '--coco']);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    const { images, annotations, categories } = JSON.parse(await readFile(join(out.path, 'train.json'), 'utf8'));
    expect(categories.map(({ name }: { name: string }) => name)).toContain('person_on_two_wheeler');
    expect(images).toHaveLength(2);
    for (const { file_name } of images) expect(existsSync(join(out.path, file_name))).toBe(true);
    expect(annotations.length).toBeGreaterThan(3);
    for (const { bbox } of annotations) {
      const [x, y, w, h] = bbox;
      expect(Math.min(x, y)).toBeGreaterThanOrEqual(0);
      expect(x + w).toBeLessThanOrEqual(1280.1);
      expect(y + h).toBeLessThanOrEqual(720.1);
    }
  },
  RENDER_TIMEOUT_MS,
);

it(
  'writes negatives with the five scored categories and vehicles alone, where no training looks for them',
  async () => {
    await using out = await folder();
    const args = ['--random', '1', '--scene', 'negatives', '--seed', '3', '--out', out.path, '--coco'];
    const { code, stderr } = await simulate(args);
    expect({ code, stderr }).toMatchObject({ code: 0 });
    expect(existsSync(join(out.path, 'train.json'))).toBe(false);
    const { images, annotations, categories } = JSON.parse(await readFile(join(out.path, 'negatives.json'), 'utf8'));
    expect(categories.map(({ name }: { name: string }) => name)).toEqual([
      'helmet',
      'bare_head',
      'two_wheeler',
      'person_on_two_wheeler',
      'rider_with_vehicle',
    ]);
    expect(images).toMatchObject([{ kind: expect.any(String), exhaustive_category_ids: [1, 2, 3, 4, 5] }]);
    expect(existsSync(join(out.path, images[0].file_name))).toBe(true);
    for (const { category_id } of annotations) expect(category_id).toBe(3);
  },
  RENDER_TIMEOUT_MS,
);

it.each([
  ['no file', [], 'one scenario file is needed'],
  ['a file that is not there', ['nowhere.yaml'], 'nowhere.yaml: cannot be read'],
  [
    'a scene nobody wrote',
    ['--random', '1', '--coco', '--scene', 'moon'],
    '--scene wants one of street, variety, waiting, hair, negatives',
  ],
  ['a seed that is no number', ['a.yaml', '--seed', 'x'], '--seed wants a whole number from 0, found "x"'],
])(
  'refuses %s with exit code 2',
  async (_case, args, message) => {
    const { code, stderr } = await simulate(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  },
  60_000,
);
