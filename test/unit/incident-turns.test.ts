/** Whose turn it is at the loudspeaker, and when nobody may speak. */
import fc from 'fast-check';
import {
  cancel,
  ended,
  isWithin,
  next,
  request,
  silent,
  type TurnPolicy,
  type TurnRequest,
  type TurnState,
  type TurnStep,
  volumeAt,
} from '../../src/incident/turns';

const POLICY: TurnPolicy = {
  minGapMs: 1500,
  maxPerHour: 120,
  maxWaitMs: 8000,
  maxWaiting: 3,
  quiet: { fromMinute: 22 * 60, toMinute: 6 * 60 },
  volume: {
    dayPercent: 80,
    levels: [
      { fromMinute: 690, toMinute: 840, percent: 50 },
      { fromMinute: 19 * 60, toMinute: 20 * 60, percent: 0 },
    ],
  },
  isSilenced: false,
};
const MORNING = 9 * 60;
const HOUR_MS = 3_600_000;
const at = (ms: number, minuteOfDay = MORNING) => ({ ms, minuteOfDay });
const wish = (promptId: string, requestedAtMs: number, rest: Partial<TurnRequest> = {}): TurnRequest => ({
  ...{ promptId, requestedAtMs, lang: 'zh-CN', violators: 0 },
  ...rest,
});
const idsOf = ({ start }: TurnStep<TurnRequest>): string[] => start?.requests.map((one) => one.promptId) ?? [];

/** Asks for prompts one after the other at the same moment; returns what came of each. */
function askAll(ids: readonly string[], policy = POLICY, ms = 0): { state: TurnState<TurnRequest>; fates: string[] } {
  let state = silent();
  const fates = ids.map((id) => {
    const step = request(state, wish(id, ms), at(ms), policy);
    state = step.state;
    return idsOf(step).includes(id) ? 'starts' : (step.refused[0]?.reason ?? 'waits');
  });
  return { state, fates };
}

describe('quiet hours', () => {
  it.each([
    ['over midnight, before', 21 * 60 + 59, false],
    ['over midnight, at their first minute', 22 * 60, true],
    ['over midnight, at midnight', 0, true],
    ['over midnight, in their last minute', 5 * 60 + 59, true],
    ['over midnight, at their end', 6 * 60, false],
    ['over midnight, in the morning', MORNING, false],
  ])('%s', (_case, minute, expected) =>
    expect(isWithin({ fromMinute: 22 * 60, toMinute: 6 * 60 }, minute)).toBe(expected),
  );

  it.each([
    ['before a midday rest', 12 * 60 - 1, false],
    ['at its start', 12 * 60, true],
    ['at its end', 14 * 60, false],
  ])('within one day: %s', (_case, minute, expected) => {
    expect(isWithin({ fromMinute: 12 * 60, toMinute: 14 * 60 }, minute)).toBe(expected);
  });

  it('that are not set, or are empty, silence nobody', () => {
    for (let minute = 0; minute < 1440; minute += 7) {
      expect(isWithin({ fromMinute: 600, toMinute: 600 }, minute)).toBe(false);
    }
    const never = { ...POLICY, quiet: null };
    expect(idsOf(request(silent(), wish('a', 0), at(0, 3 * 60), never))).toEqual(['a']);
  });
});

describe('the volume', () => {
  it.each([
    ['in the morning', MORNING, 80],
    ['when the noon rest begins', 690, 50],
    ['in its last minute', 839, 50],
    ['after it', 840, 80],
    ['in the evening', 19 * 60, 0],
  ])('%s', (_case, minute, percent) => expect(volumeAt(POLICY.volume, minute)).toBe(percent));

  it('is that of the moment a prompt starts', () => {
    const { state } = askAll(['a', 'b']);
    expect(state.speaking?.volumePercent).toBe(80);
    expect(next(ended(state, 0), at(2000, 700), POLICY).start?.volumePercent).toBe(50);
  });
});

