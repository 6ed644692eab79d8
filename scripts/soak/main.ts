/** Hours under faults: `npm run soak -- --hours 2`; see README.md. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../../src/errors';
import { PACKAGE_ROOT } from '../../src/places';
import { randomFrom } from '../simulator/random';
import { schedule } from './faults';
import { soakFilm } from './film';
import { soak } from './soak';
import { type SoakLine, verdictOf } from './table';

interface Flags {
  readonly hours: number;
  readonly warmUp: number;
  readonly cameras: number;
  readonly fps: number;
  readonly every: number;
  readonly film: string;
  readonly height: number;
  readonly seed: number;
  readonly out: string;
  readonly report?: string;
}

const READ_EVERY_S = 60;

async function main(flags: Flags): Promise<void> {
  const warmUpH = flags.warmUp / 60;
  const lines = flags.report === undefined ? await run(flags) : await readLines(flags.report);
  const { text, problems } = verdictOf(lines, warmUpH);
  process.stdout.write(text);
  if (problems.length > 0) process.exitCode = 1;
}

async function run(flags: Flags): Promise<readonly SoakLine[]> {
  const linesFile = join(flags.out, 'soak.jsonl');
  if (existsSync(linesFile)) throw new Error(`${linesFile} is there already: name another folder with --out`);
  await mkdir(flags.out, { recursive: true });
  const film = await soakFilm(flags.film, flags.height, flags.out);
  const random = randomFrom(flags.seed);
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => stop.abort());
  process.stderr.write(`readings each minute: ${linesFile}\n`);
  return soak({
    film,
    hours: flags.hours,
    cameras: flags.cameras,
    analysedFps: flags.fps,
    faultEveryS: flags.every,
    readEveryS: READ_EVERY_S,
    random,
    faults: schedule(random),
    signal: stop.signal,
    linesFile,
    logFile: join(flags.out, 'service.log'),
  });
}

/** Whatever a soak has written so far; a line that a kill cut off is left out. */
async function readLines(file: string): Promise<readonly SoakLine[]> {
  const text = await readFile(file, 'utf8');
  const complete = text.slice(0, text.lastIndexOf('\n') + 1);
  return complete.split('\n').flatMap((line): SoakLine[] => (line === '' ? [] : [JSON.parse(line)]));
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0');
  return value;
}

new Command('soak')
  .description(
    'one service, some cameras, faults, for hours; a table of what it takes and whether that grows 长时间运行',
  )
  .option('--hours <n>', 'how long', positive, 2)
  .option('--warm-up <minutes>', 'shown and not judged', positive, 20)
  .option('--cameras <n>', 'how many', positive, 4)
  .option('--fps <n>', 'pictures analysed of each camera, a second', positive, 2)
  .option('--every <seconds>', 'between two faults', positive, 120)
  .option('--film <file>', 'what the cameras show', join(PACKAGE_ROOT, 'test/clips/junction-demo.mp4'))
  .option('--height <px>', 'to which it is scaled', positive, 360)
  .option('--seed <n>', 'which fault when, and for how long', positive, 1)
  .option('--out <folder>', 'where readings and log go', join(PACKAGE_ROOT, `demo-output/soak-${Date.now()}`))
  .option('--report <file>', 'only prints the table of a soak.jsonl, that of a soak that was killed too')
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`soak: ${messageOf(error)}\n`);
    process.exitCode = 1;
  });
