/** The real service as a process of its own, with embedded cameras and an embedded broker outside of it. */
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { type IncidentEvent, incidentEvent } from '../../src/mqtt/events';
import { endChild, type GuardedChild, spawnGuarded } from '../../src/runtime/guarded-child';
import { onTwoCores } from './processes';

const BUILD = join(__dirname, '../..');
const SERVICE = join(BUILD, '../scripts/anqi');
const NODE_ID = 'bench';
/** The first start renders every prompt. */
const READY_LIMIT_MS = 300_000;
/** As long as the service gives itself, and some. */
const STOP_GRACE_MS = 10_000;

export interface ServiceOptions {
  /** One camera each, with a loudspeaker of its own. */
  readonly cameraUrls: readonly string[];
  /** Emptied but for the rendered prompts. */
  readonly folder: string;
  readonly modelFolder: string | null;
  readonly analysedFps: number;
}

/** One decided picture. */
export interface Decision {
  readonly camera: string;
  readonly atMs: number;
  /** Counts the pictures that came out of ffmpeg. */
  readonly frame: number;
  readonly decidedAfterMs: number;
}

export class MeasuredService implements AsyncDisposable {
  readonly decisions: Decision[] = [];
  readonly events: IncidentEvent[] = [];
  readonly problems: string[] = [];
  readonly #startedAtMs = Date.now();
  #isRendered = false;
  #isDelivering = false;

  private constructor(
    readonly cameras: readonly string[],
    private readonly child: GuardedChild,
    private readonly close: () => Promise<void>,
  ) {}

  /** Resolves when it works: prompts rendered, broker online, a picture of every camera decided. */
  static async start(options: ServiceOptions): Promise<MeasuredService> {
    const broker = await startBroker();
    const config = await writeConfig(options, broker.port);
    const subscriber = await connectAsync(`mqtt://127.0.0.1:${broker.port}`);
    await subscriber.subscribeAsync(`anqi/v1/${NODE_ID}/camera/+/event/+`, { qos: 1 });
    const child = spawnGuarded(...onTwoCores(SERVICE, ['run', '--config', config]));
    const service = new MeasuredService(options.cameraUrls.map(cameraId), child, async () => {
      await subscriber.endAsync(true);
      await broker.close();
    });
    subscriber.on('message', (_topic, payload) =>
      service.events.push(incidentEvent.parse(JSON.parse(payload.toString('utf8')))),
    );
    child.stdout.resume();
    createInterface({ input: child.stderr }).on('line', (line) => service.#read(line));
    await service.#working();
    return service;
  }

  get pid(): number {
    const { pid } = this.child;
    if (pid === undefined || this.child.exitCode !== null) {
      throw new Error(`the service is not running (exit code ${this.child.exitCode}): ${this.problems.join('; ')}`);
    }
    return pid;
  }

  /** From the start of the process to the first decided picture. */
  get firstDecisionMs(): number {
    return (this.decisions[0]?.atMs ?? Number.POSITIVE_INFINITY) - this.#startedAtMs;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stop();
    await this.close();
  }

  /** A second SIGTERM would end it at once, and with it what it still has to tell. */
  async #stop(): Promise<void> {
    if (this.child.pid === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), STOP_GRACE_MS);
    await gone;
    clearTimeout(killer);
  }

  async #working(): Promise<void> {
    const giveUpAtMs = performance.now() + READY_LIMIT_MS;
    const hasAll = (): boolean => new Set(this.decisions.map(({ camera }) => camera)).size === this.cameras.length;
    while (!this.#isRendered || !this.#isDelivering || !hasAll()) {
      if (this.child.exitCode !== null || performance.now() > giveUpAtMs) {
        await this[Symbol.asyncDispose]();
        throw new Error(`the service did not get going: ${this.problems.join('; ')}`);
      }
      await sleep(50);
    }
  }

  #read(line: string): void {
    const record: Record<string, unknown> = line.startsWith('{') ? JSON.parse(line) : { level: 'error', msg: line };
    if (record.msg === 'frame decided') {
      const { camera, frame, decidedAfterMs } = record;
      const decided = { camera: String(camera), frame: Number(frame), decidedAfterMs: Number(decidedAfterMs) };
      this.decisions.push({ ...decided, atMs: Date.now() });
    } else if (record.msg === 'prompts rendered ahead') this.#isRendered = true;
    else if (record.msg === 'broker connection' && record.kind === 'online') this.#isDelivering = true;
    else if (record.level === 'warn' || record.level === 'error') this.problems.push(line);
  }
}

/** An embedded camera as a process of its own, so that its work is not counted. */
export async function startCamera(
  film: string,
): Promise<AsyncDisposable & { readonly url: string; readonly pid: number }> {
  const child = spawnGuarded(process.execPath, [join(BUILD, 'scripts/rtsp-camera/main.js'), film]);
  child.stderr.pipe(process.stderr);
  for await (const line of createInterface({ input: child.stdout })) {
    return { url: line, pid: child.pid ?? 0, [Symbol.asyncDispose]: () => endChild(child) };
  }
  throw new Error('the embedded camera did not start');
}

async function startBroker(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const { Aedes } = await import('aedes');
  const aedes = await Aedes.createBroker();
  const server = createServer(aedes.handle);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: portOf(server),
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      await new Promise<void>((resolve) => aedes.close(() => resolve()));
      await closed;
    },
  };
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the broker does not listen');
  return address.port;
}

const cameraId = (_url: string, index: number): string => `c${index + 1}`;

async function writeConfig(options: ServiceOptions, mqttPort: number): Promise<string> {
  const { folder, cameraUrls, modelFolder, analysedFps } = options;
  const stale = ['spoken', 'data/evidence', 'data/outbox.db', 'data/outbox.db-wal', 'data/outbox.db-shm'];
  await Promise.all(stale.map((name) => rm(join(folder, name), { recursive: true, force: true })));
  await mkdir(join(folder, 'data'), { recursive: true });
  const places = cameraUrls.map((url, index) => ({ id: cameraId(url, index), speaker: `horn${index + 1}`, url }));
  const config = {
    version: 1,
    node: { id: NODE_ID },
    dataFolder: join(folder, 'data'),
    console: null,
    log: { level: 'trace' },
    ...(modelFolder === null ? {} : { models: { folder: modelFolder } }),
    // aedes speaks MQTT 3.1.1.
    mqtt: { url: `mqtt://127.0.0.1:${mqttPort}`, protocolVersion: 4 },
    cameras: places.map((place) => ({ ...place, analysedFps })),
    speakers: places.map(({ speaker }) => ({ id: speaker, kind: 'folder', folder: join(folder, 'spoken', speaker) })),
    prompts: { quietHours: null, maxPerHour: 600 },
  };
  const path = join(folder, 'anqi.yaml');
  // JSON is YAML.
  await writeFile(path, JSON.stringify(config, null, 2));
  return path;
}
