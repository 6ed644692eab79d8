import path from 'node:path';
import { parsePhraseBook, readPhraseBook, withOverrides } from '../../src/announcer/phrase-book';
import {
  ADDRESSEES,
  commonPrompts,
  GARMENTS,
  LANGUAGES,
  PHRASE_IDS,
  type PhraseSlots,
  phraseParts,
  phraseText,
  SEATS,
  spokenDurationMs,
} from '../../src/announcer/phrases';
import { CLOTHING_COLOURS, SIDES } from '../../src/domain';

const file = path.join(__dirname, '../../audio/phrases.json');
const book = readPhraseBook(file);

const CLOTHES = [undefined, ...CLOTHING_COLOURS].flatMap((colour) => GARMENTS.map((garment) => ({ colour, garment })));
const PLACES = [undefined, ...SIDES].flatMap((side) =>
  [undefined, ...SEATS].flatMap((seat) => ADDRESSEES.map((addressee) => ({ side, seat, addressee }))),
);
/** All clothes in one place, and all places in no clothes, in a colour, and in a garment without a colour. */
const EVERY_SLOT: readonly PhraseSlots[] = [
  ...CLOTHES,
  ...PLACES.flatMap((place) =>
    ([{}, { colour: 'blue' }, { garment: 'vest' }] as const).map((clothes) => ({ ...place, ...clothes })),
  ),
];

