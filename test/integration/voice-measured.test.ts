/** The machine voices, measured: phonemes, melody of every syllable, voicing, lengths. Expectations come from the tables. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { trackPitch } from '../../src/announcer/sound/pitch';
import { durationMs, peakRatio, rmsRatio, type Sound } from '../../src/announcer/sound/wav';
import type { SyllablePlace } from '../../src/announcer/voices/dialect-sound';
import { AUDIO_DIR, PHRASES } from '../support/announcing';
import { type Contour, contourOfDigits, contourOfMelody, cut, melodyOf, type Span } from '../support/contours';
import {
  type MandarinSyllable,
  phonemesHeard,
  promptTexts,
  type SpokenDialect,
  type SpokenMandarin,
  sayDialect,
  sayMandarin,
} from '../support/spoken';

jest.setTimeout(600_000);

/** Share of syllables whose melody must be the one their tone asks for. */
const AGREEMENT = 0.9;

describe('the dialect voice', () => {
  const tables = readTables();
  let prompts: readonly SpokenDialect[] = [];
  beforeAll(async () => {
    for (const text of promptTexts(PHRASES, 'wuu')) prompts = [...prompts, await sayDialect(text)];
  });
  const everySyllable = () =>
    prompts.flatMap(({ speech, sound, places }) =>
      speech.syllables.flatMap((syllable, index) => {
        const place = places[index];
        return place === undefined ? [] : [{ syllable, place, sound }];
      }),
    );

  /** Syllables that follow an open one without a pause. */
  const withinClauses = () =>
    prompts.flatMap(({ speech: { syllables }, sound, places }) =>
      syllables.flatMap((syllable, index) => {
        const [before, place] = [syllables[index - 1], places[index]];
        const follows = before !== undefined && !before.isStopped && before.pauseMs === 0;
        return follows && place !== undefined ? [{ syllable, place, sound }] : [];
      }),
    );

  test('says every slot word', () => {
    const said = prompts.map(({ text }) => text).join('\n');
    for (const group of Object.values(PHRASES.words)) {
      for (const { wuu } of Object.values(group)) expect(said).toContain(wuu);
    }
  });

  test('says the phonemes and sings the pitches that the tables give, and espeak-ng knows them all', () => {
    for (const { text, speech } of prompts) {
      const expected = tables.syllablesOf(text);
      expect(speech.syllables.map(({ ipa }) => ipa)).toEqual(expected.map(({ ipa }) => ipa));
      expect(speech.syllables.map(({ pitch }) => pitch.join(''))).toEqual(expected.map(({ pitch }) => pitch));
      const bare = (phonemes: string) => phonemes.replaceAll(/\[\[|\]\]|[._|:\s]|\d/gu, '');
      expect(bare(speech.script.input)).toBe(expected.map(({ espeak }) => espeak).join(''));
      expect(bare(phonemesHeard(speech.script.input))).toBe(bare(speech.script.input));
    }
  });

  test(`${AGREEMENT * 100} % of its syllables have the contour of their tone, no tone below 80 %`, () => {
    const heard = everySyllable().map(({ syllable: { pitch }, place, sound }) => {
      const span = { fromMs: place.toneMs, toMs: place.endMs };
      return { kind: pitch.join(''), ...compared(sound, span, [contourOfDigits(pitch.join(''))]) };
    });
    expect(heard.length).toBeGreaterThan(400);
    expectAgreement(heard, 0.8);
  });

  test('its pitch is where the digits say: 90 % of beginnings and ends within a third of the range', () => {
    const { lowest_hz, highest_hz } = tables.manner;
    const stepOf = (semitones: number) =>
      1 + (4 * (semitones - 12 * Math.log2(lowest_hz / 55))) / (12 * Math.log2(highest_hz / lowest_hz));
    const errors = everySyllable().flatMap(({ syllable: { pitch }, place, sound }) => {
      const melody = melodyOf(sound, { fromMs: place.toneMs, toMs: place.endMs });
      const ends = [melody[0], melody.at(-1)];
      const wanted = [pitch[0] ?? 0, pitch.at(-1) ?? 0];
      return ends.map((end, index) => Math.abs(stepOf(end ?? 0) - (wanted[index] ?? 0)));
    });
    expect(errors.filter((error) => error < 4 / 3).length / errors.length).toBeGreaterThan(0.9);
  });

  test('its stops differ: voice goes on through b d g, p t k open after silence, pʰ tʰ kʰ breathe before the voice', () => {
    const stops = (onsets: RegExp) =>
      withinClauses()
        .filter(({ syllable }) => onsets.test(syllable.ipa))
        .map(voicing);
    const [voiced, plain, aspirated] = [stops(/^[bdg]/u), stops(/^[ptk](?![ʰsɕ])/u), stops(/^[ptk]ʰ/u)];
    for (const group of [voiced, plain, aspirated]) expect(group.length).toBeGreaterThan(20);
    expect(shareOf(voiced, ({ closureDb, closureVoice }) => closureDb > -25 && closureVoice > 0.5)).toBeGreaterThan(
      0.9,
    );
    for (const { closureDb } of [...plain, ...aspirated]) expect(closureDb).toBeLessThan(-40);
    expect(shareOf(plain, ({ onsetMs }) => onsetMs >= 0 && onsetMs <= 35)).toBeGreaterThan(0.9);
    expect(shareOf(aspirated, ({ onsetMs }) => onsetMs >= 45 && onsetMs <= 120)).toBeGreaterThan(0.9);
  });

  test('its stopped syllables are at most two thirds as long as the others', () => {
    const meanMs = (isStopped: boolean) => {
      const lengths = everySyllable()
        .filter(({ syllable }) => syllable.isStopped === isStopped)
        .map(({ place }) => place.endMs - place.voiceMs);
      return lengths.reduce((sum, each) => sum + each, 0) / lengths.length;
    };
    expect(meanMs(true) / meanMs(false)).toBeLessThan(2 / 3);
    expect(meanMs(true)).toBeGreaterThan(50);
  });

  test('no syllable is shorter than 60 ms or longer than 500 ms, none silent, no prompt clipped or rushed', () => {
    for (const { speech, sound, places } of prompts) {
      for (const { soundMs, endMs } of places) {
        expect(endMs - soundMs).toBeGreaterThan(60);
        expect(endMs - soundMs).toBeLessThan(500);
        expect(rmsRatio(cut(sound, { fromMs: soundMs, toMs: endMs }))).toBeGreaterThan(0.03);
      }
      expect(peakRatio(sound)).toBeLessThan(0.95);
      const perSyllableMs = durationMs(sound) / speech.syllables.length;
      expect(perSyllableMs).toBeGreaterThan(180);
      expect(perSyllableMs).toBeLessThan(350);
    }
  });
  test('says every row of its lexicon, each with the contour of its tone in 90 %', async () => {
    const words = tables.words.join('，').match(/.{1,250}(?:，|$)/gu) ?? [];
    const rows = await Promise.all(words.map((text) => sayDialect(text)));
    const heard = rows.flatMap(({ speech, sound, places }) =>
      places.map(({ toneMs, endMs }, index) => {
        const pitch = speech.syllables[index]?.pitch.join('') ?? '';
        return { kind: pitch, ...compared(sound, { fromMs: toneMs, toMs: endMs }, [contourOfDigits(pitch)]) };
      }),
    );
    expect(heard).toHaveLength([...tables.words.join('')].length);
    expectAgreement(heard, 0.8);
  });

  test('says the longest sentence that it accepts whole, a pitch for each of its 300 syllables', async () => {
    const { places, sound } = await sayDialect('好'.repeat(300));
    expect(places).toHaveLength(300);
    expect(durationMs(sound)).toBeGreaterThan(300 * 180);
  });
});

