/** The outbox file as a power cut, a bad disk or a person leaves it; and rows in it that say nothing sensible. */
import { copyFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { clockOffsets, closing, siteClock } from '../../../../src/figures';
import { figures, figuresOf } from '../../../../src/incident/rate';
import { readEvent } from '../../../../src/mqtt/events';
import { EVENT_EXAMPLES } from '../../../../src/mqtt/examples';
import { replayEvents } from '../../../../src/mqtt/replaying';
import { openDatabase } from '../../../../src/outbox/database';
import { IncidentBook } from '../../../../src/outbox/incident-book';
import { Ledger } from '../../../../src/outbox/ledger';
import { Outbox } from '../../../../src/outbox/outbox';
import { Uploads } from '../../../../src/outbox/uploads';
import { Switches } from '../../../../src/switches';
import { declared, type Fuzz } from '../fuzz';
import { spoiltBytes, spoiltJson, spoiltText } from '../spoiling';

const NOW_MS = Date.UTC(2026, 10, 30);
const EVENTS = EVENT_EXAMPLES.map((event) => JSON.stringify(event));

export async function database(fuzz: Fuzz): Promise<void> {
  await damagedFiles(fuzz);
  await oddRows(fuzz);
  await fuzz.feed({ what: 'events of a node', inputs: 5_000, of: spoiltJson(EVENT_EXAMPLES) }, (value) => {
    const text = JSON.stringify(value);
    closing([text, EVENTS[0] ?? ''], NOW_MS);
    return readEvent(text).ok ? 'taken' : 'refused';
  });
  const texts = spoiltText({ samples: EVENTS });
  await fuzz.feed({ what: 'events of a node as text', inputs: 4_000, of: texts }, (text) => {
    closing([text], NOW_MS);
    return readEvent(text).ok ? 'taken' : 'refused';
  });
}

async function damagedFiles(fuzz: Fuzz): Promise<void> {
  const good = join(fuzz.folder, 'good.db');
  const outbox = new Outbox(openDatabase({ path: good, nowMs: NOW_MS }).database);
  for (let made = 0; made < 30; made++) {
    outbox.append(
      { topic: 't', build: () => 'x'.repeat(300), entry: { kind: 'open', incidentId: `i${made}` } },
      NOW_MS,
    );
  }
  outbox.close();
  const path = join(fuzz.folder, 'outbox.db');
  const file = readFileSync(good);
  const wal = Buffer.concat([
    Buffer.from('377f0682002de21800001000000000000000000000000000', 'hex'),
    file.subarray(0, 4096),
  ]);
  const beside = fc.option(spoiltBytes({ samples: [wal] }), { freq: 3 });
  const of = fc.tuple(spoiltBytes({ samples: [file] }), beside);
  await fuzz.feed({ what: 'damaged outbox files', inputs: 500, of }, async ([bytes, log]) => {
    for (const name of readdirSync(fuzz.folder)) if (name.startsWith('outbox.db')) rmSync(join(fuzz.folder, name));
    writeFileSync(path, bytes);
    if (log !== null) writeFileSync(`${path}-wal`, log);
    return declared(() => useOutbox(path));
  });
  copyFileSync(good, path);
}

/** As the service does at its start: whatever was in the file, afterwards events are taken, or the reason is told. */
async function useOutbox(path: string): Promise<void> {
  const { database } = openDatabase({ path, nowMs: NOW_MS });
  const box = new Outbox(database);
  try {
    box.claimDue({ limit: 50 });
    readAll(box, new Ledger(database), new IncidentBook(database));
    box.append({ topic: 't', build: ({ sequence }) => String(sequence) }, NOW_MS);
    box.prune({ keepDeliveredMs: 1, maxDelivered: 1 }, NOW_MS);
  } finally {
    box.close();
  }
}

async function oddRows(fuzz: Fuzz): Promise<void> {
  const { database } = openDatabase({ path: ':memory:', nowMs: NOW_MS });
  const box = new Outbox(database);
  const ledger = new Ledger(database);
  const book = new IncidentBook(database);
  const odd = fc.oneof(
    spoiltBytes({
      samples: [...EVENTS, '[{"number":1,"lang":"wuu"}]', '{"status":"ok","transaction":"t"}', '[null]', '{}'],
    }),
    fc.constantFrom<Buffer | string | number>(
      -1,
      0,
      1e300,
      Number.MAX_SAFE_INTEGER,
      8.64e15,
      8.65e15,
      0.5,
      'off',
      '1e999',
      '',
    ),
  );
  const tables = ['outbox', 'audit', 'setting', 'open_event', 'ended', 'arrival', 'mark', 'upload'] as const;
  const good: Readonly<Record<(typeof tables)[number], readonly (string | number)[]>> = {
    outbox: [1, 'id', 't', EVENTS[0] ?? '', NOW_MS, NOW_MS],
    audit: [1, NOW_MS, 'config.set', 't', 'li', '{}', '{"status":"ok","transaction":"t"}'],
    setting: ['switch/east/detect', 'off'],
    open_event: ['i', EVENTS[0] ?? ''],
    ended: ['i', 'east', NOW_MS, 'driver', 'corrected', '[{"number":1,"lang":"wuu"}]', 900],
    arrival: [NOW_MS, 'east', 'driver', 'worn', 3],
    mark: ['i', NOW_MS, 'li', 'other', ''],
    upload: [1, 'a.jpg', NOW_MS],
  };
  const spoilt = fc.array(fc.tuple(fc.constantFrom(...tables), fc.nat(6), odd), { minLength: 1, maxLength: 3 });
  await fuzz.feed({ what: 'odd rows of the database', inputs: 4_000, of: spoilt }, async (faults) => {
    for (const table of tables) {
      const row: (Buffer | string | number)[] = [...good[table]];
      for (const [at, column, value] of faults) if (at === table && column < row.length) row[column] = value;
      const sql = `INSERT OR REPLACE INTO ${table} VALUES (${row.map((value) => (Buffer.isBuffer(value) ? 'CAST(? AS TEXT)' : '?')).join(', ')})`;
      database.prepare(`DELETE FROM ${table}`).run();
      try {
        database.prepare(sql).run(...row);
      } catch {
        // SQLite itself takes no such row: there is none.
      }
    }
    new Uploads(database).oldest();
    new Switches(ledger, ['east'], () => undefined).stop();
    const publish = async () => undefined;
    await replayEvents({ fromSequence: 1 }, { outbox: box, publish });
    return declared(() => readAll(box, ledger, book));
  });
  box.close();
}

/** Every reader of rows: figures, open incidents, the console's lists, the audit. */
function readAll(box: Outbox, ledger: Ledger, book: IncidentBook): void {
  const clock = siteClock('Asia/Shanghai');
  const { ended, arrivals } = box.tally({ sinceMs: 0 });
  figures(ended, arrivals, clock);
  figuresOf(
    box.summary({ sinceMs: 0 }, (fromMs, toMs) => clockOffsets('Asia/Shanghai', { fromMs, toMs })),
    clock,
  );
  for (const payloads of box.openIncidents()) closing(payloads, NOW_MS);
  for (const { incidentId } of book.list({ sinceMs: 0, beforeMs: Number.MAX_SAFE_INTEGER, limit: 50 }))
    book.story(incidentId);
  for (const { atMs } of ledger.latest(50)) new Date(atMs).toISOString();
}
