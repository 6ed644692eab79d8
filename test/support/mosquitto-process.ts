/** Builds and runs mosquitto-node.ts as a real process: plain Node cannot read TypeScript, esbuild makes one file of it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { PASSWORD, USER } from './mosquitto';

const ROOT = join(__dirname, '../..');
const WAIT_MS = 20_000;

export class NodeProcess implements AsyncDisposable {
  readonly lines: string[] = [];
  #errors = '';

  private constructor(private readonly child: ChildProcess) {}

  /** `folder` holds the built script and the database. */
  static async start(options: { url: string; folder: string }): Promise<NodeProcess> {
    const script = join(options.folder, 'node.cjs');
    await build({
      entryPoints: [join(__dirname, 'mosquitto-node.ts')],
      outfile: script,
      bundle: true,
      platform: 'node',
      packages: 'external',
      logLevel: 'error',
    });
    const child = spawn(process.execPath, [script, options.url, join(options.folder, 'outbox.db')], {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules'), BROKER_USER: USER, BROKER_PASSWORD: PASSWORD },
    });
    const node = new NodeProcess(child);
    let rest = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      node.lines.push(...lines);
    });
    child.stderr?.on('data', (text: Buffer) => {
      node.#errors += text;
    });
    return node;
  }

  append(count: number): void {
    this.child.stdin?.write('\n'.repeat(count));
  }

  async said(line: string): Promise<void> {
    const deadlineMs = Date.now() + WAIT_MS;
    while (!this.lines.includes(line)) {
      if (this.child.exitCode !== null || Date.now() > deadlineMs) {
        throw new Error(`the node never said "${line}" but ${this.lines.join(', ')}: ${this.#errors}`);
      }
      await sleep(10);
    }
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    const killer = setTimeout(() => this.child.kill('SIGKILL'), WAIT_MS);
    await gone;
    clearTimeout(killer);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end('SIGKILL');
  }
}
