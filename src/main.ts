#!/usr/bin/env node
/** The command line: anqi run | check | doctor | replay | evaluate. Exit codes: 0 as asked, 1 failed, 2 wrong usage or configuration. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Presets, SingleBar } from 'cli-progress';
import { Command, InvalidArgumentError } from 'commander';
import { readPhraseBook } from './announcer/phrase-book';
import { runService } from './app';
import { formatProblem, loadConfig } from './config/load';
import { type CameraConfig, type Config, configSchema } from './config/schema';
import { doctor } from './doctor';
import { AppError, messageOf } from './errors';
import { evaluate } from './evaluate';
import { score, summary } from './evaluation/metrics';
import { prepareReport, writeReport } from './evaluation/report';
import { table } from './evaluation/table';
import { MODEL_FOLDER, PACKAGE_ROOT, PHRASES_FILE } from './places';
import { replay } from './replay';
import { createLogger } from './runtime/logger';
import { redactUrlCredentials } from './runtime/redact';

const EXIT_FAILED = 1;
const EXIT_USAGE = 2;
/** ECMA-48: to the start of the line, erase to its end. */
const ERASE_LINE = '\r\u001b[K';

function main(): void {
  const program = new Command('anqi')
    .description(
      'Sees riders without a helmet, speaks to them politely, measures whether they put it on. 安骑：看见、提醒、记录',
    )
    .version(version(), '-V, --version')
    .exitOverride((error) => process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE))
    .showHelpAfterError('(anqi --help shows the commands)');
  program
    .command('run')
    .description('run the service 运行服务')
    .requiredOption('-c, --config <file>', 'configuration (see config/anqi.example.yaml)')
    .option('--pretty', 'readable log lines instead of JSON')
    .action((options: { config: string; pretty?: boolean }) => run(options));
  program
    .command('check')
    .description('check a configuration; reports every problem at once 检查配置')
    .argument('<file>', 'configuration')
    .action((file: string) => {
      readConfig(file);
      process.stdout.write(`${file}: good 配置正确\n`);
    });
  program
    .command('doctor')
    .description('check this box: programs, models, speaker, disk, clock, broker, cameras 体检')
    .option('-c, --config <file>', 'configuration; without it only the box itself is checked')
    .option('--quick', 'leave out broker, speaker and cameras')
    .option('--json', 'one JSON line per check')
    .action((options: { config?: string; quick?: boolean; json?: boolean }) => examine(options));
  program
    .command('replay')
    .description('run the pipeline on a recording; events as JSON lines 回放')
    .argument('<input>', 'video file, rtsp:// address or folder of pictures')
    .option('-c, --config <file>', 'configuration whose zones and prompts apply')
    .option('--camera <id>', 'which camera of the configuration (default: its first)')
    .option('--fps <n>', "pictures analysed per second (default: the camera's, or 5)", positiveNumber)
    .option('--json', 'JSON only, no closing words on stderr')
    .option('--tracks <file>', "write every analysed frame's riders, heads and votes as JSON lines")
    .action((input: string, options: ReplayFlags) => runReplay(input, options));
  program
    .command('evaluate')
    .description('measure the models on labelled pictures, the way the service sees them 评测')
    .requiredOption('--coco <file>', 'labels in COCO format; pictures lie where they say, relative to this file')
    .option('--models <folder>', "another folder of models (default: this release's)")
    .option('--threads <n>', 'threads of the inference', wholeNumber, 1)
    .option('--out <folder>', 'write plots and a page of every error as pictures there')
    .option('--json', 'last line: the figures as JSON')
    .addHelpText(
      'after',
      `
Categories are matched by name: helmet, bare_head, two_wheeler, person_on_two_wheeler, rider_with_vehicle; others are left
out. A picture's exhaustive_category_ids says which of them are labelled completely in it; only these are scored there.
Times are the analysis of one picture in the inference worker; reading and decoding files is left out.
Exit code 1 when pictures could not be judged: they are named on stderr, the figures are those of the others.`,
    )
    .action((options: EvaluateFlags) => runEvaluate(options));
  program.parseAsync().catch(fail);
}

async function run(options: { config: string; pretty?: boolean }): Promise<void> {
  const config = readConfig(options.config);
  const log = createLogger({ level: config.log.level, pretty: options.pretty === true });
  await runService(config, { log, version: version(), signal: untilInterrupted() });
}

async function examine(options: { config?: string; quick?: boolean; json?: boolean }): Promise<void> {
  const config = options.config === undefined ? null : readConfig(options.config);
  const isFit = await doctor(
    { config, isQuick: options.quick === true },
    (check) => {
      const line =
        options.json === true ? JSON.stringify(check) : `${check.verdict.padEnd(4)}  ${check.name}: ${check.detail}`;
      process.stdout.write(`${line}\n`);
    },
    untilInterrupted(),
  );
  process.exitCode = isFit ? 0 : EXIT_FAILED;
}

interface ReplayFlags {
  readonly config?: string;
  readonly camera?: string;
  readonly fps?: number;
  readonly json?: boolean;
  readonly tracks?: string;
}

