/** Greedy non-maximum suppression (pure). */
import type { BoundingBox } from '../domain';
import { iou } from '../geometry';

/** Keeps the most confident of boxes that overlap by more than `iouThreshold`; the result is sorted by confidence. */
export function nonMaximumSuppression<T extends { readonly box: BoundingBox; readonly confidence: number }>(
  boxes: readonly T[],
  iouThreshold: number,
): T[] {
  const kept: T[] = [];
  for (const candidate of [...boxes].sort((a, b) => b.confidence - a.confidence)) {
    if (kept.every((other) => iou(other.box, candidate.box) <= iouThreshold)) kept.push(candidate);
  }
  return kept;
}
