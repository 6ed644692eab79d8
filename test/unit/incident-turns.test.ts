/** Whose turn it is at the loudspeaker, and when nobody may speak. */
import fc from 'fast-check';
import {
  cancel,
  ended,
  isQuiet,
  next,
  request,
  silent,
  type TurnPolicy,
  type TurnRequest,
  type TurnState,
  type TurnStep,
} from '../../src/incident/turns';

const POLICY: TurnPolicy = {
  minGapMs: 1500,
  maxPerHour: 120,
  maxWaitMs: 8000,
  maxWaiting: 3,
  quiet: { fromMinute: 22 * 60, toMinute: 6 * 60 },
  isSilenced: false,
};
const NOON = 12 * 60;
const HOUR_MS = 3_600_000;
const at = (ms: number, minuteOfDay = NOON) => ({ ms, minuteOfDay });
const wish = (promptId: string, requestedAtMs: number): TurnRequest => ({ promptId, requestedAtMs });

/** Asks for prompts one after the other at the same moment; returns what came of each. */
function askAll(ids: readonly string[], policy = POLICY, ms = 0): { state: TurnState<TurnRequest>; fates: string[] } {
  let state = silent();
  const fates = ids.map((id) => {
    const step = request(state, wish(id, ms), at(ms), policy);
    state = step.state;
    return step.start?.promptId === id ? 'starts' : (step.refused[0]?.reason ?? 'waits');
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
    ['over midnight, at noon', NOON, false],
  ])('%s', (_case, minute, expected) => expect(isQuiet(POLICY.quiet, minute)).toBe(expected));

  it.each([
    ['before a midday rest', 12 * 60 - 1, false],
    ['at its start', 12 * 60, true],
    ['at its end', 14 * 60, false],
  ])('within one day: %s', (_case, minute, expected) => {
    expect(isQuiet({ fromMinute: 12 * 60, toMinute: 14 * 60 }, minute)).toBe(expected);
  });

  it('that are not set, or are empty, silence nobody', () => {
    for (let minute = 0; minute < 1440; minute += 7) {
      expect(isQuiet(null, minute)).toBe(false);
      expect(isQuiet({ fromMinute: 600, toMinute: 600 }, minute)).toBe(false);
    }
  });
});

describe('a request', () => {
  it('to a free speaker starts at once', () => {
    const step = request(silent(), wish('a', 0), at(0), POLICY);
    expect(step).toMatchObject({
      start: { promptId: 'a' },
      refused: [],
      state: { speaking: { promptId: 'a' }, waiting: [] },
    });
  });

  it('waits while another is spoken, the longest-waiting first; beyond the bound it is refused', () => {
    const { state, fates } = askAll(['a', 'b', 'c', 'd', 'e']);
    expect(fates).toEqual(['starts', 'waits', 'waits', 'waits', 'queue_full']);
    expect(next(ended(state, 1000), at(2500), POLICY).start?.promptId).toBe('b');
  });

  it('waits for the gap after the last prompt', () => {
    const { state } = askAll(['a', 'b']);
    const quietAgain = ended(state, 3000);
    expect(next(quietAgain, at(4499), POLICY).start).toBeNull();
    expect(next(quietAgain, at(4500), POLICY).start?.promptId).toBe('b');
  });

  it('that waited too long is dropped, and the next one speaks', () => {
    let { state } = askAll(['a', 'b']);
    state = request(state, wish('c', 5000), at(5000), POLICY).state;
    const step = next(ended(state, 6000), at(8001), POLICY);
    expect(step.refused).toEqual([{ request: wish('b', 0), reason: 'stale' }]);
    expect(step.start?.promptId).toBe('c');
  });

  it.each<[string, TurnPolicy, number, string]>([
    ['in quiet hours', POLICY, 23 * 60, 'quiet_hours'],
    ['at a noise-sensitive site', { ...POLICY, isSilenced: true }, NOON, 'noise_sensitive'],
  ])('%s is refused with its reason', (_case, policy, minute, reason) => {
    const step = request(silent(), wish('a', 0), at(0, minute), policy);
    expect(step).toMatchObject({ start: null, refused: [{ reason }], state: { waiting: [] } });
  });

  it('still waiting when quiet hours begin is refused', () => {
    const { state } = askAll(['a', 'b']);
    const step = next(ended(state, 3000), at(5000, 22 * 60), POLICY);
    expect(step).toMatchObject({ start: null, refused: [{ request: { promptId: 'b' }, reason: 'quiet_hours' }] });
  });

  it('taken back while it waits is refused as cancelled; one that is being spoken is finished', () => {
    const { state } = askAll(['a', 'b', 'c']);
    const step = cancel(state, 'b');
    expect(step.refused).toEqual([{ request: wish('b', 0), reason: 'cancelled' }]);
    expect(step.state.waiting.map((one) => one.promptId)).toEqual(['c']);
    expect(cancel(state, 'a')).toEqual({ state, start: null, refused: [] });
    expect(cancel(state, 'nobody')).toEqual({ state, start: null, refused: [] });
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
        const answered: string[] = [];
        const asked: string[] = [];
        const now = () => at(nowMs, Math.floor(nowMs / 60_000) % 1440);
        const take = (step: TurnStep<TurnRequest>): void => {
          state = step.state;
          for (const one of step.refused) answered.push(one.request.promptId);
          expect(state.waiting.length).toBeLessThanOrEqual(policy.maxWaiting);
          if (step.start === null) return;
          expect(speaking).toBeNull();
          expect(nowMs - endedAtMs).toBeGreaterThanOrEqual(policy.minGapMs);
          expect(nowMs - step.start.requestedAtMs).toBeLessThanOrEqual(policy.maxWaitMs);
          expect(isQuiet(policy.quiet, now().minuteOfDay)).toBe(false);
          speaking = step.start.promptId;
          answered.push(speaking);
          starts.push(nowMs);
          expect(starts.filter((ms) => nowMs - ms < HOUR_MS).length).toBeLessThanOrEqual(policy.maxPerHour);
        };
        for (const [kind, gapMs] of steps) {
          nowMs += gapMs;
          if (kind === 'ask') {
            const id = `p${asked.length}`;
            asked.push(id);
            take(request(state, wish(id, nowMs), now(), policy));
          } else if (kind === 'tick') take(next(state, now(), policy));
          else if (kind === 'cancel') take(cancel(state, state.waiting[0]?.promptId ?? 'nobody'));
          else if (speaking !== null) {
            speaking = null;
            endedAtMs = nowMs;
            state = ended(state, nowMs);
          }
        }
        const open = state.waiting.map((one) => one.promptId);
        expect([...answered, ...open].sort()).toEqual([...asked].sort());
      }),
      { numRuns: 300 },
    );
  });
});
