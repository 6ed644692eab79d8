/** Whose heads are looked at when there are more than can be. */
import fc from 'fast-check';
import { type Attention, type Interest, plan } from '../../src/vision/attention';
import { around } from '../support/scene';

const RULES = { recheckMs: 600, groupsPerFrame: 3 };
const SIZE = { w: 0.05, h: 0.15 };

/** Vehicles side by side, named a, b, c …; later ones are nearer, that is larger. */
const groupsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => ({
    name: String.fromCharCode(97 + i),
    box: around(0.06 + i * 0.08, 0.5, { w: SIZE.w, h: SIZE.h + i * 0.001 }),
  }));
type Known = readonly [name: string, interest: Interest, waitedMs: number];

function planned(count: number, known: readonly Known[], rules = RULES): string {
  const groups = groupsOf(count);
  const attention = known.map(([name, interest, waitedMs]): Attention => {
    const box = groups.find((group) => group.name === name)?.box ?? around(0.5, 0.9, SIZE);
    return { box: { ...box, x: box.x + 0.01 }, interest, waitedMs };
  });
  return plan(groups, attention, rules)
    .map((group) => group.name)
    .join('');
}

it.each<[string, number, readonly Known[], string]>([
  ['nobody', 0, [], ''],
  ['new ones, the nearest first', 3, [], 'cba'],
  ['more new ones than there is time for', 5, [], 'edc'],
  ['who is waited for before who is undecided', 2, [['a', 'watched', 200]], 'ab'],
  [
    'who waited longer before who was just looked at',
    3,
    [
      ['a', 'undecided', 600],
      ['b', 'undecided', 400],
      ['c', 'undecided', 200],
    ],
    'abc',
  ],
  ['who was never looked at first of the undecided', 2, [['b', 'undecided', 400]], 'ab'],
  [
    'no settled one before its time',
    2,
    [
      ['a', 'settled', 599],
      ['b', 'undecided', 200],
    ],
    'b',
  ],
  [
    'a settled one whose time has come, last',
    2,
    [
      ['a', 'settled', 600],
      ['b', 'undecided', 200],
    ],
    'ba',
  ],
  [
    'a settled one when everybody is settled',
    2,
    [
      ['a', 'settled', 800],
      ['b', 'settled', 200],
    ],
    'a',
  ],
  ['no settled one where the undecided take all the time', 4, [['a', 'settled', 5000]], 'dcb'],
  [
    'everybody waited for, at every picture',
    3,
    [
      ['a', 'watched', 200],
      ['b', 'watched', 200],
      ['c', 'watched', 200],
    ],
    'cba',
  ],
  ['as new who is where nobody was expected', 1, [['z', 'settled', 0]], 'a'],
])('are %s', (_case, count, known, order) => expect(planned(count, known)).toBe(order));

it('takes a vehicle that hides behind another for itself, not for its neighbour', () => {
  const [front, behind] = [around(0.5, 0.5, SIZE), around(0.52, 0.5, SIZE)];
  const attention: Attention[] = [
    { box: front, interest: 'settled', waitedMs: 200 },
    { box: behind, interest: 'undecided', waitedMs: 200 },
  ];
  expect(plan([{ box: behind }, { box: front }], attention, RULES)).toEqual([{ box: behind }]);
});

describe('whatever the scene', () => {
  const interest = fc.constantFrom<Interest>('watched', 'undecided', 'settled');
  const scene = fc.tuple(
    fc.integer({ min: 0, max: 11 }),
    fc.array(fc.tuple(fc.constantFrom(...'abcdefghijk'), interest, fc.nat(3000)), { maxLength: 11 }),
  );

  it('no more are looked at than there is time for, and none twice', () => {
    fc.assert(
      fc.property(scene, ([count, known]) => {
        const names = [...planned(count, known)];
        expect(names.length).toBeLessThanOrEqual(RULES.groupsPerFrame);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('every undecided one has its turn, and every watched one every picture', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 11 }), fc.integer({ min: 0, max: 2 }), (count, watched) => {
        const groups = groupsOf(count);
        const lastLookMs = new Map<string, number>();
        // Four rounds are enough for eleven at three a picture, two of which are always taken.
        for (let nowMs = 200; nowMs <= 200 * 12; nowMs += 200) {
          const known = groups.map(({ name }, i): Known => {
            const waitedMs = nowMs - (lastLookMs.get(name) ?? -Infinity);
            return [name, i < watched ? 'watched' : 'undecided', waitedMs];
          });
          const looked = planned(count, known);
          for (const { name } of groups.slice(0, watched)) expect(looked).toContain(name);
          for (const name of looked) lastLookMs.set(name, nowMs);
        }
        expect([...lastLookMs.keys()].sort()).toEqual(groups.map(({ name }) => name));
      }),
    );
  });
});
