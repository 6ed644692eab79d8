/** Subscribers against real boxes and a real Mosquitto: the client of src/platform, and one written from the documents alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Box } from '../../scripts/fleet/box';
import { type IncidentEvent, type Problem, type Remembered, subscribe } from '../../src/platform';
import { Mosquitto, PASSWORD, USER } from '../support/mosquitto';
import { Stranger } from '../support/stranger';

jest.setTimeout(120_000);

const LOGIN = { username: USER, password: PASSWORD };
const WAIT_MS = 60_000;

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + WAIT_MS;
  while (!isSo()) {
    if (Date.now() > deadlineMs) throw new Error(`never reached: ${what}`);
    await sleep(20);
  }
}

async function place() {
  const folder = await mkdtemp(join(tmpdir(), 'anqi-platform-'));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

function listen(url: string, memory?: Map<string, Remembered>, wish: { readonly fromStart?: boolean } = {}) {
  const events: IncidentEvent[] = [];
  const problems: Problem[] = [];
  const subscription = subscribe({
    ...{ url, ...LOGIN, clientId: 'platform', ...wish },
    onEvent: (event) => void events.push(event),
    onProblem: (problem) => void problems.push(problem),
    ...(memory === undefined
      ? {}
      : {
          memory: { recall: (node) => memory.get(node), remember: (node, numbers) => void memory.set(node, numbers) },
        }),
  });
  return { events, problems, subscription, [Symbol.asyncDispose]: () => subscription.close() };
}

const numbersOf = (events: readonly IncidentEvent[]) =>
  events.map(({ sequence }) => Number(sequence)).sort((a, b) => a - b);

it('gets every event of several boxes once, in order, also what came while it was away', async () => {
  await using home = await place();
  await using broker = await Mosquitto.started();
  await using one = new Box({ url: broker.url, ...LOGIN, nodeId: 'one', databasePath: join(home.folder, '1.db') });
  await using two = new Box({ url: broker.url, ...LOGIN, nodeId: 'two', databasePath: join(home.folder, '2.db') });
  const memory = new Map<string, Remembered>();
  {
    await using first = listen(broker.url, memory);
    await first.subscription.ready;
    const made = [...one.incident(), ...two.incident(), ...one.incident()];
    await until('twelve events', () => first.events.length === made.length);
    expect(new Set(first.events.map(({ id }) => id))).toEqual(new Set(made.map(({ id }) => id)));
    const ofOne = first.events.filter(({ source }) => source.includes('/one/'));
    expect(ofOne.map(({ sequence }) => Number(sequence))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  }
  one.incident();
  await one.drained(WAIT_MS);
  await using second = listen(broker.url, memory);
  await until('four more', () => second.events.length === 4);
  expect(numbersOf(second.events)).toEqual([9, 10, 11, 12]);
  expect(second.problems).toEqual([]);
});

it('sees a gap, has it filled by a replay, hands over nothing twice, and says what is lost for good', async () => {
  await using home = await place();
  await using broker = await Mosquitto.started();
  await using box = new Box({ url: broker.url, ...LOGIN, nodeId: 'one', databasePath: join(home.folder, '1.db') });
  const memory = new Map<string, Remembered>();
  {
    await using first = listen(broker.url, memory);
    await first.subscription.ready;
    box.incident();
    await until('four events', () => first.events.length === 4);
  }
  // The broker forgets everything, its sessions too: what comes now reaches nobody.
  await broker.stop();
  await broker.start();
  box.incident();
  await box.drained(WAIT_MS);
  box.outbox.markDelivered([5], 0);
  await using second = listen(broker.url, memory);
  await second.subscription.ready;
  box.incident();
  await until('eight events', () => second.events.length === 8);
  expect(numbersOf(second.events)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
  expect(second.events.filter(({ data }) => data.replayed).map(({ sequence }) => Number(sequence))).toEqual([
    5, 6, 7, 8,
  ]);
  expect(second.subscription.gaps('one')).toEqual([]);
  // Now the same with events that the box has let go.
  await second.subscription.close();
  await broker.stop();
  await broker.start();
  box.incident();
  await box.drained(WAIT_MS);
  box.outbox.prune({ keepDeliveredMs: 0, maxDelivered: 0 }, Date.now() + 1_000);
  await using third = listen(broker.url, memory);
  await third.subscription.ready;
  box.incident();
  await until('the loss is told', () => third.problems.some(({ kind }) => kind === 'lost'));
  expect(third.problems).toContainEqual({ kind: 'lost', node: 'one', ranges: [{ from: 13, to: 16 }] });
  expect(numbersOf(third.events)).toEqual([17, 18, 19, 20]);
});

it('has sent to it what a box still keeps from before, where it wants all from the start', async () => {
  await using home = await place();
  await using broker = await Mosquitto.started();
  await using box = new Box({ url: broker.url, ...LOGIN, nodeId: 'one', databasePath: join(home.folder, '1.db') });
  box.incident();
  await box.drained(WAIT_MS);
  await using latecomer = listen(broker.url, undefined, { fromStart: true });
  await latecomer.subscription.ready;
  box.incident();
  await until('eight events', () => latecomer.events.length === 8);
  expect(numbersOf(latecomer.events)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

it('tells that a box lost its disk and counts anew, and takes its events', async () => {
  await using home = await place();
  await using broker = await Mosquitto.started();
  await using listener = listen(broker.url);
  await listener.subscription.ready;
  for (const disk of ['old.db', 'new.db']) {
    await using box = new Box({ url: broker.url, ...LOGIN, nodeId: 'one', databasePath: join(home.folder, disk) });
    box.incident();
    await box.drained(WAIT_MS);
  }
  await until('eight events', () => listener.events.length === 8);
  expect(listener.problems).toEqual([{ kind: 'renumbered', node: 'one', sequence: 1 }]);
});

it('reports what is no event and goes on', async () => {
  await using home = await place();
  await using broker = await Mosquitto.started();
  await using listener = listen(broker.url);
  await listener.subscription.ready;
  await broker.publish('anqi/v1/one/camera/east/event/outcome', '{"specversion":"1.0"}');
  await broker.publish('anqi/v1/one/response/event.replay', '{');
  await using box = new Box({ url: broker.url, ...LOGIN, nodeId: 'one', databasePath: join(home.folder, '1.db') });
  box.incident();
  await until('four events', () => listener.events.length === 4);
  const kinds = listener.problems.map(({ kind }) => kind);
  expect(kinds).toEqual(['invalid', 'invalid']);
});

it('can be done from the published documents alone', async () => {
  await using home = await place();
  await using broker = await Mosquitto.started();
  await using box = new Box({ url: broker.url, ...LOGIN, nodeId: 'one', databasePath: join(home.folder, '1.db') });
  {
    await using first = await Stranger.start(broker.url, LOGIN, 'one');
    box.incident();
    await until('four events', () => first.events.size === 4);
  }
  await using stranger = await Stranger.start(broker.url, LOGIN, 'one');
  // One event, then nobody listens for one, then one more: the gap is in the middle.
  box.incident();
  await until('the second incident', () => stranger.events.size === 4);
  expect([...stranger.events.values()].map(({ sequence }) => sequence)).toEqual([5, 6, 7, 8]);
  expect(stranger.gaps).toEqual([]);
  stranger.gaps.push({ from: 1, to: 6 });
  await stranger.askAgain();
  await until('the replay', () => stranger.answers.length > 0 && stranger.events.size === 8);
  expect(stranger.repeated).toBe(2);
  expect(stranger.answers).toEqual([expect.objectContaining({ status: 'ok', transaction: 'again' })]);
  expect(stranger.problems).toEqual([]);
});
