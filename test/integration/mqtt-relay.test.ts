/** Outbox to broker against a real Mosquitto: nothing is lost, order is kept, and what comes twice can be recognised. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Gate } from '../../scripts/lib/gate';
import type { BrokerState } from '../../src/mqtt/access';
import { MqttClient } from '../../src/mqtt/client';
import { Relay } from '../../src/mqtt/relay';
import { topicsOf } from '../../src/mqtt/topics';
import { openDatabase } from '../../src/outbox/database';
import { Outbox } from '../../src/outbox/outbox';
import { createLogger } from '../../src/runtime/logger';
import { Mosquitto, PASSWORD, USER } from '../support/mosquitto';
import { NodeProcess } from '../support/mosquitto-process';

jest.setTimeout(60_000);

const TOPIC = topicsOf('node-1').camera('c1').event('violation');

it('delivers in order, each once, what happened before the broker came and what comes after', async () => {
  await using broker = await Mosquitto.prepare();
  await using gate = await Gate.start([broker.port], 'closed');
  await using node = await startNode(gate.url);
  const waiting = node.append(100);
  await node.reached('unreachable');
  expect(node.outbox.depth()).toBe(100);
  await broker.start();
  await using subscriber = await broker.subscribe(TOPIC);
  gate.set('open');
  await node.reached('online');
  const live = node.append(20);
  await subscriber.until((received) => received.length >= 120);
  await node.drained();
  // What the broker has acknowledged may still be on its way to the listener.
  await subscriber.until((received) => received.length >= waiting.length + live.length);
  expect(subscriber.payloads(TOPIC)).toEqual([...waiting, ...live]);
});

it('loses nothing when the broker is killed and restarted in the middle, and repeats with the same identity', async () => {
  await using broker = await Mosquitto.started();
  await using gate = await Gate.start([broker.port]);
  await using node = await startNode(gate.url);
  await using before = await broker.subscribe(TOPIC);
  await node.reached('online');
  node.append(50);
  await node.drained();
  gate.set('one-way');
  const unacknowledged = node.append(10);
  await before.until((received) => received.length >= 60);
  expect(node.outbox.depth()).toBe(10);
  gate.set('closed');
  await broker.stop('SIGKILL');
  const during = node.append(50);
  await broker.start();
  await using after = await broker.subscribe(TOPIC);
  gate.set('open');
  await node.drained();
  await after.until((received) => received.length >= 60);
  expect(after.payloads(TOPIC)).toEqual([...unacknowledged, ...during]);
  // mosquitto_sub reconnects by itself: what it got later is not looked at.
  expect(before.payloads(TOPIC).slice(50, 60)).toEqual(unacknowledged);
});

it('sends a row again with the same id after SIGKILL between publish and PUBACK', async () => {
  const topic = topicsOf('killed').camera('c1').event('violation');
  await using broker = await Mosquitto.started();
  await using gate = await Gate.start([broker.port]);
  await using subscriber = await broker.subscribe(topic);
  const folder = await mkdtemp(join(tmpdir(), 'anqi-killed-'));
  await using first = await NodeProcess.start({ url: gate.url, folder });
  await first.said('online');
  gate.set('one-way');
  first.append(3);
  await subscriber.until((received) => received.length >= 3);
  await first.end('SIGKILL');
  gate.set('open');
  await using second = await NodeProcess.start({ url: gate.url, folder });
  await second.said('online');
  second.append(1);
  await subscriber.until((received) => received.length >= 7);
  await second.end('SIGTERM');
  const payloads = subscriber.payloads(topic);
  expect(payloads.slice(3, 6)).toEqual(payloads.slice(0, 3));
  expect(payloads.slice(3).map((text) => JSON.parse(text).sequence)).toEqual([1, 2, 3, 4]);
  const outbox = new Outbox(openDatabase({ path: join(folder, 'outbox.db'), nowMs: 0 }).database);
  expect(outbox.depth()).toBe(0);
  outbox.close();
  await rm(folder, { recursive: true });
});

it('delivers once although the disk takes no acknowledgement for a while', async () => {
  await using broker = await Mosquitto.started();
  await using gate = await Gate.start([broker.port], 'closed');
  await using node = await startNode(gate.url);
  await using subscriber = await broker.subscribe(TOPIC);
  const first = node.append(3);
  const { database: another } = openDatabase({ path: node.path, nowMs: 0 });
  another.exec('BEGIN IMMEDIATE');
  gate.set('open');
  await subscriber.until((received) => received.length >= 3);
  expect(node.outbox.depth()).toBe(3);
  another.exec('COMMIT');
  another.close();
  const last = node.append(1);
  await node.drained();
  await subscriber.until((received) => received.length >= first.length + last.length);
  expect(subscriber.payloads(TOPIC)).toEqual([...first, ...last]);
});

it('flushes what is due when it is told to stop, and ends in time when nobody acknowledges', async () => {
  await using broker = await Mosquitto.started();
  await using gate = await Gate.start([broker.port]);
  await using node = await startNode(gate.url);
  await using subscriber = await broker.subscribe(TOPIC);
  await node.reached('online');
  const last = node.append(40);
  await node.stopRelay();
  expect(node.outbox.depth()).toBe(0);
  await subscriber.until((received) => received.length >= 40);
  expect(subscriber.payloads(TOPIC)).toEqual(last);

  await using deaf = await startNode(gate.url);
  await deaf.reached('online');
  gate.set('one-way');
  deaf.append(2);
  await deaf.stopRelay();
  expect(deaf.outbox.depth()).toBe(2);
});

async function startNode(url: string) {
  const folder = await mkdtemp(join(tmpdir(), 'anqi-relay-'));
  const log = createLogger({ level: 'silent' });
  const path = join(folder, 'outbox.db');
  const outbox = new Outbox(openDatabase({ path, nowMs: Date.now() }).database);
  const client = new MqttClient(
    {
      url,
      username: USER,
      password: PASSWORD,
      protocolVersion: 5,
      clientId: `anqi-${folder}`,
      stateTopic: topicsOf('node-1').state,
      reconnect: { minDelayMs: 50, maxDelayMs: 200 },
    },
    log,
  );
  const relayStop = new AbortController();
  const clientStop = new AbortController();
  const connected = client.run(clientStop.signal);
  const relayed = new Relay({ source: outbox, sink: client }, log, { flushMs: 1_000 }).run(relayStop.signal);
  const stopRelay = async () => {
    relayStop.abort();
    await relayed;
  };
  return {
    outbox,
    path,
    stopRelay,
    append: (count: number) =>
      Array.from({ length: count }, () => {
        const build = (stamp: { id: string; sequence: number }) => JSON.stringify(stamp);
        return outbox.append({ topic: TOPIC, build }, Date.now()).payload;
      }),
    reached: (kind: BrokerState['kind']) => untilTrue(() => client.state.kind === kind, `state ${kind}`),
    drained: () => untilTrue(() => outbox.depth() === 0, 'an empty outbox'),
    async [Symbol.asyncDispose]() {
      await stopRelay();
      clientStop.abort();
      await connected;
      outbox.close();
      await rm(folder, { recursive: true });
    },
  };
}

async function untilTrue(isTrue: () => boolean, what: string): Promise<void> {
  const deadlineMs = Date.now() + 20_000;
  while (!isTrue()) {
    if (Date.now() > deadlineMs) throw new Error(`never reached: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
