/** Both dictionaries of the console say everything, and fill in the same values. */
import { en } from '../../src/console/web/words/en';
import { fill } from '../../src/console/web/words/fill';
import { zh } from '../../src/console/web/words/zh';

const valuesIn = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name).sort();

describe('the dictionaries of the console', () => {
  it('have the same keys', () => expect(Object.keys(en).sort()).toEqual(Object.keys(zh).sort()));

  it.each([
    ['zh', zh],
    ['en', en],
  ])('leave nothing empty: %s', (_, words) => {
    expect(Object.entries(words).filter(([, text]) => text.trim() === '')).toEqual([]);
  });

  it('fill in the same values', () => {
    const differing = Object.entries(zh).filter(
      ([key, text]) => String(valuesIn(text)) !== String(valuesIn(String(Reflect.get(en, key)))),
    );
    expect(differing).toEqual([]);
  });

  it('say Chinese in Chinese', () => {
    const untranslated = Object.entries(zh).filter(
      ([key, text]) => !/\p{Script=Han}/u.test(text) && key !== 'language',
    );
    expect(untranslated.map(([key]) => key)).toEqual(['figures.percent', 'zones.nth']);
  });
});

test('a value that is missing stays visible', () => {
  expect(fill('{a} of {b}', { a: 1 })).toBe('1 of {b}');
});
