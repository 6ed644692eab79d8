/** The figures: who counts, with which denominator, in which group. Expected values are counted by hand. */
import fc from 'fast-check';
import { closing, endedIn, entryOf, parseSince, siteClock, startOfDay } from '../../src/figures';
import { type Ended, figures, figuresOf, listed } from '../../src/incident/rate';
import { type EventDraft, encodeEvent, type IncidentEvent, incidentEvent, toCloudEvent } from '../../src/mqtt/events';
import { EVENT_EXAMPLES } from '../../src/mqtt/examples';

const SHANGHAI = 'Asia/Shanghai';
const EIGHT = Date.parse('2026-11-23T08:10:00+08:00');
const MANDARIN = { number: 1, lang: 'zh-CN' } as const;
const DIALECT = { number: 2, lang: 'wuu' } as const;
let ids = 0;
const ended = (result: Ended['result'], heard: Ended['heard'], rest: Partial<Ended> = {}): Ended => ({
  incidentId: `i${++ids}`,
  cameraId: 'east',
  atMs: EIGHT,
  seat: 'driver',
  result,
  heard,
  reactionMs: result === 'corrected' ? 4000 : null,
  ...rest,
});
const of = (all: readonly Ended[]) => figures(all, [], siteClock(SHANGHAI));

describe('the correction rate', () => {
  it('is of those who heard a prompt and whose outcome is known, to two decimals', () => {
    const { total, notReminded } = of([
      ended('corrected', [MANDARIN]),
      ended('corrected', [MANDARIN, DIALECT]),
      ended('not_corrected', [MANDARIN, DIALECT]),
      ended('unknown_left', [MANDARIN]),
      ended('unknown_occluded', [MANDARIN]),
      ended('corrected', []),
      ended('not_corrected', []),
    ]);
    expect(total).toEqual({ reminded: 5, corrected: 2, notCorrected: 1, unknown: 2, correctionRate: 66.67 });
    expect(notReminded).toBe(2);
  });

  it('is nothing where nobody is known', () => {
    expect(of([ended('unknown_left', [MANDARIN])]).total.correctionRate).toBeNull();
    expect(of([]).total).toEqual({ reminded: 0, corrected: 0, notCorrected: 0, unknown: 0, correctionRate: null });
  });

  it('is told by camera, local day and hour, seat, and by what each prompt and language did', () => {
    const late = { atMs: Date.parse('2026-11-23T23:59:59+08:00'), cameraId: 'west', seat: 'passenger' } as const;
    const { by } = of([
      ended('corrected', [MANDARIN]),
      ended('corrected', [MANDARIN, DIALECT], late),
      ended('not_corrected', [MANDARIN, DIALECT], { atMs: Date.parse('2026-11-24T00:00:00+08:00') }),
    ]);
    const rates = (group: Readonly<Record<string, { correctionRate: number | null; reminded: number }>>) =>
      Object.fromEntries(Object.entries(group).map(([key, one]) => [key, [one.reminded, one.correctionRate]]));
    expect(rates(by.camera)).toEqual({ east: [2, 50], west: [1, 100] });
    expect(rates(by.day)).toEqual({ '2026-11-23': [2, 100], '2026-11-24': [1, 0] });
    expect(rates(by.hour)).toEqual({ '00': [1, 0], '08': [1, 100], '23': [1, 100] });
    expect(rates(by.seat)).toEqual({ driver: [2, 50], passenger: [1, 100] });
    expect(rates(by.prompt)).toEqual({ 1: [3, 33.33], 2: [2, 50] });
    expect(rates(by.language)).toEqual({ 'zh-CN': [3, 33.33], wuu: [2, 50] });
  });

  it('adds up in every group of the first four kinds, whatever happened', () => {
    const one = fc.record({
      result: fc.constantFrom<Ended['result']>('corrected', 'not_corrected', 'unknown_left', 'unknown_occluded'),
      heard: fc.subarray([MANDARIN, DIALECT, { number: 3, lang: 'zh-CN' } as const]),
      cameraId: fc.constantFrom('east', 'west'),
      atMs: fc.integer({ min: EIGHT, max: EIGHT + 90 * 86_400_000 }),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 60 }), (all) => {
        const found = of(all.map(({ result, heard, ...rest }) => ended(result, heard, rest)));
        const { reminded, corrected, notCorrected, unknown } = found.total;
        expect(corrected + notCorrected + unknown).toBe(reminded);
        expect(reminded + found.notReminded).toBe(all.length);
        for (const kind of ['camera', 'day', 'hour', 'seat'] as const)
          expect(Object.values(found.by[kind]).reduce((sum, group) => sum + group.reminded, 0)).toBe(reminded);
      }),
    );
  });
});

it('helmet use is the share of heads judged on arrival', () => {
  const arrival = { cameraId: 'east', atMs: EIGHT, seat: 'driver' } as const;
  const arrivals = [
    { ...arrival, head: 'worn', riders: 5 },
    { ...arrival, head: 'not_worn', riders: 2 },
    { ...arrival, head: 'unknown', riders: 3 },
  ] as const;
  const { helmetUse } = figures([], arrivals, siteClock(SHANGHAI));
  expect(helmetUse).toEqual({ riders: 7, helmeted: 5, undecided: 3, helmetUseRate: 71.43 });
});

