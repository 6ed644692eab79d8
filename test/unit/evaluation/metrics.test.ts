/** Judged pictures in, figures out: small cases worked out by hand, and what holds for all. */
import fc from 'fast-check';
import { CATEGORIES, type Category, type JudgedPicture, type LabelledBox } from '../../../src/evaluation/judged';
import { type Evaluation, score, summary } from '../../../src/evaluation/metrics';
import {
  classified,
  type FoundHead,
  foundHead,
  labelled,
  picture,
  square,
  THRESHOLDS,
} from '../../support/judged-pictures';

const evaluate = (...pictures: readonly JudgedPicture[]): Evaluation => score(pictures, THRESHOLDS);
const AT = square(100, 100);
const ELSEWHERE = square(500, 500);

describe('heads end to end', () => {
  it.each<{
    readonly title: string;
    readonly labels: readonly LabelledBox[];
    readonly heads: readonly FoundHead[];
    readonly bare: { readonly n: number; readonly ap50: number | undefined };
  }>([
    {
      title: 'a bare head found',
      labels: [labelled('bare_head', AT)],
      heads: [foundHead(AT, 0.9)],
      bare: { n: 1, ap50: 1 },
    },
    {
      title: 'a bare head not found',
      labels: [labelled('bare_head', AT)],
      heads: [],
      bare: { n: 1, ap50: 0 },
    },
    {
      title: 'a box that overlaps by exactly a half (20 × 20 in 20 × 40)',
      labels: [labelled('bare_head', { ...AT, h: 40 })],
      heads: [foundHead(AT, 0.9)],
      bare: { n: 1, ap50: 1 },
    },
    {
      title: 'a box that overlaps by less',
      labels: [labelled('bare_head', { ...AT, h: 41 })],
      heads: [foundHead(AT, 0.9)],
      bare: { n: 1, ap50: 0 },
    },
    {
      title: 'a helmet found as well: its bare score comes after the bare head',
      labels: [labelled('bare_head', AT), labelled('helmet', ELSEWHERE)],
      heads: [foundHead(AT, 0.9), foundHead(ELSEWHERE, 0.1)],
      bare: { n: 1, ap50: 1 },
    },
    {
      title: 'a helmet surer to be bare than the bare head: precision ½ at recall 1',
      labels: [labelled('bare_head', AT), labelled('helmet', ELSEWHERE)],
      heads: [foundHead(AT, 0.6), foundHead(ELSEWHERE, 0.7)],
      bare: { n: 1, ap50: 1 / 2 },
    },
    {
      title: 'a head found twice: the second is wrong, and surer than the other bare head (recall ½ at 1, then ⅔)',
      labels: [labelled('bare_head', AT), labelled('bare_head', ELSEWHERE)],
      heads: [foundHead(AT, 0.9), foundHead(AT, 0.8), foundHead(ELSEWHERE, 0.7)],
      bare: { n: 2, ap50: 1 / 2 + (1 / 2) * (2 / 3) },
    },
    {
      title: 'the head score counts: 0.5 × 0.9 comes after 1 × 0.6',
      labels: [labelled('bare_head', AT)],
      heads: [foundHead(AT, 0.9, { headScore: 0.5 }), foundHead(ELSEWHERE, 0.6)],
      bare: { n: 1, ap50: 1 / 2 },
    },
    {
      title: 'an ignored label: neither to be found nor wrong to find, as often as it is found',
      labels: [labelled('bare_head', AT), labelled('bare_head', ELSEWHERE, { isIgnored: true })],
      heads: [foundHead(ELSEWHERE, 0.99), foundHead(ELSEWHERE, 0.98), foundHead(AT, 0.6)],
      bare: { n: 1, ap50: 1 },
    },
    {
      title: 'an ignored crowd: what lies in it by half is left out',
      labels: [labelled('bare_head', AT), labelled('bare_head', square(500, 500, 300), { isIgnored: true })],
      heads: [foundHead(square(490, 600), 0.99), foundHead(AT, 0.6)],
      bare: { n: 1, ap50: 1 },
    },
    {
      title: 'an ignored helmet: nobody could tell what it is, so calling it bare is not wrong',
      labels: [labelled('bare_head', AT), labelled('helmet', ELSEWHERE, { isIgnored: true })],
      heads: [foundHead(ELSEWHERE, 0.99), foundHead(AT, 0.6)],
      bare: { n: 1, ap50: 1 },
    },
    {
      title: 'no bare head at all',
      labels: [],
      heads: [foundHead(AT, 0.9)],
      bare: { n: 0, ap50: undefined },
    },
  ])('$title', ({ labels, heads, bare }) => {
    const { bare_head } = evaluate(picture({ labels, heads })).categories;
    expect(bare_head?.n).toBe(bare.n);
    if (bare.ap50 === undefined) expect(bare_head?.ap50).toBeUndefined();
    else expect(bare_head?.ap50).toBeCloseTo(bare.ap50, 12);
  });

  it('takes the label it overlaps most, leaving the other to the less sure box', () => {
    // The first box overlaps them by 16 ⁄ 24 and 18 ⁄ 22; the second by 18 ⁄ 22 and 12 ⁄ 28, which is too little.
    const labels = [labelled('bare_head', square(100, 100)), labelled('bare_head', square(106, 100))];
    const heads = [foundHead(square(104, 100), 0.9), foundHead(square(98, 100), 0.8)];
    expect(evaluate(picture({ labels, heads })).categories.bare_head?.ap50).toBe(1);
  });

  it('gives the label to the surer box, in whatever order they are found', () => {
    const heads = [foundHead(AT, 0.5), foundHead(square(103, 100), 0.9)];
    expect(evaluate(picture({ labels: [labelled('bare_head', AT)], heads })).categories.bare_head?.ap50).toBe(1);
  });

  it('are not scored where the class is incomplete, and absent where it is nowhere complete', () => {
    const labels = [labelled('bare_head', AT)];
    const missed = picture({ labels, scored: new Set<Category>(['helmet']) });
    const hit = picture({ labels, heads: [foundHead(AT, 0.9)], scored: new Set<Category>(['bare_head']) });
    expect(evaluate(missed, hit).categories).toMatchObject({ bare_head: { n: 1, ap50: 1 }, helmet: { n: 0 } });
    expect(Object.keys(evaluate(missed).categories)).toEqual(['helmet']);
  });
});

