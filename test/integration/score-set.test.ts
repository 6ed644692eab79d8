/** A small part of `scripts/score-set`: a night scene is drawn, played reactively, scored, and nobody is spoken to wrongly. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

jest.setTimeout(300_000);

const ROOT = join(__dirname, '../..');
const PROGRAM = join(ROOT, 'dist/scripts/simulator/score-set.js');
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anqi-score-set-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

it('plays one of the set: five riders at night, one of them due', async () => {
  const { stdout } = await run(process.execPath, [PROGRAM, '--only', 'traffic-1005', '--out', folder, '--json'], {
    cwd: ROOT,
  });
  expect(stdout).toMatch(/^SIMULATED 模拟: 1 clips, 5 people who ride, 1 of them due a reminder/);
  const summary = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(summary).toMatchObject({ origin: 'simulated', clips: 1, people: 5, due: 1, wrongPrompts: 0 });
  expect(Object.values(summary.falseViolations).every((count) => count === 0)).toBe(true);
  const read = (...parts: string[]): Promise<string> => readFile(join(folder, ...parts), 'utf8');
  const page = await read('index.html');
  expect(page).toContain('traffic-1005');
  const tracks = (await read('traffic-1005', 'tracks.jsonl')).trim().split('\n');
  expect(tracks).toHaveLength(160);
  const truth = JSON.parse(await read('traffic-1005', 'truth.json'));
  expect(truth.actors.flatMap(({ persons }: { persons: object[] }) => persons)).toHaveLength(6);
});

it('names every mistake of a scenario with its place, and plays nothing', async () => {
  const file = join(folder, 'broken.yaml');
  await writeFile(file, 'name: broken\ndurationS: -1\nfps: 5\nactors: [{ id: v1, kind: spaceship }]\n');
  const failure = await run(process.execPath, [PROGRAM, '--set', file, '--out', folder], { cwd: ROOT }).catch(
    (error: unknown) => error,
  );
  expect(failure).toMatchObject({ code: 2, stderr: expect.stringContaining('durationS') });
  expect(failure).toMatchObject({ stderr: expect.stringContaining('kind') });
});
