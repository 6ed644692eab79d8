/** A real outbox file that has no room left: events go on in memory, numbered without a gap, and return to the file. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/outbox/database';
import { Outbox } from '../../src/outbox/outbox';
import { SpillNote } from '../../src/outbox/spill-note';
import { SpillingOutbox } from '../../src/outbox/spilling';

const MAX_BYTES = 120_000;
const big = { topic: 't', build: ({ sequence }: { sequence: number }) => `${sequence} ${'x'.repeat(2_000)}` };

async function place() {
  const folder = await mkdtemp(join(tmpdir(), 'anqi-spill-'));
  const open = (maxBytes?: number) => {
    const limit = maxBytes === undefined ? {} : { maxBytes };
    const { database } = openDatabase({ path: join(folder, 'outbox.db'), nowMs: 0, ...limit });
    return new SpillingOutbox(new Outbox(database), { isOnDisk: true });
  };
  return { folder, open, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

const numbers = (outbox: SpillingOutbox): number[] => outbox.claimDue({ limit: 10_000 }).map((row) => row.sequence);

/** Appends until the file is full and some more. */
function fill(outbox: SpillingOutbox): number {
  let made = 0;
  for (; outbox.isOnDisk; made++) outbox.append(big, 0);
  for (let more = 0; more < 5; more++, made++) outbox.append(big, 0);
  return made;
}

it('numbers on in memory, tells its listeners, drops nothing', async () => {
  await using home = await place();
  const outbox = home.open(MAX_BYTES);
  let heard = 0;
  outbox.onAppend(() => {
    heard += 1;
  });
  const made = fill(outbox);
  expect(numbers(outbox)).toEqual(Array.from({ length: made }, (_, index) => index + 1));
  expect(outbox).toMatchObject({ isOnDisk: false, dropped: 0 });
  expect([outbox.depth(), heard]).toEqual([made, made]);
  expect(outbox.claimDue({ limit: 3, afterSequence: made - 7 }).map((row) => row.sequence)).toEqual([
    ...[made - 6, made - 5, made - 4],
  ]);
  outbox.close();
});

it('returns to the file when delivery made room there, and the number after a restart is the next one', async () => {
  await using home = await place();
  const outbox = home.open(MAX_BYTES);
  const made = fill(outbox);
  outbox.markDelivered(numbers(outbox), 1);
  expect(outbox.depth()).toBe(0);
  expect(outbox.append(big, 2).sequence).toBe(made + 1);
  expect(outbox.isOnDisk).toBe(true);
  outbox.close();
  const again = home.open();
  expect(numbers(again)).toEqual([made + 1]);
  expect(again.append(big, 3).sequence).toBe(made + 2);
  again.close();
});

it('refuses and counts an event that breaks its contract, wherever it would go', async () => {
  await using home = await place();
  const outbox = home.open();
  const broken = {
    topic: 't',
    build: (): string => {
      throw new Error('no such field');
    },
  };
  expect(() => outbox.append(broken, 0)).toThrow('no such field');
  expect(outbox).toMatchObject({ isOnDisk: true, dropped: 1 });
  expect(outbox.append(big, 0).sequence).toBe(1);
  outbox.close();
});

describe('a service that dies on a full disk', () => {
  const open = (folder: string, maxBytes?: number) => {
    const limit = maxBytes === undefined ? {} : { maxBytes };
    const { database } = openDatabase({ path: join(folder, 'outbox.db'), nowMs: 0, ...limit });
    const note = SpillNote.open(join(folder, 'outbox.spilled'));
    return new SpillingOutbox(new Outbox(database), { isOnDisk: true, note });
  };

  it('gives no number twice, and says how many events died with it', async () => {
    await using home = await place();
    const dead = open(home.folder, MAX_BYTES);
    const made = fill(dead);
    const inMemory = 6;
    dead.markDelivered([made, made - 1], 1);
    // Killed here: nothing is closed.
    const again = open(home.folder);
    expect(again.lostBefore).toBe(inMemory - 2);
    expect(again.append(big, 2).sequence).toBe(made + 1);
    again.close();
    const third = open(home.folder);
    expect([third.lostBefore, third.append(big, 3).sequence]).toEqual([0, made + 2]);
    third.close();
    dead.close();
  });

  it('pays no heed to the note of another file, nor to one that was cut off', async () => {
    await using home = await place();
    const first = open(home.folder, MAX_BYTES);
    fill(first);
    first.close();
    await rm(join(home.folder, 'outbox.db'));
    const other = open(home.folder);
    expect(other.append(big, 0).sequence).toBe(1);
    other.close();
    await writeFile(join(home.folder, 'outbox.spilled'), 'abc');
    const cut = open(home.folder);
    expect([cut.lostBefore, cut.append(big, 0).sequence]).toEqual([0, 2]);
    cut.close();
  });
});
