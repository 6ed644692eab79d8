/** G.711 against ffmpeg's decoder, whose 256 output values per law leave no room for interpretation. */
import { execFileSync } from 'node:child_process';
import { encodeG711 } from '../../src/announcer/sound/g711';

/** What every code means, on the 16-bit scale. */
function decoded(format: 'mulaw' | 'alaw'): Int16Array {
  const codes = Uint8Array.from({ length: 256 }, (_, code) => code);
  const options = ['-v', 'error', '-f', format, '-ar', '8000', '-ac', '1', '-i', 'pipe:0', '-f', 's16le', 'pipe:1'];
  const bytes = execFileSync('ffmpeg', options, { input: codes });
  return Int16Array.from({ length: 256 }, (_, i) => bytes.readInt16LE(i * 2));
}

/**
 * From value to the interval it stands for: the recommendation puts every value in the middle of two decision values,
 * so each limit follows from the one before. The lowest µ-law interval lies around 0 and the last of each law is open.
 */
function decisionValues(values: Int16Array): ReadonlyMap<number, { readonly from: number; readonly to: number }> {
  const limits = new Map<number, { readonly from: number; readonly to: number }>();
  const positive = [...new Set(values)].filter((value) => value >= 0).sort((a, b) => a - b);
  let from = 0;
  for (const value of positive) {
    const to = value === 0 ? (positive[1] ?? 0) / 2 : 2 * value - from;
    limits.set(value, { from, to: value === positive.at(-1) ? Infinity : to });
    from = to;
  }
  return limits;
}

describe.each([
  { law: 'mu', format: 'mulaw' },
  { law: 'a', format: 'alaw' },
] as const)('$law-law', ({ law, format }) => {
  const values = decoded(format);

  it('keeps the decision values of the recommendation for every one of the 65536 samples', () => {
    const limits = decisionValues(values);
    const samples = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
    const codes = encodeG711(samples, law);
    const wrong = [...samples].filter((sample, i) => {
      const value = values[codes[i] ?? 0] ?? Number.NaN;
      const { from = Number.NaN, to = Number.NaN } = limits.get(Math.abs(value)) ?? {};
      const magnitude = Math.abs(sample);
      const isSameSide = value === 0 || value < 0 === sample < 0;
      return !(isSameSide && magnitude >= from && (sample < 0 ? magnitude <= to : magnitude < to));
    });
    expect(wrong).toEqual([]);
  });

  it('gives every value its own code back', () => {
    const back = [...encodeG711(values, law)];
    // µ-law has a second zero, code 127; a sample of 0 is always sent as 255.
    expect(back).toEqual(Array.from({ length: 256 }, (_, code) => (law === 'mu' && code === 127 ? 255 : code)));
  });
});

it('sends silence as the recommendation has it on the wire', () => {
  expect([...encodeG711(new Int16Array(2), 'mu')]).toEqual([0xff, 0xff]);
  expect([...encodeG711(new Int16Array(2), 'a')]).toEqual([0xd5, 0xd5]);
});
