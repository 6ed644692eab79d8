/** A small part of `npm run faults:delivery`: what a box goes through on its way to a real broker costs no event. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { faults } from '../../scripts/delivery-faults/faults';
import { runFault } from '../../scripts/delivery-faults/run';

jest.setTimeout(240_000);

const ROOT = join(__dirname, '../..');
/** Of the fault, without what only root may do. */
const SMALL = faults({ kills: 6, powerCuts: 8, silenceMs: 12_000, hourMs: 5_000 }).filter(
  ({ options }) => options?.diskBytes === undefined,
);

let folder: string;
let script: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'anqi-faults-'));
  // Beside the real one: packages and the contract are found from there.
  script = join(ROOT, 'dist/test/delivery-faults-sender.cjs');
  await build({
    entryPoints: [join(ROOT, 'scripts/delivery-faults/sender.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
});
afterAll(() => rm(folder, { recursive: true }));

it.each(SMALL.map((fault, index) => ({ ...fault, index })))('$name', async ({ index, ...fault }) => {
  const result = await runFault(fault, { folder: join(folder, String(index)), script, seed: index });
  expect(result.complaint).toBe('');
  expect(result.findings.received).toBeGreaterThan(0);
  expect(result.told).toEqual(fault.mayLose === true ? ['outbox:replaced'] : []);
});
