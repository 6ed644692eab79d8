/** Command line of the junction simulator: a scenario file becomes a film with its truth, or a seed becomes training pictures. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { SingleBar } from 'cli-progress';
import { openRenderer } from './browser';
import { writeFilm } from './film';
import { checkScenario, parseScenario, ScenarioError } from './scenario';
import { labelsFile, SCENES, type SceneName, writeStills } from './stills';
import { trafficDraft, trafficText } from './traffic-scene';

const USAGE = `usage: scripts/simulate FILE.yaml [--seed N] [--out DIR] [--fps N]
       scripts/simulate --random N --seed S --out DIR
       scripts/simulate --random N --seed S --out DIR --coco [--scene street|variety|waiting|hair|negatives]

  FILE.yaml   a scenario (see scripts/simulator/README.md): writes DIR/<name>.mp4 and DIR/<name>.truth.json
  --random N  N made-up scenarios of everyday traffic: DIR/traffic-*.yaml, to be rendered or scored
  --coco      with --random: N made-up still pictures with labels: DIR/*.jpg and DIR/train.json (COCO)
  --scene S   street: everyday traffic by day (default); variety: night, rain, fog, canopies, capes, headwear;
              waiting: riders at the stop line through a long lens, umbrellas, tricycles, children in front;
              hair: the same with hair of every colour and fewer helmets;
              negatives: nobody rides, full of what looks like riders; writes DIR/negatives.json instead
  --seed N    whole number from 0: other faces, houses and colours (default: the scenario's; 1 for pictures)
  --fps N     pictures per second of the film (default: the scenario's)
  --out DIR   default demo-output/simulated
`;

class UsageError extends Error {}

type Task =
  | { readonly kind: 'help' }
  | {
      readonly kind: 'film';
      readonly file: string;
      readonly overrides: { readonly seed?: number; readonly fps?: number };
      readonly outFolder: string;
    }
  | { readonly kind: 'scenarios'; readonly count: number; readonly seed: number; readonly outFolder: string }
  | {
      readonly kind: 'stills';
      readonly scene: SceneName;
      readonly count: number;
      readonly seed: number;
      readonly outFolder: string;
    };

/** What the arguments ask for. Throws UsageError. */
export function taskOf(args: readonly string[]): Task {
  const { values, positionals } = parsed(args);
  if (values.help) return { kind: 'help' };
  const outFolder = resolve(values.out ?? join('demo-output', 'simulated'));
  const seed = numberOf('--seed', values.seed, { whole: true, low: 0 });
  if (values.random !== undefined) {
    if (positionals.length > 0) throw new UsageError('--random makes its own scenes: leave the scenario file out');
    const count = numberOf('--random', values.random, { whole: true, low: 1 }) ?? 1;
    if (values.coco) return { kind: 'stills', scene: sceneOf(values.scene), count, seed: seed ?? 1, outFolder };
    if (values.scene !== undefined) throw new UsageError('--scene chooses pictures: say --coco');
    return { kind: 'scenarios', count, seed: seed ?? 1, outFolder };
  }
  if (values.scene !== undefined) throw new UsageError('--scene goes with --random N');
  const [file, ...more] = positionals;
  if (!file || more.length > 0) throw new UsageError(`one scenario file is needed, found ${positionals.length}`);
  const fps = numberOf('--fps', values.fps, { whole: false, low: 1 });
  const overrides = { ...(seed === undefined ? {} : { seed }), ...(fps === undefined ? {} : { fps }) };
  return { kind: 'film', file, overrides, outFolder };
}

function parsed(args: readonly string[]) {
  try {
    const text = { type: 'string' } as const;
    const options = {
      seed: text,
      out: text,
      fps: text,
      random: text,
      scene: text,
      coco: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    } as const;
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (thrown) {
    throw new UsageError(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function sceneOf(text = 'street'): SceneName {
  const scene = SCENES.find((name) => name === text);
  if (!scene) throw new UsageError(`--scene wants one of ${SCENES.join(', ')}, found "${text}"`);
  return scene;
}

function numberOf(
  flag: string,
  text: string | undefined,
  { whole, low }: { readonly whole: boolean; readonly low: number },
): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!Number.isFinite(value) || value < low || (whole && !Number.isInteger(value))) {
    throw new UsageError(`${flag} wants a ${whole ? 'whole ' : ''}number from ${low}, found "${text}"`);
  }
  return value;
}

async function perform(task: Task): Promise<void> {
  switch (task.kind) {
    case 'help':
      process.stdout.write(USAGE);
      return;
    case 'film':
      return film(task);
    case 'scenarios':
      return scenarios(task);
    case 'stills':
      return stills(task);
  }
}

async function film({ file, overrides, outFolder }: Extract<Task, { kind: 'film' }>): Promise<void> {
  const text = await readFile(file, 'utf8').catch(() => {
    throw new UsageError(`${file}: cannot be read`);
  });
  const scenario = checkScenario({ ...parseScenario(text, file), ...overrides }, file);
  await using renderer = await openRenderer('film');
  const bar = progress('frames');
  const paths = await writeFilm(renderer, { scenario, source: file, outFolder, onFrame: bar.show }).finally(bar.stop);
  process.stdout.write(`${paths.join('\n')}\n`);
}

/** The seed of scenario i is seed × 1,000 + i: sets of different seeds share none. */
const SCENARIOS_PER_SEED = 1000;

async function scenarios({ count, seed, outFolder }: Extract<Task, { kind: 'scenarios' }>): Promise<void> {
  await mkdir(outFolder, { recursive: true });
  for (let index = 0; index < count; index += 1) {
    const draft = trafficDraft(seed * SCENARIOS_PER_SEED + index);
    const path = join(outFolder, `${draft.name}.yaml`);
    await writeFile(path, trafficText(draft));
    process.stdout.write(`${path}\n`);
  }
}

async function stills({ scene, count, seed, outFolder }: Extract<Task, { kind: 'stills' }>): Promise<void> {
  await using renderer = await openRenderer('stills');
  const bar = progress('pictures');
  await writeStills(renderer, { scene, count, seed, outFolder, onPicture: (done) => bar.show(done, count) }).finally(
    bar.stop,
  );
  process.stdout.write(`${join(outFolder, labelsFile(scene))}\n`);
}

/** A bar on a terminal; a line every tenth of the way elsewhere. */
function progress(unit: string): { readonly show: (done: number, total: number) => void; readonly stop: () => void } {
  if (!process.stderr.isTTY) {
    const show = (done: number, total: number): void => {
      const tenth = Math.max(1, Math.round(total / 10));
      if (done % tenth === 0 || done === total) process.stderr.write(`${done}/${total} ${unit}\n`);
    };
    return { show, stop: () => undefined };
  }
  const bar = new SingleBar({ format: `{bar} {value}/{total} ${unit}, {eta_formatted} left`, stream: process.stderr });
  let started = false;
  const show = (done: number, total: number): void => {
    if (!started) bar.start(total, done);
    started = true;
    bar.update(done);
  };
  return { show, stop: () => bar.stop() };
}

/** Exit codes: 0 done, 1 the render failed, 2 wrong arguments or scenario. */
async function main(): Promise<void> {
  try {
    await perform(taskOf(process.argv.slice(2)));
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    const asked = thrown instanceof UsageError || thrown instanceof ScenarioError;
    process.stderr.write(`simulate: ${message}\n${thrown instanceof UsageError ? `\n${USAGE}` : ''}`);
    process.exitCode = asked ? 2 : 1;
  }
}

if (require.main === module) void main();
