/** The example platform as a program: real box, broker and database; told the truth, also after it was away. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { build } from 'esbuild';
import { Box } from '../../scripts/fleet/box';
import { Mosquitto, PASSWORD, USER } from '../support/mosquitto';
import { Postgres } from '../support/postgres';

jest.setTimeout(120_000);

const ROOT = join(__dirname, '../..');
const WAIT_MS = 60_000;

let folder: string;
let program: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anqi-example-'));
  program = join(folder, 'example.cjs');
  await build({
    entryPoints: [join(ROOT, 'scripts/platform-example/main.ts')],
    outfile: program,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
});
afterAll(() => rm(folder, { recursive: true }));

/** The program, and the lines it has printed. */
class Example implements AsyncDisposable {
  #said = '';
  readonly #child: ChildProcess;

  constructor(url: string, database: string) {
    const access = ['--username', USER, '--password', PASSWORD];
    this.#child = spawn(process.execPath, [program, '--url', url, '--database', database, ...access], {
      env: { ...process.env, NODE_PATH: join(ROOT, 'node_modules') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said += text;
      });
  }

  async says(words: RegExp): Promise<void> {
    const deadlineMs = performance.now() + WAIT_MS;
    while (!words.test(this.#said)) {
      if (performance.now() > deadlineMs) throw new Error(`never said ${words}: ${this.#said.slice(-2_000)}`);
      await sleep(50);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), WAIT_MS);
    await gone;
    clearTimeout(killer);
  }
}

it.each(['SQLite', 'PostgreSQL'])('tells the correction rate of the town, with %s', async (kind) => {
  await using broker = await Mosquitto.started();
  await using postgres = kind === 'PostgreSQL' ? await Postgres.start() : undefined;
  const database = postgres?.url ?? join(folder, 'incidents.db');
  await using box = new Box({
    ...{ url: broker.url, username: USER, password: PASSWORD },
    nodeId: 'one',
    databasePath: join(folder, `${kind}.db`),
  });
  {
    await using example = new Example(broker.url, database);
    await example.says(/listening/);
    box.incident();
    // The first event that it hears is its beginning; the town is the first eight digits of the device id.
    await example.says(/33052200 +100\.00 % +1 of 1, unknown 0/);
  }
  box.incident();
  box.incident();
  await box.drained(WAIT_MS);
  await using again = new Example(broker.url, database);
  await again.says(/33052200 +100\.00 % +3 of 3, unknown 0/);
});
