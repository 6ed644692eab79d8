/** A smeared head must not count like a sharp one. */
import { sharpness } from '../../src/vision/sharpness';

const SIDE = 64;
type Grey = (x: number, y: number) => number;

function crop(grey: Grey, enlargement = 1, offset = 0) {
  const pixels = new Uint8Array(offset + SIDE * SIDE * 3);
  for (let y = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++)
      pixels.fill(Math.round(grey(x, y)), offset + (y * SIDE + x) * 3, offset + (y * SIDE + x) * 3 + 3);
  }
  return { pixels, offset, sidePx: SIDE, enlargement };
}
/** Mean over a rectangle of a grey picture: camera shake and bad focus. */
const blurred =
  (grey: Grey, width: number, height: number): Grey =>
  (x, y) => {
    let sum = 0;
    for (let dy = 0; dy < height; dy++) for (let dx = 0; dx < width; dx++) sum += grey(x + dx, y + dy);
    return sum / (width * height);
  };
/** A head: a round, textured thing with an edge. */
const head: Grey = (x, y) => (Math.hypot(x - 32, y - 32) < 14 ? 60 + 40 * ((x * 7 + y * 13) % 5) : 200 - y);

const sharp = sharpness(crop(head));

it.each<[string, Grey]>([
  ['out of focus', blurred(head, 7, 7)],
  ['smeared sideways', blurred(head, 9, 1)],
  ['smeared downwards', blurred(head, 1, 9)],
])('a head %s is less sharp', (_case, grey) => expect(sharpness(crop(grey))).toBeLessThan(sharp / 2));

it('is the same of a dark, a faded and a bright picture of the same head', () => {
  for (const seen of [(v: number) => v / 4, (v: number) => 100 + v / 4]) {
    // Whole grey levels cost a few per cent.
    expect(sharpness(crop((x, y) => seen(head(x, y)))) / sharp).toBeCloseTo(1, 0);
  }
});

it('is about the same of a small head that was enlarged', () => {
  const doubled: Grey = (x, y) => head(16 + Math.floor(x / 2), 16 + Math.floor(y / 2));
  expect(sharpness(crop(doubled, 2)) / sharp).toBeGreaterThan(0.4);
  expect(sharpness(crop(doubled, 1)) / sharpness(crop(doubled, 2))).toBeLessThan(1);
});

it('is 0 where there is nothing to see', () => {
  expect(sharpness(crop(() => 0))).toBe(0);
  expect(sharpness(crop(() => 255))).toBe(0);
  expect(sharpness(crop((x, y) => 10 + ((x + y) % 2)))).toBe(0);
});

it('looks at its own crop of a batch', () => {
  const first = crop(() => 90).pixels;
  const second = crop(head, 1, first.length);
  second.pixels.set(first);
  expect(sharpness(second)).toBe(sharp);
  expect(sharpness({ ...second, offset: 0 })).toBe(0);
});
