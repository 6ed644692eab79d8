/** Brokers that speak MQTT 3.1.1 alone and refuse a dot in a topic carry events and commands all the same. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Box } from '../../scripts/fleet/box';
import { BROKERS, type BrokerName } from '../../scripts/fleet/brokers';
import { subscribe } from '../../src/platform';

jest.setTimeout(240_000);

const WAIT_MS = 90_000;

it.each<BrokerName>(['mosquitto', 'nats'])('on %s a platform has sent to it what it missed', async (name) => {
  const folder = await mkdtemp(join(tmpdir(), 'anqi-broker-'));
  {
    await using broker = await BROKERS[name](folder);
    const access = { url: broker.nodes[0].url, protocolVersion: broker.protocolVersion };
    await using box = new Box({ ...access, nodeId: 'one', databasePath: join(folder, 'one.db') });
    const missed = box.incident();
    await box.drained(WAIT_MS);
    const numbers: number[] = [];
    const subscription = subscribe({
      ...access,
      clientId: 'platform',
      fromStart: true,
      onEvent: ({ sequence }) => void numbers.push(Number(sequence)),
    });
    await subscription.ready;
    const made = [...missed, ...box.incident()].map(({ sequence }) => sequence);
    const deadlineMs = Date.now() + WAIT_MS;
    while (numbers.length < made.length && Date.now() < deadlineMs) await sleep(50);
    await subscription.close();
    expect(numbers.sort((a, b) => a - b)).toEqual(made);
  }
  await rm(folder, { recursive: true });
});
