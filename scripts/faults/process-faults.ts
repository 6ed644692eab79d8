/** What happens to the process itself: killed, short of memory, frozen in a thread, started twice. */
import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { goneWithin } from '../../test/support/rtsp/processes';
import { ServiceProcess, TOPICS } from '../../test/support/service';
import { Junction, type JunctionOptions } from './junction';
import { type Bench, endProblems, type Fault, nextEvent } from './measure';
import { untilQuick, WorkerOrder } from './part-faults';
import { type Goals, type Outcome, problemsOf } from './table';

const ORPHAN_LIMIT_MS = 5_000;
/** What systemd waits before it starts the service again is not in it. */
const BACK = { detectedS: 5, recoveredS: 10 };
/** Of cgroup v1; a box has the limit of its systemd unit. */
const CGROUPS = '/sys/fs/cgroup/memory';

interface Kill {
  readonly name: string;
  readonly kill: (junction: Junction) => Promise<void> | void;
  readonly options?: Omit<JunctionOptions, 'film'>;
  readonly goals?: Goals;
}

/** Kills it, and starts it again on the same folder. */
async function killed({ name, kill, options, goals = BACK }: Kill, bench: Bench): Promise<Outcome[]> {
  await using junction = await Junction.open({ film: bench.film, ...options });
  await nextEvent(junction);
  const beganMs = performance.now();
  await kill(junction);
  const { signal, code } = await junction.service.exited();
  const detectedS = (performance.now() - beganMs) / 1000;
  const left = await goneWithin(junction.eastAddress, ORPHAN_LIMIT_MS).then(
    () => 0,
    () => junction.orphans(),
  );
  junction.restart();
  const recoveredS = await junction.until('it is back', () => junction.isLooking('east') && junction.isLooking('west'));
  await nextEvent(junction);
  const found = { detectedS, recoveredS, lostEvents: junction.lostEvents() };
  const problems = [
    ...problemsOf(found, goals, bench.slower),
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
    const kill = ({ service }: Junction): void => {
      writeFileSync(`${group}/cgroup.procs`, String(service.pid));
      // Only what it takes from now on is counted: pictures alone are more.
      writeFileSync(`${group}/memory.limit_in_bytes`, String(8 << 20));
    };
    return await killed({ name: 'out-of-memory', kill }, bench);
  } finally {
    rmdirSync(group);
  }
}

/** Nothing inside of the process can end such a thread: it has to end itself, and systemd starts it anew. */
async function workerFrozen(bench: Bench): Promise<Outcome[]> {
  const toWorker = new WorkerOrder();
  // To be noticed, to be ended in vain, to stop, to be sure.
  const goals = { ...BACK, detectedS: 20 };
  const kill = async (junction: Junction): Promise<void> => {
    await untilQuick(junction);
    toWorker.give('freeze');
  };
  return killed({ name: 'worker-frozen', kill, options: await toWorker.options(), goals }, bench);
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
    bringUpon: (bench) =>
      killed({ name: 'sigkill', kill: ({ service }) => void process.kill(service.pid, 'SIGKILL') }, bench),
  },
  { name: 'out-of-memory', bringUpon: outOfMemory },
  { name: 'worker-frozen', bringUpon: workerFrozen },
];
