/**
 * The benchmark: one 1080p25 camera analysed by the real service, its cost and its delays beside the targets, and what
 * ffmpeg and onnxruntime alone cost on this machine in the same run. Nothing else should run meanwhile.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../../src/errors';
import { MODEL_FOLDER, PACKAGE_ROOT } from '../../src/places';
import { benchmarkFilm } from './film';
import { crowdFigures, ffmpegFloor, inferenceFloor, speechFigures } from './floors';
import { residentMb, treeSeconds } from './processes';
import { formatRows, type Measured, type RssSample, rowsOf } from './report';
import { MeasuredService, startCamera } from './service';

const OUTPUT = join(PACKAGE_ROOT, 'demo-output');
const ANALYSED_FPS = 5;
const RSS_EVERY_MS = 5_000;
const FLOOR_SECONDS = 10;
const FLOOR_FRAMES = 40;
const CROWD_FRAMES = 20;
const PROMPTS = 60;

interface Flags {
  readonly seconds: number;
  readonly minutes?: number;
  readonly film: string;
  readonly models?: string;
  readonly json: string;
}

async function main(flags: Flags): Promise<void> {
  const seconds = flags.minutes === undefined ? flags.seconds : 60 * flags.minutes;
  const film = await benchmarkFilm(flags.film, join(OUTPUT, 'bench'));
  await using camera = await startCamera(film);
  const busyBefore = loadavg()[0] ?? 0;
  const floor = { fps: ANALYSED_FPS, seconds: FLOOR_SECONDS };
  const before = await ffmpegFloor(camera.url, floor);
  const modelFolder = flags.models ?? MODEL_FOLDER;
  const inference = await inferenceFloor(film, { modelFolder, frames: FLOOR_FRAMES });
  const crowds = [
    await crowdFigures(film, { modelFolder, frames: CROWD_FRAMES, threads: 1 }),
    await crowdFigures(film, { modelFolder, frames: CROWD_FRAMES, threads: 2 }),
  ];
  const speech = await speechFigures(PROMPTS);
  const run = await measureService(camera.url, { seconds, modelFolder: flags.models ?? null });
  const after = await ffmpegFloor(camera.url, floor);
  const rows = rowsOf({ ...run, ffmpegAloneShares: [before, after], inference, crowds, speech });
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}`;
  process.stdout.write(
    `${machine}; measured ${seconds} s; load before ${busyBefore.toFixed(2)}\n\n${formatRows(rows)}\n`,
  );
  if (busyBefore > 0.5) process.stdout.write('\nThe machine was busy: delays are worse than they would be.\n');
  for (const problem of run.problems) process.stdout.write(`the service said: ${problem}\n`);
  await mkdir(OUTPUT, { recursive: true });
  await writeFile(flags.json, `${JSON.stringify({ machine, seconds, busyBefore, rows, rss: run.rss }, null, 2)}\n`);
}

type ServiceRun = Omit<Measured, 'ffmpegAloneShares' | 'inference' | 'crowds' | 'speech'> & {
  readonly problems: readonly string[];
};

async function measureService(
  cameraUrl: string,
  options: { readonly seconds: number; readonly modelFolder: string | null },
): Promise<ServiceRun> {
  const folder = join(OUTPUT, 'bench');
  const { seconds, modelFolder } = options;
  await using service = await MeasuredService.start({ cameraUrl, folder, modelFolder, analysedFps: ANALYSED_FPS });
  const startedAtMs = Date.now();
  const startedMs = performance.now();
  const before = treeSeconds(service.pid, 'ffmpeg');
  const rss: RssSample[] = [];
  const elapsedMs = (): number => performance.now() - startedMs;
  while (elapsedMs() < seconds * 1000) {
    rss.push({ atS: elapsedMs() / 1000, mb: residentMb(service.pid) });
    await sleep(Math.min(RSS_EVERY_MS, Math.max(0, seconds * 1000 - elapsedMs())));
  }
  const after = treeSeconds(service.pid, 'ffmpeg');
  rss.push({ atS: elapsedMs() / 1000, mb: residentMb(service.pid) });
  const measuredSeconds = elapsedMs() / 1000;
  const decisions = service.decisions.filter((one) => one.atMs >= startedAtMs);
  const framesBefore = service.decisions.findLast((one) => one.atMs < startedAtMs)?.frame ?? 0;
  return {
    seconds: measuredSeconds,
    cpu: { node: after.own - before.own, ffmpeg: after.named - before.named, other: after.other - before.other },
    frames: (decisions.at(-1)?.frame ?? framesBefore) - framesBefore,
    decisions,
    events: [...service.events],
    problems: [...service.problems],
    rss,
  };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('must be a number above 0');
  return value;
}

const program = new Command('bench')
  .description('measures the service with one 1080p25 camera against its targets 性能测试')
  .option('--seconds <n>', 'measured time', positive, 60)
  .option('--minutes <n>', 'measured time for memory: 10', positive)
  .option('--film <file>', 'scaled to 1080p25 first', join(PACKAGE_ROOT, 'test/clips/junction-demo.mp4'))
  .option('--models <folder>', "other models than the release's own")
  .option('--json <file>', 'where the figures go', join(OUTPUT, 'bench.json'));
program.parse();
main(program.opts<Flags>()).catch((error: unknown) => {
  process.stderr.write(`bench: ${messageOf(error)}\n`);
  process.exitCode = 1;
});
