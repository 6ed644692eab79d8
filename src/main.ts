#!/usr/bin/env node
/** The command line: anqi run | setup-code | check | doctor | say | phrases | voices | replay | stats | evaluate. Exit codes: 0 as asked, 1 failed, 2 wrong usage or configuration. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { readPhraseBook } from './announcer/phrase-book';
import { LANGUAGES, type PhraseBook, type PhraseId } from './announcer/phrases';
import { parsePhraseId, parseSlots } from './announcer/slots';
import { findModel } from './announcer/voices/neural-voice';
import type { Config } from './config/schema';
import { doctor } from './doctor';
import type { PromptLanguage } from './domain';
import { AppError, FatalError, messageOf } from './errors';
import { evaluate } from './evaluate';
import { score, summary } from './evaluation/metrics';
import { prepareReport, writeReport } from './evaluation/report';
import { table } from './evaluation/table';
import { encodeEvent } from './mqtt/events';
import { MODEL_FOLDER, PACKAGE_ROOT, PHRASES_FILE } from './places';
import { Progress } from './progress';
import { checkRecordings, describeClip, listClips } from './recordings';
import { replay } from './replay';
import { firstVisit, run } from './run';
import { redactUrlCredentials } from './runtime/redact';
import { chosenSpeaker, describeSaid, say } from './say';
import { type ScoreFlags, scoreText } from './score';
import { bareConfig, chooseCamera, EXIT_USAGE, leave, readConfig } from './site-config';
import { type StatsFlags, stats } from './stats';

const EXIT_FAILED = 1;

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
    .action((options: { config: string; pretty?: boolean }) => run(options, version(), untilInterrupted()));
  program
    .command('setup-code')
    .description('the one-time code that the console asks for on a new box 首次设置码')
    .requiredOption('-c, --config <file>', 'configuration of the service')
    .action((options: { config: string }) => tellSetUpCode(options.config));
  program
    .command('check')
    .description('check a configuration; reports every problem at once 检查配置')
    .argument('<file>', 'configuration')
    .action(async (file: string) => {
      const { mandarinModel } = readConfig(file).prompts;
      if (mandarinModel !== undefined) await findModel(mandarinModel).catch((error) => leave(messageOf(error)));
      process.stdout.write(`${file}: good 配置正确\n`);
    });
  program
    .command('doctor')
    .description('check this box: programs, models, speaker, disk, clock, broker, cameras 体检')
    .option('-c, --config <file>', 'configuration; without it only the box itself is checked')
    .option('--quick', 'leave out broker, speaker and cameras')
    .option('--json', 'one JSON line per check')
    .action((options: { config?: string; quick?: boolean; json?: boolean }) => examine(options));
  addVoiceCommands(program);
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
    .command('stats')
    .description('reminded, corrected, correction rate and helmet use of this box 统计')
    .requiredOption('-c, --config <file>', 'configuration of the service')
    .option('--since <when>', 'a date (2026-11-01), a time with offset, or how long ago (7d, 24h)')
    .option('--camera <id>', 'only this camera')
    .option('--json', 'one line of JSON')
    .action((options: StatsFlags & { config: string }) => runStats(options));
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
  program
    .command('score')
    .description('hold what a run said of a clip against its truth 对照真值评分')
    .requiredOption('--truth <file>', 'who was really there (scripts/simulator/README.md describes the format)')
    .requiredOption('--events <file>', 'what anqi replay printed')
    .requiredOption('--tracks <file>', 'what anqi replay --tracks wrote')
    .option('--json', 'last line: the figures as JSON')
    .action((options: ScoreFlags) => void process.stdout.write(scoreText(options)));
  program.parseAsync().catch(fail);
}

function addVoiceCommands(program: Command): void {
  program
    .command('say')
    .description('speak one prompt, through a speaker or into a WAV file 试听一句')
    .addOption(languageOption().default('zh-CN'))
    .requiredOption('--phrase <id>', 'base, passenger, thanks …: anqi phrases names them', checked(parsePhraseId))
    .option('--slots <slot=word...>', 'who is meant, e.g. colour=blue garment=shirt side=left')
    .addOption(new Option('--out <file>', 'write it as WAV').conflicts('speaker'))
    .option('--speaker <name>', "a speaker of the configuration (default: the box's own sound card)")
    .option('-c, --config <file>', "configuration: the site's wording, recordings and speakers")
    .action((options: SayFlags) => runSay(options));
  program
    .command('phrases')
    .description('list the words that prompts are made of: recorded, machine-made or missing 录音清单')
    .addOption(languageOption())
    .option('--missing', 'only what is not recorded')
    .option('-c, --config <file>', "configuration: the site's wording and recordings")
    .action((options: PhrasesFlags) => runPhrases(options));
  program
    .command('voices')
    .description('recorded voices 真人录音')
    .command('check')
    .description('say which recordings of a folder have to be made again, and why 检查录音')
    .argument('<folder>', 'with the folders wuu or zh-CN in it, files named after their words: wuu/藍.wav')
    .option('-c, --config <file>', "configuration: the site's wording")
    .action((folder: string, options: { config?: string }) => runVoicesCheck(folder, options));
}

function languageOption(): Option {
  return new Option('--lang <lang>', 'zh-CN = Mandarin, wuu = Changxing dialect').choices(LANGUAGES);
}

/** A parser's own words become commander's. */
function checked<T>(parse: (text: string) => T): (text: string) => T {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      throw new InvalidArgumentError(messageOf(error));
    }
  };
}

