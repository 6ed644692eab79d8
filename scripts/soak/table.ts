/** What became of hours under faults: the table, the slopes after warming up, and what must not be (pure). */
import type { Reading } from './readings';
import { floorsOf, type Point, type Slope, slopeOf } from './trend';

/** One fault, as one line of the soak's file. */
export interface Struck {
  readonly kind: 'fault';
  readonly atH: number;
  readonly fault: string;
  readonly lastedS: number;
  /** After the cause was gone, until the box called itself healthy; null when it never did. */
  readonly healthyAfterS: number | null;
}

/** The end of a run that came to its end. */
export interface Ending {
  readonly kind: 'end';
  readonly logged: number;
  readonly received: number;
  readonly repeated: number;
  /** Named in the log and never received. */
  readonly lost: number;
  readonly gaps: number;
  readonly numberTwice: number;
  readonly changed: number;
  readonly problems: readonly string[];
}

export type SoakLine = Reading | Struck | Ending;

/** What is measured over time may rise by so much an hour. */
const SLOPES: readonly {
  readonly title: string;
  readonly of: (reading: Reading) => number;
  readonly unit: string;
  /** Infinity: told only. */
  readonly perHourAtMost: number;
}[] = [
  { title: 'resident memory', of: ({ rssMb }) => rssMb[0], unit: 'MB', perHourAtMost: 1 },
  // Steadier than resident memory, of which the allocator keeps and returns tens of MB as it likes: a leak of objects shows here first.
  { title: 'JavaScript heap', of: ({ heapMb }) => heapMb, unit: 'MB', perHourAtMost: Number.POSITIVE_INFINITY },
  { title: 'handles', of: ({ handles }) => handles, unit: '', perHourAtMost: 1 },
  { title: 'file descriptors', of: ({ fds }) => fds, unit: '', perHourAtMost: 1 },
];
/** The floor of so much time: several garbage collections and a fault at most. */
const STRETCH_H = 5 / 60;
/** Less than an hour says nothing of an hour. */
const FEWEST_STRETCHES = 12;
const ROWS = 12;

export interface Verdict {
  readonly text: string;
  readonly problems: readonly string[];
}

/** @param warmUpH what comes before is shown and not judged, h */
export function verdictOf(lines: readonly SoakLine[], warmUpH: number): Verdict {
  const readings = lines.filter((line) => line.kind === 'reading');
  const faults = lines.filter((line) => line.kind === 'fault');
  const ending = lines.find((line) => line.kind === 'end');
  const slopes = slopesOf(readings, warmUpH);
  const problems = [
    ...slopes.flatMap(({ problem }) => problem),
    ...faults
      .filter(({ healthyAfterS }) => healthyAfterS === null)
      .map(({ fault, atH }) => `not healthy again after ${fault} at ${atH.toFixed(2)} h`),
    ...(ending === undefined ? [] : endProblems(ending)),
  ];
  const text = [
    readingTable(readings),
    faultTable(faults),
    ...slopes.map(({ text }) => text),
    ending === undefined ? 'the run has not come to its end: what was delivered is not judged' : deliveryText(ending),
    ...problems.map((problem) => `PROBLEM: ${problem}`),
  ];
  return { text: `${text.join('\n')}\n`, problems };
}

function slopesOf(readings: readonly Reading[], warmUpH: number): { text: string; problem: string[] }[] {
  const warm = readings.filter(({ atH }) => atH >= warmUpH);
  return SLOPES.map(({ title, of, unit, perHourAtMost }) => {
    const floors = floorsOf(
      warm.map((one): Point => ({ atH: one.atH, value: of(one) })),
      STRETCH_H,
    );
    const slope = slopeOf(floors);
    const name = `${title} after ${(60 * warmUpH).toFixed(0)} min`;
    if (slope === null) return { text: `${name}: too short a run for a slope`, problem: [] };
    const isLong = floors.length >= FEWEST_STRETCHES;
    const isTooSteep = isLong && slope.perHour > perHourAtMost;
    const allowed = Number.isFinite(perHourAtMost) ? `, allowed ${perHourAtMost}` : '';
    const measured = `${slopeText(slope)} ${unit}${unit === '' ? 'an' : ' an'} hour${allowed}`;
    const told = `${name}: ${measured}${isLong ? '' : '; not judged: less than an hour'}`;
    return { text: told, problem: isTooSteep ? [told] : [] };
  });
}