describe('the Mandarin voice', () => {
  let prompts: readonly SpokenMandarin[] = [];
  beforeAll(async () => {
    for (const text of promptTexts(PHRASES, 'zh-CN')) prompts = [...prompts, await sayMandarin(text)];
  });

  test(`${AGREEMENT * 100} % of its syllables have the contour of their tone, third-tone sandhi included`, () => {
    const heard = prompts.flatMap(({ syllables, sound }) =>
      syllables.flatMap((syllable, index) => {
        const digits = mandarinDigits(syllable, syllables[index + 1]);
        if (digits === null) return [];
        const contours = digits.map(contourOfDigits);
        return [{ kind: digits.join('|'), ...compared(sound, afterOnset(syllable), contours) }];
      }),
    );
    expect(heard.length).toBeGreaterThan(300);
    expectAgreement(heard, 0.8);
    expect(heard.some(({ kind }) => kind === '35')).toBe(true);
  });

  test('a third tone before another rises as a second tone does', async () => {
    const { syllables, sound } = await sayMandarin('请你走好');
    const contours = syllables.map((each) => contourOfMelody(melodyOf(sound, afterOnset(each))));
    expect(syllables.map(({ pinyin }) => pinyin)).toEqual(['qing3', 'ni3', 'zou3', 'hao3']);
    expect(contours[0]).toBe('rising');
    expect(contours[2]).toBe('rising');
  });
});

