/**
 * A sound card that tests can hear: a private PulseAudio server with one null sink, whose monitor is recorded.
 * While it lives, PULSE_SERVER points to it. Needs pulseaudio and pulseaudio-utils.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Sound } from '../../src/announcer/sound/wav';

const RATE_HZ = 22050;
const RECORD_LATENCY_MS = 20;
/** A null sink plays up to this late. */
const SETTLE_MS = 500;
const START_LIMIT_MS = 15_000;

export interface HeardSound extends AsyncDisposable {
  readonly sink: string;
  /** Everything heard since the server started. Waits until what was played before this call has surely arrived. */
  heard(): Promise<Sound>;
}

/** Frame of the energy envelope by which sounds are compared. */
const FRAME_MS = 10;

/** Where a sound is heard in a recording, by its loudness over time; likeness 1 = the very same envelope. */
export function locate(recording: Sound, sound: Sound): { startMs: number; endMs: number; likeness: number } {
  const long = envelope(recording);
  const short = envelope(sound);
  const shortEnergy = Math.hypot(...short);
  let best = { startMs: 0, endMs: 0, likeness: 0 };
  for (let at = 0; at + short.length <= long.length; at += 1) {
    const window = long.slice(at, at + short.length);
    const product = window.reduce((sum, value, i) => sum + value * (short[i] ?? 0), 0);
    const likeness = product / (shortEnergy * Math.hypot(...window) || 1);
    if (likeness > best.likeness) {
      best = { startMs: at * FRAME_MS, endMs: (at + short.length) * FRAME_MS, likeness };
    }
  }
  return best;
}

function envelope({ samples, sampleRateHz }: Sound): number[] {
  const frame = Math.round((sampleRateHz * FRAME_MS) / 1000);
  return Array.from({ length: Math.floor(samples.length / frame) }, (_, i) =>
    Math.sqrt(samples.subarray(i * frame, (i + 1) * frame).reduce((sum, sample) => sum + sample * sample, 0) / frame),
  );
}

export async function startPulse(): Promise<HeardSound> {
  const folder = await mkdtemp(path.join(tmpdir(), 'pulse-'));
  const server = `unix:${path.join(folder, 'native')}`;
  const env = {
    ...process.env,
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    PULSE_RUNTIME_PATH: folder,
    PULSE_SERVER: server,
  };
  const children: ChildProcess[] = [];
  const earlier = process.env.PULSE_SERVER;
  const stop = async () => {
    for (const child of children.reverse()) await endNow(child);
    if (earlier === undefined) delete process.env.PULSE_SERVER;
    else process.env.PULSE_SERVER = earlier;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    const modules = [
      `module-native-protocol-unix socket=${path.join(folder, 'native')} auth-anonymous=1`,
      `module-null-sink sink_name=horn rate=${RATE_HZ} channels=1`,
    ];
    const load = modules.flatMap((module) => ['-L', module]);
    const options = ['--daemonize=no', '--exit-idle-time=-1', '--disallow-exit', '-n', ...load];
    children.push(await start('pulseaudio', options, env));
    const chunks = await record(env, children);
    process.env.PULSE_SERVER = server;
    const heard = async () => {
      const wanted = chunks.length + Math.ceil(SETTLE_MS / RECORD_LATENCY_MS);
      const giveUpAtMs = performance.now() + START_LIMIT_MS;
      while (chunks.length < wanted && performance.now() < giveUpAtMs) await delay(RECORD_LATENCY_MS);
      return toSound(Buffer.concat(chunks));
    };
    return { sink: 'horn', heard, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Tries parec until the server answers and the first bytes arrive: a null sink's monitor delivers silence at once. */
async function record(env: NodeJS.ProcessEnv, children: ChildProcess[]): Promise<Buffer[]> {
  const format = [
    '--device=horn.monitor',
    `--rate=${RATE_HZ}`,
    '--channels=1',
    '--format=s16le',
    `--latency-msec=${RECORD_LATENCY_MS}`,
  ];
  const giveUpAtMs = performance.now() + START_LIMIT_MS;
  while (performance.now() < giveUpAtMs) {
    const recorder = await start('parec', format, env);
    const chunks: Buffer[] = [];
    const isHearing = await new Promise<boolean>((resolve) => {
      recorder.stdout?.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        resolve(true);
      });
      recorder.once('exit', () => resolve(false));
    });
    if (isHearing) {
      children.push(recorder);
      return chunks;
    }
    await delay(100);
  }
  throw new Error(`pulseaudio did not answer within ${START_LIMIT_MS} ms`);
}

async function start(command: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'] });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => {
      reject(new Error(`${command} is missing: apt-get install pulseaudio pulseaudio-utils`, { cause }));
    });
  });
  return child;
}

async function endNow(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

function toSound(bytes: Buffer): Sound {
  const samples = new Int16Array(bytes.length >> 1);
  for (let i = 0; i < samples.length; i += 1) samples[i] = bytes.readInt16LE(i * 2);
  return { sampleRateHz: RATE_HZ, channels: 1, samples };
}
