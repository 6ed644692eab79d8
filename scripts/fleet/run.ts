/** One run of a fleet: boxes in processes, a broker whose nodes are killed and come back, boxes that are cut off or killed, a platform that listens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Problem, subscribe } from '../../src/platform';
import { type Findings, judge, type Made } from '../lib/delivery';
import { Gate } from '../lib/gate';
import { BROKERS, type Broker, type BrokerName } from './brokers';
import { type Delays, delays, type Outage, type Timed, type Weather } from './delays';
import { blows, CUT_GROUPS } from './traffic';
import { type Taken, Usage } from './usage';
import type { WorkerOptions } from './worker';

export interface FleetOptions {
  readonly broker: BrokerName;
  readonly folder: string;
  /** The worker's script. */
  readonly worker: string;
  readonly processes: number;
  readonly boxesPerProcess: number;
  /** Incidents a minute and box outside a rush; each has four events. */
  readonly perMinute: number;
  readonly seconds: number;
  /** How often a broker node is killed, and a process of boxes: see traffic.ts. */
  readonly roundS: number;
  /** Of the boxes; the product's own where absent. */
  readonly reconnect?: WorkerOptions['reconnect'];
  readonly env?: NodeJS.ProcessEnv;
  readonly note?: (text: string) => void;
}

export interface FleetResult {
  readonly broker: string;
  readonly boxes: number;
  readonly seconds: number;
  readonly findings: Findings;
  /** Told so by the broker. */
  readonly acknowledged: number;
  /** Came to the platform more than once, and were handed over once. */
  readonly duplicates: number;
  readonly problems: readonly Problem[];
  readonly delays: Readonly<Record<Weather, Delays>>;
  readonly brokerTook: Taken;
  readonly boxesTook: Taken;
  readonly platformTook: Taken;
}

const BROKER_AWAY_MS = 5_000;
/** After a broker or killed boxes are back, and after boxes that were cut off have their network again (a box tries once a minute). */
const AFTERMATH_MS = 20_000;
const CUT_AFTERMATH_MS = 75_000;
const START_MS = 180_000;
/** A gap is asked for again every ten seconds; a broker sends again after thirty what was not acknowledged. */
const SETTLE_MS = 240_000;
const ROUND_MS = 15_000;
const FINISH_MS = 170_000;
const END_MS = 20_000;

export async function runFleet(options: FleetOptions): Promise<FleetResult> {
  const { folder, note = () => undefined } = options;
  await mkdir(join(folder, 'broker'));
  await using broker = await BROKERS[options.broker](join(folder, 'broker'));
  const ports = broker.nodes.map(({ port }) => port);
  const { protocolVersion } = broker;
  await using uplink = await Gate.start(ports);
  const platform = await listen({ url: uplink.url, protocolVersion });
  const made: Made[] = [];
  await using crew = new Crew(options, { ports, protocolVersion }, made);
  using usage = new Usage({
    broker: () => broker.nodes.map(({ pid }) => pid),
    boxes: () => crew.workers.map(({ pid }) => pid),
    platform: () => [process.pid],
  });
  await Promise.all(crew.workers.map((worker) => worker.up()));
  note(`${broker.title}: ${options.processes * options.boxesPerProcess} boxes are up`);
  const upMs = Date.now();
  const outages = await strike(options, broker, crew);
  const endMs = Date.now();
  const [brokerTook, boxesTook, platformTook] = [usage.taken('broker'), usage.taken('boxes'), usage.taken('platform')];
  note('no more blows: waiting until everything has arrived');
  const { findings, acknowledged } = await settle(crew, () => judge(made, platform.got));
  await platform.close();
  return {
    broker: broker.title,
    boxes: options.processes * options.boxesPerProcess,
    seconds: options.seconds,
    ...{ findings, acknowledged, brokerTook, boxesTook, platformTook },
    duplicates: platform.repeated(),
    problems: platform.problems,
    // Not those of the start and of the end, when all boxes speak at once.
    delays: delays(
      platform.got.filter(({ madeAtMs }) => madeAtMs >= upMs && madeAtMs < endMs),
      outages,
    ),
  };
}

async function listen(access: { readonly url: string; readonly protocolVersion: 4 | 5 }) {
  const got: Timed[] = [];
  const problems: Problem[] = [];
  const subscription = subscribe({
    ...access,
    clientId: 'fleet-platform',
    fromStart: true,
    onEvent: ({ epoch, id, sequence, time }, node) => {
      const madeAtMs = Date.parse(time);
      got.push({ node, epoch, id, sequence: Number(sequence), madeAtMs, delayMs: Date.now() - madeAtMs });
    },
    onProblem: (problem) => void problems.push(problem),
  });
  await subscription.ready;
  return { got, problems, repeated: () => subscription.repeated(), close: () => subscription.close() };
}

