/** SIGTERM, in whatever state the service is: it ends in time, in order, and leaves nothing behind. */
import { setTimeout as sleep } from 'node:timers/promises';
import { goneWithin } from '../../test/support/rtsp/processes';
import { Junction, type JunctionOptions } from './junction';
import { type Bench, endProblems, type Fault } from './measure';
import { fillDisk, onSmallDisk, untilQuick, WorkerOrder } from './part-faults';
import { type Outcome, problemsOf } from './table';

const ORPHAN_LIMIT_MS = 5_000;
/** Until somebody asks it to end, in a state that has just begun. */
const STATE_MS = 1_000;

interface State {
  readonly name: string;
  readonly options?: () => Promise<Omit<JunctionOptions, 'film'>>;
  readonly reach: (junction: Junction) => unknown;
  /** A thread that nothing can end: the process ends itself by force. */
  readonly endsByForce?: boolean;
}

function worker(name: string, order: 'hang' | 'freeze'): State {
  const toWorker = new WorkerOrder();
  const reach = async (junction: Junction): Promise<void> => {
    await untilQuick(junction);
    toWorker.give(order);
    await sleep(STATE_MS);
  };
  return { name, options: toWorker.options, reach, endsByForce: order === 'freeze' };
}

/** States in which it may be asked to end. */
const STATES: readonly State[] = [
  {
    name: 'starting, at its first word',
    reach: async (junction) => {
      await junction.service.end('SIGTERM');
      junction.restart();
      await junction.until('its first word', () => junction.lines().length > 0);
    },
  },
  { name: 'running', reach: () => undefined },
  {
    name: 'camera stalled',
    reach: async ({ east }) => {
      east.camera.setFault('stall');
      await sleep(STATE_MS);
    },
  },
  { name: 'camera away', reach: ({ east }) => east.unplug() },
  {
    name: 'broker hanging',
    reach: async ({ broker }) => {
      broker.freeze();
      await sleep(STATE_MS);
    },
  },
  { name: 'broker away', reach: ({ broker }) => broker.stop() },
  {
    name: 'speaking',
    reach: (junction) => junction.until('a violation', () => junction.service.said.includes('"msg":"violation"')),
  },
  worker('inference thread hanging', 'hang'),
  worker('inference thread frozen', 'freeze'),
  {
    name: 'disk full',
    options: async () => onSmallDisk,
    reach: async (junction) => {
      fillDisk(junction);
      await junction.until('an event meets the full disk', () => junction.isSpilling);
    },
  },
];
const STOP = { detectedS: Number.POSITIVE_INFINITY, recoveredS: 9 };

async function sigtermWhile({ name, options, reach, endsByForce }: State, { film, slower }: Bench): Promise<Outcome> {
  await using junction = await Junction.open({ film, ...(await options?.()) });
  await reach(junction);
  const beganMs = performance.now();
  const problems = await endProblems(junction, endsByForce === true ? 'SIGKILL' : 0);
  const recoveredS = (performance.now() - beganMs) / 1000;
  const found = { detectedS: null, recoveredS, lostEvents: junction.lostEvents() };
  const all = [...problemsOf(found, STOP, slower), ...problems];
  return { fault: `SIGTERM, ${name}`, ...found, otherPauseS: null, problems: all, note: 'until it has ended' };
}

/** As early as it can be asked: while it starts. */
async function sigtermAfter(startedMs: number, { film, slower }: Bench): Promise<Outcome> {
  await using junction = await Junction.open({ film });
  await junction.service.end('SIGTERM');
  junction.restart();
  await sleep(startedMs);
  const beganMs = performance.now();
  const { code, signal } = await junction.service.end('SIGTERM');
  const recoveredS = (performance.now() - beganMs) / 1000;
  const left = await goneWithin(junction.eastAddress, ORPHAN_LIMIT_MS).then(
    () => 0,
    () => junction.orphans(),
  );
  const found = { detectedS: null, recoveredS, lostEvents: 0 };
  // Before its first line runs nobody is there to hear the signal, and nothing was begun.
  const isInOrder = code === 0 || (signal === 'SIGTERM' && junction.lines().length === 0);
  const problems = [
    ...problemsOf(found, STOP, slower),
    ...(isInOrder ? [] : [`ended with ${code ?? signal}`]),
    ...(left === 0 ? [] : [`${left} processes left behind`]),
  ];
  const note = `ended with ${code ?? signal}`;
  return { fault: `SIGTERM, ${startedMs} ms after the start`, ...found, otherPauseS: null, problems, note };
}

async function sigtermInEveryState(bench: Bench): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const ms of [100, 800]) outcomes.push(await sigtermAfter(ms, bench));
  for (const state of STATES) outcomes.push(await sigtermWhile(state, bench));
  return outcomes;
}

export const stopFaults: readonly Fault[] = [{ name: 'sigterm', bringUpon: sigtermInEveryState }];