describe('a request', () => {
  it('to a free speaker starts at once', () => {
    const step = request(silent(), wish('a', 0), at(0), POLICY);
    expect(step).toMatchObject({
      start: { requests: [{ promptId: 'a' }], isGroup: false },
      refused: [],
      state: {
        speaking: { requests: [{ promptId: 'a' }] },
        waiting: [],
        counts: { spoken: 1, groups: 0, refused: {} },
      },
    });
  });

  it('waits while another is spoken, the longest-waiting first; beyond the bound it is refused', () => {
    const { state, fates } = askAll(['a', 'b', 'c', 'd', 'e']);
    expect(fates).toEqual(['starts', 'waits', 'waits', 'waits', 'queue_full']);
    expect(idsOf(next(ended(state, 1000), at(2500), POLICY))).toEqual(['b']);
  });

  it('waits for the gap after the last prompt', () => {
    const { state } = askAll(['a', 'b']);
    const quietAgain = ended(state, 3000);
    expect(next(quietAgain, at(4499), POLICY).start).toBeNull();
    expect(idsOf(next(quietAgain, at(4500), POLICY))).toEqual(['b']);
  });

  it('that waited too long is dropped, and the next one speaks', () => {
    let { state } = askAll(['a', 'b']);
    state = request(state, wish('c', 5000), at(5000), POLICY).state;
    const step = next(ended(state, 6000), at(8001), POLICY);
    expect(step.refused).toEqual([{ request: wish('b', 0), reason: 'stale' }]);
    expect(idsOf(step)).toEqual(['c']);
  });

  it.each<[string, TurnPolicy, number, string]>([
    ['in quiet hours', POLICY, 23 * 60, 'quiet_hours'],
    ['at an hour without volume', POLICY, 19 * 60, 'volume_zero'],
    ['at a noise-sensitive site', { ...POLICY, isSilenced: true }, MORNING, 'noise_sensitive'],
  ])('%s is refused with its reason', (_case, policy, minute, reason) => {
    const step = request(silent(), wish('a', 0), at(0, minute), policy);
    expect(step).toMatchObject({ start: null, refused: [{ reason }], state: { waiting: [] } });
  });

  it('still waiting when quiet hours begin is refused', () => {
    const { state } = askAll(['a', 'b']);
    const step = next(ended(state, 3000), at(5000, 22 * 60), POLICY);
    expect(step).toMatchObject({ start: null, refused: [{ request: { promptId: 'b' }, reason: 'quiet_hours' }] });
  });

  it.each(['person_left', 'helmet_on'] as const)(
    'taken back while it waits is refused and counted as %s; one that is being spoken is finished',
    (reason) => {
      const { state } = askAll(['a', 'b', 'c']);
      const step = cancel(state, { promptId: 'b', reason });
      expect(step.refused).toEqual([{ request: wish('b', 0), reason }]);
      expect(step.state.waiting.map((one) => one.promptId)).toEqual(['c']);
      expect(step.state.counts).toEqual({ spoken: 1, groups: 0, refused: { [reason]: 1 } });
      for (const promptId of ['a', 'nobody']) {
        expect(cancel(state, { promptId, reason })).toEqual({ state, start: null, refused: [] });
      }
    },
  );
});

