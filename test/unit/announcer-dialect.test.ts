import { appendFile, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { readPhraseBook } from '../../src/announcer/phrase-book';
import { dialectSpeech } from '../../src/announcer/voices/dialect';
import { type DialectTable, readDialectTable, syllableOf } from '../../src/announcer/voices/dialect-table';

const audio = path.join(__dirname, '../../audio');
let table: DialectTable;
beforeAll(async () => {
  table = await readDialectTable(path.join(audio, 'wuu'));
});

const said = (text: string) =>
  dialectSpeech(table, text).syllables.map(({ ipa, pitch }) => `${ipa.replace(/\d+$/u, '')}${pitch.join('')}`);

test('every template and every slot word of the dialect has a pronunciation', () => {
  const { phrases, words } = readPhraseBook(path.join(audio, 'phrases.json'));
  const templates = Object.values(phrases).flatMap(({ wuu }) => [wuu.text, wuu.neutral ?? wuu.text]);
  const slotWords = Object.values(words).flatMap((group) => Object.values(group).map(({ wuu }) => wuu));
  for (const text of [...templates, ...slotWords]) {
    const plain = text.replaceAll(/\{[a-z]+\}|[[\]]/gu, '');
    expect(dialectSpeech(table, plain).script.syllables).toBe(plain.match(/\p{Script=Han}/gu)?.length);
  }
});

test.each([
  ['頭', 'dei', 'voiced'],
  ['戴', 'tA', 'unaspirated'],
  ['套', 'tho', 'aspirated'],
  ['白', 'ba?', 'stopped'],
  ['先', 'S;iE', 'palatal'],
  ['爾', 'n-', 'a nasal alone'],
  ['一', 'i?', 'without onset'],
  ['伊', 'ji', 'murmured before i'],
  ['紅', 'QoN', 'murmured before others'],
  ['师', 'si[', 'simplified writing'],
])('%s is said %s: %s', (character, phonemes) => {
  expect(dialectSpeech(table, character).script.input).toBe(`[[${phonemes}_:_:]].`);
});

test('a word sounds as a whole: 生 in 先生 differs from 生 alone', () => {
  expect(said('先生')).toEqual(['ɕiɪ44', 'sã44']);
  expect(said('生')).toEqual(['sən44']);
});

test('stops keep their voicing and closure: 伯 白 拍', () => {
  const [voiceless, voiced, aspirated] = dialectSpeech(table, '伯白拍').syllables;
  expect(voiceless).toMatchObject({ isVoiced: false, closureMs: 60, isStopped: true });
  expect(voiced).toMatchObject({ isVoiced: true, closureMs: 0, isStopped: true });
  expect(aspirated).toMatchObject({ isVoiced: false, closureMs: 50, isStopped: true });
});

test('marks become pauses, several of them the longest of one', () => {
  const { manner } = table;
  const pauses = dialectSpeech(table, '，好，好！？，好').syllables.map(({ pauseMs }) => pauseMs);
  expect(pauses).toEqual([manner.comma_ms, manner.full_stop_ms, 0]);
});

test('a syllable before a pause is longer, a stopped one shorter', () => {
  const lengths = dialectSpeech(table, '衣衣，一').syllables.map(({ lengthRatio }) => lengthRatio);
  expect(lengths).toEqual([1, table.manner.final_ratio, 0.6]);
});

test('no more syllables in a sentence of espeak-ng than it holds', () => {
  const { input, syllables } = dialectSpeech(table, '好'.repeat(300)).script;
  expect(syllables).toBe(300);
  expect(input.split('. ').every((sentence) => sentence.length < 80)).toBe(true);
});

describe('sandhi', () => {
  const withRules = (rules: DialectTable['sandhi']) => ({ ...table, sandhi: rules });
  const pitches = (rules: DialectTable['sandhi'], text: string) =>
    dialectSpeech(withRules(rules), text).syllables.map(({ pitch }) => pitch.join(''));
  const level = [
    [4, 4],
    [4, 4],
  ];
  const low = [
    [3, 3],
    [1, 1],
  ];

  test('the one documented rule: 阴平 and 上 in a word are both high', () =>
    expect(said('車斗')).toEqual(['tsʰo44', 'tei44']));

  test('only within a word of the lexicon', () => expect(said('車，斗')).toEqual(['tsʰo44', 'tei52']));

  test('a rule for a word comes before one for tones, and without rules tones stay', () => {
    const both = new Map([
      ['44+52', level],
      ['車斗', low],
    ]);
    expect(pitches(both, '車斗')).toEqual(['33', '11']);
    expect(pitches(new Map(), '車斗')).toEqual(['44', '52']);
  });
});

test.each([
  ['an unknown character is named, and all of them at once', '鑫頭龘', 'no dialect pronunciation of 鑫 龘'],
  ['Latin letters', '戴A', 'no dialect pronunciation of A'],
  ['digits', '戴3', 'no dialect pronunciation of 3'],
  ['an emoji', '戴😀', 'no dialect pronunciation of 😀'],
  ['markup', '<b>', 'no dialect pronunciation of < b >'],
  ['quotes', '"戴"', 'no dialect pronunciation of "'],
  ['phoneme brackets', '[[a]]', 'no dialect pronunciation of [ a ]'],
  ['nothing', '', 'there is nothing to say'],
  ['marks alone', '，！', 'there is nothing to say'],
  ['500 characters', '好'.repeat(500), '500 of 300 characters'],
])('%s', (_case, text, message) => {
  expect(() => dialectSpeech(table, text)).toThrow(message);
});

test('a syllable the tables cannot make is null', () => {
  expect(syllableOf(table, 'dei12')).toMatchObject({ espeak: 'dei', tone: { name: '阳平', pitch: [1, 2] } });
  expect(syllableOf(table, 'dei99')).toBeNull();
  expect(syllableOf(table, 'xei12')).toBeNull();
  expect(syllableOf(table, 'd12')).toBeNull();
});

describe('the data files', () => {
  test('a corrected tone is sung everywhere, the lexicon untouched', async () => {
    await using copy = await copiedTable();
    await writeFile(copy.file('tones.tsv'), 'mark\tname\tpitch\tlength\tstopped\n12\t阳平\t113\t1\tno\n');
    await writeFile(copy.file('lexicon.tsv'), '字\t音\n頭/头\tdei12\n');
    const speech = dialectSpeech(await readDialectTable(copy.folder), '頭头');
    expect(speech.syllables.map(({ pitch }) => pitch.join(''))).toEqual(['113', '113']);
  });

  test.each([
    ['lexicon.tsv', '頭盔\tdei99 kʰuei44', '頭盔: dei99'],
    ['lexicon.tsv', '頭盔\tdei12', '頭盔: 1 syllables'],
    ['lexicon.tsv', '頭', 'expected 2 columns separated by tabs'],
    ['tones.tsv', '13\t阳平\t163\t1\tno', '"163" is no pitch: digits 1 to 5'],
    ['tones.tsv', '13\t阳平\t13\tlong\tno', '"long": expected a number, 0.2 to 4'],
    ['tones.tsv', '13\t阳平\t13\t1\tmaybe', '"maybe": expected yes or no'],
    ['sandhi.tsv', '44+52\t44', '1 pitches for 2 syllables'],
    ['sandhi.tsv', '車斗\t44+44+44', '3 pitches for 2 syllables'],
    ['phonemes.tsv', 'onset\tx\tx\tno\tsoon\t-', '"soon": expected a number, 0 to 200'],
    ['phonemes.tsv', 'rime\tx\t<x>\t-\t0\t-', '"<x>" are no phonemes of espeak-ng'],
  ])('%s with the row %p is refused with its place', async (name, row, message) => {
    await using copy = await copiedTable();
    await appendFile(copy.file(name), `${row}\n`);
    await expect(readDialectTable(copy.folder)).rejects.toThrow(message);
    await expect(readDialectTable(copy.folder)).rejects.toThrow(name);
  });

  test.each([
    ['lowest_hz', '0', '60 to 500'],
    ['speed', '-5', '80 to 450'],
    ['final_ratio', '9', '0.2 to 4'],
  ])('voice.tsv with %s %s is refused: %s', async (name, value, limits) => {
    await using copy = await copiedTable();
    const rows = await readFile(copy.file('voice.tsv'), 'utf8');
    await writeFile(copy.file('voice.tsv'), rows.replace(new RegExp(`^${name}\t\\S+`, 'mu'), `${name}\t${value}`));
    await expect(readDialectTable(copy.folder)).rejects.toThrow(`"${value}": expected a number, ${limits}`);
  });

  test('a missing file and a missing row are named', async () => {
    await using copy = await copiedTable();
    await writeFile(copy.file('voice.tsv'), 'name\tvalue\nspeed\t165\n');
    await expect(readDialectTable(copy.folder)).rejects.toThrow('voice.tsv: lowest_hz is missing');
    await rm(copy.file('sandhi.tsv'));
    await expect(readDialectTable(copy.folder)).rejects.toThrow('sandhi.tsv: cannot be read');
  });
});

async function copiedTable() {
  const folder = await mkdtemp(path.join(tmpdir(), 'dialect-'));
  await cp(path.join(audio, 'wuu'), folder, { recursive: true });
  const remove = () => rm(folder, { recursive: true });
  return { folder, file: (name: string) => path.join(folder, name), [Symbol.asyncDispose]: remove };
}
