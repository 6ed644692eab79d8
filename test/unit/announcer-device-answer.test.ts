/** Words of devices, also of those that say nothing but blanks. */
import { elementText } from '../../src/announcer/speakers/device-answer';

test('the text of an element, without the blanks around it', () => {
  expect(elementText('<a><id>\n 7 </id><id>8</id></a>', 'id')).toBe('7');
  expect(elementText('<id></id>', 'id')).toBe('');
  expect(elementText('<id>7', 'id')).toBeNull();
});

/** Followed by backtracking, this took hours: the test would never end. */
test('an answer of blanks alone has none', () => {
  expect(elementText(`<id>${' '.repeat(64 * 1024)}`, 'id')).toBeNull();
});