function slopeText({ perHour, fromPerHour, toPerHour }: Slope): string {
  return `${signed(perHour)} (95 %: ${signed(fromPerHour)} to ${signed(toPerHour)})`;
}

function endProblems({ received, lost, gaps, numberTwice, changed, problems }: Ending): string[] {
  return [
    ...(received === 0 ? ['no event came'] : []),
    ...(lost + gaps > 0 ? [`${lost} events lost, ${gaps} numbers missing`] : []),
    ...(numberTwice + changed > 0 ? [`${numberTwice} numbers given twice, ${changed} events with two contents`] : []),
    ...problems,
  ];
}

function deliveryText({ logged, received, repeated, lost, gaps, numberTwice, changed }: Ending): string {
  return (
    `events: ${logged} in the log, ${received} received, ${repeated} repeated, ${lost} lost, ${gaps} numbers missing, ` +
    `${numberTwice} given twice, ${changed} with two contents`
  );
}

/** A dozen rows, whatever the time; the end of each stretch. */
function readingTable(readings: readonly Reading[]): string {
  const each = Math.max(1, Math.ceil(readings.length / ROWS));
  const stretches = Array.from({ length: Math.ceil(readings.length / each) }, (_, index) =>
    readings.slice(index * each, (index + 1) * each),
  );
  const head = [
    'hours',
    'resident MB',
    'heap MB',
    'handles',
    'fds',
    'loop p99 ms',
    'ffmpeg',
    'ffmpeg MB',
    'cores',
  ] as const;
  const counts = ['analysed', 'dropped', 'events', 'outbox', 'data MB', 'load'] as const;
  return [line([...head, ...counts]), line([...head, ...counts].map(() => '---')), ...stretches.map(rowOf)].join('');
}

function rowOf(stretch: readonly Reading[]): string {
  const each = (of: (reading: Reading) => number): number[] => stretch.map(of);
  const sum = (of: (reading: Reading) => number): string => String(each(of).reduce((total, value) => total + value, 0));
  const mean = (of: (reading: Reading) => number): number =>
    each(of).reduce((total, value) => total + value, 0) / stretch.length;
  const span = (from: readonly number[], to: readonly number[]): string => {
    const [lowest, highest] = [Math.min(...from).toFixed(0), Math.max(...to).toFixed(0)];
    return lowest === highest ? lowest : `${lowest}–${highest}`;
  };
  const range = (of: (reading: Reading) => number): string => span(each(of), each(of));
  return line([
    (stretch.at(-1)?.atH ?? 0).toFixed(2),
    span(
      each(({ rssMb }) => rssMb[0]),
      each(({ rssMb }) => rssMb[1]),
    ),
    range(({ heapMb }) => heapMb),
    range(({ handles }) => handles),
    range(({ fds }) => fds),
    range(({ loopDelayP99Ms }) => loopDelayP99Ms),
    range(({ ffmpegs }) => ffmpegs),
    range(({ ffmpegMb }) => ffmpegMb),
    mean(({ cores }) => cores).toFixed(2),
    sum(({ analysed }) => analysed),
    sum(({ dropped }) => dropped),
    sum(({ events }) => events),
    range(({ outbox }) => outbox),
    (stretch.at(-1)?.dataMb ?? 0).toFixed(0),
    mean(({ load }) => load).toFixed(1),
  ]);
}

function faultTable(faults: readonly Struck[]): string {
  const names = [...new Set(faults.map(({ fault }) => fault))].sort();
  const head = ['fault', 'times', 'lasted', 'healthy again after, at the most'];
  const rows = names.map((name) => {
    const own = faults.filter(({ fault }) => fault === name);
    const back = own.map(({ healthyAfterS }) => healthyAfterS ?? Number.POSITIVE_INFINITY);
    const lasted = own.map(({ lastedS }) => lastedS);
    const times = `${Math.min(...lasted).toFixed(0)}–${Math.max(...lasted).toFixed(0)} s`;
    return line([name, String(own.length), times, `${Math.max(...back).toFixed(1)} s`]);
  });
  return [line(head), line(head.map(() => '---')), ...rows].join('');
}

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`;
const signed = (value: number): string => `${value >= 0 ? '+' : '−'}${Math.abs(value).toFixed(2)}`;
