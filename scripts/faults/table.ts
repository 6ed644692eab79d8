/** What a fault did, as one line of a table. */

export interface Outcome {
  readonly fault: string;
  /** Until the service said so, s; null where there is nothing to be said. */
  readonly detectedS: number | null;
  /** After the cause was gone, s. */
  readonly recoveredS: number | null;
  readonly lostEvents: number;
  /** The longest time between two judged pictures of the other camera, s; null where the service itself ended. */
  readonly otherPauseS: number | null;
  /** What must not be: left-over processes, unhandled rejections, a goal that was missed. */
  readonly problems: readonly string[];
  readonly note: string;
}

export interface Goals {
  readonly detectedS: number;
  readonly recoveredS: number;
}

/** Against the goals; a machine that is `slower` times slower may take so many times longer. */
export function problemsOf(
  { detectedS, recoveredS, lostEvents }: Pick<Outcome, 'detectedS' | 'recoveredS' | 'lostEvents'>,
  goals: Goals,
  slower: number,
): string[] {
  const late = (what: string, tookS: number | null, goalS: number): string[] =>
    tookS !== null && tookS > goalS * slower ? [`${what} after ${tookS.toFixed(1)} s, goal ${goalS} s`] : [];
  return [
    ...late('detected', detectedS, goals.detectedS),
    ...late('recovered', recoveredS, goals.recoveredS),
    ...(lostEvents > 0 ? [`${lostEvents} events lost`] : []),
  ];
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
const HEAD = ['fault', 'detected after', 'recovered after', 'lost events', "other camera's pause", 'note'];
export const TABLE_HEAD = line(HEAD) + line(HEAD.map(() => '---'));

export function rowOf({ fault, detectedS, recoveredS, lostEvents, otherPauseS, problems, note }: Outcome): string {
  const seconds = (value: number | null): string => (value === null ? '–' : `${value.toFixed(1)} s`);
  const remark = problems.length === 0 ? note : `PROBLEM: ${problems.join('; ').replace(/\s+/g, ' ')}`;
  return line([fault, seconds(detectedS), seconds(recoveredS), String(lostEvents), seconds(otherPauseS), remark]);
}