interface SayFlags {
  readonly lang: PromptLanguage;
  readonly phrase: PhraseId;
  readonly slots?: readonly string[];
  readonly out?: string;
  readonly speaker?: string;
  readonly config?: string;
}

async function runSay({ lang, phrase, slots, out, speaker, config: file }: SayFlags): Promise<void> {
  const config = file === undefined ? null : readConfig(file);
  const prompt = { phraseId: phrase, lang, slots: asUsage(() => parseSlots(slots ?? []), '--slots') };
  const said = await say(
    {
      prompt,
      book: phraseBook(config),
      clipsDir: clipsDir(config),
      to: out === undefined ? asUsage(() => chosenSpeaker(config, speaker), '--speaker') : { kind: 'file', file: out },
      warn: (facts, message) => process.stderr.write(`${message}: ${Object.values(facts).join(' ')}\n`),
      mandarinModel: config?.prompts.mandarinModel,
    },
    untilInterrupted(),
  );
  process.stdout.write(`${describeSaid(said, prompt)}\n${out === undefined ? '' : `${out}\n`}`);
  if (said.playback?.playback === 'failed') process.exitCode = EXIT_FAILED;
}

interface PhrasesFlags {
  readonly lang?: PromptLanguage;
  readonly missing?: boolean;
  readonly config?: string;
}

async function runPhrases({ lang, missing, config: file }: PhrasesFlags): Promise<void> {
  const config = file === undefined ? null : readConfig(file);
  endWithReader();
  const langs = lang === undefined ? LANGUAGES : [lang];
  const clips = await listClips({ book: phraseBook(config), langs, clipsDir: clipsDir(config) });
  for (const clip of clips) {
    if (missing !== true || clip.state !== 'recorded') process.stdout.write(`${describeClip(clip)}\n`);
  }
  for (const each of langs) {
    const count = (state: string) => clips.filter((clip) => clip.lang === each && clip.state === state).length;
    process.stderr.write(
      `${each}: ${count('recorded')} recorded 已录, ${count('machine')} machine-made 机器合成, ${count('missing')} missing 缺\n`,
    );
  }
}

async function runVoicesCheck(folder: string, { config }: { config?: string }): Promise<void> {
  const book = phraseBook(config === undefined ? null : readConfig(config));
  endWithReader();
  const tell = (line: string) => void process.stdout.write(`${line}\n`);
  const isGood = await checkRecordings(folder, { book, tell }, untilInterrupted()).catch((error: unknown) => {
    if (error instanceof FatalError) return leave(messageOf(error));
    throw error;
  });
  if (!isGood) process.exitCode = EXIT_FAILED;
}

function phraseBook(config: Config | null): PhraseBook {
  return readPhraseBook(PHRASES_FILE, config?.prompts.wording ?? {});
}

function clipsDir(config: Config | null): string | undefined {
  return config === null ? undefined : join(config.dataFolder, 'clips');
}

/** What is wrong with the arguments is said as such. */
function asUsage<T>(parse: () => T, option: string): T {
  try {
    return parse();
  } catch (error) {
    return leave(`${option}: ${messageOf(error)}`);
  }
}

function tellSetUpCode(file: string): void {
  const { code, fingerprint } = firstVisit(file);
  if (fingerprint !== undefined) process.stdout.write(`certificate SHA-256 证书指纹 ${fingerprint}\n`);
  process.stdout.write(
    `${code ?? leave('no code: this box has a login already, or its service has not run yet 无设置码：已设置，或服务尚未启动')}\n`,
  );
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
      onEvent: (event) => process.stdout.write(`${encodeEvent(event)}\n`),
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

function runStats(flags: StatsFlags & { readonly config: string }): void {
  endWithReader();
  process.stdout.write(stats(readConfig(flags.config), flags, leave));
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
