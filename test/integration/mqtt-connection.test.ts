/** The broker connection against a real Mosquitto: birth, last will, retained states, refusals, and nothing secret in the log. */
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { createWebSocketStream, WebSocketServer } from 'ws';
import { Gate } from '../../scripts/lib/gate';
import type { BrokerState } from '../../src/mqtt/access';
import { MqttClient, type MqttOptions, probeBroker } from '../../src/mqtt/client';
import { topicsOf } from '../../src/mqtt/topics';
import { createLogger } from '../../src/runtime/logger';
import { Mosquitto, PASSWORD, RECEIVE_MAXIMUM, USER } from '../support/mosquitto';
import { NodeProcess } from '../support/mosquitto-process';

jest.setTimeout(60_000);

const TOPICS = topicsOf('node-1');
const CAMERA = TOPICS.camera('c1').state;

describe.each([5, 4] as const)('with MQTT protocol level %i', (protocolVersion) => {
  it('says online after connecting and stopped on a graceful stop, both retained', async () => {
    await using broker = await Mosquitto.started();
    await using subscriber = await broker.subscribe('anqi/#');
    await using running = runClient({ url: broker.url, protocolVersion });
    await running.reached('online');
    await subscriber.until((received) => received.length >= 1);
    expect(subscriber.received).toEqual([{ topic: TOPICS.state, payload: 'online', isRetained: false, qos: 1 }]);
    await running.stop();
    await subscriber.until((received) => received.length >= 2);
    expect(subscriber.payloads(TOPICS.state)).toEqual(['online', 'stopped']);
    expect(await retainedOn(broker, TOPICS.state)).toBe('stopped');
  });

  it('names wrong credentials, keeps the password out of every line, and goes on trying', async () => {
    await using broker = await Mosquitto.started();
    await using running = runClient({ url: broker.url, protocolVersion, password: 'marker-wrong-password' });
    const state = await running.reached('bad_credentials');
    expect(state).toEqual({ kind: 'bad_credentials', reason: expect.stringMatching(/user|auth/i) });
    expect(running.log()).not.toContain('marker-');
    await expect(running.client.publish('anqi/x', 'y')).rejects.toMatchObject({
      code: 'mqtt/offline',
      recoverable: true,
    });
  });
});

it('finds every retained state right again after the broker restarts and has forgotten everything', async () => {
  await using broker = await Mosquitto.started();
  await using running = runClient({ url: broker.url });
  await running.reached('online');
  running.client.setRetained(CAMERA, 'connecting');
  running.client.setRetained(TOPICS.info, '{"version":"1"}');
  running.client.setRetained(CAMERA, 'online');
  expect(await retainedOn(broker, CAMERA)).toBe('online');
  await broker.stop();
  await running.reached('unreachable');
  running.client.setRetained(CAMERA, 'stalled');
  await broker.start();
  await running.reached('online');
  expect(await retainedOn(broker, CAMERA)).toBe('stalled');
  expect(await retainedOn(broker, TOPICS.info)).toBe('{"version":"1"}');
  expect(await retainedOn(broker, TOPICS.state)).toBe('online');
});

it('starts while the broker is away and is there as soon as it comes', async () => {
  await using broker = await Mosquitto.prepare();
  await using running = runClient({ url: broker.url });
  running.client.setRetained(CAMERA, 'online');
  expect(await running.reached('unreachable')).toMatchObject({ reason: expect.stringContaining('ECONNREFUSED') });
  await broker.start();
  expect(await retainedOn(broker, CAMERA)).toBe('online');
  expect(await retainedOn(broker, TOPICS.state)).toBe('online');
});

it('stops while the broker is away', async () => {
  await using broker = await Mosquitto.prepare();
  await using running = runClient({ url: broker.url });
  await running.reached('unreachable');
  await running.stop();
  expect(running.client.state).toEqual({ kind: 'stopped' });
});

