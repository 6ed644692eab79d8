/** One soak: readings each minute, one fault after the other, each line on disk at once. */
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../src/errors';
import { judge } from '../lib/delivery';
import type { Random } from '../simulator/random';
import { SoakBox, type SoakOptions } from './box';
import type { SoakFault } from './faults';
import { Readings } from './readings';
import type { Ending, SoakLine, Struck } from './table';

export interface SoakPlan extends SoakOptions {
  readonly hours: number;
  /** Between the end of one fault and the next. */
  readonly faultEveryS: number;
  readonly readEveryS: number;
  /** Which camera, and for how long. */
  readonly random: Random;
  /** One after the other. */
  readonly faults: Iterable<SoakFault>;
  readonly signal: AbortSignal;
  /** Each line is written when it is known: a soak that is killed has its table. */
  readonly linesFile: string;
}

const SAMPLES_PER_READING = 12;
const HEALTHY_LIMIT_MS = 90_000;
const DELIVER_LIMIT_MS = 120_000;
/** A fault is over soon after it was struck where it shows in no state: the box gets the time to notice. */
const NOTICE_MS = 3_000;

export async function soak(plan: SoakPlan): Promise<readonly SoakLine[]> {
  await using box = await SoakBox.open(plan);
  const lines: SoakLine[] = [];
  const write = (line: SoakLine): void => {
    lines.push(line);
    appendFileSync(plan.linesFile, `${JSON.stringify(line)}\n`);
  };
  const startedMs = performance.now();
  const atH = (): number => (performance.now() - startedMs) / 3_600_000;
  const { signal } = plan;
  const isOver = (): boolean => signal.aborted || atH() >= plan.hours;
  const pause = (ms: number): Promise<void> => {
    const leftMs = Math.max(0, (plan.hours - atH()) * 3_600_000);
    return sleep(Math.min(ms, leftMs), undefined, { signal }).catch(() => undefined);
  };
  const { pid, dataFolder, log, listener } = box;
  const watched = {
    ...{ pid, dataFolder, log },
    received: () => listener.got.length,
    outbox: () => listener.health?.outbox.depth ?? 0,
  };
  const readings = new Readings(watched);
  const read = async (): Promise<void> => {
    while (!isOver()) {
      for (let sample = 0; sample < SAMPLES_PER_READING; sample++) {
        await pause((plan.readEveryS * 1000) / SAMPLES_PER_READING);
        if (!box.isRunning) throw new Error('the service ended by itself');
        readings.sampleMemory();
      }
      write(readings.take());
      await box.clearSpoken();
    }
  };
  const trouble = async (): Promise<void> => {
    for (const fault of plan.faults) {
      await pause(plan.faultEveryS * 1000);
      if (isOver()) return;
      write({ ...(await bringUpon(box, fault, plan)), atH: atH() });
    }
  };
  const problems: string[] = [];
  await Promise.all([read(), trouble()]).catch((error: unknown) => problems.push(messageOf(error)));
  write(await end(box, problems));
  return lines;
}

async function bringUpon(box: SoakBox, fault: SoakFault, { random }: SoakPlan): Promise<Omit<Struck, 'atH'>> {
  const camera = box.cameras[random.integer(0, box.cameras.length - 1)];
  if (camera === undefined) throw new RangeError('a soak needs a camera');
  const [least, most] = fault.lastsS;
  const lastedS = random.between(least, most);
  const found = { kind: 'fault', fault: fault.name, lastedS } as const;
  await fault.strike(box, camera);
  await sleep(1000 * lastedS);
  await fault.mend(box, camera);
  const beganMs = performance.now();
  await sleep(NOTICE_MS);
  const isBack = (): boolean => box.isHealthy && box.missing === 0;
  const healthy = await box.until('healthy', isBack, HEALTHY_LIMIT_MS).catch(() => null);
  return { ...found, healthyAfterS: healthy === null ? null : (performance.now() - beganMs) / 1000 };
}

/** Ends the service, lets what is left in its outbox arrive, and compares. */
async function end(box: SoakBox, before: readonly string[]): Promise<Ending> {
  const problems = [...before, ...(await box.stop())];
  for (const camera of box.cameras) await camera.unplug();
  box.listener.health = undefined;
  box.start();
  await box
    .until('what was left arrives', () => box.listener.health !== undefined && box.missing === 0, DELIVER_LIMIT_MS)
    .catch((error: unknown) => problems.push(messageOf(error)));
  problems.push(...(await box.stop()));
  const { received, repeated, gaps, givenTwice, changed } = judge([], box.listener.got);
  return {
    kind: 'end',
    logged: box.log.sequences.size,
    ...{ received, repeated, gaps, changed },
    lost: box.missing,
    numberTwice: givenTwice,
    problems: [...problems, ...box.log.unhandled],
  };
}
