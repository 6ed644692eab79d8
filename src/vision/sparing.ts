/** Spares the networks a scene in which nobody is followed and nothing has changed. */
import type { Detection, Frame } from '../domain';
import type { Attention } from './attention';
import type { Analysis } from './detector';
import { blockLevels, largestChange } from './stillness';
import type { Thresholds } from './thresholds';

type Analyse = (frame: Frame, attention: readonly Attention[]) => Promise<Analysis>;
type Rules = Pick<Thresholds['rider-detector'], 'stillLevels' | 'idleLookMs'>;

interface Look {
  readonly atMs: number;
  readonly levels: Float32Array;
  readonly detections: readonly Detection[];
}

/**
 * The same for one camera, but for a picture like the last one looked at: what was found then is still there. With a
 * rider to follow, or one found in the last look, every picture is looked at, so that no look counts twice in a vote;
 * otherwise one every `idleLookMs` at least.
 */
export function sparing(analyse: Analyse, { stillLevels, idleLookMs }: Rules): Analyse {
  let last: Look | null = null;
  return async (frame, attention) => {
    const before = last;
    last = null;
    if (attention.length > 0) return analyse(frame, attention);
    const atMs = frame.capturedAtMs;
    const levels = blockLevels(frame);
    const isRecent = before !== null && atMs >= before.atMs && atMs - before.atMs < idleLookMs;
    if (isRecent && largestChange(before.levels, levels) < stillLevels) {
      last = before;
      return { detections: before.detections, frame };
    }
    const analysis = await analyse(frame, attention);
    const isAnybodyThere = analysis.detections.some(({ label }) => label === 'rider_group');
    if (!isAnybodyThere) last = { atMs, levels, detections: analysis.detections };
    return analysis;
  };
}
