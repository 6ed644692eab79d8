/** `node child.js TARGET SEED FOLDER`: one target in a process of its own, so that whatever it does to the process is seen. */
import { writeSync } from 'node:fs';
import { inspect } from 'node:util';
import { Fuzz } from './fuzz';
import { TARGETS } from './targets';

const [name = '', seed = '1', folder = ''] = process.argv.slice(2);
const target = Object.entries(TARGETS).find(([known]) => known === name)?.[1];
if (target === undefined) throw new Error(`no target ${name}: ${Object.keys(TARGETS).join(', ')}`);
target(new Fuzz(Number(seed), folder, (fed) => writeSync(1, `${JSON.stringify(fed)}\n`))).then(
  // What is still open is an open handle of the product: the process has to end by itself.
  () => undefined,
  (error: unknown) => {
    // The input may be long; what it did comes first.
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    writeSync(2, `${inspect(cause).slice(0, 4_000)}\n${String(error).slice(0, 4_000)}\n`);
    process.exit(1);
  },
);
