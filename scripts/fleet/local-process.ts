/** A server of this machine that is started, killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { answers } from '../lib/ports';

const START_MS = 90_000;
const STOP_MS = 15_000;

export class LocalProcess implements AsyncDisposable {
  #child: ChildProcess | undefined;

  constructor(
    readonly port: number,
    private readonly command: readonly [string, ...string[]],
    private readonly env: NodeJS.ProcessEnv = process.env,
  ) {}

  get url(): string {
    return `mqtt://127.0.0.1:${this.port}`;
  }

  /** 0 while it is down. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** Resolves when it listens. */
  async start(): Promise<void> {
    const [program, ...args] = this.command;
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: this.env });
    this.#child = child;
    // It never outlives whoever started it.
    const end = (): void => void child.kill('SIGKILL');
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    let said = '';
    child.on('error', (error) => {
      said += error.message;
    });
    child.stderr?.on('data', (text: Buffer) => {
      said = (said + text).slice(-2_000);
    });
    const deadlineMs = Date.now() + START_MS;
    while (!(await answers(this.port))) {
      const isGone = child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
      if (isGone || Date.now() > deadlineMs) {
        await this.stop('SIGKILL');
        throw new Error(`${program} did not start: ${said}`);
      }
      await sleep(50);
    }
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child?.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
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