describe('phraseText', () => {
  test.each([
    [
      'a known colour and garment',
      { phraseId: 'base', lang: 'zh-CN', slots: { colour: 'blue', garment: 'shirt' } },
      '这位穿蓝色衬衫的骑手朋友，请把头盔戴好，谢谢！',
    ],
    [
      'an unknown garment is clothes',
      { phraseId: 'base', lang: 'zh-CN', slots: { colour: 'red' } },
      '这位穿红色衣服的骑手朋友，请把头盔戴好，谢谢！',
    ],
    [
      'a passenger behind a known driver',
      { phraseId: 'passenger', lang: 'zh-CN', slots: { colour: 'yellow', garment: 'coat' } },
      '这位穿黄色外套的骑手朋友，后座的乘客也请戴好头盔，谢谢！',
    ],
    [
      'a passenger whose driver has no known colour',
      { phraseId: 'passenger', lang: 'zh-CN', slots: {} },
      '骑电动车的朋友，后座的乘客也请戴好头盔，谢谢！',
    ],
    [
      'nothing known is the fallback',
      { phraseId: 'base', lang: 'zh-CN', slots: { addressee: 'rider' } },
      '骑电动车的朋友，请戴好头盔再走，谢谢！',
    ],
    [
      'an honorific the site has turned on',
      { phraseId: 'captured', lang: 'zh-CN', slots: { colour: 'blue', garment: 'shirt', addressee: 'sir' } },
      '这位穿蓝色衬衫的先生，您已经被抓拍，请拿起头盔戴好，谢谢！',
    ],
    [
      'a side, where the clothes do not tell two apart',
      { phraseId: 'base', lang: 'zh-CN', slots: { colour: 'blue', side: 'left' } },
      '靠左边这位穿蓝色衣服的骑手朋友，请把头盔戴好，谢谢！',
    ],
    [
      'a side alone, where the clothes are not known',
      { phraseId: 'again', lang: 'zh-CN', slots: { side: 'front' } },
      '再提醒一次：前面这位骑手朋友，请戴好头盔再起步，谢谢！',
    ],
    [
      'a garment alone',
      { phraseId: 'base', lang: 'zh-CN', slots: { garment: 'vest' } },
      '这位穿马甲的骑手朋友，请把头盔戴好，谢谢！',
    ],
    [
      'a seat',
      { phraseId: 'base', lang: 'zh-CN', slots: { colour: 'green', seat: 'passenger', addressee: 'passenger' } },
      '这位后座穿绿色衣服的乘客，请把头盔戴好，谢谢！',
    ],
    [
      'side and seat in dialect',
      { phraseId: 'base', lang: 'wuu', slots: { colour: 'blue', side: 'right', seat: 'driver' } },
      '靠右邊前座着藍衣裳個師傅，請擔頭盔戴戴好，謝謝！',
    ],
    [
      'a side alone in dialect',
      { phraseId: 'base', lang: 'wuu', slots: { side: 'back' } },
      '後頭個師傅，請擔頭盔戴戴好，謝謝！',
    ],
    [
      'dialect',
      { phraseId: 'base', lang: 'wuu', slots: { colour: 'blue', garment: 'shirt' } },
      '着藍襯衫個師傅，請擔頭盔戴戴好，謝謝！',
    ],
    ['a phrase without slots', { phraseId: 'thanks', lang: 'wuu', slots: {} }, '謝謝爾，頭盔戴好噠，路浪當心點！'],
  ] as const)('%s', (_case, prompt, text) => {
    expect(phraseText(book, prompt).text).toBe(text);
  });

  test('is personal only when it picks somebody out', () => {
    const slots = { colour: 'blue' } as const;
    expect(phraseText(book, { phraseId: 'base', lang: 'zh-CN', slots }).personal).toBe(true);
    expect(phraseText(book, { phraseId: 'base', lang: 'zh-CN', slots: {} }).personal).toBe(false);
    expect(phraseText(book, { phraseId: 'cap', lang: 'zh-CN', slots }).personal).toBe(false);
  });

  test('has its parts in order: fixed words and the words of slots', () => {
    const slots = { colour: 'blue', side: 'left' } as const;
    expect(phraseParts(book, { phraseId: 'base', lang: 'zh-CN', slots })).toEqual([
      { kind: 'slot', slot: 'side', value: 'left', text: '靠左边' },
      { kind: 'fixed', text: '这位' },
      { kind: 'fixed', text: '穿' },
      { kind: 'slot', slot: 'colour', value: 'blue', text: '蓝色' },
      { kind: 'slot', slot: 'garment', value: 'clothes', text: '衣服' },
      { kind: 'fixed', text: '的' },
      { kind: 'slot', slot: 'addressee', value: 'rider', text: '骑手朋友' },
      { kind: 'fixed', text: '，请把头盔戴好，谢谢！' },
    ]);
  });

  describe.each(LANGUAGES)('in %s', (lang) => {
    const matrix = PHRASE_IDS.flatMap((phraseId) =>
      EVERY_SLOT.map((slots) => ({ phraseId, slots, ...phraseText(book, { phraseId, lang, slots }) })),
    );

    test('the whole matrix can be spoken: no brace is left, nothing is empty, nothing takes longer than 12 s', () => {
      const faults = matrix.filter(({ text }) => {
        const ms = spokenDurationMs(text, lang);
        return !/^[\p{Script=Han}，。！：]+$/u.test(text) || ms < 1000 || ms > 12_000;
      });
      expect(faults).toEqual([]);
    });

    test('every word of every slot is said', () => {
      const said = matrix.map(({ text }) => text).join(' ');
      const words = Object.values(book.words).flatMap((values) => Object.values(values).map((word) => word[lang]));
      expect(words.filter((word) => !said.includes(word))).toEqual([]);
    });
  });

  test('the prompts rendered ahead are all different and cover every phrase in both languages', () => {
    const prompts = commonPrompts(book);
    const keys = prompts.map(({ phraseId, lang, slots }) => `${phraseId} ${lang} ${slots.colour ?? ''}`);
    expect(new Set(keys).size).toBe(keys.length);
    expect(new Set(keys.slice(0, PHRASE_IDS.length * 2)).size).toBe(PHRASE_IDS.length * 2);
    expect(keys).toContain('base wuu brown');
    expect(keys).not.toContain('thanks wuu brown');
  });
});

