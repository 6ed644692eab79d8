/**
 * Which rider groups of a frame have their heads looked at (pure): whoever is being waited for, then whoever is not
 * decided yet; the settled ones only now and then, to notice a helmet taken off. A crowd has a bound, so a frame has one.
 */
import type { BoundingBox } from '../domain';
import { area, iou } from '../geometry';

/** `watched`: an outcome hangs on it, every frame counts. `settled`: all is known of it. */
export type Interest = 'watched' | 'undecided' | 'settled';

/** What the pipeline knows of one vehicle before the frame is analysed. */
export interface Attention {
  /** Where it should be now. */
  readonly box: BoundingBox;
  readonly interest: Interest;
  /** Since its heads were last looked at. */
  readonly waitedMs: number;
}

export interface AttentionRules {
  /** Settled vehicles are looked at this often. */
  readonly recheckMs: number;
  readonly groupsPerFrame: number;
}

/** Predicted and found box of one vehicle overlap by more than this, those of neighbours by less. */
const SAME_IOU = 0.3;
const RANK: Readonly<Record<Interest, number>> = { watched: 0, undecided: 1, settled: 2 };

/** @returns at most `groupsPerFrame` groups, most urgent first; among equals who waited longest, then who is nearest */
export function plan<G extends { readonly box: BoundingBox }>(
  groups: readonly G[],
  attention: readonly Attention[],
  rules: AttentionRules,
): G[] {
  const known = match(groups, attention);
  return groups
    .map((group) => {
      const { interest, waitedMs } = known.get(group) ?? { interest: 'undecided' as const, waitedMs: Infinity };
      return { group, interest, waitedMs };
    })
    .filter(({ interest, waitedMs }) => interest !== 'settled' || waitedMs >= rules.recheckMs)
    .sort(
      (a, b) =>
        RANK[a.interest] - RANK[b.interest] ||
        (a.waitedMs === b.waitedMs ? area(b.group.box) - area(a.group.box) : b.waitedMs - a.waitedMs),
    )
    .slice(0, rules.groupsPerFrame)
    .map(({ group }) => group);
}

/** One to one, the best overlap first. */
function match<G extends { readonly box: BoundingBox }>(
  groups: readonly G[],
  attention: readonly Attention[],
): Map<G, Attention> {
  const pairs = groups
    .flatMap((group) => attention.map((one) => ({ group, one, overlap: iou(group.box, one.box) })))
    .filter(({ overlap }) => overlap > SAME_IOU)
    .sort((a, b) => b.overlap - a.overlap);
  const known = new Map<G, Attention>();
  const taken = new Set<Attention>();
  for (const { group, one } of pairs) {
    if (known.has(group) || taken.has(one)) continue;
    known.set(group, one);
    taken.add(one);
  }
  return known;
}