describe('riders and vehicles', () => {
  const vehicle = { x: 100, y: 100, w: 100, h: 200 };
  const group = (box = vehicle, sure = 0.9, label: 'rider_group' | 'two_wheeler' | 'person' = 'rider_group') => ({
    label,
    box,
    score: sure,
  });

  it('a rider group is found by its box; vehicles and persons alone are not rider groups', () => {
    const labels = [labelled('rider_with_vehicle', vehicle)];
    const candidates = [group(vehicle, 0.2), group(ELSEWHERE, 0.9, 'two_wheeler'), group(ELSEWHERE, 0.8, 'person')];
    const { categories } = evaluate(picture({ labels, candidates }));
    expect(categories.rider_with_vehicle).toEqual({ n: 1, ap50: 1, covered: undefined });
  });

  it.each<{
    readonly title: string;
    readonly candidate: ReturnType<typeof group>;
    readonly vehicle: number;
    readonly person: number;
  }>([
    { title: 'inside a rider group', candidate: group(), vehicle: 1, person: 1 },
    { title: 'by 60 %', candidate: group({ ...vehicle, h: 120 }), vehicle: 1, person: 1 },
    { title: 'by 59 %', candidate: group({ ...vehicle, h: 118 }), vehicle: 0, person: 0 },
    { title: 'at the confirm threshold', candidate: group(vehicle, 0.4), vehicle: 1, person: 1 },
    { title: 'in an unsure group', candidate: group(vehicle, 0.39), vehicle: 0, person: 0 },
    { title: 'in a two-wheeler nobody rides', candidate: group(vehicle, 0.9, 'two_wheeler'), vehicle: 1, person: 0 },
    { title: 'in a person', candidate: group(vehicle, 0.9, 'person'), vehicle: 0, person: 0 },
  ])('a vehicle and its person covered $title', ({ candidate, vehicle: wheels, person }) => {
    const labels = [
      labelled('two_wheeler', vehicle),
      labelled('person_on_two_wheeler', vehicle),
      labelled('two_wheeler', ELSEWHERE, { isIgnored: true }),
    ];
    const { categories } = evaluate(picture({ labels, candidates: [candidate] }));
    expect(categories.two_wheeler).toEqual({ n: 1, ap50: undefined, covered: wheels });
    expect(categories.person_on_two_wheeler).toEqual({ n: 1, ap50: undefined, covered: person });
  });
});

