/**
 * WAV files of 16-bit PCM: what is in them, and how loud. Pure; throws plain Errors saying what is wrong with the file.
 */

export interface Sound {
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Interleaved, −32768…32767. */
  readonly samples: Int16Array;
}

/** One step below the lowest value, so that both halves are alike. */
export const FULL_SCALE = 32767;
const PCM = 1;
/** Format tag of an "extensible" header, which some recorders write for plain PCM. */
const PCM_EXTENSIBLE = 0xfffe;

/** Accepts 16-bit PCM with one or two channels at 8–96 kHz; extra chunks are skipped, a cut-off data chunk is an error. */
export function parseWav(file: Buffer): Sound {
  if (file.length < 12 || file.toString('latin1', 0, 4) !== 'RIFF' || file.toString('latin1', 8, 12) !== 'WAVE') {
    throw new Error('not a WAV file');
  }
  let format: { readonly sampleRateHz: number; readonly channels: number } | null = null;
  for (let at = 12; at + 8 <= file.length; ) {
    const id = file.toString('latin1', at, at + 4);
    const size = file.readUInt32LE(at + 4);
    const body = file.subarray(at + 8, at + 8 + size);
    if (id === 'fmt ') format = parseFormat(body);
    if (id === 'data') {
      if (format === null) throw new Error('WAV data before its format');
      if (body.length < size) throw new Error(`WAV cut off: ${body.length} of ${size} bytes of sound`);
      const samples = new Int16Array(body.length >> 1);
      bytesOf(samples).set(body.subarray(0, samples.length * 2));
      return { ...format, samples };
    }
    at += 8 + size + (size & 1);
  }
  throw new Error('WAV without sound data');
}

function parseFormat(body: Buffer): { sampleRateHz: number; channels: number } {
  if (body.length < 16) throw new Error('WAV format chunk too short');
  const tag = body.readUInt16LE(0);
  const channels = body.readUInt16LE(2);
  const sampleRateHz = body.readUInt32LE(4);
  const bits = body.readUInt16LE(14);
  if ((tag !== PCM && tag !== PCM_EXTENSIBLE) || bits !== 16) {
    throw new Error(`WAV is not 16-bit PCM (format ${tag}, ${bits} bits)`);
  }
  if (channels < 1 || channels > 2) throw new Error(`WAV has ${channels} channels; 1 or 2 are supported`);
  if (sampleRateHz < 8000 || sampleRateHz > 96000)
    throw new Error(`WAV at ${sampleRateHz} Hz; 8000–96000 is supported`);
  return { sampleRateHz, channels };
}

export function encodeWav({ sampleRateHz, channels, samples }: Sound): Buffer {
  const bytes = samples.length * 2;
  const file = Buffer.alloc(44 + bytes);
  file.write('RIFF', 0, 'latin1');
  file.writeUInt32LE(36 + bytes, 4);
  file.write('WAVEfmt ', 8, 'latin1');
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(PCM, 20);
  file.writeUInt16LE(channels, 22);
  file.writeUInt32LE(sampleRateHz, 24);
  file.writeUInt32LE(sampleRateHz * channels * 2, 28);
  file.writeUInt16LE(channels * 2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36, 'latin1');
  file.writeUInt32LE(bytes, 40);
  file.set(bytesOf(samples), 44);
  return file;
}

export function durationMs(sound: Sound): number {
  return (sound.samples.length / sound.channels / sound.sampleRateHz) * 1000;
}

/** The samples as WAV stores them: every machine Node runs on is little-endian too. */
function bytesOf(samples: Int16Array): Uint8Array {
  return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** Largest amplitude, 0–1 of full scale. */
export function peakRatio(sound: Sound): number {
  let peak = 0;
  for (const sample of sound.samples) if (sample > peak || -sample > peak) peak = sample < 0 ? -sample : sample;
  return peak / FULL_SCALE;
}

/** Root mean square, 0–1 of full scale. */
export function rmsRatio(sound: Sound): number {
  if (sound.samples.length === 0) return 0;
  let energy = 0;
  for (const sample of sound.samples) energy += sample * sample;
  return Math.sqrt(energy / sound.samples.length) / FULL_SCALE;
}

/** The same sound, louder or quieter; what would clip is limited to full scale. */
export function scaled(sound: Sound, factor: number): Sound {
  return { ...sound, samples: fromFloat(sound.samples, factor) };
}

/** Rounded to 16 bits; what would clip is limited to full scale. `values` in units of one step. */
export function fromFloat(values: ArrayLike<number>, factor = 1): Int16Array {
  const { max, min, round } = Math;
  const samples = new Int16Array(values.length);
  for (let i = 0; i < samples.length; i += 1) {
    samples[i] = round(max(-FULL_SCALE, min(FULL_SCALE, (values[i] ?? 0) * factor)));
  }
  return samples;
}

/** Scaled so that its peak is exactly `targetRatio` of full scale; silence stays silence. */
export function normalised(sound: Sound, targetRatio: number): Sound {
  const peak = peakRatio(sound);
  return peak === 0 ? sound : scaled(sound, targetRatio / peak);
}

export function silence(lengthMs: number, sampleRateHz: number): Sound {
  return { sampleRateHz, channels: 1, samples: new Int16Array(Math.round((lengthMs / 1000) * sampleRateHz)) };
}
