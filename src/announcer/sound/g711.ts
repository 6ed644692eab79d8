/**
 * ITU-T G.711: the telephone's one byte per sample, in its two laws. Pure.
 * Works on the 16-bit scale: µ-law's 14 bits and A-law's 13 bits are its upper ones.
 */

export type G711Law = 'mu' | 'a';

/** Samples and bytes a second of G.711. */
export const G711_RATE_HZ = 8000;

/** Lifts every µ-law segment to a power of two (33 on the 14-bit scale of the recommendation). */
const MU_BIAS = 132;
/** Over this the last µ-law interval goes on (8158.75 on the 14-bit scale). */
const MU_CLIP = 32635;

/** One byte per sample, as sent on the wire: µ-law inverted, A-law with its even bits inverted. */
export function encodeG711(samples: Int16Array, law: G711Law): Buffer {
  const encode = law === 'mu' ? muLaw : aLaw;
  const bytes = Buffer.allocUnsafe(samples.length);
  for (let i = 0; i < samples.length; i += 1) bytes[i] = encode(samples[i] ?? 0);
  return bytes;
}

function muLaw(sample: number): number {
  const magnitude = Math.min(MU_CLIP, Math.abs(sample)) + MU_BIAS;
  const segment = 24 - Math.clz32(magnitude);
  return ~((sample < 0 ? 0x80 : 0) | (segment << 4) | ((magnitude >> (segment + 3)) & 0x0f)) & 0xff;
}

function aLaw(sample: number): number {
  // −1 and 0 lie on both sides of the middle: a negative value is counted from −1.
  const magnitude = sample < 0 ? ~sample : sample;
  const segment = magnitude < 256 ? 0 : 24 - Math.clz32(magnitude);
  const step = magnitude >> (Math.max(1, segment) + 3);
  return ((sample < 0 ? 0 : 0x80) | (segment << 4) | (step & 0x0f)) ^ 0x55;
}
