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

const times = <L extends HeadLook | null>(count: number, look: L): L[] => Array.from({ length: count }, () => look);
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
    // 80 % not worn is short of what speaking to somebody takes.
    expect(lastState(watch(times(20, { worn: 0.2 })))).toBe('unknown');
    // 70 % worn is short of 73 %.
    expect(lastState(watch(times(20, { worn: 0.7 })))).toBe('unknown');
  });

  it('survives one look that is wrong beyond doubt', () => {
    const looks = times(10, BARE).with(5, { worn: 1 });
    expect(lastState(watch(looks))).toBe('not_worn');
  });
});

it.each([
  ['single look', { notWorn: 0.95, notWornMean: 0.8 }],
  ['looks together', { notWorn: 0.8, notWornMean: 0.95 }],
])('a decision clears the bar of the %s', (_which, bars) => {
  const options = { ...OPTIONS, ...bars };
  const decided = (worn: number) =>
    times(8, { worn }).reduce(
      (before, look, i) => vote(before, { head: head(BOX, look), heightPx: 30 }, i * 200, options),
      NO_VOTE,
    ).state;
  expect(decided(0.06)).toBe('unknown');
  expect(decided(0.04)).toBe('not_worn');
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

it('counts the looks that say something by themselves and gives the probability of the side it took', () => {
  const sure = watch([...times(2, HELMET), ...times(8, BARE), ...times(2, { worn: 0.4 })]).at(-1);
  expect(sure?.votes).toEqual({ worn: 2, notWorn: 8 });
  expect(NO_VOTE).toMatchObject({ state: 'unknown', score: 0.5 });
});

describe('the looks together', () => {
  const weigh = (looks: readonly HeadLook[]) => {
    const last = watch(looks).at(-1) ?? NO_VOTE;
    return { ...last, bare: last.votes.notWorn >= last.votes.worn ? last.score : 1 - last.score };
  };
  const logit = (share: number) => Math.log(share / (1 - share));

  it('let what contradicts all others count by its number, not by how sure it is', () => {
    // Eight looks at −ln 19 and two far on the other side, each pulling by no more than 1.5: the balance is 2 · 1.5 / 8 off.
    const expected = 1 / (1 + Math.exp(-(Math.log(19) - 3 / 8)));
    for (const worn of [0.8, 0.95, 0.999999]) {
      expect(weigh([...times(2, { worn }), ...times(8, BARE)]).score).toBeCloseTo(expected, 4);
    }
  });

  it('are known not to know where they are divided by halves', () => {
    expect(weigh([...times(6, HELMET), ...times(6, BARE)])).toMatchObject({
      score: expect.closeTo(0.5, 6),
      state: 'unknown',
    });
  });

  it('are their plain mean where they nearly agree', () => {
    const looks = [0.04, 0.05, 0.06, 0.08, 0.05];
    const mean = looks.reduce((sum, worn) => sum + logit(1 - worn), 0) / looks.length;
    expect(logit(weigh(looks.map((worn) => ({ worn }))).score)).toBeCloseTo(mean, 4);
  });

  const share = fc.double({ min: 0.001, max: 0.999, noNaN: true });
  const shares = fc.array(share, { minLength: 1, maxLength: 12 });
  /** Positive where they lean to worn. */
  const leaning = (looks: readonly number[]) => {
    const { score } = weigh(looks.map((worn) => ({ worn })));
    const flipped = weigh(looks.map((worn) => ({ worn: 1 - worn }))).score;
    expect(flipped).toBeCloseTo(score, 6);
    return score;
  };

  it('say of a head and of its contrary the same with the sides changed, in whatever order they come', () => {
    fc.assert(
      fc.property(shares, fc.nat(), (looks, turn) => {
        const cut = turn % looks.length;
        expect(leaning([...looks.slice(cut), ...looks.slice(0, cut)])).toBeCloseTo(leaning(looks), 6);
      }),
      { numRuns: 60 },
    );
  });

  it('never turn towards bare because one of them turned towards worn', () => {
    fc.assert(
      fc.property(shares, share, fc.nat(), (looks, other, place) => {
        const index = place % looks.length;
        const [less, more] = [Math.min(looks[index] ?? 0, other), Math.max(looks[index] ?? 0, other)];
        const order = ['not_worn', 'unknown', 'worn'];
        const of = (worn: number) => order.indexOf(weigh(looks.with(index, worn).map((one) => ({ worn: one }))).state);
        expect(of(less)).toBeLessThanOrEqual(of(more));
      }),
      { numRuns: 100 },
    );
  });
});

it('lets a larger, clearer and sharper head say more', () => {
  const weightOf = (look: HeadLook, heightPx: number) =>
    vote(NO_VOTE, { head: head(BOX, look), heightPx }, 0, OPTIONS).looks[0]?.weight;
  expect(weightOf(BARE, 14)).toBeCloseTo(0.45);
  expect(weightOf(BARE, 28)).toBeCloseTo(0.9);
  expect(weightOf({ ...BARE, unreadable: 0.4 }, 28)).toBeCloseTo(0.54);
  expect(weightOf({ ...BARE, confidence: 0.5 }, 28)).toBeCloseTo(0.5);
  expect(weightOf({ ...BARE, sharpness: 0 }, 28)).toBeCloseTo(0.45);
  expect(weightOf({ ...BARE, sharpness: 0.01 }, 28)).toBeCloseTo(0.675);
  expect(weightOf({ ...BARE, sharpness: 0.4 }, 28)).toBeCloseTo(0.9);
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
        expect(after.votes.worn + after.votes.notWorn).toBeLessThanOrEqual(after.looks.length);
        expect(after.looks.every((one) => nowMs - one.atMs <= 2500 && Math.abs(one.logit) <= 4)).toBe(true);
        expect(after.score).toBeGreaterThanOrEqual(0.5);
        expect(after.score).toBeLessThanOrEqual(1);
        before = after;
      }
    }),
    { numRuns: 200 },
  );
});