/** Carries out the blows at their times. @returns when what was away, for whom */
async function strike(options: FleetOptions, broker: Broker, crew: Crew): Promise<readonly Outage[]> {
  const { seconds, roundS, note = () => undefined } = options;
  const startMs = Date.now();
  const untilS = (atS: number) => sleep(Math.max(0, startMs + atS * 1000 - Date.now()));
  const outages: Outage[] = [];
  const cutAtMs = new Map<number, number>();
  for (const { atS, what, which } of blows({ seconds, roundS })) {
    await untilS(atS);
    note(`${Math.round((Date.now() - startMs) / 1000)} s: ${what} ${which}`);
    const fromMs = Date.now();
    if (what === 'kill_broker') {
      await restartNode(broker, which, Math.min(BROKER_AWAY_MS, (roundS * 1000) / 4));
      outages.push({ kind: 'kill', fromMs, toMs: Date.now() + AFTERMATH_MS, concerns: () => true });
    } else if (what === 'kill_boxes') {
      const worker = crew.at(which);
      await worker.killAndRestart();
      outages.push({
        kind: 'kill',
        fromMs,
        toMs: Date.now() + AFTERMATH_MS,
        concerns: (node) => worker.has(numberOf(node)),
      });
    } else {
      const digit = which % CUT_GROUPS;
      for (const worker of crew.workers) worker.say(`${what} ${digit}`);
      if (what === 'cut') cutAtMs.set(digit, fromMs);
      else {
        const times = { fromMs: cutAtMs.get(digit) ?? fromMs, toMs: Date.now() + CUT_AFTERMATH_MS };
        outages.push({ kind: 'cut', ...times, concerns: (node) => numberOf(node) % CUT_GROUPS === digit });
      }
    }
  }
  await untilS(seconds);
  return outages;
}

async function restartNode({ nodes }: Broker, which: number, awayMs: number): Promise<void> {
  const node = nodes[which % nodes.length];
  await node?.stop('SIGKILL');
  await sleep(awayMs);
  await node?.start();
}

/** A broker that was killed may have forgotten its sessions: what came meanwhile shows as a gap with the next event of a box. */
async function settle(crew: Crew, findings: () => Findings) {
  const isWhole = ({ lost, gaps }: Findings): boolean => lost.length === 0 && gaps === 0;
  const deadlineMs = Date.now() + SETTLE_MS;
  for (;;) {
    const counts = await Promise.all(crew.workers.map((worker) => worker.lastEvents()));
    const roundEndsMs = Date.now() + ROUND_MS;
    let found = findings();
    while (!isWhole(found) && Date.now() < roundEndsMs) {
      await sleep(500);
      found = findings();
    }
    if (isWhole(found) || Date.now() > deadlineMs) {
      return { findings: found, acknowledged: counts.reduce((sum, count) => sum + count, 0) };
    }
  }
}

function numberOf(node: string): number {
  return Number(node.slice('box-'.length));
}

class Crew implements AsyncDisposable {
  readonly workers: readonly Worker[];

  constructor(options: FleetOptions, broker: Pick<WorkerOptions, 'ports' | 'protocolVersion'>, made: Made[]) {
    this.workers = Array.from({ length: options.processes }, (_, index) => new Worker(options, broker, index, made));
  }

  at(which: number): Worker {
    const worker = this.workers[which % this.workers.length];
    if (worker === undefined) throw new RangeError('a fleet without boxes');
    return worker;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.end()));
  }
}

class Worker {
  readonly #first: number;
  #child: ChildProcess;
  readonly #said = new EventEmitter();

  constructor(
    private readonly options: FleetOptions,
    private readonly broker: Pick<WorkerOptions, 'ports' | 'protocolVersion'>,
    index: number,
    private readonly made: Made[],
  ) {
    this.#first = index * options.boxesPerProcess;
    this.#child = this.#start();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  has(number: number): boolean {
    return number >= this.#first && number < this.#first + this.options.boxesPerProcess;
  }

  say(line: string): void {
    this.#child.stdin?.write(`${line}\n`);
  }

  /** Resolves when all its boxes have begun. */
  async up(): Promise<void> {
    await this.#hear('up', START_MS);
  }

  async killAndRestart(): Promise<void> {
    const gone = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await gone;
    this.#child = this.#start();
    await this.up();
  }

  /** One more event of each box. @returns how many events of theirs the broker has acknowledged: all */
  async lastEvents(): Promise<number> {
    const drained = this.#hear('drained', FINISH_MS);
    this.say('finish');
    return Number(await drained);
  }

  async end(): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'close');
    child.stdin?.end();
    const killer = setTimeout(() => child.kill('SIGKILL'), END_MS);
    await gone;
    clearTimeout(killer);
  }

  /** The rest of the next line that begins so. */
  async #hear(word: string, limitMs: number): Promise<string> {
    const [rest] = await once(this.#said, word, { signal: AbortSignal.timeout(limitMs) });
    return String(rest);
  }

  #start(): ChildProcess {
    const { worker, folder, boxesPerProcess: count, perMinute, reconnect, env } = this.options;
    const wishes = { ...this.broker, folder, first: this.#first, count, perMinute };
    const args: WorkerOptions = reconnect === undefined ? wishes : { ...wishes, reconnect };
    const child = spawn(process.execPath, [worker, JSON.stringify(args)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: env ?? process.env,
    });
    // A process that was killed takes no more words.
    child.stdin.on('error', () => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [word = '', node = '', epoch = '', sequence = '', id = ''] = line.split(' ');
      if (word === 'made') this.made.push({ node, epoch, sequence: Number(sequence), id });
      else this.#said.emit(word, node);
    });
    child.on('close', () => {
      const isAwaited = child === this.#child && this.#said.listenerCount('error') > 0;
      if (isAwaited) this.#said.emit('error', new Error('a process of boxes ended by itself'));
    });
    return child;
  }
}

export const WORKER = join(__dirname, 'worker.js');
