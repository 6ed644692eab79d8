/** What boxes made against what a platform received: each kind of loss is seen, and nothing else is called one. */
import { type Findings, type Got, isClean, judge, type Made } from '../../scripts/lib/delivery';

const made = (...numbers: readonly number[]): Made[] =>
  numbers.map((sequence) => ({ node: 'n', epoch: 'a', sequence, id: `id-${sequence}` }));
const got = (...numbers: readonly number[]): Got[] => made(...numbers).map((one) => ({ ...one, contentHash: one.id }));
const NOTHING = { lost: [], unlogged: 0, gaps: 0, changed: 0, givenTwice: 0, repeated: 0 };

it.each<[string, Made[], Got[], Partial<Findings>]>([
  ['all, in any order', made(1, 2, 3), got(3, 1, 2), {}],
  ['an event that came twice', made(1, 2), got(1, 2, 1), { repeated: 1 }],
  ['an event that never came', made(1, 2, 3), got(1, 3), { lost: made(2), gaps: 1 }],
  ['the last one missing', made(1, 2, 3), got(1, 2), { lost: made(3) }],
  ['one that was killed before it could be logged', made(1), got(1, 2), { unlogged: 1 }],
  ['nothing', made(1), [], { lost: made(1) }],
  ['a number nobody made', made(1, 3), got(1, 3), { gaps: 1 }],
  [
    'an id with other content',
    made(1),
    [...got(1), { ...made(1)[0], contentHash: 'x' } as Got],
    { changed: 1, repeated: 1 },
  ],
  [
    'a number for another event',
    made(1),
    [...got(1), { ...got(1)[0], id: 'other' } as Got],
    { givenTwice: 1, unlogged: 1 },
  ],
  [
    'the same number of another numbering',
    made(1),
    [...got(1), { ...got(1)[0], epoch: 'b', id: 'other' } as Got],
    { unlogged: 1 },
  ],
  [
    'the same number of another box',
    made(1),
    [...got(1), { ...got(1)[0], node: 'm', id: 'other' } as Got],
    { unlogged: 1 },
  ],
])('%s', (_, sent, received, expected) =>
  expect(judge(sent, received)).toMatchObject({ ...NOTHING, ...expected, made: sent.length }),
);

it('forgives only loss that was told', () => {
  const loss = judge(made(1, 2, 3), got(1, 3));
  expect([isClean(loss, false), isClean(loss, true)]).toEqual([false, true]);
  const lie = judge(made(1), [...got(1), { ...got(1)[0], id: 'other' } as Got]);
  expect([isClean(lie, false), isClean(lie, true)]).toEqual([false, false]);
  expect(isClean(judge(made(1), got(1)), false)).toBe(true);
});
