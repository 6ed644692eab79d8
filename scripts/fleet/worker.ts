/**
 * Some boxes in a process of their own that may be killed: worker.js OPTIONS, a WorkerOptions as JSON. Says `up` when all are there; each made event is a line
 * `made NODE EPOCH SEQUENCE ID` once it cannot be lost any more. On stdin: `cut DIGIT` and `restore DIGIT` for the boxes whose number
 * ends so; `finish`: no traffic any more but one last event each, then `drained ACKNOWLEDGED`.
 */
import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import type { Made } from '../lib/delivery';
import { Gate } from '../lib/gate';
import { Box, type BoxOptions } from './box';
import { begins, CUT_GROUPS, STEPS_MS } from './traffic';

export interface WorkerOptions extends Pick<BoxOptions, 'protocolVersion' | 'reconnect'> {
  readonly ports: readonly number[];
  readonly folder: string;
  readonly first: number;
  readonly count: number;
  /** Incidents a minute and box, outside a rush. */
  readonly perMinute: number;
}

interface Member {
  readonly number: number;
  readonly uplink: Gate;
  readonly box: Box;
  /** Events of begun incidents that are to come. */
  readonly due: { readonly atMs: number; readonly incidentId: string; readonly step: number }[];
}

const TICK_MS = 100;
/** Between two boxes at the start. */
const STAGGER_MS = 10;
const FINISH_LIMIT_MS = 150_000;

async function main(options: WorkerOptions): Promise<void> {
  const members: Member[] = [];
  const traffic = setInterval(() => {
    for (const member of members) act(member, options.perMinute);
  }, TICK_MS);
  for (let index = 0; index < options.count; index++) {
    members.push(await memberOf(options, options.first + index));
    await sleep(STAGGER_MS);
  }
  writeSync(1, 'up\n');
  for await (const line of createInterface({ input: process.stdin })) {
    const [word, digit] = line.split(' ');
    const concerned = members.filter(({ number }) => number % CUT_GROUPS === Number(digit));
    if (word === 'cut') for (const { uplink } of concerned) uplink.set('silent');
    if (word === 'restore') for (const { uplink } of concerned) uplink.set('open');
    if (word === 'finish') {
      clearInterval(traffic);
      for (const { box } of members) tell(box.event(uuidv7(), 0));
      await Promise.all(members.map(({ box }) => box.drained(FINISH_LIMIT_MS)));
      const acknowledged = members.reduce((sum, { box }) => sum + box.outbox.lastSequence(), 0);
      writeSync(1, `drained ${acknowledged}\n`);
    }
  }
  clearInterval(traffic);
  await Promise.all(
    members.map(async ({ box, uplink }) => {
      await box[Symbol.asyncDispose]();
      await uplink[Symbol.asyncDispose]();
    }),
  );
}

async function memberOf({ ports, folder, protocolVersion, reconnect }: WorkerOptions, number: number): Promise<Member> {
  const nodeId = `box-${number}`;
  const uplink = await Gate.start(ports);
  const wishes = {
    ...(protocolVersion === undefined ? {} : { protocolVersion }),
    ...(reconnect === undefined ? {} : { reconnect }),
  };
  const box = new Box({ url: uplink.url, nodeId, databasePath: join(folder, `${nodeId}.db`), ...wishes });
  return { number, uplink, box, due: [] };
}

function act({ box, due }: Member, perMinute: number): void {
  const nowMs = Date.now();
  if (begins({ nowMs, stepMs: TICK_MS, perMinute }, Math.random())) {
    const incidentId = uuidv7();
    due.push(...STEPS_MS.map((afterMs, step) => ({ atMs: nowMs + afterMs, incidentId, step })));
  }
  for (const { incidentId, step } of takeDue(due, nowMs)) tell(box.event(incidentId, step));
}

function takeDue(due: Member['due'], nowMs: number): Member['due'] {
  const ripe = due.filter(({ atMs }) => atMs <= nowMs);
  if (ripe.length > 0) due.splice(0, due.length, ...due.filter(({ atMs }) => atMs > nowMs));
  return ripe;
}

function tell({ node, epoch, sequence, id }: Made): void {
  writeSync(1, `made ${node} ${epoch} ${sequence} ${id}\n`);
}

void main(JSON.parse(process.argv[2] ?? '{}'));
