/**
 * The benchmark: the real service on 1080p25 cameras, what ffmpeg and onnxruntime alone cost for the same pictures, and two
 * peers with the same model, in turns, round after round on this machine. Prints a table, writes JSON and a page with plots.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { probeFfmpeg } from '../../src/camera/ffmpeg';
import { messageOf } from '../../src/errors';
import { MODEL_FOLDER, PACKAGE_ROOT } from '../../src/places';
import { benchmarkFilm, type FilmName } from './film';
import { crowdFigures, drainFigures, ffmpegFloor, inferenceFloor, riderFigures, speechFigures } from './floors';
import { longRun } from './long-run';
import { peerRound, serviceRound } from './measure';
import { benchmarkPage } from './page';
import { nodePeer, openCvPeer, type Peer } from './peers';
import { formatParts, markdownParts, type Part, withMeasured } from './report';
import { ANALYSED_FPS, type Round, SETUPS, type ServiceRound, type Setup } from './rounds';
import { othersCores, partsOf, type Results } from './rows';
import { type ServiceOptions, startCamera } from './service';

const OUTPUT = join(PACKAGE_ROOT, 'demo-output');
const FOLDER = join(OUTPUT, 'bench');
const BUSY: Setup = { name: '1 × H.264', cameras: 1, film: 'film-1080p25' };
const RIDERS = [0, 1, 2, 4, 8, 12];
const THREADS = [1, 2];
/** The service with one camera takes a third of a core. */
const BUSY_CORES = 0.2;

const FULL = { rounds: 5, settleS: 3, windowS: 6, frames: 20, prompts: 60, drains: [500, 2_000, 8_000, 32_000] };
type Extent = typeof FULL;
/** Shows that everything works; its figures mean little. */
const QUICK: Extent = { rounds: 1, settleS: 1, windowS: 2, frames: 3, prompts: 6, drains: [500, 2_000] };

interface Flags {
  readonly quick?: boolean;
  readonly rounds?: number;
  readonly minutes?: number;
  readonly film: string;
  readonly models?: string;
  readonly json: string;
  readonly html: string;
  readonly markdown?: string;
}

async function main(flags: Flags): Promise<void> {
  await probeFfmpeg();
  await (flags.minutes === undefined ? measureSpeed(flags) : measureMemory(flags, flags.minutes));
}

async function measureSpeed(flags: Flags): Promise<void> {
  const extent = {
    ...(flags.quick === true ? QUICK : FULL),
    ...(flags.rounds === undefined ? {} : { rounds: flags.rounds }),
  };
  // Before the long wait: is there a place to write to?
  if (flags.markdown !== undefined) withMeasured(await readFile(flags.markdown, 'utf8'), '');
  const peers = [
    await openCvPeer(flags.models ?? MODEL_FOLDER, FOLDER),
    nodePeer(flags.models ?? MODEL_FOLDER),
  ] as const;
  await using stage = await Stage.open(flags);
  const load = loadavg()[0] ?? 0;
  const steps = new Steps(1 + extent.rounds * (3 + SETUPS.length) + THREADS.length + 3);
  const rounds = await measureRounds(stage, { extent, peers, steps });
  const results = { rounds, ...(await measureParts(stage, extent, steps)) };
  const length = `${extent.rounds} rounds of ${extent.windowS} s in turns; load before ${load.toFixed(2)}`;
  const about = [`${machine()}; ${length}, ${steps.minutes} minutes.`];
  if (othersCores(rounds) > BUSY_CORES)
    about.push(
      'Other programs took much of the machine: delays, drops and pictures per second are worse than they would be.',
    );
  await tell(results, { flags, about });
}

async function measureRounds(
  stage: Stage,
  { extent, peers: [openCv, plainNode], steps }: { extent: Extent; peers: readonly [Peer, Peer]; steps: Steps },
): Promise<Round[]> {
  const url = stage.url(BUSY.film);
  steps.next('the prompts are rendered');
  await serviceRound(stage.options(BUSY), { settleS: 0, windowS: 1 });
  const rounds: Round[] = [];
  for (let number = 1; number <= extent.rounds; number++) {
    const say = (what: string): void => steps.next(`round ${number} of ${extent.rounds}: ${what}`);
    say('ffmpeg alone, onnxruntime alone');
    const ffmpegMs = await ffmpegFloor(url, extent);
    const { modelFolder } = stage;
    const { rawMsPerFrame, visionMsPerFrame } = await inferenceFloor(stage.film(BUSY.film), { modelFolder, ...extent });
    say('Python with OpenCV');
    const opencv = await peerRound(openCv(url), extent);
    say('plain Node');
    const node = await peerRound(plainNode(url), extent);
    const services: ServiceRound[] = [];
    for (const setup of SETUPS) {
      say(`the service, ${setup.name}`);
      services.push(await serviceRound(stage.options(setup), extent));
    }
    rounds.push({
      floor: { ffmpegMs, onnxruntimeMs: rawMsPerFrame, visionMs: visionMsPerFrame },
      opencv,
      node,
      services,
    });
  }
  return rounds;
}