describe('the classifier on labelled heads', () => {
  // Bare said of .95 and .85; .75 and .5 are unknown; worn said of .1. The helmet at .85 is the one false alert.
  const heads = classified([
    ['bare_head', 0.95, { sub: 'hair', source: 'roadside' }],
    ['bare_head', 0.75, { sub: 'cap', source: 'roadside' }],
    ['bare_head', 0.1, { sub: 'cap', source: 'web' }],
    ['helmet', 0.85, { source: 'roadside' }],
    ['helmet', 0.5, { source: 'web' }],
    ['helmet', 0.1],
  ]);

  it('is judged by its word: unknown is no alert, yet a bare head called unknown is missed', () => {
    const { operating, confusion } = evaluate(heads);
    expect(operating.bare_head).toMatchObject({ tp: 1, fp: 1, fn: 2, precision: 1 / 2, recall: 1 / 3, threshold: 0.8 });
    expect(operating.helmet).toMatchObject({ tp: 1, fp: 1, fn: 2, precision: 1 / 2, recall: 1 / 3, threshold: 0.7 });
    expect(confusion).toEqual({ bare: { bare: 1, worn: 1, unknown: 1 }, worn: { bare: 1, worn: 1, unknown: 1 } });
  });

  it('is ranked by bare against worn', () => {
    // .95 beats 3 helmets; .75 beats .5 and .1; .1 ties .1 and loses twice: 5½ of 9 pairs.
    expect(evaluate(heads).classifier).toEqual({ n: 6, auc: expect.closeTo(5.5 / 9, 12) });
  });

  it('is told by what is on the head and by source, where the file names them', () => {
    const { bySub, bySource } = evaluate(heads);
    expect(bySub.map(({ name, n, auc }) => ({ name, n, auc }))).toEqual([
      { name: 'cap', n: 2, auc: undefined },
      { name: 'hair', n: 1, auc: undefined },
    ]);
    expect(bySub[0]?.confusion.bare).toEqual({ worn: 1, bare: 0, unknown: 1 });
    // roadside: .95 beats .85, .75 does not. web: .1 loses to .5.
    expect(bySource.map(({ name, n, auc }) => ({ name, n, auc }))).toEqual([
      { name: 'roadside', n: 3, auc: 1 / 2 },
      { name: 'web', n: 2, auc: 0 },
    ]);
  });

  it('leaves unreadable out of the ranking: 0.2 bare to 0.1 worn is more bare than 0.5 to 0.5', () => {
    const { labels } = classified([
      ['bare_head', 0],
      ['helmet', 0],
    ]);
    const trueHeads: JudgedPicture['trueHeads'] = [
      { label: 0, bare: 0.2, worn: 0.1, unreadable: 0.7, word: 'unknown' },
      { label: 1, bare: 0.5, worn: 0.5, unreadable: 0, word: 'unknown' },
    ];
    expect(evaluate(picture({ labels, trueHeads })).classifier?.auc).toBe(1);
  });

  it('never calls an unreadable head bare, so its curve ends below recall 1', () => {
    const { labels } = classified([
      ['bare_head', 0],
      ['bare_head', 0],
    ]);
    const trueHeads: JudgedPicture['trueHeads'] = [
      { label: 0, bare: 0.9, worn: 0.1, unreadable: 0, word: 'bare' },
      { label: 1, bare: 0.4, worn: 0, unreadable: 0.6, word: 'unknown' },
    ];
    const { curves, operating } = evaluate(picture({ labels, trueHeads }));
    expect(curves.bare).toEqual([{ score: 0.9, precision: 1, recall: 1 / 2 }]);
    expect(operating.bare_head).toMatchObject({ precision: 1, recall: 1 / 2 });
  });

  it('is absent when one class is missing', () => {
    const { classifier, operating } = evaluate(classified([['helmet', 0.1]]));
    expect(classifier).toBeUndefined();
    expect(operating.bare_head).toMatchObject({ tp: 0, fp: 0, fn: 0, precision: undefined, recall: undefined });
  });
});

