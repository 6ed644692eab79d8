/** The figures of one or many clips (pure). */
import { wilson } from '../evaluation/statistics';
import type { OutcomeResult } from '../incident/incident';
import { median } from './facts';
import type { ClipScore, FalseReason, PersonScore } from './score';

/** hits ÷ trials, with the 95 % interval of Wilson; null of nothing. */
export interface Share {
  readonly hits: number;
  readonly trials: number;
  readonly share: number | null;
  readonly within: readonly [number, number] | null;
}

export interface HeadBucket {
  /** Pixels of the head's height: from, below (null = no end). */
  readonly headPx: readonly [number, number | null];
  readonly due: number;
  readonly found: number;
  readonly medianConfirmedAfterS: number | null;
}

const OUTCOMES = [
  'corrected',
  'not_corrected',
  'unknown_left',
  'unknown_occluded',
] as const satisfies readonly OutcomeResult[];
export type Confusion = Readonly<
  Record<'corrected' | 'not_corrected', Readonly<Record<OutcomeResult | 'none', number>>>
>;

export interface Summary {
  readonly origin: 'simulated' | 'real' | 'both';
  readonly clips: number;
  readonly people: number;
  readonly due: number;
  readonly precision: Share;
  readonly recall: Share;
  readonly falseViolations: Readonly<Record<FalseReason, number>>;
  readonly prompts: number;
  readonly wrongPrompts: number;
  readonly colours: Share;
  readonly seats: Share;
  readonly confusion: Confusion;
  /** Among those whose measured outcome is known. */
  readonly outcomes: Share;
  readonly unknown: Share;
  /** Percent; of those who were reminded. */
  readonly correctionRate: { readonly measured: number | null; readonly true: number | null };
  readonly idSwitches: number;
  readonly confirmedAfterS: { readonly p50: number | null; readonly p95: number | null };
  readonly buckets: readonly HeadBucket[];
}

const BUCKETS_PX = [0, 16, 20, 24, 28, 36] as const;

export function summarise(clips: readonly ClipScore[]): Summary {
  const people = clips.flatMap((clip) => clip.people);
  const due = people.filter(({ isDue }) => isDue);
  const found = people.filter(isFound);
  const violations = sum(clips, (clip) => clip.violations);
  const seats = found.filter(({ isSeatRight }) => isSeatRight).length;
  const measured = found.filter(({ measured }) => measured !== null);
  const known = measured.filter(({ measured }) => measured === 'corrected' || measured === 'not_corrected');
  const right = known.filter(({ measured, outcome }) => measured === outcome).length;
  const times = found.flatMap(({ confirmedAfterS }) => (confirmedAfterS === null ? [] : [confirmedAfterS]));
  return {
    ...{ origin: originOf(clips), clips: clips.length, people: people.length, due: due.length },
    precision: shareOf(violations - sum(clips, ({ falseViolations }) => total(falseViolations)), violations),
    recall: shareOf(due.filter(isFound).length, due.length),
    falseViolations: {
      wears_a_helmet: sum(clips, (clip) => clip.falseViolations.wears_a_helmet),
      nobody_rides: sum(clips, (clip) => clip.falseViolations.nobody_rides),
      nobody_there: sum(clips, (clip) => clip.falseViolations.nobody_there),
      twice: sum(clips, (clip) => clip.falseViolations.twice),
    },
    prompts: sum(clips, (clip) => clip.prompts),
    wrongPrompts: sum(clips, (clip) => clip.wrongPrompts),
    colours: shareOf(
      sum(clips, (clip) => clip.colours.right),
      sum(clips, (clip) => clip.colours.said),
    ),
    seats: shareOf(seats, found.length),
    confusion: confusionOf(found),
    outcomes: shareOf(right, known.length),
    unknown: shareOf(measured.length - known.length, measured.length),
    correctionRate: ratesOf(found),
    idSwitches: sum(clips, (clip) => clip.idSwitches),
    confirmedAfterS: { p50: quantile(times, 0.5), p95: quantile(times, 0.95) },
    buckets: bucketsOf(due),
  };
}

function isFound({ confirmedAfterS }: PersonScore): boolean {
  return confirmedAfterS !== null;
}

function originOf(clips: readonly ClipScore[]): Summary['origin'] {
  const origins = new Set(clips.map(({ origin }) => origin));
  if (origins.size > 1) return 'both';
  return origins.has('real') ? 'real' : 'simulated';
}

export function shareOf(hits: number, trials: number): Share {
  const share = trials === 0 ? null : hits / trials;
  return { hits, trials, share, within: wilson(hits, trials) ?? null };
}

function confusionOf(found: readonly PersonScore[]): Confusion {
  const row = (truth: 'corrected' | 'not_corrected') => {
    const own = found.filter(({ outcome }) => outcome === truth);
    const count = (said: OutcomeResult | null): number => own.filter(({ measured }) => measured === said).length;
    const [corrected, not, left, occluded] = OUTCOMES.map(count);
    return {
      corrected: corrected ?? 0,
      not_corrected: not ?? 0,
      unknown_left: left ?? 0,
      unknown_occluded: occluded ?? 0,
      none: count(null),
    };
  };
  return { corrected: row('corrected'), not_corrected: row('not_corrected') };
}

/** The measured rate leaves out whose outcome is unknown, as the service does; the true one knows everybody. */
function ratesOf(found: readonly PersonScore[]): Summary['correctionRate'] {
  const reminded = found.filter(({ isReminded }) => isReminded);
  const said = (result: OutcomeResult): number => reminded.filter(({ measured }) => measured === result).length;
  const truly = reminded.filter(({ outcome }) => outcome === 'corrected').length;
  return {
    measured: percent(said('corrected'), said('corrected') + said('not_corrected')),
    true: percent(truly, reminded.length),
  };
}

/** Two decimals, as the service publishes it. */
function percent(part: number, whole: number): number | null {
  return whole === 0 ? null : Math.round((part / whole) * 10_000) / 100;
}

function bucketsOf(due: readonly PersonScore[]): HeadBucket[] {
  return BUCKETS_PX.map((from, index): HeadBucket => {
    const below = BUCKETS_PX[index + 1] ?? null;
    const own = due.filter(({ headPx }) => headPx >= from && (below === null || headPx < below));
    const found = own.filter(isFound);
    const times = found.flatMap(({ confirmedAfterS }) => (confirmedAfterS === null ? [] : [confirmedAfterS]));
    return {
      headPx: [from, below],
      due: own.length,
      found: found.length,
      medianConfirmedAfterS: times.length === 0 ? null : median(times),
    };
  });
}

function quantile(values: readonly number[], share: number): number | null {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)] ?? null;
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((all, item) => all + of(item), 0);
}

function total(counts: Readonly<Record<string, number>>): number {
  return sum(Object.values(counts), (count) => count);
}
