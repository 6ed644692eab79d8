/** A box for hours: the real service with its cameras, a loudspeaker, a broker behind a gate, and the platform that listens. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { PACKAGE_ROOT } from '../../src/places';
import { endChild } from '../../src/runtime/guarded-child';
import { processesWith } from '../../test/support/rtsp/processes';
import { PluggedCamera } from '../../test/support/service-camera';
import { Listener, NODE } from '../delivery-faults/box';
import { CREDENTIALS } from '../faults/junction';
import { mosquitto } from '../fleet/brokers';
import type { LocalProcess } from '../fleet/local-process';
import { Gate } from '../lib/gate';
import { freePort } from '../lib/ports';
import { LogTally } from './readings';

const HOOK = join(PACKAGE_ROOT, 'test/support/worker-fault.cjs');
const WAIT_MS = 120_000;
const LOOK_EVERY_MS = 200;
const STOP_GRACE_MS = 10_000;
const ORPHAN_LIMIT_MS = 5_000;

export interface SoakOptions {
  readonly film: string;
  readonly cameras: number;
  readonly analysedFps: number;
  /** Where the service's log goes. */
  readonly logFile: string;
}

interface Parts extends Pick<SoakOptions, 'logFile'> {
  readonly broker: LocalProcess;
  readonly gate: Gate;
  readonly listener: Listener;
  readonly cameras: readonly PluggedCamera[];
  /** Ends all of them, and this box. */
  readonly close: () => Promise<void>;
}

export class SoakBox implements AsyncDisposable {
  readonly log = new LogTally();
  #child: ChildProcess | undefined;
  readonly broker: LocalProcess;
  readonly gate: Gate;
  readonly listener: Listener;
  readonly cameras: readonly PluggedCamera[];
  readonly #close: () => Promise<void>;
  readonly #logFile: WriteStream;

  private constructor(
    private readonly folder: string,
    { broker, gate, listener, cameras, close, logFile }: Parts,
  ) {
    this.broker = broker;
    this.gate = gate;
    this.listener = listener;
    this.cameras = cameras;
    this.#close = close;
    this.#logFile = createWriteStream(logFile, { flags: 'a' });
  }

  /** Up, and healthy. */
  static async open(options: SoakOptions): Promise<SoakBox> {
    const opened: AsyncDisposable[] = [];
    const keep = <T extends AsyncDisposable>(part: T): T => {
      opened.unshift(part);
      return part;
    };
    const close = async (): Promise<void> => {
      for (const part of opened.splice(0)) await part[Symbol.asyncDispose]();
    };
    try {
      const folder = await mkdtemp(join(tmpdir(), 'anqi-soak-'));
      keep({ [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) });
      await mkdir(join(folder, 'broker'));
      const [broker] = keep(await mosquitto(join(folder, 'broker'))).nodes;
      const listener = keep(await Listener.start(broker.url));
      const gate = keep(await Gate.start([broker.port]));
      const cameras: PluggedCamera[] = [];
      while (cameras.length < options.cameras) cameras.push(keep(await PluggedCamera.start(options.film, CREDENTIALS)));
      const box = keep(new SoakBox(folder, { broker, gate, listener, cameras, close, logFile: options.logFile }));
      await writeFile(box.#configFile, JSON.stringify(await box.#config(options.analysedFps)));
      box.start();
      await box.until('the box is healthy', () => box.isHealthy);
      return box;
    } catch (error) {
      await close();
      throw error;
    }
  }

  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  get workerOrder(): string {
    return join(this.folder, 'worker-order');
  }

  get pid(): number {
    return this.isRunning ? (this.#child?.pid ?? 0) : 0;
  }

  get isRunning(): boolean {
    return this.#child !== undefined && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get isHealthy(): boolean {
    return this.listener.health?.status === 'healthy';
  }

  /** Numbers of events that its log has named and that have not come. */
  get missing(): number {
    const got = new Set(this.listener.got.map(({ sequence }) => sequence));
    return [...this.log.sequences].filter((sequence) => !got.has(sequence)).length;
  }

  /** As a technician's service is started. */
  start(): void {
    const child = spawn(join(PACKAGE_ROOT, 'scripts/anqi'), ['run', '--config', this.#configFile], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: {
        ...process.env,
        NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --require=${HOOK}`,
        ANQI_TEST_WORKER_FAULT: this.workerOrder,
      },
    });
    this.#child = child;
    // It never outlives whoever started it.
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    createInterface({ input: child.stderr }).on('line', (line) => {
      this.#logFile.write(`${line}\n`);
      this.log.read(line);
    });
  }

  /** @returns what should not have been */
  async stop(): Promise<string[]> {
    const child = this.#child;
    if (child === undefined || !this.isRunning) return ['the service had ended'];
    const closed = once(child, 'close');
    // Once, as systemd does: a second one means at once.
    child.kill('SIGTERM');
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await closed;
    clearTimeout(killer);
    const left = (): number => this.cameras.reduce((sum, { address }) => sum + processesWith(address).size, 0);
    const deadlineMs = performance.now() + ORPHAN_LIMIT_MS;
    while (left() > 0 && performance.now() < deadlineMs) await sleep(LOOK_EVERY_MS);
    return [
      ...(child.exitCode === 0 ? [] : [`SIGTERM ended it with ${child.exitCode ?? child.signalCode}`]),
      ...(left() === 0 ? [] : [`${left()} processes left behind`]),
    ];
  }

  /** What it has said so far is heard; a sound for each prompt would fill the disk in the end. */
  async clearSpoken(): Promise<void> {
    const folder = join(this.folder, 'spoken');
    for (const name of await readdir(folder).catch(() => [])) await rm(join(folder, name), { force: true });
  }

  /** @returns how long it took, s */
  async until(what: string, isSo: () => boolean, limitMs = WAIT_MS): Promise<number> {
    const beganMs = performance.now();
    while (!isSo()) {
      if (!this.isRunning) throw new Error(`the service ended by itself while this was waited for: ${what}`);
      if (performance.now() - beganMs > limitMs) throw new Error(`${what}: not within ${limitMs / 1000} s`);
      await sleep(LOOK_EVERY_MS);
    }
    return (performance.now() - beganMs) / 1000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child !== undefined) await endChild(child, STOP_GRACE_MS);
    if (this.broker.pid > 0) process.kill(this.broker.pid, 'SIGCONT');
    this.#logFile.end();
    await this.#close();
  }

  get #configFile(): string {
    return join(this.folder, 'anqi.json');
  }

  async #config(analysedFps: number): Promise<Readonly<Record<string, unknown>>> {
    const login = { username: CREDENTIALS.user, password: CREDENTIALS.password, analysedFps };
    return {
      version: 1,
      node: { id: NODE },
      dataFolder: this.dataFolder,
      console: { port: await freePort() },
      mqtt: { url: this.gate.url },
      cameras: this.cameras.map(({ url }, index) => ({ id: `c${index + 1}`, url, ...login, speaker: 'horn' })),
      speakers: [{ id: 'horn', kind: 'folder', folder: join(this.folder, 'spoken') }],
      prompts: { quietHours: null, maxPerHour: 600 },
      // A disk that fills up in hours would be another fault.
      evidence: { maxBytes: 200_000_000 },
    };
  }
}
