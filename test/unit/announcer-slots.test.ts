import { parsePhraseId, parseSlots } from '../../src/announcer/slots';

test('slot words are given by their English keys', () => {
  expect(parseSlots([])).toEqual({});
  expect(parseSlots(['colour=blue', 'garment=down_jacket', 'addressee=sir', 'side=left', 'seat=driver'])).toEqual({
    colour: 'blue',
    garment: 'down_jacket',
    addressee: 'sir',
    side: 'left',
    seat: 'driver',
  });
});

test.each<[string, readonly string[], readonly string[]]>([
  ['an unknown slot', ['age=old'], ['no slot age; slots: colour, garment, addressee, side, seat']],
  ['one that every object has', ['__proto__=x'], ['no slot __proto__']],
  ['a slot without a word', ['colour='], ['colour has no ""; words: black, white, grey']],
  [
    'a word without a slot',
    ['blue', '=blue', ''],
    ['"blue" is not slot=word, e.g. colour=blue', '"=blue"', '"" is not'],
  ],
  ['a slot given twice', ['side=left', 'side=right'], ['side is given twice']],
  ['an unknown word', ['colour=$(reboot)'], ['colour has no "$(reboot)"']],
  ['the word in Chinese', ['colour=蓝色'], ['colour has no "蓝色"']],
  ['several at once', ['age=old', 'colour=bleu', 'x'], ['no slot age', 'colour has no "bleu"', '"x" is not slot=word']],
])('%s is refused with what is known', (_case, pairs, messages) => {
  for (const message of messages) expect(() => parseSlots(pairs)).toThrow(message);
});

test('a phrase is known by its id', () => {
  expect(parsePhraseId('thanks')).toBe('thanks');
  expect(() => parsePhraseId('Thanks')).toThrow('no phrase "Thanks"; phrases: base, captured');
});
