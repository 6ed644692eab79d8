/** A real outbox file that has no room left: events go on in memory, numbered without a gap, and return to the file. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '../../src/outbox/database';
import { Outbox } from '../../src/outbox/outbox';
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
  return { open, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
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
