/**
 * Some boxes in a process of their own that may be killed: worker.js URL FOLDER FIRST COUNT PER_MINUTE. Each made event is a
 * line `made NODE SEQUENCE ID` once it cannot be lost any more. `finish` on stdin: one last incident each, then `drained`.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Box } from './box';

const FINISH_LIMIT_MS = 120_000;

async function main([
  url = '',
  folder = '',
  first = '0',
  count = '1',
  perMinute = '6',
]: readonly string[]): Promise<void> {
  const boxes = Array.from({ length: Number(count) }, (_, index) => {
    const nodeId = `box-${Number(first) + index}`;
    return { nodeId, box: new Box({ url, nodeId, databasePath: join(folder, `${nodeId}.db`) }) };
  });
  const act = ({ nodeId, box }: (typeof boxes)[number]): void => {
    for (const { sequence, id } of box.incident()) writeSync(1, `made ${nodeId} ${sequence} ${id}\n`);
  };
  const timers = boxes.map((one) => setInterval(() => act(one), 60_000 / Number(perMinute)));
  for await (const line of createInterface({ input: process.stdin })) {
    if (line !== 'finish') continue;
    for (const timer of timers) clearInterval(timer);
    for (const one of boxes) act(one);
    await Promise.all(boxes.map(({ box }) => box.drained(FINISH_LIMIT_MS)));
    writeSync(1, 'drained\n');
  }
  await Promise.all(boxes.map(({ box }) => box[Symbol.asyncDispose]()));
}

void main(process.argv.slice(2));
