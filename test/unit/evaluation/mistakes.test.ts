/** Each error is listed once, under its name, and the worst first. */
import type { Category, JudgedPicture } from '../../../src/evaluation/judged';
import { type MistakeKind, mistakesIn } from '../../../src/evaluation/mistakes';
import { classified, foundHead, labelled, picture, square, THRESHOLDS } from '../../support/judged-pictures';

const kindsIn = (...pictures: readonly JudgedPicture[]): readonly MistakeKind[] =>
  mistakesIn(pictures, THRESHOLDS).map(({ kind }) => kind);

const AT = square(100, 100);
const RIDER = { x: 50, y: 50, w: 100, h: 200 };
const group = (score: number, box = RIDER) => ({ label: 'rider_group' as const, box, score });
const found = (box = AT): Partial<JudgedPicture> => ({ heads: [foundHead(box, 0.5)] });

describe('mistakes', () => {
  it.each<{ readonly title: string; readonly judged: JudgedPicture; readonly kinds: readonly MistakeKind[] }>([
    { title: 'a picture of nothing', judged: picture(), kinds: [] },
    { title: 'background called bare', judged: picture({ heads: [foundHead(AT, 0.9)] }), kinds: ['wrong_address'] },
    {
      title: 'a found helmet called bare',
      judged: picture({ heads: [foundHead(AT, 0.9)], labels: [labelled('helmet', AT)] }),
      kinds: ['wrong_address'],
    },
    {
      title: 'a helmet called bare on its label',
      judged: { ...classified([['helmet', 0.9]]), ...found(square(0, 0)) },
      kinds: ['helmet_called_bare'],
    },
    {
      title: 'a helmet left unknown',
      judged: { ...classified([['helmet', 0.5]]), ...found(square(0, 0)) },
      kinds: ['helmet_unknown'],
    },
    {
      title: 'a bare head called worn',
      judged: { ...classified([['bare_head', 0.1]]), ...found(square(0, 0)) },
      kinds: ['bare_called_worn'],
    },
    {
      title: 'a bare head left unknown, and not found end to end',
      judged: classified([['bare_head', 0.5]]),
      kinds: ['bare_unknown', 'bare_not_found'],
    },
    {
      title: 'a head that is right',
      judged: { ...classified([['bare_head', 0.9]]), ...found(square(0, 0)) },
      kinds: [],
    },
    {
      title: 'a helmet found below the head score',
      judged: picture({ labels: [labelled('helmet', AT)], heads: [foundHead(AT, 0, { headScore: 0.29 })] }),
      kinds: ['helmet_not_found'],
    },
    {
      title: 'an ignored head not found',
      judged: picture({ labels: [labelled('helmet', AT, { isIgnored: true })] }),
      kinds: [],
    },
    { title: 'a false group', judged: picture({ candidates: [group(0.4)] }), kinds: ['false_group'] },
    { title: 'an unsure false group', judged: picture({ candidates: [group(0.39)] }), kinds: [] },
    {
      title: 'a group that is a rider',
      judged: picture({ candidates: [group(0.4)], labels: [labelled('rider_with_vehicle', RIDER)] }),
      kinds: [],
    },
    {
      title: 'a group on an ignored rider',
      judged: picture({
        candidates: [group(0.4)],
        labels: [labelled('rider_with_vehicle', RIDER, { isIgnored: true })],
      }),
      kinds: [],
    },
    {
      title: 'an unsure group on a rider',
      judged: picture({ candidates: [group(0.2)], labels: [labelled('rider_with_vehicle', RIDER)] }),
      kinds: ['rider_not_found'],
    },
    {
      title: 'a group that holds a person, where only persons are labelled',
      judged: picture({
        scored: new Set<Category>(['person_on_two_wheeler']),
        candidates: [group(0.4), group(0.5, square(500, 500))],
        labels: [labelled('person_on_two_wheeler', { ...RIDER, h: 100 })],
      }),
      kinds: ['false_group'],
    },
    {
      title: 'a group where no riders are labelled',
      judged: picture({ scored: new Set<Category>(['helmet']), candidates: [group(0.9)] }),
      kinds: [],
    },
  ])('$title', ({ judged, kinds }) => expect(kindsIn(judged)).toEqual(kinds));

  it('come with the most serious kind first, and within it the surest', () => {
    const list = mistakesIn(
      [
        {
          ...classified([
            ['helmet', 0.85],
            ['helmet', 0.95],
          ]),
          file: 'b.jpg',
        },
        picture({ file: 'a.jpg', heads: [foundHead(AT, 0.81), foundHead(square(300, 300), 0.99)] }),
      ],
      THRESHOLDS,
    );
    expect(list.map(({ kind, confidence }) => [kind, confidence])).toEqual([
      ['wrong_address', 0.99],
      ['wrong_address', expect.closeTo(0.81)],
      ['helmet_called_bare', 0.95],
      ['helmet_called_bare', expect.closeTo(0.85)],
      ['helmet_not_found', null],
      ['helmet_not_found', null],
    ]);
  });

  it('of what was not found come the largest first', () => {
    const labels = [10, 40, 20].map((px, at) => labelled('helmet', square(at * 100, 0, px)));
    expect(mistakesIn([picture({ labels })], THRESHOLDS).map(({ box }) => box.w)).toEqual([40, 20, 10]);
  });
});
