import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type DialectTable, dialectScript, espeakSyllable, readDialectTable } from '../../src/announcer/dialect';
import { readPhraseBook } from '../../src/announcer/phrase-book';

const audio = path.join(__dirname, '../../audio');
let table: DialectTable;
beforeAll(async () => {
  table = await readDialectTable(path.join(audio, 'wuu'));
});

test('every template and every slot word of the dialect has a pronunciation', () => {
  const { phrases, words } = readPhraseBook(path.join(audio, 'phrases.json'));
  const templates = Object.values(phrases).flatMap(({ wuu }) => [wuu.text, wuu.neutral ?? wuu.text]);
  const slotWords = Object.values(words).flatMap((group) => Object.values(group).map(({ wuu }) => wuu));
  for (const text of [...templates, ...slotWords]) {
    const plain = text.replaceAll(/\{[a-z]+\}/gu, '');
    expect(dialectScript(table, plain).syllables).toBe(plain.match(/\p{Script=Han}/gu)?.length);
  }
});

test.each([
  ['頭', 'dei11', 'voiced'],
  ['戴', 'tA214', 'unaspirated'],
  ['套', 'tho214', 'aspirated'],
  ['白', 'ba22?', 'stopped and low'],
  ['黑', 'h@-55?', 'stopped and high'],
  ['先', 'S;iE44', 'palatal'],
  ['爾', 'n-214', 'a nasal alone'],
  ['伊', 'ji11', 'murmured before i'],
  ['紅', 'Qo11N', 'murmured before others'],
  ['师', 'si[44', 'simplified writing'],
])('%s is said %s: %s', (character, phonemes) => {
  expect(dialectScript(table, character).input).toBe(`[[${phonemes}]],`);
});

test('a word sounds as a whole: 生 in 先生 differs from 生 alone', () => {
  expect(dialectScript(table, '先生').input).toBe('[[S;iE44sa44N]],');
  expect(dialectScript(table, '生').input).toBe('[[s@44n]],');
});

test('marks become pauses, a sentence ends with a full stop', () => {
  expect(dialectScript(table, '好，好！').input).toBe('[[ho51]], [[ho51]].');
});

test.each([
  ['an unknown character is named, and all of them at once', '鑫頭龘', 'no dialect pronunciation of 鑫 龘'],
  ['Latin letters', '戴A', 'no dialect pronunciation of A'],
  ['phoneme brackets', '[[a]]', 'no dialect pronunciation of [ a ]'],
  ['nothing', '', 'there is nothing to say'],
  ['500 characters', '好'.repeat(500), '500 of 300 characters'],
])('%s', (_case, text, message) => {
  expect(() => dialectScript(table, text)).toThrow(message);
});

test('a syllable the phoneme table cannot make is null', () => {
  expect(espeakSyllable(table, 'dei12')).toBe('dei11');
  expect(espeakSyllable(table, 'dei99')).toBeNull();
  expect(espeakSyllable(table, 'xei12')).toBeNull();
  expect(espeakSyllable(table, 'd12')).toBeNull();
});

test.each([
  ['頭\tdei99\t', '頭: dei99'],
  ['頭盔\tdei12\t', '頭盔: 1 syllables'],
  ['頭', 'lexicon.tsv:2: expected columns separated by tabs'],
])('a faulty lexicon is refused with its place: %p', async (row, message) => {
  const folder = await mkdtemp(path.join(tmpdir(), 'lexicon-'));
  try {
    await cp(path.join(audio, 'wuu/phonemes.tsv'), path.join(folder, 'phonemes.tsv'));
    await writeFile(path.join(folder, 'lexicon.tsv'), `字\t音\t依据\n${row}\n`);
    await expect(readDialectTable(folder)).rejects.toThrow(message);
  } finally {
    await rm(folder, { recursive: true });
  }
});
