/** A store of pictures: Debian's nginx with its DAV module on a free loopback port; may be killed and started again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { answers, freePort } from '../../scripts/lib/ports';

const WAIT_MS = 20_000;

export class DavStore implements AsyncDisposable {
  #child: ChildProcess | undefined;

  private constructor(
    readonly folder: string,
    private readonly port: number,
  ) {}

  static async start(): Promise<DavStore> {
    const folder = await mkdtemp(join(tmpdir(), 'anqi-store-'));
    const store = new DavStore(folder, await freePort());
    await mkdir(join(folder, 'files'));
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
      (kind) => `${kind}_temp_path ${folder}/${kind};`,
    );
    const user = process.getuid?.() === 0 ? 'user root;' : '';
    const config = `${user} daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
      events {}
      http { access_log off; ${temporary.join(' ')}
        server { listen 127.0.0.1:${store.port}; root ${folder}/files; client_max_body_size 1m;
          location / { dav_methods PUT DELETE; create_full_put_path on; } } }`;
    await writeFile(join(folder, 'nginx.conf'), config);
    await store.resume();
    return store;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Of what has arrived whole. */
  path(name: string): string {
    return join(this.folder, 'files', name);
  }

  /** Whether a body is under way. */
  get isReceiving(): boolean {
    return readdirSync(join(this.folder, 'client_body'), { recursive: true }).length > 0;
  }

  async resume(): Promise<void> {
    const child = spawn('nginx', ['-c', join(this.folder, 'nginx.conf'), '-p', this.folder], { stdio: 'ignore' });
    this.#child = child;
    const deadlineMs = Date.now() + WAIT_MS;
    while (!(await answers(this.port))) {
      if (child.exitCode !== null || Date.now() > deadlineMs)
        throw new Error('nginx did not start: apt-get install nginx');
      await sleep(20);
    }
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}