/** 55, 35, 51; the third tone is 35 before another, a low 21 before the rest, 214 or 21 at an end; the neutral has none. */
function mandarinDigits({ pinyin, isFinal }: MandarinSyllable, next: MandarinSyllable | undefined): string[] | null {
  const isThird = pinyin.endsWith('3');
  if (isThird && !isFinal) return next?.pinyin.endsWith('3') === true ? ['35'] : ['21'];
  if (isThird) return ['214', '21'];
  const digits = new Map([
    ['1', '55'],
    ['2', '35'],
    ['4', '51'],
  ]).get(pinyin.slice(-1));
  return digits === undefined ? null : [digits];
}

/** A voiced onset leads the voice from where it was to where the tone begins: not yet the tone. */
const VOICED_ONSET_MS = 80;

function afterOnset({ pinyin, fromMs, toMs }: MandarinSyllable): Span {
  return { fromMs: /^[mnlrwy]/.test(pinyin) ? fromMs + VOICED_ONSET_MS : fromMs, toMs };
}

interface Heard {
  readonly kind: string;
  readonly agrees: boolean;
}

function compared(sound: Sound, span: Span, expected: readonly Contour[]) {
  const heard = contourOfMelody(melodyOf(sound, span));
  return { agrees: heard !== null && expected.includes(heard) };
}

function expectAgreement(heard: readonly Heard[], leastOfAKind: number): void {
  expect(shareOf(heard, ({ agrees }) => agrees)).toBeGreaterThanOrEqual(AGREEMENT);
  for (const kind of new Set(heard.map((each) => each.kind))) {
    const share = shareOf(
      heard.filter((each) => each.kind === kind),
      ({ agrees }) => agrees,
    );
    expect({ kind, isSung: share >= leastOfAKind }).toEqual({ kind, isSung: true });
  }
}

function shareOf<T>(all: readonly T[], isSo: (each: T) => boolean): number {
  return all.filter(isSo).length / all.length;
}

interface Voicing {
  /** From the first sound of the syllable to lasting voice. */
  readonly onsetMs: number;
  /** Loudness of the quietest 10 ms from 35 ms before to 30 ms after that sound, against the syllable's. */
  readonly closureDb: number;
  /** Share of voice in the 35 ms before it. */
  readonly closureVoice: number;
}

const CLOSURE_MS = 35;
const OPENING_MS = 30;
const QUIET_MS = 10;
const VOICING_SEARCH = { minHz: 120, maxHz: 320, hopMs: 2 } as const;
/** 20 ms of unbroken voice: no noise repeats itself for so long. */
const LASTING_FRAMES = 10;

