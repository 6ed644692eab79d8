/** A name for what somebody wears, out of many looks. */
import { addName, noNames } from '../../src/rider/name-vote';

type Look = readonly ['blue' | 'red', number];
const after = (looks: readonly Look[]) =>
  looks.reduce((vote, [name, score]) => addName(vote, { name, score }), noNames<'blue' | 'red'>()).named?.name ?? null;
const times = (count: number, look: Look): Look[] => Array.from({ length: count }, () => look);

it.each<[string, readonly Look[], 'blue' | 'red' | null]>([
  ['nobody looked', [], null],
  ['two looks are too few', times(2, ['blue', 1]), null],
  ['three that agree', times(3, ['blue', 0.6]), 'blue'],
  ['three against one', [['red', 1], ...times(3, ['blue', 1])], 'blue'],
  ['as many as against it', [...times(3, ['red', 1]), ...times(3, ['blue', 1])].sort(), null],
  [
    'a sure look weighs more than an unsure one',
    [
      ['red', 0.2],
      ['blue', 1],
      ['blue', 1],
    ],
    'blue',
  ],
  ['a name once given outlasts some looks against it', [...times(4, ['blue', 1]), ...times(3, ['red', 1])], 'blue'],
  ['… and yields when most are against it', [...times(4, ['blue', 1]), ...times(5, ['red', 1])], null],
  [
    'old looks fade: a minute of one name is overcome by half a minute of another',
    [...times(300, ['red', 1]), ...times(150, ['blue', 1])],
    'blue',
  ],
])('%s', (_case, looks, name) => expect(after(looks)).toBe(name));

it('is as sure as its share of the evidence', () => {
  const vote = times(4, ['blue', 1]).reduce(
    (v, [name, score]) => addName(v, { name, score }),
    noNames<'blue' | 'red'>(),
  );
  expect(vote.named).toEqual({ name: 'blue', score: 1 });
  expect(addName(vote, { name: 'red', score: 1 }).named?.score).toBeCloseTo(0.8, 1);
});