async function measureParts(stage: Stage, extent: Extent, steps: Steps): Promise<Omit<Results, 'rounds'>> {
  const { modelFolder } = stage;
  const film = stage.film(BUSY.film);
  const { frames } = extent;
  steps.next('riders in the picture');
  const riders = await riderFigures(film, { modelFolder, frames, riders: RIDERS });
  const crowds = [];
  for (const threads of THREADS) {
    steps.next(`twelve riders, threads: ${threads}`);
    crowds.push(await crowdFigures(film, { modelFolder, frames, threads }));
  }
  steps.next('prompts');
  const speech = await speechFigures(extent.prompts);
  steps.next('backlog');
  return { riders, crowds, speech, drains: await drainFigures(extent.drains, extent.rounds) };
}

async function tell(
  results: Results,
  { flags, about }: { readonly flags: Flags; readonly about: readonly string[] },
): Promise<void> {
  const parts = partsOf(results);
  process.stdout.write(`${about.join('\n')}\n\n${formatParts(parts)}\n\n${missed(parts)}\n`);
  await write(flags.json, `${JSON.stringify({ about, parts, ...results }, null, 2)}\n`);
  await write(flags.html, benchmarkPage(results, about));
  process.stdout.write(`figures: ${flags.json}\nplots: ${flags.html}\n`);
  if (flags.markdown === undefined) return;
  const measured = `\n${about.join('\n')}\n\n${markdownParts(parts)}\n`;
  await write(flags.markdown, withMeasured(await readFile(flags.markdown, 'utf8'), measured));
}

async function measureMemory(flags: Flags, minutes: number): Promise<void> {
  await using stage = await Stage.open(flags);
  const load = loadavg()[0] ?? 0;
  const { part, problems } = await longRun(stage.options(BUSY), 60 * minutes);
  const about = `${machine()}; ${minutes} minutes; load before ${load.toFixed(2)}`;
  process.stdout.write(`${about}\n\n${formatParts([part])}\n\n${missed([part])}\n`);
  for (const problem of problems) process.stdout.write(`the service said: ${problem}\n`);
  await write(flags.json, `${JSON.stringify({ about: [about], parts: [part], problems }, null, 2)}\n`);
}

/** The cameras of this machine, one process for each film. */
class Stage implements AsyncDisposable {
  private constructor(
    private readonly flags: Flags,
    private readonly films: ReadonlyMap<FilmName, { readonly path: string; readonly url: string }>,
    private readonly cameras: readonly AsyncDisposable[],
  ) {}

  static async open(flags: Flags): Promise<Stage> {
    const cameras: AsyncDisposable[] = [];
    const films = new Map<FilmName, { path: string; url: string }>();
    for (const name of new Set(SETUPS.map(({ film }) => film))) {
      const path = await benchmarkFilm(flags.film, FOLDER, name);
      const camera = await startCamera(path);
      cameras.push(camera);
      films.set(name, { path, url: camera.url });
    }
    return new Stage(flags, films, cameras);
  }

  get modelFolder(): string {
    return this.flags.models ?? MODEL_FOLDER;
  }

  url(film: FilmName): string {
    return this.films.get(film)?.url ?? '';
  }

  film(film: FilmName): string {
    return this.films.get(film)?.path ?? '';
  }

  options({ film, cameras }: Setup): ServiceOptions {
    const cameraUrls = Array.from({ length: cameras }, () => this.url(film));
    return { cameraUrls, folder: FOLDER, modelFolder: this.flags.models ?? null, analysedFps: ANALYSED_FPS };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const camera of this.cameras) await camera[Symbol.asyncDispose]();
  }
}

/** Says on stderr where it is. */
class Steps {
  #done = 0;
  readonly #startedMs = performance.now();

  constructor(private readonly all: number) {}

  get minutes(): string {
    return ((performance.now() - this.#startedMs) / 60_000).toFixed(1);
  }

  next(what: string): void {
    process.stderr.write(`[${this.#done}/${this.all}, ${this.minutes} min] ${what}\n`);
    this.#done += 1;
  }
}

function machine(): string {
  return `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}`;
}

function missed(parts: readonly Part[]): string {
  const rows = parts.flatMap(({ rows }) => rows);
  return `${rows.filter(({ isMet }) => isMet === false).length} of ${rows.filter(({ isMet }) => isMet !== null).length} goals not met`;
}

async function write(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0');
  return value;
}

const program = new Command('bench')
  .description('measures the service against its floors, its peers and its goals 性能测试')
  .option('--quick', 'one short round of everything: does it work?')
  .option('--rounds <n>', 'instead of five', positive)
  .option('--minutes <n>', "instead of all that: one camera's memory for so long (10)", positive)
  .option('--film <file>', 'scaled to 1080p first', join(PACKAGE_ROOT, 'test/clips/junction-demo.mp4'))
  .option('--models <folder>', "other models than the release's own")
  .option('--json <file>', 'where the figures go', join(OUTPUT, 'bench.json'))
  .option('--html <file>', 'where the page with plots goes', join(OUTPUT, 'bench.html'))
  .option('--markdown <file>', 'writes the table into this file too, between its two marks <!-- measured -->');
program.parse();
main(program.opts<Flags>()).catch((error: unknown) => {
  process.stderr.write(`bench: ${messageOf(error)}\n`);
  process.exitCode = 1;
});
