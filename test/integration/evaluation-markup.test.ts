/** The evaluation's page and plots in front of a real parser: Python's expat, which accepts well-formed markup only. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { score } from '../../src/evaluation/metrics';
import { page } from '../../src/evaluation/page';
import { plots } from '../../src/evaluation/plots';
import { foundHead, labelled, picture, square, THRESHOLDS } from '../support/judged-pictures';

/** Every text and attribute of a document, one a line as JSON. */
const READ = `
import json, sys, xml.etree.ElementTree as tree
for one in tree.fromstring(sys.stdin.buffer.read()).iter():
    for text in [one.text, one.tail, *one.attrib.values()]:
        if text: print(json.dumps(text))
`;

function textsOf(markup: string): readonly unknown[] {
  const { error, status, stdout, stderr } = spawnSync('python3', ['-c', READ], { input: markup, timeout: 30_000 });
  if (error !== undefined) throw new Error(`python3 reads the markup and cannot be run: ${error.message}`);
  if (status !== 0) throw new Error(`not well-formed: ${stderr}`);
  return stdout
    .toString()
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}

const box = square(100, 100);
const errorIn = (file: string, name: string) =>
  picture({
    file,
    labels: [labelled('helmet', box, { sub: name, source: name })],
    heads: [foundHead(box, 0.9)],
    trueHeads: [{ label: 0, bare: 0.9, worn: 0.1, unreadable: 0, word: 'bare' }],
  });

describe('the markup of an evaluation', () => {
  it('is well-formed, and gives back what was written, for hostile names', () => {
    const names = [
      '<script>alert(1)</script>.jpg',
      `"quoted" & 'single'.jpg`,
      ']]>.jpg',
      '&#0;&nbsp;.jpg',
      '路口/雨 🛵.jpg',
      '-->',
    ];
    const pictures = names.map((name) => errorIn(name, name));
    const texts = textsOf(page(pictures, score(pictures, THRESHOLDS)).html);
    for (const name of names) {
      // Each picture is shown twice, for what is found in it and for its labelled head.
      expect(texts.filter((text) => text === name)).toHaveLength(2);
      expect(texts).toContain(`20 px · helmet · ${name} · ${name}`);
    }
  });

  it('is well-formed for any names', () => {
    const name = fc.string({ unit: 'binary', maxLength: 12 });
    const pictures = fc.sample(fc.tuple(name, name), 300).map(([file, kind]) => errorIn(file, kind));
    expect(textsOf(page(pictures, score(pictures, THRESHOLDS)).html).length).toBeGreaterThan(300);
  });

  it.each([
    ['nothing', []],
    ['one error', [errorIn('a.jpg', 'cap')]],
  ])('is well-formed for %s, plots too', (_case, pictures) => {
    const evaluation = score(pictures, THRESHOLDS);
    for (const markup of [page(pictures, evaluation).html, ...plots(evaluation).map(({ svg }) => svg)]) {
      expect(textsOf(markup).length).toBeGreaterThan(5);
    }
  });
});
