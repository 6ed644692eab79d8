/** What happens to the process itself: ended, killed, short of memory, started twice. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { goneWithin } from '../../test/support/rtsp/processes';
import { ServiceProcess, TOPICS } from '../../test/support/service';
import { Junction } from './junction';
import { type Bench, endProblems, type Fault, nextEvent } from './measure';
import { type Outcome, problemsOf } from './table';

const ORPHAN_LIMIT_MS = 5_000;
/** What systemd waits before it starts the service again is not in it. */
const BACK = { detectedS: 5, recoveredS: 10 };
/** Of cgroup v1; a box has the limit of its systemd unit. */
const CGROUPS = '/sys/fs/cgroup/memory';

/** Kills it, and starts it again on the same folder. */
async function killed(name: string, kill: (junction: Junction) => Promise<void>, bench: Bench): Promise<Outcome[]> {
  await using junction = await Junction.open({ film: bench.film });
  await nextEvent(junction);
  const beganMs = performance.now();
  await kill(junction);
  const { signal, code } = await junction.service.exited();
  const detectedS = (performance.now() - beganMs) / 1000;
  const left = await goneWithin(junction.east.address, ORPHAN_LIMIT_MS).then(
    () => 0,
    () => junction.orphans(),
  );
  junction.restart();
  const recoveredS = await junction.until('it is back', () => junction.isLooking('east') && junction.isLooking('west'));
  await nextEvent(junction);
  const found = { detectedS, recoveredS, lostEvents: junction.lostEvents() };
  const problems = [
    ...problemsOf(found, BACK, bench.slower),
    ...(left === 0 ? [] : [`${left} processes left behind`]),
    ...(await endProblems(junction)),
  ];
  return [
    {
      fault: name,
      ...found,
      otherPauseS: null,
      problems,
      note: `ended by ${signal ?? code}; back: both cameras judged`,
    },
  ];
}

async function outOfMemory(bench: Bench): Promise<Outcome[]> {
  const group = `${CGROUPS}/anqi-faults-${process.pid}`;
  if (!existsSync(CGROUPS)) throw new Error('no memory cgroup (v1) here');
  mkdirSync(group);
  try {
    return await killed(
      'out-of-memory',
      async ({ service }) => {
        writeFileSync(`${group}/cgroup.procs`, String(service.pid));
        // Only what it takes from now on is counted: pictures alone are more.
        writeFileSync(`${group}/memory.limit_in_bytes`, String(8 << 20));
      },
      bench,
    );
  } finally {
    rmdirSync(group);
  }
}

/** States in which it may be asked to end, and how long that takes at the most. */
const STATES: readonly (readonly [state: string, reach: (junction: Junction) => Promise<void>])[] = [
  [
    'starting, at its first word',
    async (junction) => {
      await junction.service.end('SIGTERM');
      junction.restart();
      await junction.until('its first word', () => junction.lines().length > 0);
    },
  ],
  ['running', async () => undefined],
  [
    'camera stalled',
    async ({ east }) => {
      east.camera.setFault('stall');
      await sleep(1_000);
    },
  ],
  ['camera away', ({ east }) => east.unplug()],
  [
    'broker hanging',
    async ({ broker }) => {
      broker.freeze();
      await sleep(1_000);
    },
  ],
  ['broker away', ({ broker }) => broker.stop()],
  [
    'speaking',
    async (junction) => {
      await junction.until('a violation', () => junction.service.said.includes('"msg":"violation"'));
    },
  ],
];
const STOP = { detectedS: Number.POSITIVE_INFINITY, recoveredS: 9 };

async function sigtermWhile([state, reach]: (typeof STATES)[number], { film, slower }: Bench): Promise<Outcome> {
  await using junction = await Junction.open({ film });
  await reach(junction);
  const beganMs = performance.now();
  const problems = await endProblems(junction);
  const recoveredS = (performance.now() - beganMs) / 1000;
  const found = { detectedS: null, recoveredS, lostEvents: junction.lostEvents() };
  const all = [...problemsOf(found, STOP, slower), ...problems];
  return { fault: `SIGTERM, ${state}`, ...found, otherPauseS: null, problems: all, note: 'until it has ended' };
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
  const left = await goneWithin(junction.east.address, ORPHAN_LIMIT_MS).then(
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

/** The second is refused, the first goes on; after a SIGKILL of the first the folder is free. */
async function twoServices(bench: Bench): Promise<Outcome[]> {
  await using junction = await Junction.open({ film: bench.film });
  const struckAtMs = performance.now();
  await using second = ServiceProcess.run(junction.configFile);
  const { code } = await second.exited();
  const detectedS = (performance.now() - struckAtMs) / 1000;
  const isNamed = second.said.includes('another Anqi service is using it');
  await nextEvent(junction);
  const states = junction.subscriber.payloads(TOPICS.state);
  const lostBefore = junction.lostEvents();
  await junction.service.end('SIGKILL');
  junction.restart();
  const recoveredS = await junction.until('the folder is free', () => junction.isLooking('west'));
  const found = { detectedS, recoveredS, lostEvents: lostBefore };
  const problems = [
    ...problemsOf(found, { detectedS: 10, recoveredS: 10 }, bench.slower),
    ...(code === 1 && isNamed ? [] : [`the second ended with ${code}: ${second.said.slice(-300)}`]),
    ...(states.every((state) => state === 'online') ? [] : [`the broker heard ${states.join(', ')}`]),
    ...(await endProblems(junction)),
  ];
  return [{ fault: 'two-services', ...found, otherPauseS: null, problems, note: 'the second is refused and says why' }];
}

export const processFaults: readonly Fault[] = [
  { name: 'two-services', bringUpon: twoServices },
  {
    name: 'sigkill',
    bringUpon: (bench) => killed('sigkill', async ({ service }) => void process.kill(service.pid, 'SIGKILL'), bench),
  },
  { name: 'out-of-memory', bringUpon: outOfMemory },
  { name: 'sigterm', bringUpon: sigtermInEveryState },
];
