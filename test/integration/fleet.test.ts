/** A small fleet on real brokers: broker nodes and boxes are killed again and again, some are cut off, and the platform has every event once. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { type FleetOptions, runFleet } from '../../scripts/fleet/run';

jest.setTimeout(600_000);

async function fleet(broker: FleetOptions['broker']) {
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
  const result = await runFleet({
    ...{ broker, folder, worker },
    env: { ...process.env, NODE_PATH: join(__dirname, '../../node_modules') },
    processes: 2,
    boxesPerProcess: 10,
    perMinute: 10,
    seconds: 24,
    roundS: 8,
    reconnect: { minDelayMs: 200, maxDelayMs: 2_000 },
  });
  await rm(folder, { recursive: true });
  return result;
}

it.each(['mosquitto', 'nats'] as const)('loses nothing on %s', async (broker) => {
  const { findings, acknowledged, duplicates } = await fleet(broker);
  expect(findings).toMatchObject({ lost: [], gaps: 0, givenTwice: 0 });
  // Each box made one event at least, at the end.
  expect(findings.received).toBeGreaterThanOrEqual(20);
  expect(acknowledged).toBe(findings.made + findings.unlogged);
  expect(duplicates).toBeGreaterThanOrEqual(0);
});