describe('by head size', () => {
  it('a head belongs where its longer side does', () => {
    const sizes = [8, 12, 15.9, 16, 24, 40, 48, 400];
    const heads = sizes.map((px, index) => labelled('helmet', { x: index * 100, y: 0, w: px / 2, h: px }));
    const labels = [...heads, labelled('helmet', AT, { isIgnored: true }), labelled('two_wheeler', AT)];
    expect(evaluate(picture({ labels })).buckets.map(({ headPx, n }) => [headPx, n])).toEqual([
      [[0, 12], 1],
      [[12, 16], 2],
      [[16, 24], 1],
      [[24, 32], 1],
      [[32, 48], 1],
      [[48, null], 2],
    ]);
  });

  const bucketAt = (px: number, ...pictures: readonly JudgedPicture[]) =>
    evaluate(...pictures).buckets.find(({ headPx: [from] }) => from === px);

  it('neither a label of another size nor what is found of another size counts', () => {
    const labels = [labelled('bare_head', square(100, 100, 20)), labelled('bare_head', square(500, 500, 30))];
    // The sure box on the large head is 22 px, so of the small bucket, but it matches a large label. The 60 px box matches nothing.
    const heads = [
      foundHead(square(503, 503, 23), 0.99),
      foundHead(square(800, 800, 60), 0.98),
      foundHead(square(100, 100, 20), 0.9),
    ];
    expect(bucketAt(16, picture({ labels, heads }))?.ap50).toBe(1);
    expect(bucketAt(24, picture({ labels, heads }))?.ap50).toBe(1);
    expect(bucketAt(48, picture({ labels, heads }))).toEqual({
      headPx: [48, null],
      n: 0,
      ap50: undefined,
      auc: undefined,
    });
  });

  it('finding a label of another size does not make up for one missed', () => {
    const labels = [labelled('bare_head', square(100, 100, 20)), labelled('bare_head', square(500, 500, 30))];
    const heads = [foundHead(square(503, 503, 23), 0.99)];
    expect(bucketAt(16, picture({ labels, heads }))?.ap50).toBe(0);
  });

  it('an unmatched box of this size is wrong', () => {
    const labels = [labelled('bare_head', square(100, 100, 20))];
    const heads = [foundHead(square(800, 800, 20), 0.99), foundHead(square(100, 100, 20), 0.9)];
    expect(bucketAt(16, picture({ labels, heads }))?.ap50).toBe(1 / 2);
  });

  it('AP50 is the mean of the classes present', () => {
    const labels = [labelled('bare_head', AT), labelled('helmet', ELSEWHERE)];
    expect(bucketAt(16, picture({ labels, heads: [foundHead(AT, 0.9)] }))?.ap50).toBe(1 / 2);
  });

  it('AUC is of the heads of this size', () => {
    const heads = classified([
      ['bare_head', 0.9],
      ['helmet', 0.1],
    ]);
    expect(bucketAt(16, heads)?.auc).toBe(1);
    expect(bucketAt(24, heads)?.auc).toBeUndefined();
  });
});

describe('false addresses', () => {
  const none = new Set<Category>();
  const riders = new Set<Category>(['rider_with_vehicle']);

  it.each<{ readonly title: string; readonly parts: Partial<JudgedPicture>; readonly per1000: number | undefined }>([
    { title: 'background called bare', parts: { heads: [foundHead(AT, 0.9)] }, per1000: 1000 },
    { title: 'background not surely bare', parts: { heads: [foundHead(AT, 0.79)] }, per1000: 0 },
    {
      title: 'a head the product does not count, however bare it looks',
      parts: { heads: [foundHead(AT, 0.99, { word: 'unknown' })] },
      per1000: 0,
    },
    {
      title: 'two in one picture',
      parts: { heads: [foundHead(AT, 0.9), foundHead(ELSEWHERE, 0.9)] },
      per1000: 2000,
    },
    {
      title: 'a bare head',
      parts: { labels: [labelled('bare_head', AT)], heads: [foundHead(AT, 0.9)] },
      per1000: 0,
    },
    {
      title: 'a bare head boxed too small, but centred in it',
      parts: { labels: [labelled('bare_head', AT)], heads: [foundHead(square(106, 106, 8), 0.9)] },
      per1000: 0,
    },
    {
      title: 'the helmet beside it',
      parts: {
        labels: [labelled('bare_head', AT), labelled('helmet', square(112, 100))],
        heads: [foundHead(square(109, 100), 0.9)],
      },
      per1000: 1000,
    },
    {
      title: 'an ignored head',
      parts: { labels: [labelled('helmet', AT, { isIgnored: true })], heads: [foundHead(AT, 0.9)] },
      per1000: 0,
    },
    {
      title: 'a head in an ignored crowd',
      parts: { labels: [labelled('bare_head', square(0, 0, 300), { isIgnored: true })], heads: [foundHead(AT, 0.9)] },
      per1000: 0,
    },
    {
      title: 'a head centred in an ignored one, but much larger',
      parts: { labels: [labelled('bare_head', AT, { isIgnored: true })], heads: [foundHead(square(90, 90, 40), 0.9)] },
      per1000: 1000,
    },
    {
      title: 'bare heads not labelled, a rider in the picture',
      parts: { scored: riders, labels: [labelled('rider_with_vehicle', AT)], heads: [foundHead(AT, 0.9)] },
      per1000: undefined,
    },
    {
      title: 'bare heads not labelled, riders are, and there is none',
      parts: { scored: riders, heads: [foundHead(AT, 0.9)] },
      per1000: 1000,
    },
    { title: 'nothing labelled completely', parts: { scored: none, heads: [foundHead(AT, 0.9)] }, per1000: undefined },
  ])('$title', ({ parts, per1000 }) => {
    const { addresses } = evaluate(picture(parts));
    expect(addresses.wrongPer1000).toBe(per1000);
    expect(addresses.pictures).toBe(per1000 === undefined ? 0 : 1);
  });

  it('are counted over the pictures that can tell', () => {
    const wrong = picture({ heads: [foundHead(AT, 0.9)] });
    const { addresses } = evaluate(wrong, picture(), picture(), picture(), picture({ scored: none }));
    expect(addresses).toEqual({ pictures: 4, rightful: 0, wrong: 1, wrongPer1000: 250 });
  });
});