it('is offline by its last will after SIGKILL, and online again after a new start', async () => {
  await using broker = await Mosquitto.started();
  await using subscriber = await broker.subscribe('anqi/v1/killed/state');
  const folder = await mkdtemp(join(tmpdir(), 'anqi-lwt-'));
  await using node = await NodeProcess.start({ url: broker.url, folder });
  await node.said('online');
  await node.end('SIGKILL');
  await subscriber.until((received) => received.length >= 2);
  await using again = await NodeProcess.start({ url: broker.url, folder });
  await again.said('online');
  await again.end('SIGTERM');
  await subscriber.until((received) => received.length >= 4);
  expect(subscriber.payloads('anqi/v1/killed/state')).toEqual(['online', 'offline', 'online', 'stopped']);
  await rm(folder, { recursive: true });
});

it('gives a message back when the broker freezes before its PUBACK', async () => {
  await using broker = await Mosquitto.started();
  await using running = runClient({ url: broker.url });
  await running.reached('online');
  broker.freeze();
  const lost = running.client.publish('anqi/x', 'y', { timeoutMs: 300 });
  await expect(lost).rejects.toMatchObject({ code: 'mqtt/unacknowledged', message: expect.stringContaining('300 ms') });
  const cut = running.client.publish('anqi/x', 'z', { timeoutMs: 30_000 });
  const givenBack = { code: 'mqtt/unacknowledged', message: expect.stringContaining('connection went') };
  await Promise.all([expect(cut).rejects.toMatchObject(givenBack), broker.stop('SIGKILL')]);
});

it('never has more on the way than the MQTT 5 broker allows', async () => {
  await using broker = await Mosquitto.started();
  await using gate = await Gate.start([broker.port]);
  await using subscriber = await broker.subscribe('anqi/many');
  await using running = runClient({ url: gate.url });
  await running.reached('online');
  gate.set('one-way');
  const numbers = Array.from({ length: 30 }, (_, index) => String(index));
  const sent = Promise.allSettled(numbers.map((number) => running.client.publish('anqi/many', number)));
  await subscriber.until((received) => received.length >= RECEIVE_MAXIMUM);
  // A round trip through the broker: whatever was under way by now has arrived.
  await using _barrier = await broker.subscribe('anqi/none');
  expect(subscriber.payloads('anqi/many')).toEqual(numbers.slice(0, RECEIVE_MAXIMUM));
  gate.set('closed');
  expect((await sent).filter((result) => result.status === 'fulfilled')).toEqual([]);
});

it('trusts only the authority it was given', async () => {
  await using broker = await Mosquitto.started('mqtts');
  await using careful = runClient({ url: broker.url });
  expect(await careful.reached('untrusted')).toMatchObject({ reason: expect.stringMatching(/self.signed/i) });
  await using told = runClient({ url: broker.url, caFile: broker.caFile, clientId: 'anqi-told' });
  await told.reached('online');
});

it('shows its certificate to a broker that asks for one', async () => {
  await using broker = await Mosquitto.started('mutual');
  const { url, caFile, keyFile } = broker;
  await using nameless = runClient({ url, caFile });
  expect(await nameless.reached('untrusted')).toMatchObject({ reason: expect.any(String) });
  await using known = runClient({ url, caFile, certFile: caFile, keyFile, clientId: 'anqi-known' });
  await known.reached('online');
});

it.each([5, 4] as const)('comes in by WebSocket, with MQTT protocol level %i', async (protocolVersion) => {
  // Debian's Mosquitto opens no WebSocket port on a machine without IPv6, so a door of our own stands before it.
  await using broker = await Mosquitto.started();
  const door = new WebSocketServer({ port: 0, host: '127.0.0.1', path: '/mqtt' });
  door.on('connection', (visitor) => {
    const stream = createWebSocketStream(visitor);
    const inside = connect(broker.port, '127.0.0.1');
    for (const end of [stream, inside]) end.on('error', () => inside.destroy());
    stream.pipe(inside).pipe(stream);
  });
  await once(door, 'listening');
  const running = runClient({ url: `ws://127.0.0.1:${Object(door.address()).port}/mqtt`, protocolVersion });
  await running.reached('online');
  await running.stop();
  door.close();
});

