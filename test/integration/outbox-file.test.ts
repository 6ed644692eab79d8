/** The outbox on a real file: power cuts, damage, a full disk, folders that cannot be written. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { sacrificeOldest } from '../../src/evidence/retention';
import { closeDatabase, openDatabase, rows } from '../../src/outbox/database';
import { Outbox } from '../../src/outbox/outbox';

jest.setTimeout(60_000);

const message = { topic: 't', build: ({ id, sequence }: { id: string; sequence: number }) => `${sequence} ${id}` };

it('goes on where it stopped, with every row it had', async () => {
  await using place = await folder();
  const first = open(place.path);
  const kept = [first.append(message, 1), first.append(message, 2), first.append(message, 3)];
  first.markDelivered([2], 4);
  first.close();
  const second = open(place.path);
  expect(second.claimDue({ limit: 9 })).toEqual([kept[0], kept[2]]);
  expect(second.append(message, 5).sequence).toBe(4);
  second.close();
});

it('is set up to survive a power cut', async () => {
  await using place = await folder();
  const { database } = openDatabase({ path: place.path, nowMs: 0 });
  const pragma = (name: string) => Object.values(rows(database.pragma(name))[0] ?? {})[0];
  expect([pragma('journal_mode'), pragma('synchronous'), pragma('foreign_keys')]).toEqual(['wal', 2, 1]);
  closeDatabase(database);
});

it('has every row whose append returned, without gaps, after SIGKILL in full flight', async () => {
  await using place = await folder();
  const script = join(place.folder, 'writer.cjs');
  await build({
    entryPoints: [join(__dirname, '../support/mosquitto-outbox-writer.ts')],
    outfile: script,
    bundle: true,
    platform: 'node',
    packages: 'external',
  });
  const child = spawn(process.execPath, [script, place.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_PATH: join(__dirname, '../../node_modules') },
  });
  let said = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.split('\n').length > 200) child.kill('SIGKILL');
  });
  await once(child, 'close');
  const promised = said.split('\n').slice(0, -1);
  const outbox = open(place.path);
  const found = outbox.claimDue({ limit: 1_000_000 });
  outbox.close();
  expect(promised.length).toBeGreaterThanOrEqual(200);
  expect(found.slice(0, promised.length).map((row) => row.payload)).toEqual(promised);
  expect(found.map((row) => row.sequence)).toEqual(found.map((_, index) => index + 1));
});

describe('a damaged file', () => {
  it.each([
    ['is no database at all', () => Buffer.from('not a database '.repeat(1_000))],
    ['has lost pages in its middle', (good: Buffer) => Buffer.from(good).fill(0x5a, 4_096 * 2, 4_096 * 6)],
    ['is cut off', (good: Buffer) => good.subarray(0, 4_096 * 3)],
  ])('that %s is moved aside, reported, and a fresh one serves', async (_title, damage) => {
    await using place = await folder();
    const before = open(place.path);
    for (let made = 0; made < 200; made++) before.append({ topic: 't', build: () => 'x'.repeat(500) }, 0);
    before.close();
    const damaged = damage(readFileSync(place.path));
    writeFileSync(place.path, damaged);
    writeFileSync(`${place.path}-wal`, 'left over');
    const { database, replaced } = openDatabase({ path: place.path, nowMs: Date.UTC(2026, 10, 23, 1, 2, 3) });
    const outbox = new Outbox(database);
    expect(replaced?.movedTo).toBe(`${place.path}.corrupt-2026-11-23T010203.000Z`);
    expect(readFileSync(replaced?.movedTo ?? '')).toEqual(damaged);
    expect(outbox.append(message, 0).sequence).toBe(1);
    outbox.close();
    expect(readFileSync(`${replaced?.movedTo}-wal`, 'utf8')).toBe('left over');
  });
});

describe('a full disk', () => {
  it('costs the oldest delivered rows first, then refuses new events and counts them, and never an undelivered one', async () => {
    await using place = await folder();
    const outbox = new Outbox(openDatabase({ path: place.path, nowMs: 0, maxBytes: 325_000 }).database);
    const big = { topic: 't', build: ({ sequence }: { sequence: number }) => `${sequence} ${'x'.repeat(2_000)}` };
    for (let made = 0; made < 40; made++) outbox.append(big, 0);
    outbox.markDelivered(sequencesOf(outbox), 1);
    for (let made = 0; made < 60; made++) outbox.append(big, 2);
    expect(outbox.depth()).toBe(60);
    const fill = () => {
      for (let made = 0; made < 100; made++) outbox.append(big, 3);
    };
    expect(fill).toThrow(expect.objectContaining({ code: 'outbox/disk-full', recoverable: true }));
    expect(outbox.dropped).toBe(1);
    const due = sequencesOf(outbox);
    expect(due).toEqual(due.map((_, index) => 41 + index));
    // Delivery makes room again, and the numbers go on where they were.
    outbox.markDelivered(due, 4);
    expect(outbox.append(big, 5).sequence).toBe((due.at(-1) ?? 0) + 1);
    outbox.close();
  });
});

it('gives up evidence before a delivered event, and both before a waiting one', async () => {
  await using place = await folder();
  const evidence = join(place.folder, 'evidence');
  mkdirSync(join(evidence, '2026-11-23'), { recursive: true });
  const picture = (name: string) => join(evidence, '2026-11-23', name);
  for (const name of ['a.jpg', 'b.jpg', 'c.jpg']) writeFileSync(picture(name), Buffer.alloc(100_000));
  for (const [at, name] of ['b.jpg', 'a.jpg', 'c.jpg'].entries()) utimesSync(picture(name), at, at);
  const { database } = openDatabase({ path: place.path, nowMs: 0, maxBytes: 100_000 });
  const outbox = new Outbox(database, { sacrifice: () => sacrificeOldest(evidence, 100_000).bytes });
  const big = { topic: 't', build: ({ sequence }: { sequence: number }) => `${sequence} ${'x'.repeat(2_000)}` };
  for (let made = 0; made < 20; made++) outbox.append(big, 0);
  outbox.markDelivered([1, 2, 3, 4, 5], 1);
  const delivered = () => outbox.rowsBetween({ from: 1, to: 5, limit: 9 }).length;
  while (readdirSync(dirname(picture('b.jpg'))).length === 3) outbox.append(big, 2);
  expect(readdirSync(dirname(picture('a.jpg')))).toEqual(['a.jpg', 'c.jpg']);
  while (readdirSync(dirname(picture('b.jpg'))).length > 0) outbox.append(big, 2);
  expect(delivered()).toBe(5);
  while (delivered() > 0) outbox.append(big, 2);
  expect(outbox.dropped).toBe(0);
  const due = sequencesOf(outbox);
  expect(due).toEqual(due.map((_, index) => 6 + index));
  expect(() => {
    for (;;) outbox.append(big, 3);
  }).toThrow(expect.objectContaining({ code: 'outbox/disk-full' }));
  expect(outbox.dropped).toBe(1);
  outbox.close();
});

it('keeps the name of its numbering, and a new file gets another', async () => {
  await using place = await folder();
  await using other = await folder();
  const first = open(place.path);
  const name = first.epoch();
  first.append({ topic: 't', build: ({ epoch }) => epoch }, 0);
  first.close();
  const again = open(place.path);
  const another = open(other.path);
  expect(name).toMatch(/^[0-9a-f]{12}$/);
  expect(again.claimDue({ limit: 1 })[0]?.payload).toBe(name);
  expect([again.epoch() === name, another.epoch() === name]).toEqual([true, false]);
  again.close();
  another.close();
});

it.each([
  ['the folder is a file', (path: string) => writeFileSync(join(path, '..'), '')],
  ['a folder has its name', (path: string) => mkdirSync(path, { recursive: true })],
])('says that it cannot be written where %s', async (_title, spoil) => {
  await using place = await folder();
  const path = join(place.folder, 'deeper', 'outbox.db');
  spoil(path);
  expect(() => openDatabase({ path, nowMs: 0 })).toThrow(
    expect.objectContaining({ code: 'outbox/unwritable', recoverable: true, message: expect.stringContaining(path) }),
  );
});

it('leaves the outbox of a newer release alone', async () => {
  await using place = await folder();
  const { database } = openDatabase({ path: place.path, nowMs: 0 });
  database.pragma('user_version = 99');
  closeDatabase(database);
  expect(() => openDatabase({ path: place.path, nowMs: 0 })).toThrow(expect.objectContaining({ code: 'outbox/newer' }));
  expect(readdirSync(place.folder).filter((name) => name.includes('corrupt'))).toEqual([]);
});

function open(path: string): Outbox {
  return new Outbox(openDatabase({ path, nowMs: 0 }).database);
}

function sequencesOf(outbox: Outbox): number[] {
  return outbox.claimDue({ limit: 10_000 }).map((row) => row.sequence);
}

async function folder() {
  const made = await mkdtemp(join(tmpdir(), 'anqi-outbox-'));
  return {
    folder: made,
    path: join(made, 'outbox.db'),
    [Symbol.asyncDispose]: () => rm(made, { recursive: true }),
  };
}
