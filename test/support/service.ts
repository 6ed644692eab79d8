/**
 * The real service as a process of its own: a site with a folder and a configuration, a run of `anqi run` on it, and
 * what a test may ask of both. Needs the build (npm run build), as scripts/test makes it.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type IncidentEvent, incidentEvent } from '../../src/mqtt/events';
import { topicsOf } from '../../src/mqtt/topics';
import { PACKAGE_ROOT } from '../../src/places';
import { PASSWORD, type Received, type Subscriber, USER } from './mosquitto';
import { PublishedContract } from './published';

const CONTRACT = new PublishedContract();
const MAIN = join(PACKAGE_ROOT, 'dist/src/main.js');
/** Nothing a test waits for takes so long; a wait that does has failed. */
const WAIT_MS = 30_000;

export const NODE_ID = 'junction';
export const TOPICS = topicsOf(NODE_ID);

/** Plain data in the form of config/anqi.example.yaml. */
export type ConfigParts = Readonly<Record<string, unknown>>;

/** A folder for one service, with its configuration file; both go with it. */
export class Site implements AsyncDisposable {
  private constructor(readonly folder: string) {}

  static async make(): Promise<Site> {
    return new Site(await mkdtemp(join(tmpdir(), 'anqi-site-')));
  }

  get dataFolder(): string {
    return join(this.folder, 'data');
  }

  get spokenFolder(): string {
    return join(this.folder, 'spoken');
  }

  /** Names of the prompts that the folder speaker has played. */
  get spoken(): readonly string[] {
    return existsSync(this.spokenFolder) ? readdirSync(this.spokenFolder).filter((name) => name.endsWith('.wav')) : [];
  }

  /** Quick to decide and to give up a rider, never quiet; `parts` replace whole sections. */
  config(parts: ConfigParts): ConfigParts {
    return {
      version: 1,
      node: { id: NODE_ID },
      dataFolder: this.dataFolder,
      log: { level: 'trace' },
      speakers: [{ id: 'horn', kind: 'folder', folder: this.spokenFolder }],
      prompts: { quietHours: null, reactionMs: 1_000, reminders: 0, minGapMs: 0 },
      decision: { lostForMs: 500 },
      console: null,
      ...parts,
    };
  }

  /** Writes the configuration (JSON is YAML) or, as text, whatever is given. @returns its path */
  async write(config: ConfigParts | string): Promise<string> {
    const path = join(this.folder, 'anqi.yaml');
    await writeFile(path, typeof config === 'string' ? config : JSON.stringify(config, null, 2));
    return path;
  }

  /** A PATH of these commands only: links to the system's, or scripts of the test. */
  async path(commands: Readonly<Record<string, 'system' | { readonly script: string }>>): Promise<string> {
    const bin = join(this.folder, 'bin');
    await mkdir(bin, { recursive: true });
    for (const [name, kind] of Object.entries(commands)) {
      if (kind === 'system') await symlink(findProgram(name), join(bin, name));
      else await writeFile(join(bin, name), `#!/bin/sh\n${kind.script}\n`, { mode: 0o755 });
    }
    return bin;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** The broker section for a Mosquitto of test/support. */
export function brokerAccess(broker: { readonly url: string }): ConfigParts {
  return { url: broker.url, username: USER, password: PASSWORD };
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export class ServiceProcess implements AsyncDisposable {
  /** Everything it said on stdout and stderr. */
  said = '';
  #exit: Exit | undefined;

  private constructor(private readonly child: ChildProcess) {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
      });
    }
    // 'close': nothing more will be said.
    child.on('close', (code, signal) => {
      this.#exit = { code, signal };
    });
  }

  /** `anqi run --config FILE`; `environment` is added to the test's own. */
  static run(configFile: string, environment: NodeJS.ProcessEnv = {}): ServiceProcess {
    if (!existsSync(MAIN)) throw new Error(`${MAIN} is missing: npm run build`);
    return ServiceProcess.#start([process.execPath, MAIN, 'run', '--config', configFile], environment);
  }

