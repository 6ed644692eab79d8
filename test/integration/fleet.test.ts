/** A small fleet on a real Mosquitto: broker and boxes are killed again and again, and the platform has every event once. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { runFleet } from '../../scripts/fleet/run';

jest.setTimeout(240_000);

it('loses nothing through three kills of the broker and three of its boxes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'anqi-fleet-'));
  const worker = join(folder, 'worker.cjs');
  await build({
    entryPoints: [join(__dirname, '../../scripts/fleet/worker.ts')],
    outfile: worker,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
  const env = { ...process.env, NODE_PATH: join(__dirname, '../../node_modules') };
  const { findings } = await runFleet({
    ...{ folder, worker, env },
    processes: 2,
    boxesPerProcess: 8,
    perMinute: 20,
    seconds: 24,
    brokerKills: 3,
    boxKills: 3,
  });
  expect(findings).toMatchObject({ lost: [], gaps: 0, givenTwice: [] });
  // Each box made one incident at least, at the end.
  expect(findings.received).toBeGreaterThanOrEqual(2 * 8 * 4);
  await rm(folder, { recursive: true });
});
