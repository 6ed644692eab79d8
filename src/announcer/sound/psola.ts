/**
 * Gives a piece of speech another melody and length, its sounds unchanged: time-domain pitch-synchronous overlap-add
 * (Moulines and Charpentier, Speech Communication 9, 1990). Pure; for speech of constant pitch, whose periods are known.
 */

export interface Melody {
  /** Constant pitch of the source within its voiced part. */
  readonly sourceHz: number;
  /** The voiced part of the source, in samples; what is before and after it stays as it is. */
  readonly voiced: { readonly from: number; readonly to: number };
  /** Length of the voiced part in the result, in samples. */
  readonly length: number;
  /** Wanted pitch `at` samples after the beginning of the voiced part of the result. */
  readonly hzAt: (at: number) => number;
}

const { abs, cos, PI, round } = Math;

/** The result is `samples.length − (voiced.to − voiced.from) + length` long, within a period. */
export function withMelody(samples: Float32Array, sampleRateHz: number, melody: Melody): Float32Array {
  const period = sampleRateHz / melody.sourceHz;
  const marks = periodMarks(samples, melody.voiced, period);
  const [first, last] = [marks[0], marks.at(-1)];
  if (first === undefined || last === undefined || last === first) return samples.slice();
  const length = Math.max(0, melody.length - (melody.voiced.to - melody.voiced.from) + (last - first));
  const places = newMarks({ first, length, sampleRateHz, melody });
  const end = places.at(-1) ?? first;
  const result = new Float32Array(end + samples.length - last);
  for (const [index, place] of places.entries()) {
    const mark = marks[Math.round(((place - first) / Math.max(1, end - first)) * (marks.length - 1))] ?? first;
    const before = index === 0 ? Infinity : Math.min(period, place - (places[index - 1] ?? place));
    const after = index === places.length - 1 ? Infinity : Math.min(period, (places[index + 1] ?? place) - place);
    addGrain(result, samples, { mark, place, before, after });
  }
  return result;
}

/** One mark a period, where the periods are loudest: the glottal pulses. */
function periodMarks(samples: Float32Array, { from, to }: Melody['voiced'], period: number): readonly number[] {
  const count = Math.floor((to - from) / period);
  let best = { loudness: -1, start: from };
  for (let start = from; start < from + period; start += 1) {
    let loudness = 0;
    for (let k = 0; k < count; k += 1) loudness += abs(samples[round(start + k * period)] ?? 0);
    if (loudness > best.loudness) best = { loudness, start };
  }
  return Array.from({ length: count }, (_, k) => round(best.start + k * period));
}

interface Placing {
  readonly first: number;
  readonly length: number;
  readonly sampleRateHz: number;
  readonly melody: Melody;
}

/** Where the periods of the result go. */
function newMarks({ first, length, sampleRateHz, melody }: Placing): readonly number[] {
  const places: number[] = [];
  const offset = first - melody.voiced.from;
  for (let at = 0; at <= length + 0.5; at += sampleRateHz / melody.hzAt(at + offset))
    places.push(Math.round(first + at));
  return places;
}

interface Grain {
  /** Sample of the source that comes to `place` in the result. */
  readonly mark: number;
  readonly place: number;
  /** Half-widths of the window in samples; infinite at the ends, where the sound stays as it was. */
  readonly before: number;
  readonly after: number;
}

/** A period under a Hann window as wide as the nearer of the old and the new neighbours, so that windows add up to one. */
function addGrain(result: Float32Array, samples: Float32Array, { mark, place, before, after }: Grain): void {
  const from = Math.max(-mark, -place, Math.ceil(-before));
  const to = Math.min(samples.length - mark, result.length - place, after);
  for (let i = from; i < to; i += 1) {
    const weight = 0.5 + 0.5 * cos((PI * i) / (i < 0 ? before : after)); // 1 where the width is infinite
    result[place + i] = (result[place + i] ?? 0) + weight * (samples[mark + i] ?? 0);
  }
}
