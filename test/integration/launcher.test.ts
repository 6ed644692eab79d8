/** `scripts/anqi`: the service allocates with jemalloc, what it starts does not. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');
const run = promisify(execFile);
jest.setTimeout(60_000);

/** Runs a few lines inside the process that the launcher starts, before anything of the service. */
async function inside(lines: string, env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const folder = await mkdtemp(join(tmpdir(), 'anqi-launcher-'));
  try {
    const program = join(folder, 'inside.js');
    await writeFile(program, `${lines}\nprocess.exit(0);`);
    const options = { env: { PATH: process.env.PATH, NODE_OPTIONS: `--require=${program}`, ...env } };
    const { stdout } = await run(join(ROOT, 'scripts/anqi'), ['--version'], options);
    return JSON.parse(stdout);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const GUARDED = JSON.stringify(join(ROOT, 'dist/src/runtime/guarded-child.js'));
const MAPS = `const maps = require('node:fs').readFileSync('/proc/self/maps', 'utf8');`;
const SAY = (what: string): string => `require('node:fs').writeSync(1, JSON.stringify(${what}));`;

it('the service allocates with jemalloc', async () => {
  expect(await inside(MAPS + SAY(`maps.includes('libjemalloc')`))).toBe(true);
});

it('a child gets the preloads of others, and not the allocator', async () => {
  const lines = `
    process.env.LD_PRELOAD += ':/nowhere/other.so';
    process.env.NODE_OPTIONS = '';
    const had = [process.env.LD_PRELOAD.includes('libjemalloc'), process.env.MALLOC_CONF !== undefined];
    require('node:child_process').spawn = (file, list, { env }) => {
      ${SAY('{ had, LD_PRELOAD: env.LD_PRELOAD, MALLOC_CONF: env.MALLOC_CONF ?? null, PATH: env.PATH !== undefined }')}
    };
    require(${GUARDED}).spawnGuarded('true', []);`;
  expect(await inside(lines)).toEqual({
    had: [true, true],
    ...{ LD_PRELOAD: '/nowhere/other.so', MALLOC_CONF: null, PATH: true },
  });
});

it('a site may tune it', async () => {
  expect(await inside(SAY('process.env.MALLOC_CONF'), { MALLOC_CONF: 'narenas:1' })).toBe('narenas:1');
});
