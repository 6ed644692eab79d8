/** What the same work costs without the service around it, so that its figures can be read on any machine. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { FFMPEG, liveArguments, probeFfmpeg } from '../../src/camera/ffmpeg';
import { endChild, spawnGuarded } from '../../src/runtime/guarded-child';
import { treeSeconds } from './processes';

const MAX_WIDTH_PX = 1920;
/** Connecting and the burst of the first keyframe are not steady work. */
const SETTLE_MS = 3_000;
const INFERENCE_LIMIT_MS = 300_000;

/** Share of one core that ffmpeg alone takes with the service's own arguments on the same camera. */
export async function ffmpegFloor(url: string, options: { fps: number; seconds: number }): Promise<number> {
  const request = { url, transport: 'tcp', fps: options.fps, maxWidthPx: MAX_WIDTH_PX } as const;
  const child = spawnGuarded(FFMPEG, liveArguments(request, await probeFfmpeg()));
  child.stdout.resume();
  child.stderr.resume();
  try {
    await sleep(SETTLE_MS);
    if (child.pid === undefined || child.exitCode !== null) throw new Error('ffmpeg ended by itself');
    const before = treeSeconds(child.pid, FFMPEG);
    const startedMs = performance.now();
    await sleep(options.seconds * 1000);
    const after = treeSeconds(child.pid, FFMPEG);
    return (1000 * (after.own - before.own)) / (performance.now() - startedMs);
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

/** Measured in a process of its own, raw runs and vision room in turns, frame by frame. */
export async function inferenceFloor(
  film: string,
  options: { modelFolder: string; frames: number },
): Promise<InferenceFloor> {
  return measuredApart('inference-floor.js', [film, options.modelFolder, String(options.frames)]);
}

/** Runs a script beside this one and reads the JSON it prints. */
async function measuredApart<Figures>(script: string, args: readonly string[]): Promise<Figures> {
  const limits = { timeout: INFERENCE_LIMIT_MS, killSignal: 'SIGKILL' } as const;
  const { stdout } = await promisify(execFile)(process.execPath, [join(__dirname, script), ...args], limits);
  return JSON.parse(stdout);
}