describe('site wording', () => {
  test('replaces a template and keeps the neutral form for a person of unknown colour', () => {
    const site = withOverrides(book, { base: { 'zh-CN': '穿{colour}{garment}的师傅，请戴头盔。' } });
    const known = { phraseId: 'base', lang: 'zh-CN', slots: { colour: 'green' } } as const;
    expect(phraseText(site, known).text).toBe('穿绿色衣服的师傅，请戴头盔。');
    expect(phraseText(site, { ...known, slots: {} }).text).toBe('骑电动车的朋友，请戴好头盔再走，谢谢！');
    expect(phraseText(book, known).text).toBe('这位穿绿色衣服的骑手朋友，请把头盔戴好，谢谢！');
  });

  test.each([
    ['says a garment without its colour', { garment: 'vest' }, '穿马甲的骑手朋友，请戴头盔。'],
    ['does not speak of clothes that are not known', {}, '骑电动车的朋友，请戴好头盔再走，谢谢！'],
    ['does not leave out what is needed', { colour: 'red', garment: 'vest' }, '骑电动车的朋友，请戴好头盔再走，谢谢！'],
  ] as const)('with a garment alone %s', (_case, slots, text) => {
    const site = withOverrides(book, { base: { 'zh-CN': '穿{garment}的{addressee}，请戴头盔。' } });
    expect(phraseText(site, { phraseId: 'base', lang: 'zh-CN', slots }).text).toBe(text);
  });

  test('without places for side and seat leaves nobody to guess: the neutral form is said instead', () => {
    const site = withOverrides(book, { base: { 'zh-CN': '穿{colour}{garment}的师傅，请戴头盔。' } });
    const slots = { colour: 'green', side: 'left' } as const;
    expect(phraseText(site, { phraseId: 'base', lang: 'zh-CN', slots })).toEqual({
      text: '骑电动车的朋友，请戴好头盔再走，谢谢！',
      personal: false,
    });
  });

  test.each([
    [
      'an unknown slot',
      '穿{color}的朋友',
      'unknown slot {color}; known slots: {colour} {garment} {addressee} {side} {seat}',
    ],
    ['an open brace', '穿{colour的朋友', '"{" cannot be said'],
    ['brackets around words that are always said', '[这位]{colour}的朋友', 'square brackets hold what is left out'],
    ['an open bracket', '[穿{colour}的朋友', '"[" cannot be said'],
    ['nothing', '', 'says nothing'],
    ['only marks', '，。！', 'says nothing'],
    ['Latin letters', '请戴头盔OK', '"O" cannot be said'],
    ['a shell expression', '请戴头盔$(reboot)', '"$" cannot be said'],
    ['an emoji', '请戴头盔😀', '"😀" cannot be said'],
    ['markup', '<b>请戴头盔</b>', '"<" cannot be said'],
    ['500 characters', '请'.repeat(500), 'longer than 120 characters'],
  ])('%s is refused with its place and the reason', (_case, text, reason) => {
    expect(() => withOverrides(book, { again: { 'zh-CN': text } })).toThrow(`site wording again.zh-CN: ${reason}`);
  });

  test('every fault is told at once', () => {
    const overrides = { base: { 'zh-CN': '{x}好' }, fallback: { wuu: '着{colour}個' } };
    expect(() => withOverrides(book, overrides)).toThrow(/base\.zh-CN: .*\n.*fallback\.wuu: .*no slot is allowed here/);
  });

  test('of a phrase that does not exist is refused, with those that do', () => {
    const overrides: Record<string, { 'zh-CN': string }> = { bsae: { 'zh-CN': '请戴好头盔' } };
    expect(() => withOverrides(book, overrides)).toThrow(/bsae: no such phrase; known phrases: base, /);
  });
});

describe('phrase file', () => {
  const fileWith = (change: (content: Record<string, Record<string, unknown>>) => void) => {
    const content = JSON.parse(JSON.stringify(book));
    change(content);
    return JSON.stringify(content);
  };

  test.each([
    ['a missing phrase', fileWith(({ phrases }) => delete phrases?.thanks), 'site.json: phrases.thanks:'],
    ['an unknown phrase', fileWith(({ phrases }) => Object.assign(phrases ?? {}, { hello: {} })), 'hello'],
    ['a missing colour', fileWith(({ words }) => Object.assign(words ?? {}, { colour: {} })), 'words.colour.black:'],
    [
      'a slot in the fallback',
      fileWith(({ phrases }) => {
        const template = { text: '穿{colour}的朋友' };
        Object.assign(phrases ?? {}, { fallback: { 'zh-CN': template, wuu: template } });
      }),
      'phrases.fallback.zh-CN.text: the fallback has no slots',
    ],
    ['no JSON', '{', 'site.json: is not JSON:'],
  ])('%s is told with its place', (_case, json, message) => {
    expect(() => parsePhraseBook(json, 'site.json')).toThrow(message);
  });

  test('an absent file is told by name', () => {
    expect(() => readPhraseBook('/nowhere/phrases.json')).toThrow('/nowhere/phrases.json: cannot be read');
  });
});