describe('the line for machines', () => {
  it('of nothing has no figure that could not be had', () => {
    expect(JSON.parse(JSON.stringify(summary(evaluate())))).toEqual({
      images: 0,
      categories: {},
      operating: {
        bare_head: { threshold: 0.8, tp: 0, fp: 0, fn: 0 },
        helmet: { threshold: 0.7, tp: 0, fp: 0, fn: 0 },
      },
      buckets: [
        { headPx: [0, 12], n: 0 },
        { headPx: [12, 16], n: 0 },
        { headPx: [16, 24], n: 0 },
        { headPx: [24, 32], n: 0 },
        { headPx: [32, 48], n: 0 },
        { headPx: [48, null], n: 0 },
      ],
    });
  });

  it('has the agreed form, to four decimals', () => {
    const heads = classified([
      ['bare_head', 0.9],
      ['bare_head', 0.9],
      ['bare_head', 0.5],
      ['helmet', 0.1],
    ]);
    const found = { ...heads, heads: heads.labels.slice(1).map(({ box }, at) => foundHead(box, at < 2 ? 0.9 : 0.1)) };
    const line: unknown = JSON.parse(
      JSON.stringify(summary(evaluate(found, { ...picture({ scored: new Set() }), analysedInMs: 30.123456 }))),
    );
    expect(line).toMatchObject({
      images: 2,
      categories: {
        helmet: { n: 1, ap50: 1 },
        bare_head: { n: 3, ap50: 0.6667 },
        two_wheeler: { n: 0 },
        person_on_two_wheeler: { n: 0 },
        rider_with_vehicle: { n: 0 },
      },
      classifier: { auc: 1, n: 4 },
      operating: { bare_head: { precision: 1, recall: 0.6667, threshold: 0.8, tp: 2, fp: 0, fn: 1 } },
      falseAddressesPer1000: 0,
      msPerImage: { p50: 10, p95: 30.1235 },
    });
  });
});

