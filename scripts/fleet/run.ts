/** One run of a fleet: boxes in processes, a broker that is killed and comes back, boxes that are killed, a platform that listens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Problem, subscribe } from '../../src/platform';
import { percentile } from '../../src/runtime/percentile';
import { LocalBroker } from './brokers';
import { check, type Findings, type Got, type Made } from './check';

export interface FleetOptions {
  readonly folder: string;
  /** The worker's script. */
  readonly worker: string;
  readonly processes: number;
  readonly boxesPerProcess: number;
  /** Incidents a minute and box; each has four events. */
  readonly perMinute: number;
  readonly seconds: number;
  /** The broker is killed, and after a pause started again, this often. */
  readonly brokerKills: number;
  /** A process of boxes is killed and started again this often. */
  readonly boxKills: number;
  readonly env?: NodeJS.ProcessEnv;
}

export interface FleetResult {
  readonly findings: Findings;
  readonly problems: readonly Problem[];
  readonly delayMs: { readonly p50: number; readonly p95: number; readonly p99: number };
}

const BROKER_AWAY_MS = 2_000;
/** A gap is asked for again every ten seconds. */
const SETTLE_MS = 60_000;
const ROUND_MS = 12_000;

export async function runFleet(options: FleetOptions): Promise<FleetResult> {
  await using broker = await LocalBroker.mosquitto(options.folder);
  const platform = await listen(broker.url);
  const made: Made[] = [];
  const workers = Array.from({ length: options.processes }, (_, index) => new Worker(options, broker.url, index, made));
  const stepMs = (options.seconds * 1000) / (options.brokerKills + options.boxKills + 1);
  for (let step = 0; step < options.brokerKills + options.boxKills; step++) {
    await sleep(stepMs);
    if (step % 2 === 0 && step / 2 < options.brokerKills) {
      await broker.stop('SIGKILL');
      await sleep(BROKER_AWAY_MS);
      await broker.start();
    } else await workers[step % workers.length]?.killAndRestart();
  }
  await sleep(stepMs);
  const deadlineMs = Date.now() + SETTLE_MS;
  // A broker that was killed forgot its sessions: what came before the platform was back shows as a gap with the next event.
  do {
    await Promise.all(workers.map((worker) => worker.lastIncident()));
    await settled(() => isWhole(check(made, platform.got)));
  } while (Date.now() < deadlineMs && !isWhole(check(made, platform.got)));
  await Promise.all(workers.map((worker) => worker.end()));
  await platform.close();
  const delays = platform.got.map(({ delayMs }) => delayMs).sort((a, b) => a - b);
  const of = (share: number): number => Math.round(percentile(delays, share));
  return {
    findings: check(made, platform.got),
    problems: platform.problems,
    delayMs: { p50: of(0.5), p95: of(0.95), p99: of(0.99) },
  };
}

async function settled(isSo: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + ROUND_MS;
  while (Date.now() < deadlineMs && !isSo()) await sleep(100);
}

function isWhole({ lost, gaps }: Findings): boolean {
  return lost.length === 0 && gaps === 0;
}

async function listen(url: string) {
  const got: Got[] = [];
  const problems: Problem[] = [];
  const subscription = subscribe({
    url,
    clientId: 'fleet-platform',
    fromStart: true,
    onEvent: ({ epoch, id, sequence, time }, node) =>
      void got.push({ node, epoch, id, sequence: Number(sequence), delayMs: Date.now() - Date.parse(time) }),
    onProblem: (problem) => void problems.push(problem),
  });
  await subscription.ready;
  return { got, problems, close: () => subscription.close() };
}

class Worker {
  #child: ChildProcess;
  #onDrained: () => void = () => undefined;

  constructor(
    private readonly options: FleetOptions,
    private readonly url: string,
    private readonly index: number,
    private readonly made: Made[],
  ) {
    this.#child = this.#start();
  }

  async killAndRestart(): Promise<void> {
    const gone = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await gone;
    this.#child = this.#start();
  }

  /** One more incident of each box; resolves when the broker has acknowledged everything. */
  async lastIncident(): Promise<void> {
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
    });
    this.#child.stdin?.write('finish\n');
    await drained;
  }

  async end(): Promise<void> {
    const gone = once(this.#child, 'close');
    this.#child.stdin?.end();
    await gone;
  }

  #start(): ChildProcess {
    const { worker, folder, boxesPerProcess, perMinute, env } = this.options;
    const args = [this.url, folder, this.index * boxesPerProcess, boxesPerProcess, perMinute].map(String);
    const child = spawn(process.execPath, [worker, ...args], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: env ?? process.env,
    });
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [word, node = '', sequence = '', id = ''] = line.split(' ');
      if (word === 'drained') this.#onDrained();
      if (word === 'made') this.made.push({ node, sequence: Number(sequence), id });
    });
    return child;
  }
}

export const WORKER = join(__dirname, 'worker.js');
