/** Checks the box the way a technician would, one line per finding: pass, warn (works, look at it) or fail (a person must act). */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { durationMs } from './announcer/sound/wav';
import { createSpeaker } from './announcer/speakers/create';
import { findModel, renderNeural } from './announcer/voices/neural-voice';
import { CameraSource } from './camera/camera-source';
import { probeFfmpeg } from './camera/ffmpeg';
import type { CameraConfig, Config } from './config/schema';
import { messageOf } from './errors';
import { probeBroker } from './mqtt/client';
import { MODEL_FOLDER } from './places';
import { brokerAccess, cameraSourceOptions, detectorOptions, speakerOptions } from './room-options';
import { deadline } from './runtime/deadline';
import { createLogger } from './runtime/logger';
import { redactUrlCredentials } from './runtime/redact';
import { Detector } from './vision/detector';

export interface Check {
  readonly name: string;
  readonly verdict: 'pass' | 'warn' | 'fail';
  readonly detail: string;
}

type Finding = Omit<Check, 'name'>;

const run = promisify(execFile);
const PROGRAM_TIMEOUT_MS = 5_000;
const CAMERA_TIMEOUT_MS = 15_000;
const BROKER_TIMEOUT_MS = 8_000;
const FREE_WARN_BYTES = 2e9;
const FREE_FAIL_BYTES = 2e8;
/** A clock before this has never been set. */
const EARLIEST_CLOCK_MS = Date.UTC(2026, 0, 1);

/** Tells each check as it is done. @returns whether nothing failed */
export async function doctor(
  { config, isQuick }: { readonly config: Config | null; readonly isQuick: boolean },
  tell: (check: Check) => void,
  signal: AbortSignal,
): Promise<boolean> {
  const checks: [string, () => Promise<Finding>][] = [
    ['ffmpeg', checkFfmpeg],
    ['espeak-ng', () => checkProgram('espeak-ng', ['--version'], 'apt-get install espeak-ng; until then prompts fail')],
    ['models', () => checkModels(config)],
    ...voiceCheck(config?.prompts.mandarinModel, signal),
    ['disk', () => checkDisk(config?.dataFolder ?? tmpdir())],
    ['clock', checkClock],
  ];
  if (config !== null && !isQuick) {
    for (const speaker of config.speakers) {
      const options = speakerOptions(speaker);
      checks.push([`speaker ${speaker.id}`, () => checkSpeaker(options, config.dataFolder, signal)]);
    }
    checks.push(['broker', () => checkBroker(config)]);
    for (const camera of config.cameras) checks.push([`camera ${camera.id}`, () => checkCamera(camera, signal)]);
  }
  let isFit = true;
  for (const [name, look] of checks) {
    if (signal.aborted) return false;
    const finding = await look().catch((error: unknown): Finding => ({ verdict: 'fail', detail: messageOf(error) }));
    isFit &&= finding.verdict !== 'fail';
    tell({ name, ...finding });
  }
  return isFit;
}

async function checkFfmpeg(): Promise<Finding> {
  const { version } = await probeFfmpeg();
  return { verdict: 'pass', detail: `version ${version}` };
}

async function checkProgram(program: string, args: readonly string[], cure: string): Promise<Finding> {
  try {
    const { stdout } = await run(program, [...args], { timeout: PROGRAM_TIMEOUT_MS, killSignal: 'SIGKILL' });
    return { verdict: 'pass', detail: stdout.split('\n')[0]?.trim() ?? '' };
  } catch (error) {
    return { verdict: 'fail', detail: `${messageOf(error)}. ${cure}` };
  }
}

async function checkModels(config: Config | null): Promise<Finding> {
  const cpu = { modelFolder: MODEL_FOLDER, threads: 1 };
  const detector = new Detector(config === null ? cpu : detectorOptions(config));
  try {
    const { models, providerProblem } = await detector.start();
    if (providerProblem !== null) return { verdict: 'warn', detail: providerProblem };
    return { verdict: 'pass', detail: models.map((model) => `${model.name} ${model.sha256.slice(0, 8)}`).join(', ') };
  } finally {
    await detector.close();
  }
}

/**
 * Why the models do not run on what the configuration wants; null where they do.
 * @throws FatalError model/* when they run on nothing
 */
export async function providerProblem(config: Config): Promise<string | null> {
  if (config.models.provider === 'cpu') return null;
  const detector = new Detector(detectorOptions(config));
  try {
    return (await detector.start()).providerProblem;
  } finally {
    await detector.close();
  }
}

