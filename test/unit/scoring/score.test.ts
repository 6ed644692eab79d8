import type { Clip } from '../../../src/scoring/clip';
import { scoreClip } from '../../../src/scoring/score';
import { boxAt, clipOf, type MadeVehicle, type Said, truthOf } from '../../support/scored-clip';

const vehicle = (id: string, x: number, ...persons: MadeVehicle['persons']): MadeVehicle => ({ id, x, persons });
const bare = vehicle('v1', 0.1, { id: 'p1', colour: 'red' });
const helmeted = vehicle('v2', 0.5, { id: 'p2', colour: 'blue', wornFromS: 0 });

describe('a violation', () => {
  it.each<{ readonly case_: string; readonly said: Said; readonly reason: string | null }>([
    { case_: 'of a bare head is right', said: { x: 0.1, atS: 4 }, reason: null },
    { case_: 'of a helmet', said: { x: 0.5, atS: 4 }, reason: 'wears_a_helmet' },
    { case_: 'where nobody is', said: { x: 0.85, atS: 4 }, reason: 'nobody_there' },
    { case_: 'of a seat nobody sits in', said: { x: 0.1, atS: 4, seat: 'passenger' }, reason: 'nobody_there' },
  ])('$case_', ({ said, reason }) => {
    const { violations, falseViolations } = scoreClip(clipOf(truthOf([bare, helmeted]), [said]));
    expect(violations).toBe(1);
    expect(Object.entries(falseViolations).filter(([, count]) => count > 0)).toEqual(
      reason === null ? [] : [[reason, 1]],
    );
  });

  it('of a pushed or parked vehicle, or of a pedestrian, is one that nobody rides', () => {
    const parked = { ...vehicle('v1', 0.1), ridden: false };
    const walker = { id: 'w1', kind: 'pedestrian', box: boxAt(0.7) };
    const score = scoreClip(
      clipOf(truthOf([parked], [walker]), [
        { x: 0.1, atS: 3 },
        { x: 0.7, atS: 5 },
      ]),
    );
    expect(score.falseViolations.nobody_rides).toBe(2);
  });

  it('of the same person again counts as one too many, and the first one stands', () => {
    const score = scoreClip(
      clipOf(truthOf([bare]), [
        { x: 0.1, atS: 12 },
        { x: 0.1, atS: 4 },
      ]),
    );
    expect(score.falseViolations.twice).toBe(1);
    expect(score.people[0]?.confirmedAfterS).toBe(4);
  });

  it('is right when the helmet came on within the last votes, and wrong later', () => {
    const truth = truthOf([vehicle('v1', 0.1, { id: 'p1', wornFromS: 6 })]);
    expect(scoreClip(clipOf(truth, [{ x: 0.1, atS: 7 }])).falseViolations.wears_a_helmet).toBe(0);
    expect(scoreClip(clipOf(truth, [{ x: 0.1, atS: 9 }])).falseViolations.wears_a_helmet).toBe(1);
  });

  it('of a child taken for a passenger means the child, in the wrong seat', () => {
    const truth = truthOf([vehicle('v1', 0.1, { id: 'p1', wornFromS: 0 }, { id: 'c1', seat: 'child' })]);
    const { people, mistakes } = scoreClip(
      clipOf(truth, [{ x: 0.1, atS: 5, seat: 'passenger', outcome: 'not_corrected' }]),
    );
    expect(people.find(({ id }) => id === 'c1')).toMatchObject({ confirmedAfterS: 5, isSeatRight: false });
    expect(mistakes.map(({ kind }) => kind)).toEqual(['wrong_seat']);
  });
});

describe('whose head it was', () => {
  const child = { id: 'c1', seat: 'child', colour: 'red', headY: 0.26 } as const;
  const truth = truthOf([vehicle('v1', 0.1, { id: 'p1', colour: 'blue', wornFromS: 0 }, child)]);
  const at = (y: number) => ({ x: 0.13, y, w: 0.02, h: 0.025 });

  it('decides who is meant, in whatever seat', () => {
    const described = { seat: 'driver', colour: 'red' } as const;
    const said: Said = {
      x: 0.1,
      atS: 5,
      head: at(0.265),
      outcome: 'not_corrected',
      prompts: [{ startedS: 6, described }],
    };
    const { wrongPrompts, colours, people } = scoreClip(clipOf(truth, [said]));
    expect({ wrongPrompts, colours }).toEqual({ wrongPrompts: 0, colours: { said: 1, right: 1 } });
    expect(people.find(({ id }) => id === 'c1')).toMatchObject({ confirmedAfterS: 5, isSeatRight: false });
  });

  it('a helmeted head is a mistake, though a bare one sits in that seat', () => {
    const said: Said = { x: 0.1, atS: 5, seat: 'child', head: at(0.205), prompts: [{ startedS: 6 }] };
    const score = scoreClip(clipOf(truth, [said]));
    expect([score.falseViolations.wears_a_helmet, score.wrongPrompts]).toEqual([1, 1]);
  });

  it('far from every head the seat decides', () => {
    const { people } = scoreClip(clipOf(truth, [{ x: 0.1, atS: 5, seat: 'child', head: at(0.4) }]));
    expect(people.find(({ id }) => id === 'c1')?.confirmedAfterS).toBe(5);
  });

  it('a sentence that names a seat must fit it all the same', () => {
    const said: Said = { x: 0.1, atS: 5, head: at(0.26), prompts: [{ startedS: 6, phrase: 'passenger' }] };
    expect(scoreClip(clipOf(truth, [said])).wrongPrompts).toBe(1);
    expect(scoreClip(clipOf(truth, [{ ...said, prompts: [{ startedS: 6, phrase: 'child' }] }])).wrongPrompts).toBe(0);
  });
});