describe('whatever is judged', () => {
  const box = fc.record({
    x: fc.integer({ min: 0, max: 40 }),
    y: fc.integer({ min: 0, max: 40 }),
    w: fc.integer({ min: 1, max: 60 }),
    h: fc.integer({ min: 1, max: 60 }),
  });
  const share = fc.integer({ min: 0, max: 10 }).map((tenths) => tenths / 10);
  const anyPicture: fc.Arbitrary<JudgedPicture> = fc
    .record({
      scored: fc.subarray([...CATEGORIES]),
      labels: fc.array(fc.record({ category: fc.constantFrom(...CATEGORIES), box, isIgnored: fc.boolean() }), {
        maxLength: 5,
      }),
      heads: fc.array(fc.tuple(box, share, share), { maxLength: 5 }),
      candidates: fc.array(
        fc.record({ label: fc.constantFrom('rider_group', 'two_wheeler', 'person'), box, score: share }),
        {
          maxLength: 4,
        },
      ),
      analysedInMs: fc.integer({ min: 1, max: 99 }),
      bare: fc.array(share, { minLength: 5, maxLength: 5 }),
    })
    .map(({ scored, heads, bare, ...rest }) =>
      picture({
        ...rest,
        scored: new Set(scored),
        heads: heads.map(([at, p, headScore]) => foundHead(at, p, { headScore })),
        trueHeads: rest.labels.flatMap(({ category, isIgnored }, label) => {
          if (isIgnored || (category !== 'helmet' && category !== 'bare_head')) return [];
          const { worn, bare: p, unreadable, word } = foundHead(AT, bare[label] ?? 0);
          return [{ label, worn, bare: p, unreadable, word }];
        }),
      }),
    );
  const pictures = fc.array(anyPicture, { maxLength: 6 });

  const numbersIn = (value: unknown): readonly number[] =>
    typeof value === 'number'
      ? [value]
      : typeof value === 'object' && value !== null
        ? Object.values(value).flatMap(numbersIn)
        : [];

  it('every figure is a finite number, and areas and shares are within 0 and 1', () => {
    fc.assert(
      fc.property(pictures, (list) => {
        const evaluation = score(list, THRESHOLDS);
        for (const value of numbersIn(evaluation)) expect(Number.isFinite(value)).toBe(true);
        const shares = [
          ...Object.values(evaluation.categories).flatMap(({ ap50, covered }) => [ap50, covered]),
          ...evaluation.buckets.flatMap(({ ap50, auc }) => [ap50, auc]),
          evaluation.classifier?.auc,
          evaluation.operating.bare_head.precision,
        ].filter((value) => value !== undefined);
        for (const value of shares) {
          expect(value).toBeGreaterThanOrEqual(0);
          expect(value).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  it("the classifier's decision lies on its curve", () => {
    fc.assert(
      fc.property(pictures, (list) => {
        const { curves, operating } = score(list, THRESHOLDS);
        const { tp, precision, recall } = operating.bare_head;
        if (tp === 0) return;
        const said = curves.bare.filter(({ score: sure }) => sure >= THRESHOLDS.notWorn).at(-1);
        expect(said).toMatchObject({ precision, recall });
      }),
    );
  });

  it('the order of the pictures changes nothing', () => {
    const twice = pictures.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(
      fc.property(twice, ([list, shuffled]) => {
        expect(summary(score(shuffled, THRESHOLDS))).toEqual(summary(score(list, THRESHOLDS)));
      }),
    );
  });

  it('one who finds every label and says what it is scores 1 throughout', () => {
    const apart = fc
      .array(
        fc.record({
          category: fc.constantFrom<'helmet' | 'bare_head'>('helmet', 'bare_head'),
          px: fc.integer({ min: 4, max: 80 }),
        }),
        {
          minLength: 1,
          maxLength: 8,
        },
      )
      .map((heads) => heads.map(({ category, px }, index) => labelled(category, square(index * 100, 0, px))));
    fc.assert(
      fc.property(fc.array(apart, { minLength: 1, maxLength: 4 }), (all) => {
        const perfect = all.map((labels) =>
          picture({
            labels: [...labels, ...labels.map(({ box: at }) => labelled('rider_with_vehicle', at))],
            heads: labels.map(({ box: at, category }) => foundHead(at, category === 'bare_head' ? 1 : 0)),
            candidates: labels.map(({ box: at }) => ({ label: 'rider_group', box: at, score: 0.9 })),
            trueHeads: labels.map(({ category }, label) => ({
              ...(category === 'bare_head' ? { bare: 1, worn: 0, word: 'bare' } : { bare: 0, worn: 1, word: 'worn' }),
              unreadable: 0,
              label,
            })),
          }),
        );
        const { categories, buckets, classifier, addresses, calibration } = score(perfect, THRESHOLDS);
        for (const { ap50, n } of Object.values(categories)) if (n > 0) expect(ap50).toBeCloseTo(1, 12);
        for (const { ap50, n } of buckets) if (n > 0) expect(ap50).toBeCloseTo(1, 12);
        expect(classifier?.auc ?? 1).toBe(1);
        expect(addresses.wrong).toBe(0);
        expect(calibration.ece).toBe(0);
      }),
    );
  });
});
