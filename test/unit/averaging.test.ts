/** Pictures made smaller by a whole factor, against the plain mean; and the module against its source. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import wabt from 'wabt';
import { type Averaging, averageCells, MODULE } from '../../src/averaging';

interface Case {
  readonly from: Averaging['from'];
  readonly side: Averaging['side'];
  readonly offset: number;
  /** Bytes between two rows of cells. */
  readonly gap: number;
}

const anyCase: fc.Arbitrary<Case> = fc
  .record({
    side: fc.constantFrom(2, 3, 4),
    columns: fc.integer({ min: 1, max: 40 }),
    rows: fc.integer({ min: 1, max: 6 }),
    left: fc.integer({ min: 0, max: 3 }),
    grey: fc.constantFrom(0, 255, null),
    seed: fc.nat(),
    offset: fc.nat({ max: 9 }),
    gap: fc.nat({ max: 9 }),
  })
  .map(({ side, columns, rows, left, grey, seed, offset, gap }) => {
    const beyond = Math.min(left, side - 1);
    const widthPx = columns * side + beyond;
    const heightPx = rows * side + beyond;
    let state = seed;
    const pixels = Uint8Array.from({ length: widthPx * heightPx * 3 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return grey ?? state >>> 24;
    });
    return { from: { pixels, widthPx, heightPx }, side, offset, gap };
  });

const UNTOUCHED = 77;

function averaged({ from, side, offset, gap }: Case): number[] {
  const strideBytes = Math.floor(from.widthPx / side) * 3 + gap;
  const pixels = new Uint8Array(offset + Math.floor(from.heightPx / side) * strideBytes).fill(UNTOUCHED);
  averageCells({ from, side, to: { pixels, offset, strideBytes } });
  return [...pixels];
}

/** The same by definition. */
function means({ from: { pixels, widthPx, heightPx }, side, offset, gap }: Case): number[] {
  const result = new Array<number>(offset).fill(UNTOUCHED);
  for (let y = 0; y + side <= heightPx; y += side) {
    for (let x = 0; x + side <= widthPx; x += side) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let dy = 0; dy < side; dy++)
          for (let dx = 0; dx < side; dx++) sum += pixels[((y + dy) * widthPx + x + dx) * 3 + channel] ?? Number.NaN;
        result.push(Math.floor((sum + Math.floor((side * side) / 2)) / (side * side)));
      }
    }
    result.push(...new Array<number>(gap).fill(UNTOUCHED));
  }
  return result;
}

it('is the rounded mean of every cell, and touches nothing beside the cells', () =>
  fc.assert(fc.property(anyCase, (one) => expect(averaged(one)).toEqual(means(one)))));

it('takes pictures wider than its memory was when it began', () => {
  const widthPx = 16_384;
  const pixels = Uint8Array.from({ length: widthPx * 4 * 3 }, (_, at) => (at * 7919) % 251);
  const one: Case = { from: { pixels, widthPx, heightPx: 4 }, side: 4, offset: 0, gap: 0 };
  expect(averaged(one)).toEqual(means(one));
});

it('refuses a target that is too small', () =>
  expect(() =>
    averageCells({
      from: { pixels: new Uint8Array(4 * 4 * 3), widthPx: 4, heightPx: 4 },
      side: 2,
      to: { pixels: new Uint8Array(11), offset: 0, strideBytes: 6 },
    }),
  ).toThrow('out of bounds'));

it('is what its source says', async () => {
  const source = readFileSync(join(__dirname, '../../src/averaging.wat'), 'utf8');
  const assembled = (await wabt()).parseWat('averaging.wat', source, { simd: true }).toBinary({}).buffer;
  expect(MODULE).toBe(Buffer.from(assembled).toString('base64'));
});
