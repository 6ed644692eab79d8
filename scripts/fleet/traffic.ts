/** When boxes have incidents, and when things go wrong (pure). */

/** An incident's events come as on a real street: violation, prompt, prompt in dialect, outcome. */
export const STEPS_MS: readonly number[] = [0, 4_000, 16_000, 22_000];

/** Each period begins with a rush: a green wave, a factory gate. */
const RUSH_PERIOD_MS = 180_000;
const RUSH_MS = 30_000;
const RUSH_FACTOR = 6;

/** Of all moments: how many incidents there are for each one outside a rush. */
export const MEAN_FACTOR = 1 + (RUSH_MS / RUSH_PERIOD_MS) * (RUSH_FACTOR - 1);

/** Whether a box begins an incident within `stepMs`: a Poisson process whose rate rises in a rush. @param random 0 ≤ value < 1 */
export function begins(
  at: { readonly nowMs: number; readonly stepMs: number; readonly perMinute: number },
  random: number,
): boolean {
  const factor = at.nowMs % RUSH_PERIOD_MS < RUSH_MS ? RUSH_FACTOR : 1;
  return random < 1 - Math.exp((-at.perMinute * factor * at.stepMs) / 60_000);
}

export type Blow =
  | { readonly atS: number; readonly what: 'kill_broker' | 'kill_boxes'; readonly which: number }
  | { readonly atS: number; readonly what: 'cut' | 'restore'; readonly which: number };

/** Boxes whose number ends in this digit are cut off together. */
export const CUT_GROUPS = 10;

/**
 * In each round of `roundS`: a broker node is killed, later a process of boxes. From time to time a tenth of the boxes
 * is cut off, for two rounds or three. `which` counts on; whoever strikes takes it modulo what there is.
 */
export function blows({ seconds, roundS }: { readonly seconds: number; readonly roundS: number }): readonly Blow[] {
  const rounds = Array.from({ length: Math.floor(seconds / roundS) }, (_, round) => round);
  const kills = rounds.flatMap((round): Blow[] => [
    { atS: (round + 0.1) * roundS, what: 'kill_broker', which: round },
    { atS: (round + 0.75) * roundS, what: 'kill_boxes', which: round },
  ]);
  const cuts = rounds
    .filter((round) => round % 3 === 0)
    .flatMap((round): Blow[] => {
      const which = round / 3;
      const fromS = (round + 0.4) * roundS;
      return [
        { atS: fromS, what: 'cut', which },
        { atS: Math.min(seconds, fromS + (2 + (which % 2)) * roundS), what: 'restore', which },
      ];
    });
  return [...kills, ...cuts].sort((a, b) => a.atS - b.atS);
}
