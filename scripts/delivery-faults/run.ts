/** One fault from a healthy box to a healthy box, and what both sides say of it. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mosquitto } from '../fleet/brokers';
import { type Findings, isClean, judge } from '../lib/delivery';
import { Gate } from '../lib/gate';
import { Listener, SendingBox } from './box';
import { clockEnv, type Fault, mountDisk } from './faults';

export interface FaultResult {
  readonly name: string;
  readonly seconds: number;
  readonly findings: Findings;
  /** What the box's health said of lost events. */
  readonly told: readonly string[];
  /** Why it is not as it should be; empty when it is. */
  readonly complaint: string;
}

const SETTLE_MS = 60_000;

export async function runFault(
  fault: Fault,
  { folder, script, seed }: { readonly folder: string; readonly script: string; readonly seed: number },
): Promise<FaultResult> {
  const { needsClock = false, diskBytes, ...pace } = fault.options ?? {};
  const dataFolder = join(folder, 'data');
  const brokerFolder = join(folder, 'broker');
  mkdirSync(brokerFolder, { recursive: true });
  using _disk = diskBytes === undefined ? undefined : mountDisk(dataFolder, diskBytes);
  await using broker = await mosquitto(brokerFolder);
  const [{ port, url }] = broker.nodes;
  await using listener = await Listener.start(url);
  await using gate = await Gate.start([port]);
  const env = needsClock ? { env: clockEnv(folder) } : {};
  await using box = new SendingBox({ folder, dataFolder, url: gate.url, script, ...pace, ...env });
  const findings = (): Findings => judge(box.made(), listener.got);
  const delivered = (): Promise<void> => until(() => findings().lost.length === 0);
  const startedMs = performance.now();
  let complaint = '';
  box.start();
  try {
    await until(() => findings().received > 0);
    await fault.act({ box, gate, folder, random: numbersFrom(seed), delivered });
  } catch (error) {
    complaint = error instanceof Error ? error.message : String(error);
  }
  // Nothing new any more: only what is left.
  await box.end('SIGTERM');
  box.start({ eventsPerS: 0 });
  await until(() => findings().lost.length === 0 || (fault.mayLose === true && listener.told.size > 0)).catch(
    () => undefined,
  );
  await box.end('SIGTERM');
  const result = findings();
  const isTold = fault.mayLose === true && listener.told.size > 0;
  if (complaint === '' && !isClean(result, isTold)) complaint = 'see the numbers';
  return {
    name: fault.name,
    seconds: Math.round((performance.now() - startedMs) / 1000),
    findings: result,
    told: [...listener.told],
    complaint,
  };
}

/** Rejects when it does not become so. */
async function until(isSo: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + SETTLE_MS;
  while (!isSo()) {
    if (performance.now() > deadlineMs) throw new Error(`what was waited for did not come within ${SETTLE_MS} ms`);
    await sleep(200);
  }
}

/** Mulberry32. */
function numbersFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