it('names its protocol where a broker shares the TLS port', async () => {
  await using broker = await Mosquitto.started('mqtts');
  const names: unknown[] = [];
  const [cert, key] = await Promise.all([readFile(broker.caFile), readFile(broker.keyFile)]);
  const front = createServer({ cert, key, ALPNProtocols: ['mqtt'] }, (client) => {
    names.push(client.alpnProtocol);
    client.on('error', () => undefined).destroy();
  }).listen(0, '127.0.0.1');
  await once(front, 'listening');
  const url = `mqtts://127.0.0.1:${Object(front.address()).port}`;
  await using running = runClient({ url, caFile: broker.caFile, alpn: 'mqtt' });
  await running.reached('unreachable');
  front.close();
  expect(names[0]).toBe('mqtt');
});

it('notices a link that died without a word, and returns', async () => {
  await using broker = await Mosquitto.started();
  await using running = runClient({ url: broker.url, keepaliveS: 1 });
  await running.reached('online');
  broker.freeze();
  expect(await running.reached('unreachable')).toMatchObject({ reason: expect.stringMatching(/keepalive/i) });
  broker.resume();
  await running.reached('online');
});

it('probes a broker without leaving a trace on it', async () => {
  await using broker = await Mosquitto.prepare();
  const access = { url: broker.url, username: USER, password: PASSWORD, protocolVersion: 5 } as const;
  expect(await probeBroker(access, 5_000)).toMatchObject({ kind: 'unreachable' });
  await broker.start();
  await using subscriber = await broker.subscribe('anqi/#');
  expect(await probeBroker(access, 5_000)).toEqual({ kind: 'online' });
  expect(await probeBroker({ ...access, password: 'wrong' }, 5_000)).toMatchObject({ kind: 'bad_credentials' });
  expect(await probeBroker({ ...access, url: 'rtsp://x' }, 5_000)).toMatchObject({ kind: 'refused' });
  broker.freeze();
  expect(await probeBroker(access, 200)).toEqual({ kind: 'unreachable', reason: 'connack timeout' });
  expect(subscriber.received).toEqual([]);
});

it.each([
  ['a URL it cannot use', { url: 'gopher://anqi:marker-secret@127.0.0.1' }, 'mqtt/bad-url'],
  ['a CA file that is not there', { url: 'mqtts://127.0.0.1', caFile: '/nowhere/ca.pem' }, 'mqtt/bad-file'],
])('refuses %s at once, without its secrets', async (_title, options, code) => {
  const client = new MqttClient({ ...BASE, ...options }, createLogger({ level: 'silent' }));
  const failure = await client.run(AbortSignal.timeout(5_000)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code, recoverable: false });
  expect(String(failure)).not.toContain('marker-');
});

const BASE: Omit<MqttOptions, 'url'> = {
  username: USER,
  password: PASSWORD,
  protocolVersion: 5,
  clientId: 'anqi-node-1',
  stateTopic: TOPICS.state,
  reconnect: { minDelayMs: 50, maxDelayMs: 200 },
};

function runClient(options: Pick<MqttOptions, 'url'> & Partial<MqttOptions>) {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', destination: { write: (line) => lines.push(line) } });
  const client = new MqttClient({ ...BASE, ...options }, log);
  const abort = new AbortController();
  const done = client.run(abort.signal);
  const stop = async () => {
    abort.abort();
    await done;
  };
  return {
    client,
    stop,
    log: () => lines.join(''),
    reached: (kind: BrokerState['kind']) =>
      new Promise<BrokerState>((resolve) => {
        if (client.state.kind === kind) return resolve(client.state);
        const unsubscribe = client.onState((state) => {
          if (state.kind !== kind) return;
          unsubscribe();
          resolve(state);
        });
      }),
    [Symbol.asyncDispose]: stop,
  };
}

/** What a newcomer is told of a topic. */
async function retainedOn(broker: Mosquitto, topic: string): Promise<string | undefined> {
  await using newcomer = await broker.subscribe(topic);
  const received = await newcomer.until((messages) => messages.length > 0);
  return received.at(-1)?.payload;
}
