/** Plays a folder of scenarios against the service, reactively, and scores what it said: a table, a page, the files of every run. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { configSchema } from '../../src/config/schema';
import { encodeEvent } from '../../src/mqtt/events';
import { MODEL_FOLDER } from '../../src/places';
import { Progress } from '../../src/progress';
import { type ClipScore, scoreClip } from '../../src/scoring/score';
import { summarise } from '../../src/scoring/summary';
import { scoreTable } from '../../src/scoring/table';
import { Detector } from '../../src/vision/detector';
import { openRenderer } from './browser';
import { Frames, frameCount } from './frames';
import { clipOfRun, type ReactiveRun, runReactively } from './reactive';
import { parseScenario, type Scenario, ScenarioError } from './scenario';
import { type PicturedMistake, scorePage } from './score-page';

const USAGE = `usage: scripts/score-set [--set DIR|FILE.yaml] [--only NAME,…] [--models DIR] [--out DIR] [--json]

  --set DIR     scenarios to play (default scripts/simulator/set); a single file will do
  --only NAMES  only scenarios whose file names begin so
  --models DIR  another folder of models (default: this release's)
  --out DIR     default demo-output/score-set: index.html, score.json, and truth, events and tracks of each scenario
  --json        last line: the figures as JSON
Pictures are kept in OUT/frames and drawn anew only where something in them changed.
`;

class UsageError extends Error {}

interface Task {
  readonly set: string;
  readonly only: readonly string[];
  readonly models: string;
  readonly out: string;
  readonly json: boolean;
}

function taskOf(args: readonly string[]): Task | null {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    const options = { set: text, only: text, models: text, out: text, json: flag, help: { ...flag, short: 'h' } };
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) return null;
    return {
      set: resolve(values.set ?? join('scripts', 'simulator', 'set')),
      only: values.only?.split(',') ?? [],
      models: values.models ?? MODEL_FOLDER,
      out: resolve(values.out ?? join('demo-output', 'score-set')),
      json: values.json ?? false,
    };
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

interface Play {
  readonly source: string;
  readonly scenario: Scenario;
}

/** All that can be wrong in any of them is told at once. Those that share a street follow one another. */
async function readSet({ set, only }: Task): Promise<readonly Play[]> {
  const isFile = /\.ya?ml$/.test(set);
  const names = isFile ? [set] : (await readdir(set).catch(() => [])).filter((name) => /\.ya?ml$/.test(name)).sort();
  const wanted = names.filter((name) => only.length === 0 || only.some((start) => basename(name).startsWith(start)));
  if (wanted.length === 0)
    throw new UsageError(`${set}: no scenario (*.yaml) there${only.length > 0 ? ' of that name' : ''}`);
  const problems: string[] = [];
  const plays: Play[] = [];
  for (const name of wanted) {
    const text = await readFile(isFile ? name : join(set, name), 'utf8').catch(() => null);
    if (text === null) throw new UsageError(`${name}: cannot be read`);
    try {
      plays.push({ source: basename(name), scenario: parseScenario(text, basename(name)) });
    } catch (thrown) {
      if (!(thrown instanceof ScenarioError)) throw thrown;
      problems.push(...thrown.problems.map((problem) => `${basename(name)}: ${problem}`));
    }
  }
  if (problems.length > 0) throw new ScenarioError(set, problems);
  return [...plays].sort((one, other) => one.scenario.seed - other.scenario.seed);
}

async function scoreSet(task: Task, signal: AbortSignal): Promise<void> {
  const plays = await readSet(task);
  const total = plays.reduce((sum, { scenario }) => sum + frameCount(scenario), 0);
  const bar = new Progress('frames');
  await using renderer = await openRenderer('film');
  const frames = new Frames(renderer, { cacheFolder: join(task.out, 'frames') });
  const detector = new Detector({ modelFolder: task.models, threads: 1 });
  const scores: ClipScore[] = [];
  const pictured: PicturedMistake[] = [];
  try {
    const info = await detector.start();
    const config = configSchema.parse({
      version: 1,
      node: { id: 'simulated' },
      cameras: [{ id: 'simulated', url: 'rtsp://127.0.0.1/simulated' }],
    });
    const [camera] = config.cameras;
    if (camera === undefined) throw new Error('a configuration without a camera');
    let done = 0;
    for (const { scenario, source } of plays) {
      const onFrame = (frame: number): void => bar.show(done + frame, total);
      const run = await runReactively({ scenario, source, frames, config, camera, detector, info, onFrame }, signal);
      if (signal.aborted) return;
      done += frameCount(scenario);
      const score = scoreClip(clipOfRun(scenario.name, run));
      scores.push(score);
      pictured.push(...(await keep(task.out, { scenario, run, score })));
      bar.tell(lineOf(score));
    }
  } finally {
    bar.stop();
    await detector.close();
  }
  const summary = summarise(scores);
  await writeFile(join(task.out, 'score.json'), `${JSON.stringify({ summary, clips: scores }, null, 1)}\n`);
  await writeFile(join(task.out, 'index.html'), scorePage(scores, pictured));
  process.stdout.write(`${scoreTable(summary)}\n\n${join(task.out, 'index.html')}\n`);
  if (task.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
}

/** Files of a run, in the form `anqi score` reads, and a picture of every mistake. */
async function keep(
  out: string,
  { scenario, run, score }: { readonly scenario: Scenario; readonly run: ReactiveRun; readonly score: ClipScore },
): Promise<PicturedMistake[]> {
  const folder = join(out, scenario.name);
  await mkdir(folder, { recursive: true });
  const lines = (items: readonly string[]): string => items.map((item) => `${item}\n`).join('');
  await writeFile(join(folder, 'truth.json'), `${JSON.stringify(run.truth)}\n`);
  await writeFile(join(folder, 'events.jsonl'), lines(run.events.map(encodeEvent)));
  await writeFile(join(folder, 'tracks.jsonl'), lines(run.tracks.map((line) => JSON.stringify(line))));
  return Promise.all(
    score.mistakes.map(async (mistake, index) => {
      const last = run.jpegs.length - 1;
      const jpeg = run.jpegs[Math.min(last, Math.max(0, Math.round(mistake.atS * scenario.fps)))];
      const name = `mistake-${index}.jpg`;
      if (jpeg !== undefined) await writeFile(join(folder, name), jpeg);
      return { clip: scenario.name, mistake, image: `${scenario.name}/${name}` };
    }),
  );
}

function lineOf({ name, people, mistakes }: ClipScore): string {
  const due = people.filter(({ isDue }) => isDue).length;
  const said = mistakes.map(({ kind, who }) => `${kind} ${who}`).join(', ');
  return `${name}: ${people.length} riders, ${due} due, ${said || 'all right'}`;
}

/** Exit codes: 0 scored, 1 failed, 2 wrong arguments or scenarios. */
async function main(): Promise<void> {
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  process.once('SIGTERM', () => stop.abort());
  try {
    const task = taskOf(process.argv.slice(2));
    if (task === null) process.stdout.write(USAGE);
    else await scoreSet(task, stop.signal);
    if (stop.signal.aborted) process.exitCode = 1;
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    process.stderr.write(`score-set: ${message}\n${thrown instanceof UsageError ? `\n${USAGE}` : ''}`);
    process.exitCode = thrown instanceof UsageError || thrown instanceof ScenarioError ? 2 : 1;
  }
}

if (require.main === module) void main();
