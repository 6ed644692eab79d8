/** `npm run fleet -- --processes 4 --boxes 25 --seconds 120`: a fleet on a Mosquitto of this machine, with its table. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { runFleet, WORKER } from './run';

interface Flags {
  readonly processes: string;
  readonly boxes: string;
  readonly perMinute: string;
  readonly seconds: string;
  readonly brokerKills: string;
  readonly boxKills: string;
}

async function main(): Promise<void> {
  const flags = new Command('fleet')
    .option('--processes <n>', 'processes of boxes', '2')
    .option('--boxes <n>', 'boxes in each', '25')
    .option('--per-minute <n>', 'incidents a minute and box', '12')
    .option('--seconds <n>', 'how long they make events', '60')
    .option('--broker-kills <n>', 'SIGKILLs of the broker', '3')
    .option('--box-kills <n>', 'SIGKILLs of a process of boxes', '3')
    .parse()
    .opts<Flags>();
  const folder = await mkdtemp(join(tmpdir(), 'anqi-fleet-'));
  const { findings, problems, delayMs } = await runFleet({
    folder,
    worker: WORKER,
    processes: Number(flags.processes),
    boxesPerProcess: Number(flags.boxes),
    perMinute: Number(flags.perMinute),
    seconds: Number(flags.seconds),
    brokerKills: Number(flags.brokerKills),
    boxKills: Number(flags.boxKills),
  });
  await rm(folder, { recursive: true });
  const { made, received, lost, unlogged, givenTwice, gaps } = findings;
  const kinds = [...new Set(problems.map(({ kind }) => kind))].map(
    (kind) => `${problems.filter((one) => one.kind === kind).length} ${kind}`,
  );
  process.stdout.write(
    `made ${made}, received ${received} (${unlogged} of them logged by no box), lost ${lost.length}, gaps ${gaps}, ` +
      `numbers given twice ${givenTwice.length}; delay ms p50 ${delayMs.p50}, p95 ${delayMs.p95}, p99 ${delayMs.p99}; ` +
      `problems: ${kinds.join(', ') || 'none'}\n`,
  );
  if (lost.length + gaps + givenTwice.length > 0) process.exitCode = 1;
}

void main();
