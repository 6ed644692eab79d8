/** The inference library reports to its maker by default. Here it must not: it makes no device number, and asks nobody anything. */
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(__dirname, '../..');
const run = promisify(execFile);
jest.setTimeout(60_000);

/** Runs a Node program as on a box: no variable says that this is a test. @returns what it wrote into its home */
async function homeAfter(program: readonly string[]): Promise<readonly string[]> {
  const home = await mkdtemp(join(tmpdir(), 'anqi-home-'));
  try {
    const env = { PATH: process.env.PATH, HOME: home };
    await run(process.execPath, [...program], { cwd: ROOT, env });
    return await readdir(home);
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

it('the library alone makes itself a number, so that the next test can tell', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'anqi-alone-'));
  try {
    const program = join(folder, 'alone.js');
    const [library, model] = [require.resolve('onnxruntime-node'), join(ROOT, 'models/head-classifier.onnx')];
    await writeFile(program, `require(${JSON.stringify(library)}).InferenceSession.create(${JSON.stringify(model)});`);
    expect(await homeAfter([program])).toContain('.cache');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it('the service loads its models without', async () => {
  expect(await homeAfter([join(ROOT, 'dist/src/main.js'), 'doctor', '--quick'])).not.toContain('.cache');
});