describe('three or more violators who wait', () => {
  const bare = (promptId: string, rest: Partial<TurnRequest> = {}) => wish(promptId, 0, { violators: 1, ...rest });
  const policy = { ...POLICY, maxWaiting: 8 };

  /** Lets them all wait behind somebody who is spoken to; returns the turn that follows. */
  function after(waiting: readonly TurnRequest[]): TurnStep<TurnRequest> {
    let { state } = askAll(['first']);
    for (const one of waiting) state = request(state, one, at(0), policy).state;
    return next(ended(state, 1000), at(2500), policy);
  }

  it.each<[string, readonly TurnRequest[], readonly string[], boolean]>([
    ['are spoken to together', [bare('a'), bare('b'), bare('c')], ['a', 'b', 'c'], true],
    ['two are spoken to one by one', [bare('a'), bare('b')], ['a'], false],
    ['two on one vehicle count twice', [bare('a', { violators: 2 }), bare('b')], ['a', 'b'], true],
    ['three on one vehicle are a group', [bare('a', { violators: 3 })], ['a'], true],
    ['thanks wait for their own turn', [bare('a'), wish('t', 0), bare('b'), bare('c')], ['a', 'b', 'c'], true],
    ['thanks that waited longest come first', [wish('t', 0), bare('a'), bare('b'), bare('c')], ['t'], false],
    [
      'those who wait for the dialect are no part of it',
      [bare('a'), bare('b'), bare('c', { lang: 'wuu' })],
      ['a'],
      false,
    ],
    [
      'in dialect, when the longest waiting is',
      [bare('a', { lang: 'wuu' }), bare('z'), bare('b', { lang: 'wuu' }), bare('c', { lang: 'wuu' })],
      ['a', 'b', 'c'],
      true,
    ],
  ])('%s', (_case, waiting, ids, isGroup) => {
    const step = after(waiting);
    expect([idsOf(step), step.start?.isGroup]).toEqual([ids, isGroup]);
    expect(step.state.waiting).toEqual(waiting.filter((one) => !ids.includes(one.promptId)));
    expect(step.state.counts).toEqual({ spoken: 2, groups: isGroup ? 1 : 0, refused: {} });
  });

  it('are no group any more when some are stale', () => {
    let { state } = askAll(['first']);
    for (const one of [bare('a'), bare('b'), bare('c', { requestedAtMs: 5000 })]) {
      state = request(state, one, at(one.requestedAtMs), policy).state;
    }
    const step = next(ended(state, 6000), at(9000), policy);
    expect([idsOf(step), step.start?.isGroup]).toEqual([['c'], false]);
    expect(step.state.counts.refused).toEqual({ stale: 2 });
  });
});

describe('the cap per hour', () => {
  const policy = { ...POLICY, maxPerHour: 2 };

  it('counts those that wait for their turn too', () => {
    expect(askAll(['a', 'b', 'c'], policy).fates).toEqual(['starts', 'waits', 'hourly_cap']);
  });

  it('frees a place an hour after a prompt began', () => {
    let state = ended(askAll(['a'], policy).state, 1000);
    state = ended(request(state, wish('b', 60_000), at(60_000), policy).state, 61_000);
    const fateAt = (ms: number) => request(state, wish('c', ms), at(ms), policy).refused[0]?.reason ?? 'starts';
    expect([fateAt(HOUR_MS - 1), fateAt(HOUR_MS)]).toEqual(['hourly_cap', 'starts']);
  });
});

