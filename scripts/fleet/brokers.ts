/** Brokers of this machine for measurements and tests of many boxes: real programs of Debian on free loopback ports. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const START_MS = 20_000;
const STOP_MS = 5_000;

export class LocalBroker implements AsyncDisposable {
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly command: readonly [string, ...string[]],
  ) {}

  /** Without login, persistent in `folder`. */
  static async mosquitto(folder: string): Promise<LocalBroker> {
    const port = await freePort();
    const file = join(folder, 'mosquitto.conf');
    const lines = [
      `listener ${port} 127.0.0.1`,
      'allow_anonymous true',
      'persistence true',
      `persistence_location ${folder}/`,
      'user root',
      // A subscriber that is slower than the backlog must lose nothing.
      'max_queued_messages 0',
    ];
    await writeFile(file, lines.join('\n'));
    const broker = new LocalBroker(port, ['/usr/sbin/mosquitto', '-c', file]);
    await broker.start();
    return broker;
  }

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    const [program, ...args] = this.command;
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let said = '';
    child.on('error', (error) => {
      said += error.message;
    });
    child.stderr?.on('data', (text: Buffer) => {
      said = (said + text).slice(-2_000);
    });
    const deadlineMs = Date.now() + START_MS;
    while (!(await answers(this.port))) {
      if (child.exitCode !== null || Date.now() > deadlineMs) throw new Error(`${program} did not start: ${said}`);
      await sleep(50);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(killer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no free port');
  return address.port;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
