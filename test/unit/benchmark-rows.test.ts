/** What the benchmark makes of its measurements. */
import { firstSoundDelaysMs } from '../../scripts/benchmark/first-sound';
import { peakGrowthPercent, slopePerMinute } from '../../scripts/benchmark/long-run';
import { crowdRows, speechRows } from '../../scripts/benchmark/rows';
import { type EventDraft, type IncidentEvent, toCloudEvent } from '../../src/mqtt/events';
import { formatTime } from '../../src/mqtt/time';

const ZONE = '+08:00';
const START_MS = Date.UTC(2026, 10, 23);
const time = (afterMs: number): string => formatTime(START_MS + afterMs, ZONE);

function event(
  draft:
    | Omit<Extract<EventDraft, { kind: 'violation' }>, 'cameraId'>
    | Omit<Extract<EventDraft, { kind: 'prompt' }>, 'cameraId'>,
): IncidentEvent {
  const stamp = {
    nodeId: 'n',
    id: '0193f2a0-1c5e-7d3a-9b1c-2f4e6a8b0c1d',
    sequence: 1,
    epoch: '5f0c2a91b7de',
    timeZone: ZONE,
  };
  return toCloudEvent({ cameraId: 'c', ...draft }, stamp);
}

function violation(incidentId: string, atMs: number): IncidentEvent {
  const votes = { worn: 0, not_worn: 5 };
  const data = {
    ...{ incidentId, replayed: false, site: {}, evidence: [], model: { name: 'm', sha256: 'a'.repeat(64) } },
    vehicle: {
      ...{ kind: 'two_wheeler' as const, trackId: 1, riderCount: 1 },
      ...{ box: { x: 0, y: 0, w: 1, h: 1 }, frame: { w: 1920, h: 1080 } },
    },
    persons: [{ seat: 'driver' as const, head: 'not_worn' as const, score: 1, votes }],
  };
  return event({ kind: 'violation', atMs: START_MS + atMs, data });
}

interface Spoken {
  readonly promptId: string;
  readonly number?: number;
  readonly askedMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

function prompt(incidentId: string, { promptId, number = 1, askedMs, fromMs, untilMs }: Spoken): IncidentEvent {
  const said = {
    ...{ promptId, number, phrase: 'base', lang: 'zh-CN' as const, text: '请把头盔戴好', voice: 'synthetic' as const },
    ...{ requestedAt: time(askedMs), startedAt: time(fromMs), endedAt: time(untilMs), playback: 'confirmed' as const },
  };
  return event({
    kind: 'prompt',
    atMs: START_MS + untilMs,
    data: { incidentId, replayed: false, site: {}, prompt: said },
  });
}

describe('from a violation to the first sound', () => {
  test.each<{ title: string; events: IncidentEvent[]; atOnce: number[]; waited: number[] }>([
    {
      title: 'is counted once for a prompt that speaks to two, and never for the second prompt',
      events: [
        ...[violation('a', 0), violation('b', 0)],
        prompt('a', { promptId: 'p', askedMs: 0, fromMs: 120, untilMs: 5_000 }),
        prompt('b', { promptId: 'p', askedMs: 0, fromMs: 120, untilMs: 5_000 }),
        prompt('a', { promptId: 'q', number: 2, askedMs: 9_000, fromMs: 9_100, untilMs: 12_000 }),
      ],
      ...{ atOnce: [120], waited: [] },
    },
    {
      title: 'has waited while the speaker was busy or owed its silence',
      events: [
        ...[violation('a', 0), violation('b', 4_000), violation('c', 12_000)],
        prompt('a', { promptId: 'p', askedMs: 0, fromMs: 80, untilMs: 5_000 }),
        prompt('b', { promptId: 'q', askedMs: 4_000, fromMs: 6_500, untilMs: 11_000 }),
        prompt('c', { promptId: 'r', askedMs: 12_000, fromMs: 12_500, untilMs: 16_000 }),
      ],
      ...{ atOnce: [80], waited: [2_500, 500] },
    },
    {
      title: 'has waited for a companion when it was asked for later',
      events: [violation('a', 0), prompt('a', { promptId: 'p', askedMs: 1_200, fromMs: 1_260, untilMs: 5_000 })],
      ...{ atOnce: [], waited: [1_260] },
    },
  ])('$title', ({ events, atOnce, waited }) => expect(firstSoundDelaysMs(events)).toEqual({ atOnce, waited }));
});

describe('memory', () => {
  const minutes = (...mb: number[]) => mb.map((value, minute) => ({ atS: 60 * minute, mb: value }));

  it('that rises by 3 MB a minute has that slope', () => {
    expect(slopePerMinute(minutes(100, 103, 106, 109))).toBeCloseTo(3);
  });

  it('that is a sawtooth does not grow, one with rising teeth does', () => {
    expect(peakGrowthPercent(minutes(100, 110, 100, 110, 100, 110, 100))).toBe(0);
    expect(peakGrowthPercent(minutes(100, 110, 105, 115, 110, 121, 110))).toBeCloseTo(10);
  });
});

describe('a crowded picture', () => {
  const crowd = {
    ...{ groups: 12, heads: 15, frameMs: 118, detectorMs: 36, finderMs: 48, classifierMs: 6 },
    ...{ finderOneByOneMs: 60, settledFrameMs: 59 },
  };
  const rowOf = (threads: number, what: string) =>
    crowdRows({ ...crowd, threads }).find((row) => row.name.endsWith(what));

  it('is told by group and by head, as ratios, and with what the networks leave', () => {
    expect(rowOf(1, 'head finder')?.value).toBeCloseTo(48 / 12);
    expect(rowOf(1, 'head classifier')?.value).toBeCloseTo(6 / 15);
    expect(rowOf(1, 'cutting, scaling, colours')?.value).toBeCloseTo(118 - 36 - 48 - 6);
    expect(rowOf(1, 'batch ÷ one by one')?.value).toBeCloseTo(0.8);
    expect(rowOf(1, 'all settled ÷ all undecided')?.value).toBeCloseTo(0.5);
  });

  it('has the networks judged on one thread and the whole on two', () => {
    expect(rowOf(1, 'rider detector')?.isMet).toBe(false);
    expect(rowOf(1, 'head finder')?.isMet).toBe(true);
    expect(rowOf(1, 'whole picture')?.isMet).toBeNull();
    expect(rowOf(2, 'rider detector')?.isMet).toBeNull();
    expect(rowOf(2, 'whole picture')?.isMet).toBe(true);
    expect(crowdRows({ ...crowd, threads: 2, frameMs: 121 })[0]?.isMet).toBe(false);
  });

  it('without anybody in it divides by nothing', () => {
    const empty = { ...crowd, threads: 1, groups: 0, heads: 0, finderMs: 0, classifierMs: 0, finderOneByOneMs: 0 };
    expect(crowdRows(empty).every(({ value }) => Number.isFinite(value))).toBe(true);
  });
});

describe('a prompt', () => {
  const speech = {
    riders: 12,
    decidedMs: [0.1, 4.9],
    cachedMs: [...Array<number>(98).fill(3), 9000, 9000],
    uncachedMs: [80, 90, 501],
  };

  it('is judged by how late one in twenty is', () => {
    expect(speechRows(speech).map(({ value, isMet }) => [value, isMet])).toEqual([
      [4.9, true],
      [3, true],
      [501, false],
    ]);
  });
});
