/**
 * How fast a backlog leaves: fills a real outbox file, then lets the real relay empty it into a local Mosquitto.
 * `npm run bench:drain -- [EVENTS...]` (default 100 000). A subscriber of its own counts what arrives.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../../src/errors';
import { MqttClient } from '../../src/mqtt/client';
import { EVENT_EXAMPLES } from '../../src/mqtt/examples';
import { Relay } from '../../src/mqtt/relay';
import { topicsOf } from '../../src/mqtt/topics';
import { openDatabase } from '../../src/outbox/database';
import { Outbox } from '../../src/outbox/outbox';
import { createLogger } from '../../src/runtime/logger';
import { mosquitto } from '../fleet/brokers';
import type { DrainFigures } from './floors';

const TARGET_PER_S = 2_000;
const KINDS = ['violation', 'prompt', 'prompt', 'outcome'] as const;
/** Counting what is left costs the more, the more there is. */
const LOOK_EVERY_MS = { most: 100, perEvent: 1 / 500 };
const LIMIT_MS = 600_000;

interface Flags {
  readonly times: number;
  readonly json?: boolean;
}

async function main(sizes: readonly number[], { times, json }: Flags): Promise<void> {
  const drained = new Map(sizes.map((size) => [size, [] as Drained[]]));
  for (let time = 0; time < times; time++) {
    for (const [size, runs] of drained) {
      const run = await drain(size);
      runs.push(run);
      if (json !== true) process.stdout.write(`${told(size, run)}\n`);
      if (size / run.seconds < TARGET_PER_S && json !== true) process.exitCode = 1;
    }
  }
  const figures: DrainFigures[] = [...drained].map(([events, runs]) => ({
    events,
    seconds: runs.map((run) => run.seconds),
    cpuUsPerEvent: runs.map((run) => run.cpuUs / events),
  }));
  if (json === true) process.stdout.write(`${JSON.stringify(figures)}\n`);
}

interface Drained {
  readonly seconds: number;
  readonly cpuUs: number;
}

function told(count: number, { seconds, cpuUs }: Drained): string {
  const speed = `${Math.round(count / seconds)} events/s (target ${TARGET_PER_S})`;
  return `${count} events acknowledged in ${seconds.toFixed(1)} s: ${speed}, ${Math.round(cpuUs / count)} µs of CPU an event`;
}

/** Connecting included. @throws Error when one is lost or it takes for ever */
async function drain(count: number): Promise<Drained> {
  const folder = await mkdtemp(join(tmpdir(), 'anqi-drain-'));
  await using broker = await mosquitto(folder);
  const outbox = fill(join(folder, 'outbox.db'), count);
  const arrived = await counting(broker.nodes[0].port, count);
  const log = createLogger({ level: 'warn' });
  const client = new MqttClient(
    { url: broker.nodes[0].url, protocolVersion: 5, clientId: 'anqi-drain', stateTopic: topicsOf('drain').state },
    log,
  );
  const stop = new AbortController();
  const cpu = process.cpuUsage();
  const startedMs = performance.now();
  const running = client.run(stop.signal);
  const relaying = new Relay({ source: outbox, sink: client }, log).run(stop.signal);
  while (outbox.depth() > 0) {
    if (performance.now() - startedMs > LIMIT_MS) throw new Error(`${outbox.depth()} events of ${count} did not leave`);
    await sleep(Math.min(LOOK_EVERY_MS.most, LOOK_EVERY_MS.perEvent * count));
  }
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const received = await arrived.all;
  stop.abort();
  await Promise.all([relaying, running]);
  outbox.close();
  await rm(folder, { recursive: true });
  if (received < count) throw new Error(`${count - received} events of ${count} did not arrive`);
  return { seconds, cpuUs: user + system };
}

/** Quickly, without waiting for the disk; the relay then works on the file as the service opens it. */
function fill(path: string, count: number): Outbox {
  const topics = topicsOf('drain').camera('east');
  const { database } = openDatabase({ path, nowMs: Date.now() });
  database.pragma('synchronous = OFF');
  const quick = new Outbox(database);
  for (let made = 0; made < count; made++) {
    const index = made % KINDS.length;
    const event = EVENT_EXAMPLES[index];
    quick.append(
      {
        topic: topics.event(KINDS[index] ?? 'violation'),
        build: ({ id, sequence }) => JSON.stringify({ ...event, id, sequence: String(sequence).padStart(10, '0') }),
      },
      Date.now(),
    );
  }
  quick.close();
  return new Outbox(openDatabase({ path, nowMs: Date.now() }).database);
}

/** A mosquitto_sub that counts; it listens once a retained message has come to it, which is not counted. */
async function counting(port: number, count: number): Promise<{ readonly all: Promise<number> }> {
  const place = ['-h', '127.0.0.1', '-p', String(port), '-q', '1'];
  await promisify(execFile)('mosquitto_pub', [...place, '-r', '-t', 'anqi/v1/drain/camera/ready', '-m', 'x']);
  const wanted = ['-t', 'anqi/v1/drain/camera/#', '-F', '.', '-C', String(count + 1), '-W', String(LIMIT_MS / 1000)];
  const child = spawn('mosquitto_sub', [...place, ...wanted], { stdio: ['ignore', 'pipe', 'inherit'] });
  let received = -1;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    received += text.split('\n').filter((line) => line === '.').length;
  });
  const all = new Promise<number>((resolve) => child.on('close', () => resolve(received)));
  while (received < 0) await sleep(20);
  return { all };
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('must be a whole number above 0');
  return value;
}

new Command('drain')
  .description('how fast a backlog of events leaves a box for a Mosquitto on the same machine')
  .argument('[events...]', 'so many events', (text, before: number[]) => [...before, wholeNumber(text)], [])
  .option('--times <n>', 'each so many times, in turns', wholeNumber, 1)
  .option('--json', 'figures as JSON')
  .action((sizes: number[], flags: Flags) => main(sizes.length === 0 ? [100_000] : sizes, flags))
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`bench:drain: ${messageOf(error)}\n`);
    process.exitCode = 1;
  });
