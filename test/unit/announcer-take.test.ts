/** What the recording room says of a take, what it keeps of it, and what the words mean. */
import { encodeWav, type Sound } from '../../src/announcer/sound/wav';
import { recordingList } from '../../src/announcer/voices/recording-list';
import { dialectMeanings } from '../../src/announcer/voices/recording-meaning';
import { judgeTake, seriousFaults, TAKE_FAULTS } from '../../src/announcer/voices/take';
import { PHRASES } from '../support/announcing';
import { type TakeParts, take } from '../support/takes';

const WORDS = '謝謝';

const CASES: readonly (readonly [string, TakeParts, readonly string[]])[] = [
  ['good', {}, []],
  ['good at 96 kHz in two channels', { rateHz: 96_000, channels: 2 }, []],
  ['in an ordinary room', { noise: 0.003 }, []],
  ['silent', { peak: 0 }, ['silent']],
  ['of half a minute and more', { voiceMs: 30_000, rateHz: 8_000 }, ['too_long']],
  ['like a telephone', { rateHz: 8_000 }, ['low_rate']],
  ['too loud', { peak: 1.6 }, ['clipped']],
  ['too far away', { peak: 0.008 }, ['quiet']],
  ['too short', { voiceMs: 90 }, ['short']],
  ['too long', { voiceMs: 2_600 }, ['long']],
  ['in a noisy room', { noise: 0.03 }, ['noisy']],
  ['begun too late', { beforeMs: 0 }, ['no_silence_start']],
  ['ended too soon', { afterMs: 0 }, ['no_silence_end']],
];

const JUDGED = CASES.map(([name, parts, codes]) => ({ name, codes, judged: judgeTake(take(parts), WORDS) }));

describe('a take', () => {
  it.each(JUDGED)('$name', ({ judged, codes }) => expect(judged.advice.map(({ code }) => code)).toEqual(codes));

  it('has a case for every code that sound alone can earn', () => {
    const earned = new Set(CASES.flatMap(([, , codes]) => codes));
    expect(TAKE_FAULTS.filter((code) => !earned.has(code))).toEqual(['unreadable']);
  });

  it('is serious where only another one helps', () => {
    const advice = JUDGED.flatMap(({ judged }) => judged.advice);
    const serious = advice.filter(({ isSerious }) => isSerious).map(({ code }) => code);
    expect(new Set(serious)).toEqual(new Set(['silent', 'too_long', 'low_rate', 'clipped', 'quiet', 'short']));
  });

  const kept = JUDGED.filter(({ judged }) => judged.advice.every(({ isSerious }) => !isSerious));

  it.each(kept)('$name: what is kept of it passes as a finished recording', ({ judged: { cut } }) => {
    if (cut === null) throw new Error('nothing was kept');
    expect(cut).toMatchObject({ channels: 1, sampleRateHz: 48_000 });
    expect(seriousFaults(encodeWav(cut), WORDS)).toEqual([]);
  });
});

describe('a finished recording', () => {
  it.each<[string, Buffer | Sound, string]>([
    ['of another kind', Buffer.from('ID3 not a WAV'), 'unreadable'],
    ['cut off', encodeWav(take()).subarray(0, 1_000), 'unreadable'],
    ['silent', take({ peak: 0 }), 'silent'],
    ['clipped', take({ peak: 1.6 }), 'clipped'],
  ])('%s is refused', (_, content, code) => {
    const bytes = Buffer.isBuffer(content) ? content : encodeWav(content);
    expect(seriousFaults(bytes, WORDS).map((one) => one.code)).toEqual([code]);
  });
});

describe('the words of the list', () => {
  const meanings = dialectMeanings(PHRASES);

  it('mean something, each of them', () => {
    const list = recordingList(PHRASES, 'wuu').map(({ words }) => words);
    expect(list.filter((words) => (meanings.get(words)?.mandarin ?? '') === '')).toEqual([]);
  });

  it.each([
    ['藍', '蓝色', '藍'],
    ['請擔頭盔戴戴好', '请把头盔戴好', '請擔頭盔戴戴好'],
    ['着', '…这位…穿…的…', '…着…個…'],
    ['小人安全頂要緊', '孩子安全最要紧', '小人安全頂要緊'],
    ['騎電瓶車個朋友', '骑电动车的朋友', '騎電瓶車個朋友'],
  ])('%s: %s', (words, mandarin, clause) => expect(meanings.get(words)).toMatchObject({ mandarin, clause }));
});