function voicing({
  place: { soundMs, endMs },
  sound,
}: {
  readonly place: SyllablePlace;
  readonly sound: Sound;
}): Voicing {
  const fromMs = soundMs - CLOSURE_MS - VOICING_MARGIN_MS;
  const frames = trackPitch(cut(sound, { fromMs, toMs: soundMs + 200 }), VOICING_SEARCH).map(({ atMs, hz }) => ({
    atMs: fromMs + atMs - soundMs,
    isVoiced: hz !== null,
  }));
  const after = frames.filter(({ atMs }) => atMs >= 0);
  const first = after.find((_, index) => {
    const next = after.slice(index, index + LASTING_FRAMES);
    return next.length === LASTING_FRAMES && next.every(({ isVoiced }) => isVoiced);
  });
  const loudness = Array.from({ length: CLOSURE_MS + OPENING_MS - QUIET_MS }, (_, ms) => {
    const quietMs = soundMs - CLOSURE_MS + ms;
    return rmsRatio(cut(sound, { fromMs: quietMs, toMs: quietMs + QUIET_MS }));
  });
  const syllable = rmsRatio(cut(sound, { fromMs: soundMs, toMs: endMs }));
  return {
    onsetMs: first?.atMs ?? Infinity,
    closureDb: 20 * Math.log10((Math.min(...loudness) + 1e-6) / syllable),
    closureVoice: shareOf(
      frames.filter(({ atMs }) => atMs < 0),
      ({ isVoiced }) => isVoiced,
    ),
  };
}

/** The tracker needs a long period around a moment. */
const VOICING_MARGIN_MS = 10;

/** The tables, read by other means than the product's. */
function readTables() {
  const rows = (name: string) =>
    readFileSync(path.join(AUDIO_DIR, 'wuu', name), 'utf8')
      .normalize('NFC')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .slice(1)
      .map((line) => line.split('\t'));
  const lexicon = new Map(
    rows('lexicon.tsv').flatMap(([forms = '', ipa = '']) => forms.split('/').map((form) => [form, ipa])),
  );
  const phonemes = rows('phonemes.tsv').map(([kind = '', ipa = '', espeak = '']) => ({ kind, ipa, espeak }));
  const tones = new Map(rows('tones.tsv').map(([mark = '', , pitch = '']) => [mark, pitch]));
  const sandhi = new Map(rows('sandhi.tsv').map(([what = '', becomes = '']) => [what, becomes.split('+')]));
  const manner = Object.fromEntries(rows('voice.tsv').map(([name = '', value]) => [name, Number(value)]));
  const anyWord = new RegExp([...lexicon.keys()].sort((a, b) => b.length - a.length).join('|'), 'gu');
  const alternatives = (kind: string) =>
    phonemes
      .filter((each) => each.kind === kind)
      .map(({ ipa }) => ipa.replace(/_.*/u, ''))
      .sort((a, b) => b.length - a.length)
      .join('|');
  const syllable = new RegExp(`^(${alternatives('onset')})?(${alternatives('rime')})(\\d+)$`, 'u');
  const espeakOf = (ipa: string) => {
    const [, onset = '', rime = ''] = syllable.exec(ipa) ?? [];
    const letters = (kind: string, name: string) =>
      phonemes.find((each) => each.kind === kind && each.ipa === name)?.espeak;
    const begin = onset === '' ? '' : (letters('onset', `${onset}_${rime.charAt(0)}`) ?? letters('onset', onset));
    return `${begin}${letters('rime', rime)}`;
  };
  const syllablesOf = (text: string) =>
    [...text.matchAll(anyWord)].flatMap(([word]) => {
      const ipas = (lexicon.get(word) ?? '').split(' ');
      const marks = ipas.map((ipa) => ipa.replace(/^\D+/u, ''));
      const changed = sandhi.get(word) ?? sandhi.get(marks.join('+'));
      return ipas.map((ipa, index) => ({
        ipa,
        espeak: espeakOf(ipa),
        pitch: changed?.[index] ?? tones.get(marks[index] ?? '') ?? '',
      }));
    });
  const words = [...lexicon.keys()];
  return { words, syllablesOf, manner: { lowest_hz: manner.lowest_hz ?? 0, highest_hz: manner.highest_hz ?? 0 } };
}
