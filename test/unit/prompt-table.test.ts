/** The table of measured prompts: which sentences it must have, what is measured of them, and that it is up to date. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isWithinLimits, measuresOf } from '../../scripts/prompt-table/measure';
import { sentencesOf, slotWords } from '../../scripts/prompt-table/sentences';
import { promptTable } from '../../scripts/prompt-table/table';
import { readPhraseBook, withOverrides } from '../../src/announcer/phrase-book';
import { GARMENTS, LANGUAGES, PHRASE_IDS, SLOT_NAMES } from '../../src/announcer/phrases';
import { FULL_SCALE, type Sound } from '../../src/announcer/sound/wav';
import { CLOTHING_COLOURS } from '../../src/domain';

const AUDIO = path.join(__dirname, '../../audio');
const book = readPhraseBook(path.join(AUDIO, 'phrases.json'));
const sentences = sentencesOf(book);
const table = readFileSync(path.join(AUDIO, 'prompts.md'), 'utf8');

/** Cells of the lines that are about a sentence. */
function rowsOf(page: string): readonly (readonly string[])[] {
  const cells = page.split('\n').map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  return cells.filter(([lang]) => LANGUAGES.some((each) => each === lang));
}

const identity = (cells: readonly string[]) => cells.slice(0, 4).join(' | ');
const wanted = sentences.map(({ lang, phraseId, slots, text }) => [lang, phraseId, slotWords(slots), text].join(' | '));

describe('the sentences', () => {
  test('are all different, every phrase without slots among them', () => {
    expect(new Set(wanted).size).toBe(wanted.length);
    for (const lang of LANGUAGES) {
      const bare = sentences.filter((each) => each.lang === lang && Object.keys(each.slots).length === 0);
      expect(bare.map(({ phraseId }) => phraseId)).toEqual(PHRASE_IDS);
    }
  });

  test.each(LANGUAGES)('say every word of every slot in every %s template that has the slot', (lang) => {
    const unsaid = PHRASE_IDS.flatMap((phraseId) => {
      const texts = sentences
        .filter((each) => each.lang === lang && each.phraseId === phraseId)
        .map(({ text }) => text);
      return SLOT_NAMES.filter((slot) => book.phrases[phraseId][lang].text.includes(`{${slot}}`)).flatMap((slot) =>
        Object.values(book.words[slot])
          .filter((word) => !texts.some((text) => text.includes(word[lang])))
          .map((word) => `${phraseId}: ${word[lang]}`),
      );
    });
    expect(unsaid).toEqual([]);
  });

  test('say every garment in every colour', () => {
    const pairs = sentences.filter(({ slots }) => slots.colour !== undefined && slots.garment !== undefined);
    expect(pairs).toHaveLength(LANGUAGES.length * CLOTHING_COLOURS.length * GARMENTS.length);
  });
});

describe('the table', () => {
  test('has exactly these sentences; else run scripts/prompts', () => {
    expect(rowsOf(table).map(identity)).toEqual(wanted);
  });

  test('would notice a changed word', () => {
    const changed = withOverrides(book, { thanks: { 'zh-CN': '谢谢配合，路上小心！' } });
    const texts = sentencesOf(changed).map(({ text }) => text);
    const missing = texts.filter((text) => !table.includes(text));
    expect(missing).toEqual(['谢谢配合，路上小心！']);
  });

  test('lists no sentence out of its limits', () => {
    const figures = rowsOf(table).map((cells) => cells.slice(5).map((cell) => Number(cell.replace('−', '-'))));
    const outside = figures.filter(([lengthS = 0, lufs = 0, dbtp = 0, clipped = 1, silenceMs = 0]) => {
      return !isWithinLimits({ lengthMs: lengthS * 1000, lufs, dbtp, clipped, silenceMs });
    });
    expect(figures).toHaveLength(sentences.length);
    expect(outside).toEqual([]);
  });

  test('is written as it is read', () => {
    const [first] = sentences;
    if (first === undefined) throw new Error('no sentence');
    const measures = { lengthMs: 3210, lufs: -16.04, dbtp: -1.5, clipped: 0, silenceMs: 285 };
    const page = promptTable(
      [
        { ...first, voice: 'synthetic', measures },
        { ...first, voice: 'recorded', measures: { ...measures, clipped: 3, lengthMs: 1000 } },
      ],
      'a voice',
    );
    expect(rowsOf(page).map((cells) => cells.slice(4))).toEqual([
      ['synthetic', '3.21', '−16.04', '−1.50', '0', '0.28'],
      ['recorded', '1.00', '−16.04', '−1.50', '3', '0.28'],
    ]);
    expect(page).toContain('2 sentences, 1 within −16 ± 1 LUFS');
    expect(page).toContain('1.00 to 3.21 s');
  });
});

describe('what is measured', () => {
  const RATE_HZ = 8000;
  const tone = (ms: number, amplitude: number) =>
    Array.from({ length: (ms * RATE_HZ) / 1000 }, (_, i) => Math.round(amplitude * Math.sin((Math.PI * i) / 4)));
  const sound = (...parts: readonly (readonly number[])[]): Sound => ({
    sampleRateHz: RATE_HZ,
    channels: 1,
    samples: Int16Array.from(parts.flat()),
  });

  test('length and longest rest', () => {
    const made = sound(tone(200, 8000), tone(100, 0), tone(300, 8000), tone(250, 10), tone(150, 8000));
    expect(measuresOf(made)).toMatchObject({ lengthMs: 1000, silenceMs: 250, clipped: 0 });
  });

  test('samples at full scale, which are out of the limits', () => {
    const measures = measuresOf(sound(tone(500, 8000), [FULL_SCALE, -FULL_SCALE - 1, FULL_SCALE - 1], tone(500, 8000)));
    expect(measures.clipped).toBe(2);
    expect(isWithinLimits(measures)).toBe(false);
  });
});

describe('the limits', () => {
  const good = { lengthMs: 3000, lufs: -16, dbtp: -1, clipped: 0, silenceMs: 300 };
  test.each([
    ['as it should be', {}, true],
    ['just loud enough', { lufs: -17 }, true],
    ['too quiet', { lufs: -17.1 }, false],
    ['too loud', { lufs: -14.9 }, false],
    ['a peak too high', { dbtp: -0.9 }, false],
    ['silence', { lufs: Number.NEGATIVE_INFINITY }, false],
  ])('%s', (_case, change, expected) => expect(isWithinLimits({ ...good, ...change })).toBe(expected));
});