/** Says a few words, into a file. */
function voiceCheck(folder: string | undefined, signal: AbortSignal): [string, () => Promise<Finding>][] {
  if (folder === undefined) return [];
  const check = async (): Promise<Finding> => {
    const scratch = await mkdtemp(join(tmpdir(), 'anqi-voice-'));
    try {
      const model = await findModel(folder);
      const startedMs = performance.now();
      const sound = await renderNeural(
        { model, text: '请戴好头盔，谢谢！', wavPath: join(scratch, 'voice.wav') },
        signal,
      );
      const took = `${Math.round(durationMs(sound))} ms of sound made in ${Math.round(performance.now() - startedMs)} ms`;
      return { verdict: 'pass', detail: `${model.model}: ${took}` };
    } catch (error) {
      return { verdict: 'warn', detail: `${messageOf(error)}; espeak-ng speaks until this is mended` };
    } finally {
      await rm(scratch, { recursive: true, force: true });
    }
  };
  return [['Mandarin voice', check]];
}

async function checkSpeaker(
  options: ReturnType<typeof speakerOptions>,
  dataFolder: string,
  signal: AbortSignal,
): Promise<Finding> {
  const scratch = join(dataFolder, 'prompt-cache');
  await mkdir(scratch, { recursive: true });
  const speaker = createSpeaker(options, scratch);
  const reason = await speaker.check(signal);
  return reason === null ? { verdict: 'pass', detail: speaker.description } : { verdict: 'fail', detail: reason };
}

async function checkDisk(folder: string): Promise<Finding> {
  await mkdir(folder, { recursive: true });
  await access(folder, constants.W_OK);
  const { bavail, bsize } = await statfs(folder);
  const free = bavail * bsize;
  const detail = `${folder}: ${(free / 1e9).toFixed(1)} GB free`;
  if (free < FREE_FAIL_BYTES) return { verdict: 'fail', detail: `${detail}; make room, evidence and events need it` };
  return { verdict: free < FREE_WARN_BYTES ? 'warn' : 'pass', detail };
}

async function checkClock(): Promise<Finding> {
  const now = new Date().toISOString();
  if (Date.now() < EARLIEST_CLOCK_MS)
    return { verdict: 'fail', detail: `${now} cannot be right: set the clock (timedatectl set-ntp true)` };
  try {
    const { stdout } = await run('timedatectl', ['show', '--property=NTPSynchronized', '--value'], {
      timeout: PROGRAM_TIMEOUT_MS,
    });
    if (stdout.trim() === 'yes') return { verdict: 'pass', detail: `${now}, synchronised` };
    return { verdict: 'warn', detail: `${now}, not synchronised: timedatectl set-ntp true` };
  } catch {
    return { verdict: 'warn', detail: `${now}; whether it is synchronised cannot be told here (no timedatectl)` };
  }
}

async function checkBroker(config: Config): Promise<Finding> {
  if (config.mqtt === undefined) return { verdict: 'warn', detail: 'none configured: events wait in the outbox' };
  const { url } = config.mqtt;
  const state = await probeBroker(brokerAccess(config.mqtt), BROKER_TIMEOUT_MS);
  if (state.kind === 'online') return { verdict: 'pass', detail: redactUrlCredentials(url) };
  return {
    verdict: 'fail',
    detail: `${redactUrlCredentials(url)}: ${state.kind}${'reason' in state ? `, ${state.reason}` : ''}`,
  };
}

/** Waits for one picture of the camera or the first trouble with it, at most 15 s. */
async function checkCamera(camera: CameraConfig, signal: AbortSignal): Promise<Finding> {
  if (!camera.enabled) return { verdict: 'warn', detail: 'disabled in the configuration' };
  const trouble: string[] = [];
  const failed = new AbortController();
  const source = new CameraSource(cameraSourceOptions(camera), {
    log: createLogger({ level: 'silent' }),
    onState: (state) => {
      if (!('reason' in state)) return;
      trouble.push(`${state.reason}: ${state.detail}`);
      failed.abort();
    },
  });
  const until = deadline(CAMERA_TIMEOUT_MS, signal, failed.signal);
  for await (const frame of source.frames(until)) {
    return { verdict: 'pass', detail: `${frame.widthPx}×${frame.heightPx}` };
  }
  return { verdict: 'fail', detail: trouble[0] ?? 'no picture within 15 s' };
}
