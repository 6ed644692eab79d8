/** One fault from its strike to its end, measured from outside. */
import { setTimeout as sleep } from 'node:timers/promises';
import { goneWithin } from '../../test/support/rtsp/processes';
import { Junction, type JunctionOptions } from './junction';
import { type Goals, type Outcome, problemsOf } from './table';

export interface Bench {
  readonly film: string;
  readonly slower: number;
}

export interface Fault {
  readonly name: string;
  readonly bringUpon: (bench: Bench) => Promise<readonly Outcome[]>;
}

export interface Course {
  readonly name: string;
  readonly goals: Goals;
  readonly options?: (bench: Bench) => Promise<Omit<JunctionOptions, 'film'>>;
  /** Waited for before the strike. */
  readonly isReady?: (junction: Junction) => boolean;
  readonly strike: (junction: Junction) => Promise<void> | void;
  readonly isNoticed: (junction: Junction) => boolean;
  /** How long the fault goes on after it was noticed; at once over unless given. */
  readonly holdMs?: number;
  readonly mend: (junction: Junction) => Promise<void> | void;
  readonly isOver: (junction: Junction) => boolean;
  /** When it was measured, so that riders can become events again. */
  readonly after?: (junction: Junction) => Promise<void>;
  readonly note: string;
}

/** The kernel ends what the service started; the rest is the scheduler of a busy machine. */
const ORPHAN_LIMIT_MS = 5_000;

export function course({ name, options, ...steps }: Course): Fault {
  const bringUpon = async (bench: Bench): Promise<readonly Outcome[]> => {
    await using junction = await Junction.open({ film: bench.film, ...(await options?.(bench)) });
    await junction.until(`${name} can be brought about`, () => steps.isReady?.(junction) ?? true);
    const struckAtMs = Date.now();
    await steps.strike(junction);
    const detectedS = await junction.until(`${name} is noticed`, () => steps.isNoticed(junction));
    if (steps.holdMs !== undefined) await sleep(steps.holdMs);
    await steps.mend(junction);
    const recoveredS = await junction.until(`${name} is over`, () => steps.isOver(junction));
    const otherPauseS = longestPauseS(junction.looks('west'), struckAtMs, Date.now());
    await steps.after?.(junction);
    await nextEvent(junction);
    const lostEvents = junction.lostEvents();
    const found = { detectedS, recoveredS, lostEvents };
    const problems = [...problemsOf(found, steps.goals, bench.slower), ...(await endProblems(junction))];
    return [{ fault: name, ...found, otherPauseS, problems, note: `${steps.note}${lateStops(junction)}` }];
  };
  return { name, bringUpon };
}

/** All is well when riders become events again. */
export async function nextEvent(junction: Junction): Promise<void> {
  const events = (): number => junction.subscriber.received.filter(({ topic }) => topic.includes('/event/')).length;
  const before = events();
  await junction.until('another event arrives', () => events() > before);
}

/** Ends the service, in order unless told otherwise, and says what should not have been. */
export async function endProblems(junction: Junction, wanted: number | NodeJS.Signals = 0): Promise<string[]> {
  const { code, signal } = await junction.service.end('SIGTERM');
  const said = junction.service.said;
  const left = await goneWithin(junction.eastAddress, ORPHAN_LIMIT_MS).then(
    () => 0,
    () => junction.orphans(),
  );
  return [
    ...((code ?? signal) === wanted ? [] : [`SIGTERM ended it with ${code ?? signal}`]),
    ...(left === 0 ? [] : [`${left} processes left behind`]),
    ...(/unhandled ?rejection|uncaught/i.test(said) ? ['an unhandled rejection'] : []),
  ];
}

/** Stages of a stop that were left behind: the process ends all the same, in time. */
function lateStops(junction: Junction): string {
  const stages = junction.lines().flatMap(({ msg, stage }) => (msg === 'stop took too long' ? [String(stage)] : []));
  return stages.length === 0 ? '' : `; left behind at the stop: ${stages.join(', ')}`;
}

/** Between `fromMs` and `toMs`, s. */
function longestPauseS(looks: readonly number[], fromMs: number, toMs: number): number {
  const times = [fromMs, ...looks.filter((at) => at >= fromMs && at <= toMs), toMs];
  return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at))) / 1000;
}