describe('who is due', () => {
  it.each([
    [[0, 20] as const, true, ['missed']],
    [[5, 8] as const, true, ['missed']],
    [[5, 7] as const, false, []],
  ])('a bare head to be seen in %j', (headSeen, isDue, kinds) => {
    const { people, mistakes } = scoreClip(clipOf(truthOf([vehicle('v1', 0.1, { id: 'p1', headSeen })]), []));
    expect(people[0]?.isDue).toBe(isDue);
    expect(mistakes.map(({ kind }) => kind)).toEqual(kinds);
  });

  it('nobody who walks or pushes', () => {
    const pushed = { ...vehicle('v1', 0.1, { id: 'p1' }), ridden: false };
    expect(scoreClip(clipOf(truthOf([pushed]), [])).people).toEqual([]);
  });

  it('measures from the first sight of the bare head', () => {
    const truth = truthOf([vehicle('v1', 0.1, { id: 'p1', headSeen: [3, 20], headPx: 31 })]);
    const [person] = scoreClip(clipOf(truth, [{ x: 0.1, atS: 7.5 }])).people;
    expect(person).toMatchObject({ confirmedAfterS: 4.5, headPx: 31, bareS: 17 });
  });
});

describe('a prompt', () => {
  const wrong = (said: Said, wornFromS?: number): number => {
    const rider = vehicle('v1', 0.1, { id: 'p1', ...(wornFromS === undefined ? {} : { wornFromS }) });
    return scoreClip(clipOf(truthOf([rider, helmeted]), [said])).wrongPrompts;
  };
  it.each<[string, Said, number | undefined, number]>([
    ['to a bare-headed rider', { x: 0.1, atS: 4, prompts: [{ startedS: 5 }] }, undefined, 0],
    ['to a helmeted rider', { x: 0.5, atS: 4, prompts: [{ startedS: 5 }] }, undefined, 1],
    ['that was never heard', { x: 0.5, atS: 4, prompts: [{ startedS: 5, playback: 'failed' }] }, undefined, 0],
    ['of thanks', { x: 0.1, atS: 4, prompts: [{ startedS: 15, phrase: 'thanks' }] }, 8, 0],
    ['that began as the helmet went on', { x: 0.1, atS: 4, prompts: [{ startedS: 10 }] }, 8, 0],
    ['long after the helmet went on', { x: 0.1, atS: 4, prompts: [{ startedS: 12 }] }, 8, 1],
  ])('%s', (_case, said, wornFromS, count) => expect(wrong(said, wornFromS)).toBe(count));

  it('names the colour of whoever sits in the seat it names', () => {
    const truth = truthOf([
      vehicle('v1', 0.1, { id: 'p1', colour: 'red', wornFromS: 0 }, { id: 'p2', seat: 'passenger', colour: 'blue' }),
    ]);
    const prompts = [
      { startedS: 5, described: { seat: 'driver', colour: 'red' } },
      { startedS: 9, described: { seat: 'passenger', colour: 'red' } },
      { startedS: 12, described: { seat: 'driver' } },
    ] as const;
    const { colours, mistakes } = scoreClip(
      clipOf(truth, [{ x: 0.1, atS: 4, seat: 'passenger', outcome: 'not_corrected', prompts }]),
    );
    expect(colours).toEqual({ said: 2, right: 1 });
    expect(mistakes.map(({ kind, who }) => [kind, who])).toEqual([['wrong_colour', 'p2']]);
  });
});

describe('an outcome', () => {
  it.each([
    ['corrected', 8, []],
    ['not_corrected', undefined, []],
    ['corrected', undefined, ['wrong_outcome']],
    ['not_corrected', 8, ['wrong_outcome']],
    ['unknown_left', 8, ['unknown_outcome']],
    [undefined, undefined, ['unknown_outcome']],
  ] as const)('said %s, helmet on from %s s', (outcome, wornFromS, kinds) => {
    const rider = vehicle('v1', 0.1, { id: 'p1', ...(wornFromS === undefined ? {} : { wornFromS }) });
    const said: Said = { x: 0.1, atS: 4, ...(outcome === undefined ? {} : { outcome }) };
    expect(scoreClip(clipOf(truthOf([rider]), [said])).mistakes.map(({ kind }) => kind)).toEqual(kinds);
  });
});

describe('ID switches', () => {
  const follow = (ids: readonly (number | null)[]): Clip['tracks'] =>
    ids.map((trackId, t) => ({ t, riders: trackId === null ? [] : [{ trackId, box: boxAt(0.1) }] }));

  it.each([
    [[1, 1, 1], 0],
    [[1, null, 1], 0],
    [[1, null, 2, 2], 1],
    [[1, 2, 1], 2],
  ])('followed as %j', (ids, switches) => {
    expect(scoreClip(clipOf(truthOf([bare]), [], follow(ids))).idSwitches).toBe(switches);
  });

  it('counts two that change places as two', () => {
    const truth = truthOf([bare, helmeted]);
    const tracks = [
      {
        t: 0,
        riders: [
          { trackId: 1, box: boxAt(0.1) },
          { trackId: 2, box: boxAt(0.5) },
        ],
      },
      {
        t: 1,
        riders: [
          { trackId: 2, box: boxAt(0.1) },
          { trackId: 1, box: boxAt(0.5) },
        ],
      },
    ];
    expect(scoreClip(clipOf(truth, [], tracks)).idSwitches).toBe(2);
  });
});
