/** A real Mosquitto on a free loopback port, with one user, and a subscriber that waits for what a test expects. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { answers, freePort } from '../../scripts/lib/ports';

export const USER = 'anqi';
export const PASSWORD = 'marker-7f3a-password';
/** What the broker tells MQTT 5 clients they may send unacknowledged. */
export const RECEIVE_MAXIMUM = 10;
const BINARY = '/usr/sbin/mosquitto';
const START_MS = 10_000;
const STOP_MS = 5_000;

/** What the listener speaks; `mqtts` with a certificate of its own in caFile, which clients of `mutual` need as well. */
export type Transport = 'mqtt' | 'mqtts' | 'mutual';

export class Mosquitto implements AsyncDisposable {
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly transport: Transport,
  ) {}

  /** A broker that may be started, stopped and started again on the same port; it keeps nothing on disk. */
  static async prepare(transport: Transport = 'mqtt'): Promise<Mosquitto> {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: apt-get install mosquitto`);
    const folder = await mkdtemp(join(tmpdir(), 'anqi-mosquitto-'));
    const broker = new Mosquitto(await freePort(), folder, transport);
    await promisify(execFile)('mosquitto_passwd', ['-b', '-c', join(folder, 'passwords'), USER, PASSWORD]);
    // Started as root Mosquitto becomes another user, who must be able to read this.
    await chmod(folder, 0o755);
    await chmod(join(folder, 'passwords'), 0o644);
    const config = [
      `listener ${broker.port} 127.0.0.1`,
      'allow_anonymous false',
      `password_file ${join(folder, 'passwords')}`,
      'persistence false',
      `max_inflight_messages ${RECEIVE_MAXIMUM}`,
      ...(transport === 'mqtts' || transport === 'mutual' ? await broker.#certify() : []),
      ...(transport === 'mutual' ? [`cafile ${broker.caFile}`, 'require_certificate true'] : []),
    ];
    await writeFile(join(folder, 'mosquitto.conf'), config.join('\n'), { mode: 0o644 });
    return broker;
  }

  static async started(transport: Transport = 'mqtt'): Promise<Mosquitto> {
    const broker = await Mosquitto.prepare(transport);
    await broker.start();
    return broker;
  }

  get url(): string {
    return `${this.transport === 'mutual' ? 'mqtts' : this.transport}://127.0.0.1:${this.port}`;
  }

  get caFile(): string {
    return join(this.folder, 'certificate.pem');
  }

  get keyFile(): string {
    return join(this.folder, 'key.pem');
  }

  async #certify(): Promise<string[]> {
    const key = this.keyFile;
    const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
    const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
    await promisify(execFile)('openssl', ['req', ...kind, ...name, '-keyout', key, '-out', this.caFile]);
    await chmod(key, 0o644);
    return [`certfile ${this.caFile}`, `keyfile ${key}`];
  }

  async start(): Promise<void> {
    const child = spawn(BINARY, ['-c', join(this.folder, 'mosquitto.conf')], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let said = '';
    child.stderr?.on('data', (text: Buffer) => {
      said = (said + text).slice(-2_000);
    });
    const deadlineMs = Date.now() + START_MS;
    while (!(await answers(this.port))) {
      if (child.exitCode !== null || Date.now() > deadlineMs) throw new Error(`mosquitto did not start: ${said}`);
      await sleep(20);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(killer);
  }

  /** Stops it in its tracks: connections stay open and nothing is answered until resume(). */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** A mosquitto_sub of its own, so that the library under test does not vouch for itself. */
  async subscribe(topic: string): Promise<Subscriber> {
    return Subscriber.start(this.port, topic);
  }

  /** As a platform would, by mosquitto_pub; resolves once the broker has it. */
  async publish(topic: string, payload: string, flags: readonly string[] = []): Promise<void> {
    const login = ['-h', '127.0.0.1', '-p', String(this.port), '-u', USER, '-P', PASSWORD];
    const child = spawn('mosquitto_pub', [...login, '-q', '1', '-t', topic, '-s', ...flags], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.end(payload);
    await once(child, 'exit');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.resume();
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export interface Received {
  readonly topic: string;
  readonly payload: string;
  readonly isRetained: boolean;
  readonly qos: number;
}

const MARKER = 'anqi-test/subscribed';
const WAIT_MS = 20_000;

export class Subscriber implements AsyncDisposable {
  readonly received: Received[] = [];
  #wake: (() => void)[] = [];

  private constructor(private readonly child: ChildProcess) {}

  static async start(port: number, topic: string): Promise<Subscriber> {
    const login = ['-h', '127.0.0.1', '-p', String(port), '-u', USER, '-P', PASSWORD];
    const format = ['-F', '%j'];
    const child = spawn('mosquitto_sub', [...login, '-q', '1', ...format, '-t', topic, '-t', MARKER], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const subscriber = new Subscriber(child);
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) subscriber.#take(JSON.parse(line));
    });
    // The marker comes back once the subscription stands.
    const deadlineMs = Date.now() + START_MS;
    while (!subscriber.#isReady) {
      if (Date.now() > deadlineMs) throw new Error('mosquitto_sub did not subscribe');
      await promisify(execFile)('mosquitto_pub', [...login, '-t', MARKER, '-m', 'x']);
      await sleep(20);
    }
    return subscriber;
  }

  #isReady = false;

  #take(line: { topic: string; payload: string; retain: number; qos: number }): void {
    if (line.topic === MARKER) this.#isReady = true;
    else this.received.push({ topic: line.topic, payload: line.payload, isRetained: line.retain === 1, qos: line.qos });
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** Waits until what came so far satisfies `isEnough`; fails with all of it after 20 s. */
  async until(isEnough: (received: readonly Received[]) => boolean): Promise<readonly Received[]> {
    const deadlineMs = Date.now() + WAIT_MS;
    while (!isEnough(this.received)) {
      const leftMs = deadlineMs - Date.now();
      if (leftMs <= 0) throw new Error(`not received in time; so far ${JSON.stringify(this.received)}`);
      const timer = new AbortController();
      const woken = new Promise<void>((resolve) => this.#wake.push(resolve));
      await Promise.race([woken, sleep(leftMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
      timer.abort();
    }
    return this.received;
  }

  /** The payloads of one topic in the order received. */
  payloads(topic: string): string[] {
    return this.received.filter((message) => message.topic === topic).map((message) => message.payload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}
