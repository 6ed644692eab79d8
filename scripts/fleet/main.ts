/** `npm run fleet -- --broker nats --processes 4 --boxes 250 --seconds 600`: a fleet on brokers of this machine, with its table. */
import { rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, Option } from 'commander';
import { BROKERS, type BrokerName } from './brokers';
import { type Plan, struck, table } from './report';
import { type FleetResult, runFleet, WORKER } from './run';

interface Flags {
  readonly broker: BrokerName | 'all';
  readonly processes: string;
  readonly boxes: string;
  readonly perMinute: string;
  readonly seconds: string;
  readonly round: string;
  readonly out?: string;
}

async function main(): Promise<void> {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const flags = new Command('fleet')
    .addOption(new Option('--broker <name>').choices([...Object.keys(BROKERS), 'all']).default('all'))
    .option('--processes <n>', 'processes of boxes', '4')
    .option('--boxes <n>', 'boxes in each', '250')
    .option('--per-minute <n>', 'incidents a minute and box, outside a rush; each has four events', '0.5')
    .option('--seconds <n>', 'how long they make events, per broker', '600')
    .option('--round <seconds>', 'a broker node and a process of boxes are killed once in a round', '60')
    .option('--out <folder>', 'for fleet.json and fleet.md')
    .parse()
    .opts<Flags>();
  const plan = { seconds: Number(flags.seconds), roundS: Number(flags.round), perMinute: Number(flags.perMinute) };
  const names = NAMES.filter((name) => flags.broker === 'all' || flags.broker === name);
  const results: FleetResult[] = [];
  for (const broker of names) {
    const folder = await mkdtemp(join(tmpdir(), 'anqi-fleet-'));
    const clear = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
    process.once('exit', clear);
    try {
      const result = await runFleet({
        ...{ broker, folder, worker: WORKER, ...plan },
        processes: Number(flags.processes),
        boxesPerProcess: Number(flags.boxes),
        note: (text) => process.stderr.write(`${text}\n`),
      });
      results.push(result);
      process.stderr.write(`${problemsOf(result)}\n`);
    } finally {
      clear();
      process.off('exit', clear);
    }
    if (flags.out !== undefined) await keep(flags.out, results, plan);
  }
  process.stdout.write(`${table(results)}\n\n${struck(plan)}\n`);
  const isSound = results.every(({ findings: { lost, gaps, givenTwice } }) => lost.length + gaps + givenTwice === 0);
  if (!isSound) process.exitCode = 1;
}

const NAMES: readonly BrokerName[] = ['mosquitto', 'rabbitmq', 'nats'];

async function keep(folder: string, results: readonly FleetResult[], plan: Plan): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'fleet.json'), JSON.stringify({ ...plan, results }, null, 2));
  await writeFile(join(folder, 'fleet.md'), `${table(results)}\n\n${struck(plan)}\n`);
}

function problemsOf({ broker, problems }: FleetResult): string {
  const kinds = [...new Set(problems.map(({ kind }) => kind))];
  const said = kinds.map((kind) => `${problems.filter((one) => one.kind === kind).length} ${kind}`);
  return `${broker}: the platform's problems: ${said.join(', ') || 'none'}`;
}

void main();
