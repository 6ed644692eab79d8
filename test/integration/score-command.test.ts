/** `anqi score` as a user runs it: on the committed clip, and on files that are not what they should be. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MAIN = join(__dirname, '../../dist/src/main.js');
const CLIPS = join(__dirname, '../clips');
const CLIP = join(CLIPS, 'two-in-blue.mp4');
const TRUTH = join(CLIPS, 'two-in-blue.truth.json');
const run = promisify(execFile);

let folder: string;
const files = () => ({ events: join(folder, 'e.jsonl'), tracks: join(folder, 't.jsonl') });
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anqi-score-'));
  const { events, tracks } = files();
  const { stdout } = await run(process.execPath, [MAIN, 'replay', CLIP, '--json', '--tracks', tracks]);
  await writeFile(events, stdout);
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

async function score(
  truth: string,
  events: string,
  tracks: string,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const args = [MAIN, 'score', '--truth', truth, '--events', events, '--tracks', tracks, '--json'];
  return run(process.execPath, args).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

it('scores the two riders in blue: both are found, nobody else is', async () => {
  const { code, stdout, stderr } = await score(TRUTH, files().events, files().tracks);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^SIMULATED 模拟: 1 clips, 3 people who ride, 2 of them due a reminder/);
  expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({
    ...{ origin: 'simulated', people: 3, due: 2, wrongPrompts: 0 },
    precision: { hits: 2, trials: 2 },
    recall: { hits: 2, trials: 2 },
  });
}, 60_000);

it('refuses events of another clip, tracks that end early and a truth that is none, with their places', async () => {
  const { events, tracks } = files();
  const other = await score(join(CLIPS, 'junction-demo.truth.json'), events, tracks);
  expect(other).toMatchObject({ code: 1, stdout: '' });
  expect(other.stderr).toContain('shorter than its truth');
  const cut = join(folder, 'cut.jsonl');
  await writeFile(cut, (await readFile(tracks, 'utf8')).split('\n').slice(0, 20).join('\n'));
  expect((await score(TRUTH, events, cut)).stderr).toContain('the clip is shorter than its truth: tracks end at 3.8 s');
  const wrong = join(folder, 'wrong.json');
  await writeFile(wrong, (await readFile(TRUTH, 'utf8')).replace('"fps":5', '"fps":"five"'));
  expect((await score(wrong, events, tracks)).stderr).toContain('video.fps: ');
  expect((await score(TRUTH, tracks, tracks)).stderr).toContain('line 1, ');
}, 60_000);