async function runReplay(input: string, flags: ReplayFlags): Promise<void> {
  const config = flags.config === undefined ? bareConfig() : readConfig(flags.config);
  const camera = chooseCamera(config, flags.camera);
  const bar = new Progress('frames');
  endWithReader();
  const summary = await replay(
    {
      input,
      config,
      camera,
      fps: flags.fps ?? camera.analysedFps,
      tracksFile: flags.tracks ?? null,
      onEvent: (line) => process.stdout.write(`${line}\n`),
      onProblem: (problem) => bar.tell(redactUrlCredentials(problem)),
      onProgress: (doneFrames, totalFrames) => bar.show(doneFrames, totalFrames),
    },
    untilInterrupted(),
  ).finally(() => bar.stop());
  process.stdout.write(`${JSON.stringify(summary)}\n`);
  if (flags.json === true) return;
  const outcomes = Object.entries(summary.outcomes).map(([result, count]) => `${count} ${result}`);
  process.stderr.write(
    `${summary.frames} frames, ${summary.videoSeconds} s of video in ${summary.wallSeconds} s: ` +
      `${summary.incidents} incidents, ${summary.prompts} prompts, outcomes: ${outcomes.join(', ') || 'none'}\n`,
  );
}

interface EvaluateFlags {
  readonly coco: string;
  readonly models?: string;
  readonly threads: number;
  readonly out?: string;
  readonly json?: boolean;
}

async function runEvaluate(flags: EvaluateFlags): Promise<void> {
  const bar = new Progress('pictures');
  const signal = untilInterrupted();
  endWithReader();
  if (flags.out !== undefined) await prepareReport(flags.out);
  const { pictures, failed, paths, models, thresholds } = await evaluate(
    {
      labelFile: flags.coco,
      modelFolder: flags.models ?? MODEL_FOLDER,
      threads: flags.threads,
      onProblem: (problem) => bar.tell(problem),
      onProgress: (done, total) => bar.show(done, total),
    },
    signal,
  ).finally(() => bar.stop());
  const evaluation = score(pictures, {
    ...thresholds['head-classifier'],
    confirm: thresholds['rider-detector'].confirm,
    headScore: thresholds['head-finder'].score,
  });
  const names = models.map(({ name, version, sha256 }) => `${name} ${version} (${sha256.slice(0, 8)})`);
  process.stdout.write(`${names.join(', ')}\n\n${table(evaluation)}\n`);
  if (flags.out !== undefined) {
    const page = await writeReport(flags.out, { evaluation, pictures, paths }, signal);
    process.stdout.write(`\n${page}\n`);
  }
  if (flags.json === true) process.stdout.write(`${JSON.stringify(summary(evaluation))}\n`);
  if (failed === 0) return;
  process.stderr.write(`${failed} of ${failed + pictures.length} pictures could not be judged (named above)\n`);
  process.exitCode = EXIT_FAILED;
}

/** Every value its default: what `anqi replay` uses without a configuration. */
function bareConfig(): Config {
  return configSchema.parse({
    version: 1,
    node: { id: 'replay' },
    cameras: [{ id: 'replay', url: 'rtsp://127.0.0.1/replay' }],
  });
}

function chooseCamera(config: Config, id: string | undefined): CameraConfig {
  const camera = id === undefined ? config.cameras[0] : config.cameras.find((one) => one.id === id);
  if (camera !== undefined) return camera;
  const known = config.cameras.map((one) => one.id).join(', ');
  return leave(`--camera ${id}: no such camera in the configuration (it has ${known})`);
}

function readConfig(file: string): Config {
  const result = loadConfig(file, process.env);
  if (result.ok) return withSpeakableWording(result.config, file);
  return leave(result.problems.map((problem) => formatProblem(problem, file)).join('\n'));
}

/** Own sentences are part of the configuration: a slot or character the voice cannot say is found before anything starts. */
function withSpeakableWording(config: Config, file: string): Config {
  try {
    readPhraseBook(PHRASES_FILE, config.prompts.wording);
    return config;
  } catch (error) {
    return leave(`${file}: prompts.wording: ${messageOf(error)}`);
  }
}

function leave(message: string): never {
  process.stderr.write(`${message}\n`);
  process.exit(EXIT_USAGE);
}

function fail(error: unknown): void {
  const code = error instanceof AppError ? ` (${error.code})` : '';
  process.stderr.write(`anqi: ${redactUrlCredentials(messageOf(error))}${code}\n`);
  process.exitCode = EXIT_FAILED;
}

/** Aborts on the first SIGINT or SIGTERM; a second one ends the process at once. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(EXIT_FAILED);
      controller.abort();
    });
  }
  return controller.signal;
}

/** A reader that went away (| head) is no failure. */
function endWithReader(): void {
  process.stdout.on('error', () => process.exit(0));
}

/** A bar on the terminal; nothing where nobody watches, or while the end is not known. */
class Progress {
  private readonly bar: SingleBar | null;
  private isStarted = false;

  constructor(unit: string) {
    const format = `{bar} {value}/{total} ${unit}`;
    this.bar = process.stderr.isTTY ? new SingleBar({ format, clearOnComplete: true }, Presets.shades_classic) : null;
  }

  show(done: number, total: number | null): void {
    if (total === null) return;
    if (!this.isStarted) this.bar?.start(total, 0);
    this.isStarted = true;
    this.bar?.update(done);
  }

  /** A line of its own, above the bar. */
  tell(line: string): void {
    if (this.bar !== null) process.stderr.write(ERASE_LINE);
    process.stderr.write(`${line}\n`);
  }

  stop(): void {
    this.bar?.stop();
  }
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!(Number.isInteger(value) && value >= 1 && value <= 8)) throw new InvalidArgumentError('must be 1 to 8');
  return value;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 60)) throw new InvalidArgumentError('must be a number above 0, at most 60');
  return value;
}

function version(): string {
  const json: unknown = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8'));
  return typeof json === 'object' && json !== null && 'version' in json ? String(json.version) : '0.0.0';
}

main();
