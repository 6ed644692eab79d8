/** Telephone speech as a receiver hears it: decoded and compared by ffmpeg and correlation, independent of our own code. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { encodeWav } from '../../src/announcer/sound/wav';

const RATE_HZ = 22050;

/** Syllables of changing pitch with pauses between them, `lengthMs` long, so that no part can pass for another. */
export function speechLikeWav(folder: string, lengthMs: number): string {
  const samples = Int16Array.from({ length: Math.round((RATE_HZ * lengthMs) / 1000) }, (_, i) => {
    const t = i / RATE_HZ;
    const syllable = Math.max(0, Math.sin(2 * Math.PI * (3 + t) * t));
    const voice = Math.sin(2 * Math.PI * (180 + 60 * t) * t) + 0.5 * Math.sin(2 * Math.PI * (950 + 300 * t) * t);
    return Math.round(9000 * syllable * voice);
  });
  const wavPath = path.join(folder, 'speech.wav');
  writeFileSync(wavPath, encodeWav({ sampleRateHz: RATE_HZ, channels: 1, samples }));
  return wavPath;
}

/** What ffmpeg makes of the file at 8 kHz. */
export function reference(wavPath: string): Int16Array {
  return ffmpeg(['-i', wavPath, '-ac', '1', '-ar', '8000'], Buffer.alloc(0));
}

/** Bytes of G.711 as 16-bit samples. */
export function decoded(bytes: Buffer, format: 'mulaw' | 'alaw'): Int16Array {
  return ffmpeg(['-f', format, '-ar', '8000', '-ac', '1', '-i', 'pipe:0'], bytes);
}

function ffmpeg(input: readonly string[], bytes: Buffer): Int16Array {
  const output = execFileSync('ffmpeg', ['-v', 'error', ...input, '-f', 's16le', 'pipe:1'], { input: bytes });
  return Int16Array.from({ length: output.length >> 1 }, (_, i) => output.readInt16LE(i * 2));
}

/** Correlation of two sounds at the shift that suits them best, 1 = the same; and how much louder the first is. */
export function compared(heard: Int16Array, wanted: Int16Array, maxShift = 80): { likeness: number; gain: number } {
  let best = { likeness: 0, gain: 0 };
  for (let shift = -maxShift; shift <= maxShift; shift += 1) {
    let product = 0;
    let energy = 0;
    let wantedEnergy = 0;
    for (let i = Math.max(0, -shift); i < wanted.length && i + shift < heard.length; i += 1) {
      const a = heard[i + shift] ?? 0;
      const b = wanted[i] ?? 0;
      product += a * b;
      energy += a * a;
      wantedEnergy += b * b;
    }
    const likeness = product / Math.sqrt(energy * wantedEnergy || 1);
    if (likeness > best.likeness) best = { likeness, gain: Math.sqrt(energy / (wantedEnergy || 1)) };
  }
  return best;
}
