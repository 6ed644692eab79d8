/** One measured window of the service, or of a peer, on cameras of this machine. */
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { endChild, spawnGuarded } from '../../src/runtime/guarded-child';
import { firstSoundDelaysMs } from './first-sound';
import { allSeconds, machineSeconds, onTwoCores, residentMb, snapshot, stagesBetween, treeMb } from './processes';
import { type PeerRound, rateOf, type ServiceRound } from './rounds';
import { type Decision, MeasuredService, type ServiceOptions } from './service';

export interface Timing {
  /** From the first decision to the window: code is compiled, buffers are there. */
  readonly settleS: number;
  readonly windowS: number;
}

const FIRST_PICTURE_LIMIT_MS = 60_000;
const MEMORY_EVERY_MS = 1_000;

export async function serviceRound(options: ServiceOptions, timing: Timing): Promise<ServiceRound> {
  const service = await MeasuredService.start(options);
  let round: Omit<ServiceRound, 'soundMs'>;
  try {
    round = await measured(service, timing);
  } finally {
    // A prompt is told of when it has ended, at the latest by a service that stops.
    await service[Symbol.asyncDispose]();
  }
  return { ...round, soundMs: firstSoundDelaysMs(service.events).atOnce };
}

async function measured(
  service: MeasuredService,
  { settleS, windowS }: Timing,
): Promise<Omit<ServiceRound, 'soundMs'>> {
  await sleep(settleS * 1000);
  const fromMs = Date.now();
  const before = snapshot(service.pid);
  const window = await watched(service.pid, windowS);
  const cpu = stagesBetween(before, snapshot(service.pid));
  const decisions = service.decisions.filter((one) => one.atMs >= fromMs);
  const cameras = service.cameras.map((camera) => decisions.filter((one) => one.camera === camera));
  return {
    ...{ cameras: cameras.length, seconds: window.seconds, cpu },
    analysedPerS: cameras.map((own) =>
      rateOf(
        own.map(({ atMs }) => atMs),
        window.seconds,
      ),
    ),
    analysed: decisions.length,
    dropped: cameras.reduce((sum, own) => sum + droppedIn(own), 0),
    decidedAfterMs: decisions.map(({ decidedAfterMs }) => decidedAfterMs),
    firstDecisionMs: service.firstDecisionMs,
    ...{ nodeMb: window.nodeMb, allMb: window.allMb, othersCores: window.othersCores },
  };
}

/** Pictures that came out of ffmpeg between the decided ones of a camera. */
function droppedIn(own: readonly Decision[]): number {
  const [first, last] = [own[0], own.at(-1)];
  return first === undefined || last === undefined ? 0 : last.frame - first.frame + 1 - own.length;
}

/** A program that prints one line of JSON for each analysed picture. */
export async function peerRound(
  [command, args]: readonly [string, readonly string[]],
  { settleS, windowS }: Timing,
): Promise<PeerRound> {
  const child = spawnGuarded(...onTwoCores(command, args));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-2_000);
  });
  const found: number[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => found.push(JSON.parse(line).found));
  child.on('error', (error) => {
    said += error.message;
  });
  const pid = (): number => {
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) return child.pid;
    throw new Error(`${command} ${args[0]} ended by itself: ${said}`);
  };
  try {
    const giveUpAtMs = performance.now() + FIRST_PICTURE_LIMIT_MS;
    while (found.length === 0) {
      if (performance.now() > giveUpAtMs) throw new Error(`${command} ${args[0]} analyses nothing: ${said}`);
      pid();
      await sleep(20);
    }
    await sleep(settleS * 1000);
    const before = { cpu: allSeconds(pid()), found: found.length };
    const { seconds, allMb, othersCores } = await watched(pid(), windowS);
    const cpu = allSeconds(pid()) - before.cpu;
    const seen = found.slice(before.found);
    const perPicture = seen.reduce((sum, one) => sum + one, 0) / Math.max(1, seen.length);
    return { seconds, cpu, analysed: seen.length, found: perPicture, allMb, othersCores };
  } finally {
    await endChild(child);
  }
}

interface Watched {
  readonly seconds: number;
  readonly nodeMb: number;
  readonly allMb: number;
  readonly othersCores: number;
}

/** Waits for the window to pass and notes memory and what others of this machine do. */
async function watched(pid: number, windowS: number): Promise<Watched> {
  // Cameras, broker and what is measured are this process and its children.
  const others = (): number => machineSeconds() - allSeconds(process.pid);
  const startedMs = performance.now();
  const before = others();
  let [nodeMb, allMb] = [0, 0];
  const leftMs = (): number => windowS * 1000 - (performance.now() - startedMs);
  while (leftMs() > 0) {
    nodeMb = Math.max(nodeMb, residentMb(pid));
    allMb = Math.max(allMb, treeMb(pid));
    await sleep(Math.min(MEMORY_EVERY_MS, Math.max(0, leftMs())));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  return { seconds, nodeMb, allMb, othersCores: Math.max(0, (others() - before) / seconds) };
}
