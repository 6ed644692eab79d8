import { scoreClip } from '../../../src/scoring/score';
import { summarise } from '../../../src/scoring/summary';
import { scoreTable } from '../../../src/scoring/table';
import { clipOf, type MadePerson, type Said, truthOf } from '../../support/scored-clip';

/** Five who are asked: three put it on, one does not, one does and is lost from sight; a helmeted rider is asked, too. */
const people: readonly MadePerson[] = [
  { id: 'a', wornFromS: 10, headPx: 18 },
  { id: 'b', wornFromS: 12, headPx: 22 },
  { id: 'c', wornFromS: 14, headPx: 22 },
  { id: 'd', headPx: 30 },
  { id: 'e', wornFromS: 12, headPx: 40 },
  { id: 'f', wornFromS: 0 },
  { id: 'g', headPx: 12 },
];
const x = (index: number): number => Math.round((index * 0.13 + 0.02) * 1000) / 1000;
const truth = truthOf(people.map((person, index) => ({ id: `v-${person.id}`, x: x(index), persons: [person] })));
const asked = (index: number, atS: number, outcome: Said['outcome']): Said => ({
  ...{ x: x(index), atS, prompts: [{ startedS: atS + 1 }] },
  ...(outcome === undefined ? {} : { outcome }),
});
const said = [
  asked(0, 2, 'corrected'),
  asked(1, 3, 'corrected'),
  asked(2, 4, 'not_corrected'),
  asked(3, 5, 'not_corrected'),
  asked(4, 6, 'unknown_left'),
  asked(5, 7, undefined),
];
const score = summarise([scoreClip(clipOf(truth, said))]);

it('counts violations: five of six are right, five of six due people are found', () => {
  expect(score).toMatchObject({
    people: 7,
    due: 6,
    prompts: 6,
    wrongPrompts: 1,
    falseViolations: { wears_a_helmet: 1 },
  });
  expect(score.precision).toMatchObject({ hits: 5, trials: 6 });
  expect(score.recall).toMatchObject({ hits: 5, trials: 6 });
});

it('counts outcomes among the known, the unknown beside them', () => {
  expect(score.outcomes).toMatchObject({ hits: 3, trials: 4, share: 0.75 });
  expect(score.unknown).toMatchObject({ hits: 1, trials: 5, share: 0.2 });
  expect(score.confusion).toEqual({
    corrected: { corrected: 2, not_corrected: 1, unknown_left: 1, unknown_occluded: 0, none: 0 },
    not_corrected: { corrected: 0, not_corrected: 1, unknown_left: 0, unknown_occluded: 0, none: 0 },
  });
});

it('measures 2 of 4 where 4 of 5 put it on', () => {
  expect(score.correctionRate).toEqual({ measured: 50, true: 80 });
});

it('tells times and head sizes', () => {
  expect(score.confirmedAfterS).toEqual({ p50: 4, p95: 6 });
  expect(score.buckets).toEqual([
    { headPx: [0, 16], due: 1, found: 0, medianConfirmedAfterS: null },
    { headPx: [16, 20], due: 1, found: 1, medianConfirmedAfterS: 2 },
    { headPx: [20, 24], due: 2, found: 2, medianConfirmedAfterS: 4 },
    { headPx: [24, 28], due: 0, found: 0, medianConfirmedAfterS: null },
    { headPx: [28, 36], due: 1, found: 1, medianConfirmedAfterS: 5 },
    { headPx: [36, null], due: 1, found: 1, medianConfirmedAfterS: 6 },
  ]);
});

it('says that it is simulated, and what misses its target', () => {
  const text = scoreTable(score);
  expect(text).toMatch(/^SIMULATED 模拟: 1 clips, 7 people/);
  expect(text).toMatch(/prompts to the wrong person +1 of 6 +0 +NO/);
  expect(text).toMatch(/correction rate, measured : true +50\.00 % : 80\.00 % .*NO/);
  expect(scoreTable({ ...score, origin: 'real' })).toMatch(/^real clips/);
});

it('of nothing has no shares', () => {
  const empty = summarise([]);
  expect([empty.precision.share, empty.outcomes.share, empty.correctionRate.measured]).toEqual([null, null, null]);
  expect(scoreTable(empty)).toContain('–');
});
