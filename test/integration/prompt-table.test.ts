/** One sentence per phrase and language, rendered by the real voices and measured as for the table. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { isWithinLimits } from '../../scripts/prompt-table/measure';
import { render } from '../../scripts/prompt-table/render';
import { sentencesOf } from '../../scripts/prompt-table/sentences';
import { LANGUAGES, PHRASE_IDS } from '../../src/announcer/phrases';
import { commands, PHRASES, temporaryFolder } from '../support/announcing';

jest.setTimeout(120_000);

/** The last of each phrase: with slots where it has some. */
const SENTENCES = LANGUAGES.flatMap((lang) =>
  PHRASE_IDS.flatMap(
    (phraseId) => sentencesOf(PHRASES).findLast((each) => each.lang === lang && each.phraseId === phraseId) ?? [],
  ),
);
/** A full stop is 450 ms; what fades out before it and closes after it comes on top. */
const LONGEST_REST_MS = 700;

const signal = new AbortController().signal;

test('every phrase in both languages is as loud as it must be, unclipped, and never silent for long', async () => {
  await using home = await temporaryFolder();
  const wavFolder = path.join(home.folder, 'sounds');
  const counts: number[] = [];
  const rows = await render(
    SENTENCES,
    { book: PHRASES, wavFolder, onDone: (count) => void counts.push(count) },
    signal,
  );
  expect(rows).toHaveLength(LANGUAGES.length * PHRASE_IDS.length);
  expect(rows.map(({ text }) => text)).toEqual(SENTENCES.map(({ text }) => text));
  expect(rows.filter(({ measures }) => !isWithinLimits(measures))).toEqual([]);
  expect(rows.filter(({ measures }) => measures.silenceMs > LONGEST_REST_MS)).toEqual([]);
  expect(counts).toEqual(rows.map((_, index) => index + 1));
  const files = await readdir(wavFolder);
  expect(files).toHaveLength(rows.length);
  expect(files).toContain('wuu-base-addressee=madam-side=left.wav');
});

test('a sentence that cannot be rendered is named', async () => {
  await using home = await temporaryFolder();
  using _ = await commands(home.folder, { 'espeak-ng': 'exit 3' });
  const work = render(SENTENCES, { book: PHRASES, onDone: () => undefined }, signal);
  await expect(work).rejects.toThrow(/^zh-CN (base|captured) addressee=madam side=left: espeak-ng ended with 3/);
});

test('an interruption ends it', async () => {
  const controller = new AbortController();
  const reason = new Error('stopped by hand');
  const work = render(SENTENCES, { book: PHRASES, onDone: () => controller.abort(reason) }, controller.signal);
  await expect(work).rejects.toBe(reason);
});
