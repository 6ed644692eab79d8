/**
 * What one look at one head says (pure). The service's votes and its evaluation use this same rule, so that the
 * precision printed by the one is the precision met by the other.
 */

/** The classifier's answer; sums to 1. */
export interface LookProbabilities {
  readonly worn: number;
  readonly bare: number;
  /** No head, or one that nobody could judge. */
  readonly unreadable: number;
}

/** Probabilities, 0–1, from the head classifier's manifest. */
export interface LookThresholds {
  readonly worn: number;
  readonly notWorn: number;
  /** Above this the crop is taken for no readable head. */
  readonly unreadable: number;
}

export type Word = 'worn' | 'bare' | 'unknown';

/**
 * Worn against bare is judged on what is left without `unreadable`: some doubt whether this is a head must not hide a
 * clear bare head, while a patch that is likely no head says nothing at all.
 */
export function wordOf(probabilities: LookProbabilities, thresholds: LookThresholds): Word {
  if (probabilities.unreadable > thresholds.unreadable) return 'unknown';
  const bare = bareShare(probabilities);
  if (bare >= thresholds.notWorn) return 'bare';
  return 1 - bare >= thresholds.worn ? 'worn' : 'unknown';
}

/** Probability of bare given that it is one or the other, 0–1; 0.5 when neither was seen. */
export function bareShare({ worn, bare }: LookProbabilities): number {
  return worn + bare > 0 ? bare / (worn + bare) : 0.5;
}
