/** Which pictures a clip consists of, and whose heads are hidden in each. */
import type { BoundingBox, Frame } from '../../src/domain';
import { FilmStrip, type StripCell } from '../../src/evidence/film-strip';
import { around } from '../support/scene';

const HEAD = { w: 0.03, h: 0.06 };
const WALKER = around(0.8, 0.3, HEAD);
const PASSER = around(0.2, 0.3, HEAD);

const frame = (atMs: number, size = { widthPx: 640, heightPx: 360 }): Frame => ({
  ...{ cameraId: 'east', index: atMs, capturedAtMs: 1_000_000 + atMs, pixels: new Uint8Array(3) },
  ...size,
});

function stripOf(
  timesMs: readonly number[],
  others: (i: number) => readonly BoundingBox[] = () => [],
): readonly StripCell[] {
  const strip = new FilmStrip();
  const cells = timesMs.flatMap((atMs, i) =>
    strip.push({ frame: frame(atMs), subjectHeads: [], otherHeads: others(i) }),
  );
  return [...cells, ...strip.rest()];
}

const told = (cells: readonly StripCell[]) => cells.map(({ frame: { index }, times }) => [index, times]);

it.each<[string, readonly number[], readonly (readonly number[])[]]>([
  [
    'five pictures a second are taken as they are',
    [0, 200, 400, 600],
    [
      [0, 1],
      [200, 1],
      [400, 1],
      [600, 1],
    ],
  ],
  [
    'jitter of the camera changes nothing',
    [0, 230, 390, 610],
    [
      [0, 1],
      [230, 1],
      [390, 1],
      [610, 1],
    ],
  ],
  [
    'of more pictures a second some are left out',
    [0, 100, 200, 300, 400],
    [
      [0, 1],
      [100, 1],
      [300, 1],
    ],
  ],
  [
    'a gap is filled with the picture after it',
    [0, 200, 1200],
    [
      [0, 1],
      [200, 1],
      [1200, 5],
    ],
  ],
  [
    'a long gap is shortened to two seconds',
    [0, 30_000],
    [
      [0, 1],
      [30_000, 10],
    ],
  ],
  [
    'what comes after a minute is left out',
    [0, 60_000, 60_200],
    [
      [0, 1],
      [60_000, 10],
    ],
  ],
  ['one picture is a clip, too', [0], [[0, 1]]],
  ['no picture is none', [], []],
])('%s', (_case, timesMs, expected) => expect(told(stripOf(timesMs))).toEqual(expected));

it('a picture of another size is left out', () => {
  const strip = new FilmStrip();
  const nobody = { subjectHeads: [], otherHeads: [] };
  const grown = frame(200, { widthPx: 1280, heightPx: 720 });
  const cells = [frame(0), grown, frame(400)].flatMap((one) => strip.push({ frame: one, ...nobody }));
  expect(told([...cells, ...strip.rest()])).toEqual([
    [0, 1],
    [400, 2],
  ]);
});

it('a head found in one picture is hidden in the two before and the two after it as well', () => {
  const cells = stripOf([0, 200, 400, 600, 800, 1000, 1200], (i) => (i === 3 ? [WALKER] : []));
  expect(cells.map(({ otherHeads }) => otherHeads.length)).toEqual([0, 1, 1, 1, 1, 1, 0]);
});

it('every head of the neighbouring pictures is hidden where it was found', () => {
  const [, second] = stripOf([0, 200, 400], (i) => (i === 0 ? [WALKER] : i === 2 ? [PASSER] : []));
  expect(second?.otherHeads).toEqual([WALKER, PASSER]);
});
