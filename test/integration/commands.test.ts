/** What a platform asks of a running node over a real broker, and what it must not be able to do. */
import { existsSync, readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { COMMAND_NAMES } from '../../src/mqtt/commands';
import { EVENT_EXAMPLES } from '../../src/mqtt/examples';
import { openDatabase } from '../../src/outbox/database';
import { Ledger } from '../../src/outbox/ledger';
import { Outbox } from '../../src/outbox/outbox';
import { Mosquitto, type Subscriber } from '../support/mosquitto';
import { Platform } from '../support/platform';
import { PublishedContract } from '../support/published';
import { brokerAccess, type ConfigParts, eventually, reached, ServiceProcess, Site, TOPICS } from '../support/service';

jest.setTimeout(180_000);

const CAMERAS = [{ id: 'east', url: 'rtsp://127.0.0.1:9/live', speaker: 'horn' }];
const CAMERA = TOPICS.camera('east');
const contract = new PublishedContract();

interface Junction {
  readonly site: Site;
  readonly broker: Mosquitto;
  readonly subscriber: Subscriber;
  readonly platform: Platform;
  readonly service: ServiceProcess;
  readonly file: string;
}

async function junction(
  mqtt: ConfigParts,
  work: (parts: Junction) => Promise<void>,
  prepare: (site: Site) => Promise<void> = async () => undefined,
): Promise<void> {
  await using site = await Site.make();
  await using broker = await Mosquitto.started();
  await using subscriber = await broker.subscribe(TOPICS.all);
  await prepare(site);
  const file = await site.write(site.config({ mqtt: { ...brokerAccess(broker), ...mqtt }, cameras: CAMERAS }));
  await using service = ServiceProcess.run(file);
  await eventually(subscriber, () => subscriber.payloads(CAMERA.switchState('prompt')).length > 0);
  await work({ site, broker, subscriber, platform: new Platform(broker, subscriber), service, file });
  expect(
    subscriber.received.flatMap((message) =>
      message.topic.includes('/request/') || message.topic.endsWith('/set') ? [] : contract.problemsOnWire(message),
    ),
  ).toEqual([]);
}

const ALL = { commands: COMMAND_NAMES };

function auditOf(site: Site) {
  const { database } = openDatabase({ path: join(site.dataFolder, 'outbox.db'), nowMs: 0 });
  const rows = new Ledger(database).latest(1_000);
  database.close();
  return rows;
}

test('answers what it is asked, switches what it is told, and writes each into the audit', () =>
  junction({ ...ALL, homeAssistant: {} }, async ({ site, broker, subscriber, platform, service, file }) => {
    await using home = await broker.subscribe('homeassistant/device/+/config');
    await home.until((received) => received.length === 1);
    expect(home.received[0]).toMatchObject({ isRetained: true, payload: expect.stringContaining('camera_east') });
    expect(await platform.ask('ping', {}, 'p-1')).toMatchObject({ status: 'ok', transaction: 'p-1' });
    expect(await platform.ask('info')).toMatchObject({ status: 'ok', data: { cameras: ['east'], contract: '1.0.0' } });
    const config = await platform.ask('config.get');
    expect(config).toMatchObject({ status: 'ok', data: { config: { node: { id: 'junction' } } } });
    expect(JSON.stringify(config)).not.toContain('marker-');
    expect(readFileSync(file, 'utf8')).toContain('marker-');
    expect(await platform.ask('stats.get')).toMatchObject({ status: 'ok' });
    // Some brokers refuse a dot in a topic.
    expect(await platform.ask('stats-get')).toMatchObject({ status: 'ok' });
    expect(await platform.ask('prompt.test', { speaker: 'horn', lang: 'wuu' })).toMatchObject({
      status: 'ok',
      data: { playback: 'confirmed', text: expect.stringContaining('頭盔') },
    });
    expect(site.spoken).toHaveLength(1);
    await platform.ask('prompt.mute', { camera: 'east', muted: true, minutes: 60 });
    await reached(subscriber, CAMERA.switchState('prompt'), 'OFF');
    await platform.ask('camera.detect', { camera: 'east', enabled: false }, 'd-1');
    await reached(subscriber, CAMERA.switchState('detect'), 'OFF');
    await broker.publish(CAMERA.switchSet('detect'), 'ON');
    await reached(subscriber, CAMERA.switchState('detect'), 'ON');
    // Asked again it is answered as before, and nothing is switched.
    expect(await platform.ask('camera.detect', { camera: 'east', enabled: false }, 'd-1')).toMatchObject({
      status: 'ok',
    });
    await platform.ask('ping');
    expect(subscriber.payloads(CAMERA.switchState('detect')).at(-1)).toBe('ON');
    expect(await platform.ask('snapshot', { camera: 'east' })).toMatchObject({
      status: 'error',
      error: { code: 'failed' },
    });
    await service.end('SIGTERM');
    const rows = auditOf(site);
    expect(rows.filter(({ transaction }) => transaction === 'd-1')).toHaveLength(1);
    expect(rows.find(({ command }) => command === 'prompt.mute')).toMatchObject({
      by: 'test',
      params: expect.stringContaining('60'),
    });
  }));

test('what cannot be read, is unknown, too long, retained, not allowed or too much is answered and changes nothing', () =>
  junction({ commands: ['ping', 'camera.detect'] }, async ({ site, subscriber, platform, service, file }) => {
    const before = readFileSync(file, 'utf8');
    const last = async (command: string, count: number) => {
      await subscriber.until(() => platform.answers(command).length >= count);
      return platform.answers(command).at(-1)?.error?.code;
    };
    await platform.send('camera.detect', '{"transaction": "x", ');
    expect(await last('camera.detect', 1)).toBe('malformed');
    await platform.send('camera.detect', JSON.stringify({ params: { camera: 'east', enabled: false } }));
    expect(await last('camera.detect', 2)).toBe('malformed');
    await platform.send('camera.detect', JSON.stringify({ transaction: 'l', params: { camera: 'x'.repeat(70_000) } }));
    expect(await last('camera.detect', 3)).toBe('too_long');
    await platform.send(
      'camera.detect',
      JSON.stringify({ transaction: 'b', params: { camera: 'east', enabled: 'no' } }),
    );
    expect(await last('camera.detect', 4)).toBe('bad_params');
    await platform.send(
      'camera.detect',
      JSON.stringify({ transaction: 'w', params: { camera: 'west', enabled: false } }),
    );
    expect(await last('camera.detect', 5)).toBe('not_found');
    await platform.send('reboot', JSON.stringify({ transaction: 'r' }));
    expect(await last('unknown', 1)).toBe('unknown_command');
    await platform.send('config.set', JSON.stringify({ transaction: 'c', params: { changes: { version: 2 } } }));
    expect(await last('config.set', 1)).toBe('not_allowed');
    const flood = Array.from({ length: 60 }, (_, index) =>
      platform.send('ping', JSON.stringify({ transaction: `f${index}` })),
    );
    await Promise.all(flood);
    await subscriber.until(() => platform.answers('ping').some(({ error }) => error?.code === 'rate_limited'));
    expect(platform.answers('ping').length).toBeLessThan(60);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(subscriber.payloads(CAMERA.switchState('detect'))).toEqual(['ON']);
    expect(service.isRunning).toBe(true);
    await service.end('SIGTERM');
    expect(auditOf(site).map(({ answer }) => JSON.parse(answer).error?.code)).toEqual(
      expect.arrayContaining(['too_long', 'not_allowed', 'unknown_command']),
    );
  }));

test('sends events again with their ids and numbers, marked as replayed, and says which are gone', () =>
  junction(
    {},
    async ({ subscriber, platform }) => {
      const answer = await platform.ask('event.replay', { fromSequence: 2, toSequence: 99 });
      expect(answer).toMatchObject({
        data: { fromSequence: 2, toSequence: 4, sent: 2, waiting: 0, gone: [{ from: 2, to: 2 }] },
      });
      const events = subscriber.payloads(CAMERA.event('violation')).map((payload) => JSON.parse(payload));
      expect(events.map(({ id, sequence, data }) => [id, Number(sequence), data.replayed])).toEqual([
        [REPLAYED[2]?.id, 3, true],
        [REPLAYED[3]?.id, 4, true],
      ]);
    },
    keepFourEvents,
  ));

const REPLAYED: { readonly id: string }[] = [];

/** Four delivered events, of which the first two are not kept any more. */
async function keepFourEvents(site: Site): Promise<void> {
  await mkdir(site.dataFolder, { recursive: true });
  const outbox = new Outbox(openDatabase({ path: join(site.dataFolder, 'outbox.db'), nowMs: 0 }).database);
  REPLAYED.length = 0;
  for (let made = 0; made < 4; made++) {
    const build = ({ id, sequence, epoch }: { id: string; sequence: number; epoch: string }) =>
      JSON.stringify({ ...EVENT_EXAMPLES[0], id, epoch, sequence: String(sequence).padStart(10, '0') });
    REPLAYED.push(outbox.append({ topic: CAMERA.event('violation'), build }, Date.now()));
  }
  outbox.markDelivered([1, 2], 1);
  outbox.markDelivered([3, 4], Date.now());
  outbox.prune({ keepDeliveredMs: 0, maxDelivered: 9 }, 2);
  outbox.close();
}

test('a configuration that works is in force and answered; one that is wrong, or cannot reach the broker, changes nothing in the end', () =>
  junction(ALL, async ({ subscriber, platform, service, file }) => {
    const before = readFileSync(file, 'utf8');
    const wrong = await platform.ask('config.set', { changes: { prompts: { reactionMs: 1 } } });
    expect(wrong).toMatchObject({
      error: { code: 'bad_params', detail: expect.stringContaining('prompts.reactionMs') },
    });
    expect(await platform.ask('config.set', { changes: {}, revision: 'a'.repeat(64) })).toMatchObject({
      error: { code: 'refused' },
    });
    expect(readFileSync(file, 'utf8')).toBe(before);
    // Answered after a restart, and still in the asker's spelling.
    const good = await platform.ask('config-set', { changes: { prompts: { reactionMs: 9_000 } } }, 'good');
    expect(good).toMatchObject({ status: 'ok', transaction: 'good' });
    const after = readFileSync(file, 'utf8');
    expect([after.includes('9000'), existsSync(`${file}.trial`)]).toEqual([true, false]);
    expect(readFileSync(`${file}.previous`, 'utf8')).toBe(before);
    await subscriber.until(
      () => JSON.parse(subscriber.payloads(TOPICS.info).at(-1) ?? '{}').configRevision === Object(good.data).revision,
    );
    const changes = { mqtt: { url: 'mqtt://127.0.0.1:9' } };
    expect(await platform.ask('config.set', { changes, confirmWithinS: 5 }, 'away')).toMatchObject({
      transaction: 'away',
      error: { code: 'rolled_back', detail: expect.stringContaining('unreachable') },
    });
    expect(readFileSync(file, 'utf8')).toBe(after);
    expect(service.isRunning).toBe(true);
  }));

test('a configuration under trial when the box dies is gone after the next start', () =>
  junction(ALL, async ({ broker, platform, service, file, subscriber }) => {
    const before = readFileSync(file, 'utf8');
    const changes = { mqtt: { url: 'mqtt://127.0.0.1:9' } };
    await platform.send(
      'config.set',
      JSON.stringify({ transaction: 'dies', params: { changes, confirmWithinS: 600 } }),
    );
    await service.until(
      'the new configuration was tried',
      () => service.said.includes('unreachable') && existsSync(`${file}.trial`),
    );
    await service.end('SIGKILL');
    expect(readFileSync(file, 'utf8')).not.toBe(before);
    await using _again = ServiceProcess.run(file);
    await eventually(subscriber, () => platform.answers('config.set').length > 0);
    expect(platform.answers('config.set')).toMatchObject([{ transaction: 'dies', error: { code: 'rolled_back' } }]);
    expect(readFileSync(file, 'utf8')).toBe(before);
    expect(broker.url).toContain('mqtt');
  }));
