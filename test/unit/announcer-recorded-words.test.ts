import type { PhrasePart } from '../../src/announcer/phrases';
import { type Atom, atomsOf, cover, wordsOf } from '../../src/announcer/voices/recorded-words';

const PARTS: readonly PhrasePart[] = [
  { kind: 'fixed', text: '着' },
  { kind: 'slot', slot: 'colour', value: 'blue', text: '藍' },
  { kind: 'slot', slot: 'garment', value: 'clothes', text: '衣裳' },
  { kind: 'fixed', text: '個' },
  { kind: 'slot', slot: 'addressee', value: 'rider', text: '師傅' },
  { kind: 'fixed', text: '，請擔頭盔戴戴好，謝謝！' },
];
const ATOMS: readonly Atom[] = [
  { text: '着', pauseMs: 0 },
  { text: '藍', pauseMs: 0 },
  { text: '衣裳', pauseMs: 0 },
  { text: '個', pauseMs: 0 },
  { text: '師傅', pauseMs: 280 },
  { text: '請擔頭盔戴戴好', pauseMs: 280 },
  { text: '謝謝', pauseMs: 450 },
];
const SINGLE = ATOMS.map(({ text }) => text);
const among = (words: readonly string[]) => (each: string) => words.includes(each);

test('a sentence falls into slot words and clauses, marks become rests', () => {
  expect(atomsOf(PARTS)).toEqual(ATOMS);
  expect(atomsOf([{ kind: 'fixed', text: '，。再提醒一次：，请！' }])).toEqual([
    { text: '再提醒一次', pauseMs: 320 },
    { text: '请', pauseMs: 450 },
  ]);
  expect(atomsOf([])).toEqual([]);
});

test('a recording is named after its words alone', () => {
  expect(wordsOf('騎電瓶車個朋友，請頭盔戴戴好再走，謝謝！')).toBe('騎電瓶車個朋友請頭盔戴戴好再走謝謝');
});

test.each<[string, readonly string[], readonly string[]]>([
  ['word by word', SINGLE, SINGLE],
  ['the whole sentence before its words', [...SINGLE, SINGLE.join('')], [SINGLE.join('')]],
  [
    'longer stretches before shorter ones',
    [...SINGLE, '着藍衣裳', '個師傅', '請擔頭盔戴戴好謝謝'],
    ['着藍衣裳', '個師傅', '請擔頭盔戴戴好謝謝'],
  ],
  [
    'the fewest, not the first longest',
    [...SINGLE, '着藍', '藍衣裳個師傅請擔頭盔戴戴好', '謝謝'],
    ['着', '藍衣裳個師傅請擔頭盔戴戴好', '謝謝'],
  ],
])('is covered %s', (_case, recorded, runs) => {
  const found = cover(ATOMS, among(recorded));
  expect(found.kind === 'covered' ? found.runs.map(({ text }) => text) : found.atoms).toEqual(runs);
});

test('the rest after a stretch is that of its last word', () => {
  const found = cover(ATOMS, among(['着藍衣裳個師傅', '請擔頭盔戴戴好謝謝']));
  expect(found).toEqual({
    kind: 'covered',
    runs: [
      { text: '着藍衣裳個師傅', pauseMs: 280 },
      { text: '請擔頭盔戴戴好謝謝', pauseMs: 450 },
    ],
  });
});

test.each<[string, readonly string[], readonly string[]]>([
  ['a word', SINGLE.filter((each) => each !== '藍'), ['藍']],
  ['all', [], SINGLE],
  ['what no longer stretch says either', ['着藍衣裳', '請擔頭盔戴戴好謝謝'], ['個', '師傅']],
  [
    'words of stretches that do not fit together',
    ['着藍', '藍衣裳個師傅', '請擔頭盔戴戴好謝謝'],
    ['着', '藍', '衣裳', '個', '師傅', '請擔頭盔戴戴好', '謝謝'],
  ],
])('says what is missing: %s', (_case, recorded, missing) => {
  expect(cover(ATOMS, among(recorded))).toEqual({ kind: 'missing', atoms: missing });
});
