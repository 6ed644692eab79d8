/** Rows of a database that a bad disk has changed: what they said is lost, and nothing else. */
import { closing } from '../../src/figures';
import { EVENT_EXAMPLES } from '../../src/mqtt/examples';
import { replayEvents } from '../../src/mqtt/replaying';
import { openDatabase } from '../../src/outbox/database';
import { IncidentBook } from '../../src/outbox/incident-book';
import { Ledger } from '../../src/outbox/ledger';
import { Outbox } from '../../src/outbox/outbox';
import { Switches } from '../../src/switches';

function opened() {
  const { database } = openDatabase({ path: ':memory:', nowMs: 0 });
  return { database, outbox: new Outbox(database), ledger: new Ledger(database), book: new IncidentBook(database) };
}
const ENDED = {
  incidentId: 'a',
  cameraId: 'east',
  atMs: 5,
  seat: 'driver',
  result: 'corrected',
  reactionMs: 1,
} as const;
const HEARD = [{ number: 1, lang: 'wuu' }] as const;

test('text that is no UTF-8 is read with a mark in it, and does not end the process', () => {
  const { database, outbox, ledger, book } = opened();
  const broken = "CAST(x'61ff62' AS TEXT)";
  outbox.append({ topic: 't', build: () => 'x', entry: { kind: 'ended', ended: { ...ENDED, heard: [...HEARD] } } }, 0);
  database.exec(`UPDATE outbox SET payload = ${broken}; UPDATE ended SET camera_id = ${broken}, heard = ${broken}`);
  database.exec(`INSERT INTO setting VALUES ('switch', ${broken})`);
  expect(outbox.claimDue({ limit: 1 })[0]?.payload).toBe('a\ufffdb');
  expect(outbox.tally({ sinceMs: 0 }).ended).toMatchObject([{ cameraId: 'a\ufffdb', heard: [] }]);
  expect(outbox.summary({ sinceMs: 0 }, () => []).days.groups).toMatchObject([{ cameraId: 'a\ufffdb', heard: [] }]);
  expect(book.find('a')?.cameraId).toBe('a\ufffdb');
  expect(ledger.setting('switch')).toBe('a\ufffdb');
  outbox.close();
});

test('a time that is none is in no figure and no list', () => {
  const { database, outbox, book } = opened();
  for (const [incidentId, atMs] of [
    ['a', 5],
    ['b', 6],
  ] as const)
    outbox.append(
      { topic: 't', build: () => 'x', entry: { kind: 'ended', ended: { ...ENDED, incidentId, atMs, heard: [] } } },
      0,
    );
  database.exec("UPDATE ended SET at_ms = 'noon' WHERE incident_id = 'a'");
  const query = { sinceMs: 0, beforeMs: Number.MAX_SAFE_INTEGER, limit: 9 };
  expect(outbox.tally(query).ended.map(({ incidentId }) => incidentId)).toEqual(['b']);
  expect(outbox.summary(query, () => []).hours.groups.map(({ people }) => people)).toEqual([1]);
  expect([book.list(query).length, book.find('a')]).toEqual([1, undefined]);
  outbox.close();
});

test('an event that is none is passed over when its incident is closed, and sent as it is when it is asked for', async () => {
  const violation = JSON.stringify(EVENT_EXAMPLES[0]);
  expect(closing(['{', violation], 0)).toMatchObject({ kind: 'outcome' });
  const sent: string[] = [];
  const rows = [{ sequence: 1, topic: 't', payload: '{', isDelivered: true }];
  const outbox = { rowsBetween: ({ from }: { from: number }) => (from === 1 ? rows : []), lastSequence: () => 1 };
  await replayEvents({ fromSequence: 1 }, { outbox, publish: async (_, payload) => void sent.push(payload) });
  expect(sent).toEqual(['{']);
});

test('a switch that is off for ever and a day stays off', () => {
  jest.useFakeTimers();
  try {
    const untilMs = Date.now() + 2 ** 40;
    const told: boolean[] = [];
    const store = { setting: () => String(untilMs), set: () => undefined };
    const switches = new Switches(store, ['east'], (_, what, isOn) => what === 'detect' && told.push(isOn));
    jest.advanceTimersByTime(2 ** 31);
    expect(new Set(told)).toEqual(new Set([false]));
    switches.stop();
  } finally {
    jest.useRealTimers();
  }
});
