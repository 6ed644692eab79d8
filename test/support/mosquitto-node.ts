/**
 * A node as a process of its own that a test may kill: client, outbox and relay as the service wires them.
 * Arguments: broker URL, database file. Each line on stdin appends one message. Prints `online` and `appended N`.
 */
import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { MqttClient } from '../../src/mqtt/client';
import { Relay } from '../../src/mqtt/relay';
import { topicsOf } from '../../src/mqtt/topics';
import { openDatabase } from '../../src/outbox/database';
import { Outbox } from '../../src/outbox/outbox';
import { createLogger } from '../../src/runtime/logger';

async function main([url = '', path = '']: readonly string[]): Promise<void> {
  const log = createLogger({ level: 'warn' });
  const topics = topicsOf('killed');
  const outbox = new Outbox(openDatabase({ path, nowMs: Date.now() }).database);
  const client = new MqttClient(
    {
      url,
      username: process.env.BROKER_USER ?? '',
      password: process.env.BROKER_PASSWORD ?? '',
      protocolVersion: 5,
      clientId: 'anqi-killed',
      stateTopic: topics.state,
      reconnect: { minDelayMs: 50, maxDelayMs: 200 },
    },
    log,
  );
  const stop = new AbortController();
  process.once('SIGTERM', () => stop.abort());
  client.onState((state) => {
    if (state.kind === 'online') say('online');
  });
  const topic = topics.camera('c1').event('violation');
  const input = createInterface({ input: process.stdin }).on('line', () => {
    const row = outbox.append({ topic, build: ({ id, sequence }) => JSON.stringify({ id, sequence }) }, Date.now());
    say(`appended ${row.sequence}`);
  });
  const disconnect = new AbortController();
  const connection = client.run(disconnect.signal);
  await new Relay({ source: outbox, sink: client }, log).run(stop.signal);
  disconnect.abort();
  await connection;
  input.close();
  outbox.close();
}

function say(line: string): void {
  writeSync(1, `${line}\n`);
}

void main(process.argv.slice(2));
