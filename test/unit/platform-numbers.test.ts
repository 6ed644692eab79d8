/** What a subscriber remembers of a node's numbers, and the rate that the example counts. */
import fc from 'fast-check';
import { rateTable, townOf } from '../../scripts/platform-example/rate';
import { Numbers } from '../../src/platform/numbers';

const EPOCH = '5f0c2a91b7de';
const event = (sequence: number, id = `id-${sequence}`, epoch = EPOCH) => ({ sequence, id, epoch });
const fresh = () => new Numbers({ epoch: EPOCH, firstSequence: 1 });

describe('the numbers of a node', () => {
  it('take each event once in whatever order they come, and the gaps are what is missing', () => {
    const arrivals = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(arrivals, (sequences) => {
        const numbers = fresh();
        const taken = sequences.filter((sequence) => numbers.take(event(sequence)) === 'new');
        expect(taken).toEqual([...new Set(sequences)]);
        const highest = Math.max(...sequences);
        const missing = Array.from({ length: highest }, (_, index) => index + 1).filter((n) => !sequences.includes(n));
        const told = numbers
          .gaps()
          .flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
        expect(told).toEqual(missing);
      }),
    );
  });

  it('are the same after being put away and taken out again', () => {
    const numbers = fresh();
    for (const sequence of [1, 2, 5]) numbers.take(event(sequence));
    const again = new Numbers(JSON.parse(JSON.stringify(numbers.remembered())));
    expect(again.gaps()).toEqual([{ from: 3, to: 4 }]);
    expect([5, 2, 3].map((sequence) => again.take(event(sequence)))).toEqual(['repeated', 'repeated', 'new']);
  });

  it('begin anew with another epoch, and tell a number that was given twice', () => {
    const numbers = fresh();
    numbers.take(event(1));
    expect(numbers.take(event(1, 'other'))).toBe('number_given_twice');
    expect(numbers.take(event(2, 'x', 'aaaaaaaaaaaa'))).toBe('new');
    expect(numbers.gaps()).toEqual([{ from: 1, to: 1 }]);
  });

  it('have no gap where it is known that nothing can be had', () => {
    const numbers = fresh();
    numbers.take(event(9));
    numbers.giveUp({ from: 1, to: 4 });
    expect(numbers.gaps()).toEqual([{ from: 5, to: 8 }]);
    numbers.giveUp({ from: 5, to: 8 });
    expect([numbers.gaps(), numbers.take(event(3))]).toEqual([[], 'new']);
  });

  it('begin where the subscriber begins', () => {
    const numbers = new Numbers({ epoch: EPOCH, firstSequence: 1_000 });
    expect([numbers.take(event(1_000)), numbers.gaps()]).toEqual(['new', []]);
  });
});

describe('the correction rate of a town', () => {
  it('leaves unknown outcomes out of the rate and shows them', () => {
    const of = (town: string, result: string, count: number) => ({ town, result, count });
    const table = rateTable([
      ...[of('33052201', 'corrected', 2), of('33052201', 'not_corrected', 1), of('33052201', 'unknown_left', 5)],
      of('33052202', 'unknown_occluded', 1),
    ]);
    expect(table).toMatch(/33052201 +66\.67 % {2}2 of 3, unknown 5/);
    expect(table).toMatch(/33052202 +– {2}0 of 0, unknown 1/);
  });

  it.each([
    [{ deviceId: '33052200001320000001', name: '长安路口' }, '33052200'],
    [{ name: '长安路口' }, '长安路口'],
    [{}, '330522-01'],
  ])('is that of %j', (site, town) => expect(townOf('/anqi/node/330522-01/camera/east', site)).toBe(town));
});
