import path from 'node:path';
import fc from 'fast-check';
import { parsePhraseBook, readPhraseBook, withOverrides } from '../../src/announcer/phrase-book';
import {
  ADDRESSEES,
  commonPrompts,
  GARMENTS,
  LANGUAGES,
  PHRASE_IDS,
  phraseText,
  spokenDurationMs,
} from '../../src/announcer/phrases';
import { CLOTHING_COLOURS } from '../../src/domain';

const file = path.join(__dirname, '../../audio/phrases.json');
const book = readPhraseBook(file);

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
      'no known colour is the fallback',
      { phraseId: 'base', lang: 'zh-CN', slots: { garment: 'shirt' } },
      '骑电动车的朋友，请戴好头盔再走，谢谢！',
    ],
    [
      'an honorific the site has turned on',
      { phraseId: 'captured', lang: 'zh-CN', slots: { colour: 'blue', garment: 'shirt', addressee: 'sir' } },
      '这位穿蓝色衬衫的先生，您已经被抓拍，请拿起头盔戴好，谢谢！',
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

  test('never leaves a brace and is never empty, whatever is known of the person', () => {
    const maybe = <T extends string>(values: readonly T[]) => fc.constantFrom(undefined, ...values);
    const prompt = fc.record({
      phraseId: fc.constantFrom(...PHRASE_IDS),
      lang: fc.constantFrom(...LANGUAGES),
      slots: fc.record({ colour: maybe(CLOTHING_COLOURS), garment: maybe(GARMENTS), addressee: maybe(ADDRESSEES) }),
    });
    fc.assert(
      fc.property(prompt, (each) => {
        const { text } = phraseText(book, each);
        expect(text).toMatch(/^[\p{Script=Han}，。！：]+$/u);
        expect(spokenDurationMs(text, each.lang)).toBeGreaterThan(1000);
      }),
    );
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

  test('a template with a garment but no colour is still said of a person of unknown colour', () => {
    const site = withOverrides(book, { base: { 'zh-CN': '穿{garment}的{addressee}，请戴头盔。' } });
    expect(phraseText(site, { phraseId: 'base', lang: 'zh-CN', slots: {} }).text).toBe('穿衣服的骑手朋友，请戴头盔。');
  });

  test.each([
    ['an unknown slot', '穿{color}的朋友', 'unknown slot {color}; known slots: {colour} {garment} {addressee}'],
    ['an open brace', '穿{colour的朋友', '"{" cannot be said'],
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