describe('whatever happens', () => {
  const action = fc.oneof(
    { weight: 4, arbitrary: fc.constant('ask' as const) },
    { weight: 2, arbitrary: fc.constant('ask in dialect' as const) },
    { weight: 1, arbitrary: fc.constant('thank' as const) },
    { weight: 3, arbitrary: fc.constant('tick' as const) },
    { weight: 3, arbitrary: fc.constant('end' as const) },
    { weight: 1, arbitrary: fc.constant('cancel' as const) },
  );
  const life = fc.array(fc.tuple(action, fc.integer({ min: 0, max: 20_000 })), { maxLength: 120 });
  const policies = fc.record({
    minGapMs: fc.integer({ min: 0, max: 5000 }),
    maxPerHour: fc.integer({ min: 1, max: 6 }),
    maxWaitMs: fc.integer({ min: 1000, max: 30_000 }),
    maxWaiting: fc.integer({ min: 0, max: 4 }),
    quiet: fc.constantFrom(null, { fromMinute: 5, toMinute: 8 }, { fromMinute: 1430, toMinute: 3 }),
    volume: fc.constant(POLICY.volume),
    isSilenced: fc.constant(false),
  });

  it('one voice at a time, with the gap, the cap, the bound and the quiet hours kept, and each request answered once', () => {
    fc.assert(
      fc.property(life, policies, (steps, policy) => {
        let state = silent();
        let nowMs = 0;
        let speaking: string | null = null;
        let endedAtMs = Number.NEGATIVE_INFINITY;
        const starts: number[] = [];
        let refused = 0;
        const answered: string[] = [];
        const asked: string[] = [];
        const now = () => at(nowMs, Math.floor(nowMs / 60_000) % 1440);
        const take = (step: TurnStep<TurnRequest>): void => {
          state = step.state;
          refused += step.refused.length;
          for (const one of step.refused) answered.push(one.request.promptId);
          expect(state.waiting.length).toBeLessThanOrEqual(policy.maxWaiting);
          if (step.start === null) return;
          expect(speaking).toBeNull();
          expect(nowMs - endedAtMs).toBeGreaterThanOrEqual(policy.minGapMs);
          for (const one of step.start.requests) {
            expect(nowMs - one.requestedAtMs).toBeLessThanOrEqual(policy.maxWaitMs);
          }
          expect(policy.quiet !== null && isWithin(policy.quiet, now().minuteOfDay)).toBe(false);
          const { requests, isGroup } = step.start;
          speaking = requests[0]?.promptId ?? null;
          answered.push(...idsOf(step));
          expect(isGroup).toBe(requests.length > 1 || (requests[0]?.violators ?? 0) >= 3);
          if (isGroup) expect(requests.reduce((sum, one) => sum + one.violators, 0)).toBeGreaterThanOrEqual(3);
          expect(new Set(requests.map((one) => one.lang)).size).toBe(1);
          starts.push(nowMs);
          expect(starts.filter((ms) => nowMs - ms < HOUR_MS).length).toBeLessThanOrEqual(policy.maxPerHour);
        };
        for (const [kind, gapMs] of steps) {
          nowMs += gapMs;
          if (kind === 'ask' || kind === 'ask in dialect' || kind === 'thank') {
            const id = `p${asked.length}`;
            asked.push(id);
            const violators = kind === 'thank' ? 0 : 1 + (asked.length % 2);
            take(request(state, wish(id, nowMs, { violators, lang: kind === 'ask' ? 'zh-CN' : 'wuu' }), now(), policy));
          } else if (kind === 'tick') take(next(state, now(), policy));
          else if (kind === 'cancel') {
            const promptId = state.waiting[0]?.promptId ?? 'nobody';
            take(cancel(state, { promptId, reason: 'helmet_on' }));
          } else if (speaking !== null) {
            speaking = null;
            endedAtMs = nowMs;
            state = ended(state, nowMs);
          }
        }
        const open = state.waiting.map((one) => one.promptId);
        const refusals = Object.values(state.counts.refused).reduce((sum, count) => sum + count, 0);
        expect([state.counts.spoken, refusals]).toEqual([starts.length, refused]);
        expect([...answered, ...open].sort()).toEqual([...asked].sort());
      }),
      { numRuns: 300 },
    );
  });
});

describe('a clock that is set back by hours', () => {
  it('does not keep the speaker silent until it has caught up', () => {
    const { state } = askAll(['a'], POLICY, 2 * HOUR_MS);
    const after = ended(state, 2 * HOUR_MS + 3_000);
    expect(idsOf(request(after, wish('b', 0), at(0), POLICY))).toEqual(['b']);
    expect(idsOf(request(after, wish('b', 0), at(0), { ...POLICY, maxPerHour: 1 }))).toEqual(['b']);
  });

  it('is told from a picture that is older than the end of a sentence', () => {
    const after = ended(askAll(['a']).state, 3_000);
    expect(idsOf(request(after, wish('b', 2_500), at(2_500), POLICY))).toEqual([]);
  });
});
