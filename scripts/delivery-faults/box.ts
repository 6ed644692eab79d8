/** A sender of its own folder, which a fault may kill, stop, copy and start again; and the platform that listens to it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import type { Got, Made } from '../lib/delivery';

export const NODE = 'faulty';
const STOP_MS = 15_000;
const STATE_MS = 5_000;

export interface BoxOptions {
  /** Configuration and log. */
  readonly folder: string;
  /** The service's own; by default inside of `folder`. */
  readonly dataFolder?: string;
  readonly url: string;
  /** The sender's script. */
  readonly script: string;
  readonly eventsPerS?: number;
  readonly speed?: number;
  readonly env?: NodeJS.ProcessEnv;
}

export class SendingBox implements AsyncDisposable {
  readonly dataFolder: string;
  readonly #log: string;
  readonly #config: string;
  #child: ChildProcess | undefined;

  constructor(private readonly options: BoxOptions) {
    const { folder, url, dataFolder = join(folder, 'data') } = options;
    this.dataFolder = dataFolder;
    this.#log = join(folder, 'made.log');
    this.#config = join(folder, 'anqi.json');
    mkdirSync(dataFolder, { recursive: true });
    const config = { version: 1, node: { id: NODE }, cameras: [], dataFolder, mqtt: { url } };
    writeFileSync(this.#config, JSON.stringify(config));
  }

  get databaseFile(): string {
    return join(this.dataFolder, 'outbox.db');
  }

  start(changes: Pick<BoxOptions, 'eventsPerS' | 'speed'> = {}): void {
    const { script, eventsPerS = 200, speed = 1, env } = { ...this.options, ...changes };
    const args = [script, this.#config, this.#log, String(eventsPerS), String(speed)];
    this.#child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'], env: env ?? process.env });
  }

  /** Stops it where it stands; the files do not change any more until `goOn`. */
  async freeze(): Promise<void> {
    const pid = this.#child?.pid ?? 0;
    this.#child?.kill('SIGSTOP');
    const deadlineMs = performance.now() + STATE_MS;
    while (!/\) T /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))) {
      if (performance.now() > deadlineMs) throw new Error('the sender does not stand still');
      await sleep(1);
    }
  }

  goOn(): void {
    this.#child?.kill('SIGCONT');
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'close');
    child.kill(signal);
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(killer);
  }

  /** Everything whose append had returned. */
  made(): Made[] {
    if (!existsSync(this.#log)) return [];
    // A line that a kill cut off is no promise.
    const lines = readFileSync(this.#log, 'utf8').split('\n').slice(0, -1);
    return lines.flatMap((line) => {
      const [epoch = '', sequence = '', id = ''] = line.split(' ');
      return id.length === 36 ? [{ node: NODE, epoch, sequence: Number(sequence), id }] : [];
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}

export interface Health {
  readonly status: string;
  readonly symptoms: readonly string[];
  readonly outbox: { readonly depth: number; readonly dropped: number };
}

/** Says that events are gone, or may be. */
const LOSS = ['outbox:dropped', 'outbox:replaced', 'outbox:lost'];

/** Hears every event and health of the box, in a session that the broker keeps. */
export class Listener implements AsyncDisposable {
  readonly got: Got[] = [];
  /** Whatever the box told of lost events. */
  readonly told = new Set<string>();
  /** The newest. */
  health: Health | undefined;

  private constructor(private readonly client: MqttClient) {
    client.on('message', (topic, payload) => {
      const message: Record<string, unknown> = JSON.parse(payload.toString());
      if (topic.endsWith('/health')) this.#hear(Object(message));
      else this.#take(message);
    });
  }

  static async start(url: string): Promise<Listener> {
    const client = await connectAsync(url, { clientId: 'fault-listener', clean: false, protocolVersion: 4 });
    const listener = new Listener(client);
    await client.subscribeAsync([`anqi/v1/${NODE}/camera/+/event/+`, `anqi/v1/${NODE}/health`], { qos: 1 });
    return listener;
  }

  get isConnected(): boolean {
    return this.client.connected;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.endAsync();
  }

  #hear(health: Health): void {
    this.health = health;
    for (const symptom of health.symptoms) if (LOSS.includes(symptom)) this.told.add(symptom);
  }

  #take(event: Readonly<Record<string, unknown>>): void {
    const { epoch, sequence, id, data } = event;
    const content = JSON.stringify({ ...event, data: { ...Object(data), replayed: false } });
    this.got.push({
      node: NODE,
      epoch: String(epoch),
      sequence: Number(sequence),
      id: String(id),
      contentHash: createHash('sha256').update(content).digest('hex'),
    });
  }
}