  /** The same by the `anqi` command of a release. */
  static runBy(command: string, configFile: string): ServiceProcess {
    return ServiceProcess.#start([command, 'run', '--config', configFile], {});
  }

  /**
   * The same on a disk of its own of `bytes` at `folder`, in a mount namespace that ends with it.
   * Undefined where this machine does not allow that.
   */
  static runOnSmallDisk(
    configFile: string,
    { folder, bytes }: { folder: string; bytes: number },
  ): ServiceProcess | undefined {
    const unshare = ['unshare', '--mount', ...(process.getuid?.() === 0 ? [] : ['--map-root-user'])];
    const mount = `mount -t tmpfs -o size=${bytes} tmpfs "$0"`;
    if (spawnSync(unshare[0] ?? '', [...unshare.slice(1), 'sh', '-c', mount, folder]).status !== 0) return undefined;
    const run = [process.execPath, MAIN, 'run', '--config', configFile];
    return ServiceProcess.#start([...unshare, 'sh', '-c', `${mount} && exec "$@"`, folder, ...run], {});
  }

  static #start([command = '', ...args]: readonly string[], environment: NodeJS.ProcessEnv): ServiceProcess {
    return new ServiceProcess(
      spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } }),
    );
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#exit === undefined;
  }

  /** Its end, in its own time. */
  async exited(): Promise<Exit> {
    await this.until('the service ends', () => this.#exit !== undefined);
    return this.#exit ?? { code: null, signal: null };
  }

  async end(signal: NodeJS.Signals): Promise<Exit> {
    this.child.kill(signal);
    return this.exited();
  }

  /** Waits for something that is about to happen; fails with the log when it does not. */
  async until(what: string, isSo: () => boolean): Promise<void> {
    const deadlineMs = performance.now() + WAIT_MS;
    while (!isSo()) {
      if (performance.now() > deadlineMs) throw new Error(`waited in vain: ${what}\n${this.said.slice(-4_000)}`);
      await sleep(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isRunning) await this.end('SIGKILL');
  }
}

/** Waits until the newest message of `topic` is this plain text, or a JSON state with this state and reason. */
export async function reached(
  subscriber: Subscriber,
  topic: string,
  wanted: string | { readonly state: string; readonly reason?: string },
): Promise<void> {
  const isThere = (payload: string | undefined): boolean => {
    if (payload === undefined) return false;
    if (typeof wanted === 'string') return payload === wanted;
    const { state, reason } = JSON.parse(payload);
    return state === wanted.state && (wanted.reason === undefined || reason === wanted.reason);
  };
  await subscriber.until(() => isThere(subscriber.payloads(topic).at(-1)));
}

/** Waits for messages that need pictures: a busy machine looks at few, and judges riders when the film shows them again. */
export async function eventually(
  subscriber: Subscriber,
  isEnough: (received: readonly Received[]) => boolean,
): Promise<readonly Received[]> {
  const giveUpAtMs = performance.now() + 2 * WAIT_MS;
  for (;;) {
    try {
      return await subscriber.until(isEnough);
    } catch (error) {
      if (performance.now() > giveUpAtMs) throw error;
    }
  }
}

/** The incident events among the messages, checked against the wire contract, in the order received. */
export function eventsIn(received: readonly Received[]): IncidentEvent[] {
  return received
    .filter((message) => /\/event\/\w+$/.test(message.topic))
    .map((message) => {
      const problems = CONTRACT.problemsOnWire(message);
      if (problems.length > 0) throw new Error(`against the published contract: ${problems.join('; ')}`);
      return incidentEvent.parse(JSON.parse(message.payload));
    });
}

function findProgram(name: string): string {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const found = folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
  if (found === undefined) throw new Error(`${name} is missing: install its Debian package`);
  return found;
}
