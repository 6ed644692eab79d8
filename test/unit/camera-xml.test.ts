/** What cameras answer in XML: read by local names, whatever namespace they use; broken text is read in linear time. */
import { elementsOf, textOf } from '../../src/camera/xml';

const XML = '<a:Set x="1"><tt:Name kind="b"> gate </tt:Name><Name/><Set2/></a:Set><Set><Name>two</Name></Set>';

test('elements and texts by their local names', () => {
  expect(elementsOf(XML, 'Set').map(({ attributes, inner }) => [attributes.trim(), textOf(inner, 'Name')])).toEqual([
    ['x="1"', 'gate'],
    ['', 'two'],
  ]);
  expect([textOf(XML, 'Nam'), elementsOf(XML, 'Name').length]).toEqual([undefined, 2]);
});

/** Followed by backtracking, each of these would take minutes: the test would never end. */
test.each(['<Name ', '<Name>', '<a:', '<', 'a:', '</Name'])('a megabyte of %j holds nothing', (word) => {
  const xml = word.repeat(1_000_000 / word.length);
  expect([elementsOf(xml, 'Name').length, elementsOf(xml, 'x:Name').length]).toEqual([0, 0]);
});
