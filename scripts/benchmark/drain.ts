/**
 * How fast a backlog leaves: fills a real outbox file, then lets the real relay empty it into a local Mosquitto.
 * `npm run bench:drain -- [EVENTS]` (default 100 000). A subscriber of its own counts what arrives.
 */
import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MqttClient } from '../../src/mqtt/client';
import { EVENT_EXAMPLES } from '../../src/mqtt/examples';
import { Relay } from '../../src/mqtt/relay';
import { topicsOf } from '../../src/mqtt/topics';
import { openDatabase } from '../../src/outbox/database';
import { Outbox } from '../../src/outbox/outbox';
import { createLogger } from '../../src/runtime/logger';
import { mosquitto } from '../fleet/brokers';

const TARGET_PER_S = 2_000;
const KINDS = ['violation', 'prompt', 'prompt', 'outcome'] as const;

async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? 100_000);
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
  while (outbox.depth() > 0) await sleep(100);
  const seconds = (performance.now() - startedMs) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  const received = await arrived.all;
  stop.abort();
  await Promise.all([relaying, running]);
  outbox.close();
  await rm(folder, { recursive: true });
  const perS = Math.round(count / seconds);
  const cpuUs = Math.round((user + system) / count);
  process.stdout.write(
    `${count} events acknowledged in ${seconds.toFixed(1)} s: ${perS} events/s (target ${TARGET_PER_S}), ` +
      `${cpuUs} µs of CPU an event, ${received} received\n`,
  );
  if (perS < TARGET_PER_S || received < count) process.exitCode = 1;
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
  const wanted = ['-t', 'anqi/v1/drain/camera/#', '-F', '.', '-C', String(count + 1)];
  const child = spawn('mosquitto_sub', [...place, ...wanted], { stdio: ['ignore', 'pipe', 'inherit'] });
  let received = -1;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    received += text.split('\n').filter((line) => line === '.').length;
  });
  const all = new Promise<number>((resolve) => child.on('close', () => resolve(received)));
  while (received < 0) await sleep(20);
  return { all };
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