describe('from events', () => {
  const outcome = EVENT_EXAMPLES.map((one) => incidentEvent.parse(one)).find(
    (one) => one.type === 'cn.anqi.helmet.outcome.v1',
  );

  it('an incident counts once, however often it was sent', () => {
    const events: IncidentEvent[] =
      outcome === undefined ? [] : [outcome, outcome, { ...outcome, id: `${outcome.id}` }];
    expect(endedIn(events)).toEqual([
      {
        incidentId: '0193f2a0-1c40-7aaa-8b1c-2f4e6a8b0c1d',
        cameraId: 'east',
        atMs: Date.parse('2026-11-23T08:00:18.400+08:00'),
        seat: 'driver',
        result: 'corrected',
        heard: [MANDARIN, DIALECT],
        reactionMs: 4200,
      },
    ]);
  });

  it('left open by a power cut, an incident is closed as unknown and says so', () => {
    const violation = EVENT_EXAMPLES.map((one) => incidentEvent.parse(one)).filter(
      (one) => one.type !== 'cn.anqi.helmet.outcome.v1',
    );
    const draft: EventDraft | null = closing(violation.map(encodeEvent), EIGHT);
    if (draft === null) throw new Error('no draft');
    expect(draft).toMatchObject({
      kind: 'outcome',
      cameraId: 'east',
      data: { outcome: { result: 'unknown_left', reason: 'restarted', afterPrompt: 2, afterPromptLang: 'wuu' } },
    });
    const stamp = { nodeId: 'n', id: '0193f2a0-1c5e-7d3a-9b1c-2f4e6a8b0c1d', sequence: 1, epoch: '0123456789ab' };
    expect(() => toCloudEvent(draft, { ...stamp, timeZone: SHANGHAI })).not.toThrow();
    expect(entryOf(draft)).toMatchObject({
      kind: 'ended',
      ended: { result: 'unknown_left', heard: [MANDARIN, DIALECT] },
    });
    expect(closing(['{}'], EIGHT)).toBeNull();
  });
});

describe('--since', () => {
  const at = { nowMs: EIGHT, timeZone: SHANGHAI };
  it.each([
    ['2026-11-01', '2026-11-01T00:00:00+08:00'],
    ['2026-11-23T08:00+08:00', '2026-11-23T00:00:00Z'],
    ['2026-11-23T00:00:00Z', '2026-11-23T00:00:00Z'],
    ['24h', '2026-11-22T08:10:00+08:00'],
    ['7d', '2026-11-16T08:10:00+08:00'],
  ])('%s', (text, expected) => expect(parseSince(text, at)).toBe(Date.parse(expected)));

  it.each(['', 'yesterday', '2026-13-01', '2026-02-31', '2026-11-23T08:00', '7w', '-1d', '2026/11/01'])(
    '%j is refused with what to write',
    (text) => expect(() => parseSince(text, at)).toThrow(/--since .*2026-11-01.*7d, 24h/),
  );
});

it.each([
  ['Asia/Shanghai', '2026-11-22T16:00:00Z'],
  ['Asia/Kathmandu', '2026-11-22T18:15:00Z'],
  ['UTC', '2026-11-23T00:00:00Z'],
])('a day begins at midnight in %s', (zone, utc) => expect(startOfDay('2026-11-23', zone)).toBe(Date.parse(utc)));

it('says the same of many at once as of each', () => {
  const one = { cameraId: 'c', atMs: 0, seat: 'driver', heard: [{ number: 1, lang: 'zh-CN' }] } as const;
  const ended = (['corrected', 'corrected', 'not_corrected', 'unknown_left'] as const).map((result, index) => ({
    ...{ ...one, incidentId: String(index), result, reactionMs: result === 'corrected' ? 1_000 : null },
  }));
  const groups = [
    { ...one, result: 'corrected' as const, people: 2 },
    { ...one, result: 'not_corrected' as const, people: 1 },
    { ...one, result: 'unknown_left' as const, people: 1 },
  ];
  const clock = () => ({ day: '2026-11-27', hour: '08' });
  expect(
    figuresOf({ days: { groups, arrivals: [] }, hours: { groups, arrivals: [] }, medianReactionMs: 1_000 }, clock),
  ).toEqual(figures(ended, [], clock));
});

it('lists the hours of a day in their order', () => {
  const at = {
    cameraId: 'c',
    seat: 'driver',
    result: 'corrected',
    reactionMs: 1,
    heard: [{ number: 1, lang: 'wuu' }],
  } as const;
  const ended = ['17', '08', '10'].map((hour, index) => ({ ...at, incidentId: hour, atMs: index }));
  const { by } = figures(ended, [], (atMs) => ({ day: '2026-11-27', hour: ended[atMs]?.incidentId ?? '' }));
  expect(listed('hour', by.hour).map(([hour]) => hour)).toEqual(['08', '10', '17']);
});
