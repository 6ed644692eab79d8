/** Appends to the outbox of the given file as fast as it goes and prints each number once append() returned, until killed. */
import { writeSync } from 'node:fs';
import { openDatabase } from '../../src/outbox/database';
import { Outbox } from '../../src/outbox/outbox';

const outbox = new Outbox(openDatabase({ path: process.argv[2] ?? '', nowMs: Date.now() }).database);
// A bound for the case that nobody comes to kill it.
const MOST = 200_000;
for (let made = 0; made < MOST; made++) {
  const row = outbox.append({ topic: 't', build: ({ id, sequence }) => `${sequence} ${id}` }, Date.now());
  writeSync(1, `${row.payload}\n`);
}
