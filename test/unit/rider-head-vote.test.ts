/** What several looks at one head say together. */
import fc from 'fast-check';
import { type HeadVote, NO_VOTE, type VoteOptions, vote } from '../../src/rider/head-vote';
import { THRESHOLDS } from '../support/rules';
import { type HeadLook, head } from '../support/scene';

const OPTIONS: VoteOptions = THRESHOLDS['head-classifier'];
const BOX = { x: 0.5, y: 0.4, w: 0.03, h: 0.05 };
const BARE: HeadLook = { worn: 0.05 };
const HELMET: HeadLook = { worn: 0.95 };

/** One look every `stepMs`; null = the head was not seen. */
function watch(
  looks: readonly (HeadLook | null)[],
  { stepMs = 200, heightPx = 30, from = NO_VOTE, fromMs = 0 } = {},
): HeadVote[] {
  let before: HeadVote = from;
  return looks.map((look, i) => {
    before = vote(before, look === null ? null : { head: head(BOX, look), heightPx }, fromMs + i * stepMs, OPTIONS);
    return before;
  });
}

const times = (count: number, look: HeadLook | null): (HeadLook | null)[] => Array.from({ length: count }, () => look);
const lastState = (votes: readonly HeadVote[]) => votes.at(-1)?.state;

describe('a decision', () => {
  it.each([
    ['not_worn', BARE],
    ['worn', HELMET],
  ])('of %s needs five looks', (state, look) => {
    expect(watch(times(6, look)).map((one) => one.state)).toEqual([...Array(4).fill('unknown'), state, state]);
  });

  it('needs its looks to span half a second', () => {
    // 25 pictures a second: the fifth look comes after 160 ms, the 14th is the first one later than 500 ms.
    const states = watch(times(15, BARE), { stepMs: 40 }).map((one) => one.state);
    expect(states.indexOf('not_worn')).toBe(13);
  });

  it('is not made of looks at a head nobody could judge', () => {
    expect(lastState(watch(times(20, { worn: 0, unreadable: 0.6 })))).toBe('unknown');
    expect(watch(times(20, { worn: 0, unreadable: 0.6 })).at(-1)?.looks).toEqual([]);
  });

  it('is not made of looks at a head that is too small', () => {
    expect(lastState(watch(times(20, BARE), { heightPx: 13.9 }))).toBe('unknown');
    expect(lastState(watch(times(20, BARE), { heightPx: 14 }))).toBe('not_worn');
  });

  it('is not made where the looks disagree, however sure the larger part is', () => {
    const mixed = Array.from({ length: 12 }, (_, i) => (i % 5 < 2 ? { worn: 0.6 } : { worn: 0.001 }));
    expect(lastState(watch(mixed))).toBe('unknown');
  });

  it('is not made where all lean the same way but none is sure', () => {
    // 70 % not worn is short of the 80 % that speaking to somebody takes.
    expect(lastState(watch(times(20, { worn: 0.3 })))).toBe('unknown');
    // 70 % worn is short of 73 %.
    expect(lastState(watch(times(20, { worn: 0.7 })))).toBe('unknown');
  });

  it('survives one look that is wrong beyond doubt', () => {
    const looks = times(10, BARE).with(5, { worn: 1 });
    expect(lastState(watch(looks))).toBe('not_worn');
  });
});

describe('a decision once made', () => {
  const bare = watch(times(8, BARE)).at(-1) ?? NO_VOTE;

  it('stands while the head is hidden, until its looks are too old', () => {
    // The last look was at 1400 ms; at 3900 ms it is 2500 ms old and counts for the last time.
    const states = watch(times(15, null), { from: bare, fromMs: 1600 }).map((one) => one.state);
    expect(states.slice(0, 12)).toEqual(Array(12).fill('not_worn'));
    expect(states.slice(12)).toEqual(Array(3).fill('unknown'));
  });

  it('stands against weaker looks of the same side', () => {
    expect(lastState(watch(times(20, { worn: 0.35 }), { from: bare, fromMs: 1600 }))).toBe('not_worn');
  });

  it('falls when the helmet goes on, passing through unknown or straight to worn, never back', () => {
    const states = watch(times(15, HELMET), { from: bare, fromMs: 1600 }).map((one) => one.state);
    expect(states[0]).toBe('not_worn');
    expect(states.at(-1)).toBe('worn');
    const order = ['not_worn', 'unknown', 'worn'];
    const steps = states.map((state) => order.indexOf(state));
    expect(steps).toEqual([...steps].sort((a, b) => a - b));
  });
});

it('counts the looks of its window and gives the probability of the side it took', () => {
  const sure = watch([...times(2, HELMET), ...times(8, BARE)]).at(-1);
  expect(sure?.votes).toEqual({ worn: 2, notWorn: 8 });
  // Equal weights: log-odds ±ln 19 in a ratio of 8 to 2 average to 0.6 · ln 19.
  expect(sure?.score).toBeCloseTo(1 / (1 + Math.exp(-0.6 * Math.log(19))), 4);
  expect(NO_VOTE).toMatchObject({ state: 'unknown', score: 0.5 });
});

it('lets a larger and clearer head say more', () => {
  const small = vote(NO_VOTE, { head: head(BOX, BARE), heightPx: 14 }, 0, OPTIONS);
  const both = vote(small, { head: head(BOX, HELMET), heightPx: 28 }, 200, OPTIONS);
  expect(both.looks.map((look) => look.weight)).toEqual([expect.closeTo(0.45), expect.closeTo(0.9)]);
});

it('never decides on too few looks or too short a time, whatever is seen', () => {
  const look = fc.option(
    fc.record({ worn: fc.double({ min: 0, max: 1, noNaN: true }), unreadable: fc.constantFrom(0, 0.2, 0.9) }),
    { nil: null },
  );
  const gapMs = fc.integer({ min: 20, max: 800 });
  fc.assert(
    fc.property(fc.array(fc.tuple(look, gapMs), { maxLength: 60 }), (sights) => {
      let nowMs = 0;
      let before: HeadVote = NO_VOTE;
      for (const [seen, gap] of sights) {
        nowMs += gap;
        const after = vote(before, seen === null ? null : { head: head(BOX, seen), heightPx: 30 }, nowMs, OPTIONS);
        const spanMs = (after.looks.at(-1)?.atMs ?? 0) - (after.looks[0]?.atMs ?? 0);
        const isEnough = after.looks.length >= 5 && spanMs >= 500;
        if (after.state !== 'unknown' && after.state !== before.state) expect(isEnough).toBe(true);
        expect(after.votes.worn + after.votes.notWorn).toBe(after.looks.length);
        expect(after.looks.every((one) => nowMs - one.atMs <= 2500 && Math.abs(one.logit) <= 4)).toBe(true);
        expect(after.score).toBeGreaterThanOrEqual(0.5);
        expect(after.score).toBeLessThanOrEqual(1);
        before = after;
      }
    }),
    { numRuns: 200 },
  );
});
