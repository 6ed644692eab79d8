/** What the same work costs without the service around it, so that its figures can be read on any machine. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { FFMPEG, liveArguments, probeFfmpeg } from '../../src/camera/ffmpeg';
import { endChild, spawnGuarded } from '../../src/runtime/guarded-child';
import type { Timing } from './measure';
import { allSeconds, onTwoCores } from './processes';
import { ANALYSED_FPS } from './rounds';

const MAX_WIDTH_PX = 1920;
const PICTURE_BYTES = 1920 * 1080 * 3;
const FIRST_PICTURE_LIMIT_MS = 30_000;
const INFERENCE_LIMIT_MS = 300_000;

/** CPU ms a picture that ffmpeg alone takes with the service's own arguments on the same camera. */
export async function ffmpegFloor(url: string, { settleS, windowS }: Timing): Promise<number> {
  const request = { url, transport: 'tcp', fps: ANALYSED_FPS, maxWidthPx: MAX_WIDTH_PX } as const;
  const child = spawnGuarded(...onTwoCores(FFMPEG, liveArguments(request, await probeFfmpeg())));
  let bytes = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
  });
  child.stderr.resume();
  try {
    await once(child.stdout, 'data', { signal: AbortSignal.timeout(FIRST_PICTURE_LIMIT_MS) });
    await sleep(settleS * 1000);
    if (child.pid === undefined || child.exitCode !== null) throw new Error('ffmpeg ended by itself');
    const before = { cpu: allSeconds(child.pid), bytes };
    await sleep(windowS * 1000);
    const pictures = (bytes - before.bytes) / PICTURE_BYTES;
    return (1000 * (allSeconds(child.pid) - before.cpu)) / pictures;
  } finally {
    await endChild(child);
  }
}

export interface InferenceFloor {
  readonly frames: number;
  /** CPU of onnxruntime's runs alone, on the very tensors the service would feed. */
  readonly rawMsPerFrame: number;
  /** CPU of the whole vision room: scaling, runs, decoding. */
  readonly visionMsPerFrame: number;
}

/** One picture with many rider groups; medians in ms. */
export interface CrowdFigures {
  readonly threads: number;
  /** Rider groups that were found in it, and heads on them. */
  readonly groups: number;
  readonly heads: number;
  readonly frameMs: number;
  /** The three networks' share of it; the finder takes all groups at once, the classifier all heads. */
  readonly detectorMs: number;
  readonly finderMs: number;
  readonly classifierMs: number;
  /** The finder's work without a batch. */
  readonly finderOneByOneMs: number;
  /** The same picture when all of its groups are settled. */
  readonly settledFrameMs: number;
}

/** Delays of prompts in ms, one a prompt. */
export interface SpeechFigures {
  /** In view when the words were chosen. */
  readonly riders: number;
  readonly decidedMs: readonly number[];
  /** From the decision to the start of playback: the sound waits in the cache, or is made first. */
  readonly cachedMs: readonly number[];
  readonly uncachedMs: readonly number[];
}

export async function speechFigures(prompts: number): Promise<SpeechFigures> {
  return measuredApart('speech.js', [String(prompts)]);
}

/** Measured in a process of its own for each number of threads. */
export async function crowdFigures(
  film: string,
  options: { modelFolder: string; frames: number; threads: number },
): Promise<CrowdFigures> {
  return measuredApart('crowd.js', [film, options.modelFolder, String(options.frames), String(options.threads)]);
}

/** Measured in a process of its own on the part of the film that the others see, picture by picture in turns. */
export async function inferenceFloor(
  film: string,
  { modelFolder, settleS, windowS }: Timing & { readonly modelFolder: string },
): Promise<InferenceFloor> {
  return measuredApart('inference-floor.js', [film, modelFolder, String(settleS), String(settleS + windowS)]);
}

/** How long pictures with so many riders take: one thread, medians. */
export interface RiderFigures {
  readonly riders: number;
  /** Rider groups that were found in it. */
  readonly groups: number;
  readonly frameMs: number;
  readonly cpuMs: number;
}

/** Pictures with 0, 1, … riders, in turns. */
export async function riderFigures(
  film: string,
  options: { modelFolder: string; frames: number; riders: readonly number[] },
): Promise<RiderFigures[]> {
  return measuredApart('riders.js', [film, options.modelFolder, String(options.frames), options.riders.join(',')]);
}

/** A backlog that left a box for a local Mosquitto; seconds and CPU of each of several times. */
export interface DrainFigures {
  readonly events: number;
  readonly seconds: readonly number[];
  readonly cpuUsPerEvent: readonly number[];
}

export async function drainFigures(sizes: readonly number[], times: number): Promise<DrainFigures[]> {
  return measuredApart('drain.js', ['--json', '--times', String(times), ...sizes.map(String)]);
}

/** Runs a script beside this one and reads the JSON it prints. */
async function measuredApart<Figures>(script: string, args: readonly string[]): Promise<Figures> {
  const limits = { timeout: INFERENCE_LIMIT_MS, killSignal: 'SIGKILL' } as const;
  const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, script), ...args], limits);
  return JSON.parse(stdout);
}
