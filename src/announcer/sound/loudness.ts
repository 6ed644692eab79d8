/**
 * How loud a sound is: integrated loudness and true peak after ITU-R BS.1770-4, as EBU R128 uses them. Pure.
 * Works at any sample rate: the two filters of the K-weighting are derived from their analogue form.
 */
import { FULL_SCALE, type Sound } from './wav';

/** BS.1770-4: blocks of 400 ms that overlap by 75 %, so steps of 100 ms, four to a block. */
const STEP_S = 0.1;
const STEPS_PER_BLOCK = 4;
const ABSOLUTE_GATE_LUFS = -70;
const RELATIVE_GATE_LU = -10;
/** BS.1770-4, annex 1: makes a 997 Hz sine of 0 dBFS in one channel read −3.01 LUFS. */
const OFFSET_DB = -0.691;
/** BS.1770-4, annex 2: four times oversampled, twelve taps for each moment between two samples. */
const OVERSAMPLING = 4;
const PEAK_TAPS = 12;
const PEAK_REACH = PEAK_TAPS / 2;
const PEAK_BANK = [1, 2, 3].map((quarter) => betweenSamples(quarter / OVERSAMPLING));

/** Integrated loudness in LUFS, gated; −Infinity for silence. A sound shorter than a block is taken as one block. */
export function integratedLufs(sound: Sound): number {
  const blocks = blockPowers(sound);
  const audible = blocks.filter((power) => lufsOf(power) > ABSOLUTE_GATE_LUFS);
  const gate = lufsOf(mean(audible)) + RELATIVE_GATE_LU;
  return lufsOf(mean(audible.filter((power) => lufsOf(power) > gate)));
}

/** Highest level between the samples, in dB of full scale; −Infinity for silence. */
export function truePeakDbtp(sound: Sound): number {
  return decibels(oversampledPeaks(sound).reduce((peak, each) => (each > peak ? each : peak), 0) / FULL_SCALE);
}

/** For each sample of each channel the largest amplitude from it up to the next one, in steps of 16-bit PCM. */
export function oversampledPeaks({ samples, channels }: Sound): Float64Array {
  const { abs } = Math;
  const peaks = new Float64Array(samples.length);
  for (let channel = 0; channel < channels; channel += 1) {
    const frames = Math.floor(samples.length / channels);
    const line = new Float64Array(frames + PEAK_TAPS); // silence around it
    line.set(channelOf(samples, channels, channel), PEAK_REACH);
    for (let i = 0; i < frames; i += 1) {
      let peak = abs(line[i + PEAK_REACH] ?? 0);
      for (const taps of PEAK_BANK) {
        let value = 0;
        for (let tap = 0; tap < PEAK_TAPS; tap += 1) value += (taps[tap] ?? 0) * (line[i + tap + 1] ?? 0);
        if (value > peak || -value > peak) peak = abs(value);
      }
      peaks[i * channels + channel] = peak;
    }
  }
  return peaks;
}

/** Taps of a windowed sinc for a moment 0–1 after the sixth of twelve samples. */
function betweenSamples(offset: number): Float64Array {
  const taps = Float64Array.from({ length: PEAK_TAPS }, (_, tap) => {
    const x = tap - PEAK_REACH + 1 - offset;
    return (Math.sin(Math.PI * x) / (Math.PI * x)) * (0.5 + 0.5 * Math.cos((Math.PI * x) / PEAK_REACH));
  });
  const sum = taps.reduce((total, tap) => total + tap, 0);
  return taps.map((tap) => tap / sum);
}

export function decibels(ratio: number): number {
  return 20 * Math.log10(ratio);
}

export function ratioOf(levelDb: number): number {
  return 10 ** (levelDb / 20);
}

function lufsOf(power: number): number {
  return OFFSET_DB + 10 * Math.log10(power);
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** K-weighted mean square of each block, summed over the channels. */
function blockPowers({ samples, channels, sampleRateHz }: Sound): readonly number[] {
  const frames = Math.floor(samples.length / channels);
  const step = Math.max(1, Math.min(Math.round(STEP_S * sampleRateHz), Math.floor(frames / STEPS_PER_BLOCK)));
  const energies = new Float64Array(Math.floor(frames / step));
  for (let channel = 0; channel < channels; channel += 1) {
    const weighted = kWeighted(channelOf(samples, channels, channel), sampleRateHz);
    for (let at = 0; at < energies.length; at += 1) {
      let energy = energies[at] ?? 0;
      for (let i = at * step; i < (at + 1) * step; i += 1) energy += (weighted[i] ?? 0) ** 2;
      energies[at] = energy;
    }
  }
  const blocks = Math.max(0, energies.length - STEPS_PER_BLOCK + 1);
  const scale = 1 / (STEPS_PER_BLOCK * step * FULL_SCALE ** 2);
  return Array.from({ length: blocks }, (_, at) => {
    let sum = 0;
    for (let i = at; i < at + STEPS_PER_BLOCK; i += 1) sum += energies[i] ?? 0;
    return sum * scale;
  });
}

function channelOf(samples: Int16Array, channels: number, channel: number): Float64Array {
  const line = new Float64Array(Math.floor(samples.length / channels));
  for (let i = 0; i < line.length; i += 1) line[i] = samples[i * channels + channel] ?? 0;
  return line;
}

interface Biquad {
  readonly b0: number;
  readonly b1: number;
  readonly b2: number;
  readonly a1: number;
  readonly a2: number;
}

function kWeighted(line: Float64Array, sampleRateHz: number): Float64Array {
  return filtered(filtered(line, headFilter(sampleRateHz)), lowCut(sampleRateHz));
}

/** Direct form I, in place. */
function filtered(line: Float64Array, { b0, b1, b2, a1, a2 }: Biquad): Float64Array {
  let x1 = 0;
  let x2 = 0;
  let y1 = 0;
  let y2 = 0;
  for (let i = 0; i < line.length; i += 1) {
    const x = line[i] ?? 0;
    const y = b0 * x + b1 * x1 + b2 * x2 - a1 * y1 - a2 * y2;
    x2 = x1;
    x1 = x;
    y2 = y1;
    y1 = y;
    line[i] = y;
  }
  return line;
}

/** High shelf of about +4 dB: the head. The numbers reproduce the standard's table at 48 kHz; so do those below. */
export function headFilter(sampleRateHz: number): Biquad {
  const k = Math.tan((Math.PI * 1681.974450955533) / sampleRateHz);
  const q = 0.7071752369554196;
  const high = ratioOf(3.999843853973347);
  const band = high ** 0.4996667741545416;
  const a0 = 1 + k / q + k * k;
  return {
    b0: (high + (band * k) / q + k * k) / a0,
    b1: (2 * (k * k - high)) / a0,
    b2: (high - (band * k) / q + k * k) / a0,
    a1: (2 * (k * k - 1)) / a0,
    a2: (1 - k / q + k * k) / a0,
  };
}

/** High pass: the ear's deafness to the lowest notes. */
export function lowCut(sampleRateHz: number): Biquad {
  const k = Math.tan((Math.PI * 38.13547087602444) / sampleRateHz);
  const q = 0.5003270373238773;
  const a0 = 1 + k / q + k * k;
  return { b0: 1, b1: -2, b2: 1, a1: (2 * (k * k - 1)) / a0, a2: (1 - k / q + k * k) / a0 };
}
