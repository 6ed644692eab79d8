/** A real PostgreSQL of its own in a folder of its own, on a socket there; it ends with the test. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const RELEASES = '/usr/lib/postgresql';
const START_MS = 30_000;
const STOP_MS = 10_000;

export class Postgres implements AsyncDisposable {
  private constructor(
    private readonly folder: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(): Promise<Postgres> {
    const releases = existsSync(RELEASES) ? readdirSync(RELEASES) : [];
    const [release] = releases.filter((name) => existsSync(join(RELEASES, name, 'bin/initdb')));
    if (release === undefined) throw new Error('PostgreSQL is missing: apt-get install postgresql');
    const bin = join(RELEASES, release, 'bin');
    const folder = mkdtempSync(join(tmpdir(), 'anqi-postgres-'));
    const data = join(folder, 'data');
    // PostgreSQL refuses to run as root.
    const user = process.getuid?.() === 0 ? owner(folder) : {};
    execFileSync(join(bin, 'initdb'), ['--pgdata', data, '--username', 'anqi', '--auth', 'trust', '--no-sync'], {
      ...user,
      cwd: folder,
      stdio: 'pipe',
    });
    const args = ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off'];
    const child = spawn(join(bin, 'postgres'), args, { ...user, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.on('data', (text: Buffer) => {
      said = (said + text).slice(-2_000);
    });
    const deadlineMs = performance.now() + START_MS;
    while (!said.includes('ready to accept connections')) {
      if (child.exitCode !== null || performance.now() > deadlineMs) throw new Error(`PostgreSQL: ${said}`);
      await sleep(50);
    }
    return new Postgres(folder, child);
  }

  get url(): string {
    return `postgres://anqi@/postgres?host=${encodeURIComponent(this.folder)}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.child, 'close');
    // Fast shutdown.
    this.child.kill('SIGINT');
    const killer = setTimeout(() => this.child.kill('SIGKILL'), STOP_MS);
    await gone;
    clearTimeout(killer);
    rmSync(this.folder, { recursive: true });
  }
}

function owner(folder: string): { readonly uid: number; readonly gid: number } {
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'postgres']).toString());
  const ids = { uid: idOf('-u'), gid: idOf('-g') };
  chownSync(folder, ids.uid, ids.gid);
  return ids;
}
