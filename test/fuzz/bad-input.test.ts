/**
 * Bad input by the thousand into everything that reads what others wrote. Each target has a process of its own: it has to
 * end by itself with nothing thrown, and to have written nowhere but into its data folder.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Fed } from '../support/fuzz/fuzz';
import { TARGETS } from '../support/fuzz/targets';

const ROOT = join(__dirname, '../..');
/** Another one is tried with ANQI_FUZZ_SEED. */
const SEED = Number(process.env.ANQI_FUZZ_SEED ?? 20261130);
/** Many times what a target takes: a process that is still there hangs. */
const LIMIT_MS = 900_000;
const WANTED_INPUTS = 100_000;

jest.setTimeout(LIMIT_MS + 60_000);

const fed: Fed[] = [];
let place: string;
let program: string;

beforeAll(async () => {
  place = mkdtempSync(join(tmpdir(), 'anqi-fuzz-'));
  program = join(place, 'child.cjs');
  await build({
    entryPoints: [join(ROOT, 'test/support/fuzz/child.ts')],
    outfile: program,
    ...{ bundle: true, platform: 'node', target: 'node20', packages: 'external', logLevel: 'warning' },
  });
});

afterAll(() => {
  rmSync(place, { recursive: true, force: true });
});

test.each(Object.keys(TARGETS))('%s: no crash, no hang, nothing written elsewhere', async (target) => {
  const home = join(place, target);
  const folder = join(home, 'data');
  for (const inside of ['data', 'work', 'tmp']) mkdirSync(join(home, inside), { recursive: true });
  const before = everythingBut(folder, place);
  const child = spawn(process.execPath, [program, target, String(SEED), folder], {
    cwd: join(home, 'work'),
    env: {
      PATH: process.env.PATH,
      NODE_PATH: join(ROOT, 'node_modules'),
      ANQI_ROOT: ROOT,
      HOME: home,
      TMPDIR: join(home, 'tmp'),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said.out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said.err = (said.err + text).slice(-8_000);
  });
  const killer = setTimeout(() => child.kill('SIGKILL'), LIMIT_MS);
  const [code, signal] = await once(child, 'close');
  clearTimeout(killer);
  expect({ target, seed: SEED, code, signal, said: said.err }).toEqual({
    target,
    seed: SEED,
    code: 0,
    signal: null,
    said: '',
  });
  const own: Fed[] = said.out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  fed.push(...own);
  expect(everythingBut(folder, place)).toEqual(before);
});

test(`more than ${WANTED_INPUTS} inputs in all`, () => {
  const lines = fed.map(
    ({ what, inputs, taken, refused }) => `${String(inputs).padStart(7)}  ${what}: ${taken} taken, ${refused} refused`,
  );
  const total = fed.reduce((sum, { inputs }) => sum + inputs, 0);
  process.stdout.write(`${[`seed ${SEED}`, ...lines, `${String(total).padStart(7)}  in all`].join('\n')}\n`);
  expect(total).toBeGreaterThanOrEqual(WANTED_INPUTS);
});

/** Every file and folder under `root` with what is in it, but `but`. */
function everythingBut(but: string, root: string): Readonly<Record<string, string>> {
  const found = readdirSync(root, { recursive: true, withFileTypes: true })
    .map((entry) => ({ path: join(entry.parentPath, entry.name), isFile: entry.isFile() }))
    .filter(({ path }) => !path.startsWith(but));
  return Object.fromEntries(
    found.map(({ path, isFile }) => [
      path,
      isFile ? createHash('sha256').update(readFileSync(path)).digest('hex') : 'folder',
    ]),
  );
}
