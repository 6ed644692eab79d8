/** What a tone is expected to do and what a voice is measured to do, in the same five words. */
import { trackPitch } from '../../src/announcer/sound/pitch';
import type { Sound } from '../../src/announcer/sound/wav';

export type Contour = 'level' | 'rising' | 'falling' | 'dipping' | 'peaking';

/** Chao digits, `324` → dipping. One step counts. */
export function contourOfDigits(digits: string): Contour {
  return contourOf([...digits].map(Number), 1);
}

/** Half of a step when five steps span an octave: what is nearer to a move than to none. */
const MOVE_SEMITONES = 1.5;
/** Lips and throat open and close at the edges: not part of the melody. */
const EDGE_RATIO = 0.05;
const SEARCH = { minHz: 95, maxHz: 400, hopMs: 4 } as const;

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** Semitones above 55 Hz over a span of the sound, smoothed; empty where there is no voice. */
export function melodyOf(sound: Sound, { fromMs, toMs }: Span): readonly number[] {
  const edgeMs = (toMs - fromMs) * EDGE_RATIO;
  const frames = trackPitch(cut(sound, { fromMs: fromMs - MARGIN_MS, toMs: toMs + MARGIN_MS }), SEARCH);
  const startMs = Math.max(0, fromMs - MARGIN_MS);
  const heard = frames.filter(({ atMs }) => atMs + startMs >= fromMs + edgeMs && atMs + startMs <= toMs - edgeMs);
  return smoothed(heard.flatMap(({ hz }) => (hz === null ? [] : [12 * Math.log2(hz / 55)])));
}

/** The tracker needs two periods around a moment. */
const MARGIN_MS = 15;

/** Null for too little voice to tell. */
export function contourOfMelody(melody: readonly number[]): Contour | null {
  if (melody.length < 5) return null;
  const tenth = Math.max(1, Math.round(melody.length / 10));
  const mean = (values: readonly number[]) => values.reduce((sum, each) => sum + each, 0) / values.length;
  const middle = melody.slice(tenth, -tenth);
  const [start, end] = [mean(melody.slice(0, tenth)), mean(melody.slice(-tenth))];
  const low = Math.min(...middle);
  const high = Math.max(...middle);
  const turn = low < Math.min(start, end) ? low : high > Math.max(start, end) ? high : (start + end) / 2;
  return contourOf([start, turn, end], MOVE_SEMITONES);
}

/** A turn counts when it leaves both ends by a move; otherwise the ends decide. */
function contourOf(points: readonly number[], move: number): Contour {
  const [start = 0, end = 0] = [points[0], points.at(-1)];
  const inner = points.slice(1, -1);
  if (inner.length > 0 && Math.min(start, end) - Math.min(...inner) >= move) return 'dipping';
  if (inner.length > 0 && Math.max(...inner) - Math.max(start, end) >= move) return 'peaking';
  if (end - start >= move) return 'rising';
  return start - end >= move ? 'falling' : 'level';
}

/** Medians of five: single frames an octave off vanish. */
function smoothed(values: readonly number[]): readonly number[] {
  return values.map((_, index) => {
    const near = values.slice(Math.max(0, index - 2), index + 3).sort((a, b) => a - b);
    return near[near.length >> 1] ?? 0;
  });
}

export function cut({ sampleRateHz, channels, samples }: Sound, { fromMs, toMs }: Span): Sound {
  const at = (ms: number) => Math.max(0, Math.round((ms / 1000) * sampleRateHz)) * channels;
  return { sampleRateHz, channels, samples: samples.slice(at(fromMs), at(toMs)) };
}
