/**
 * Evidence over time for one head: a sliding window of looks, their mean log-odds, and hysteresis.
 * Pure: time is an argument, a vote is a value.
 */
import type { HeadDetection, HeadState } from '../domain';

export interface VoteOptions {
  /** Looks needed before anything is said. */
  readonly minLooks: number;
  /** Time the looks must span. */
  readonly minSpanMs: number;
  /** Looks older than this no longer count. */
  readonly windowMs: number;
  /** A look more likely unreadable than this is no look. */
  readonly unreadable: number;
  /** Probability of worn, or of not worn, from which the looks together decide; above ½. */
  readonly wornMean: number;
  readonly notWornMean: number;
  /** Share of the looks that must agree with the decision. */
  readonly minAgreement: number;
  /** Heads lower than this are not judged: pixels of the analysed picture. */
  readonly minHeadPx: number;
}

interface Look {
  readonly atMs: number;
  readonly logit: number;
  readonly weight: number;
}

export interface HeadVote {
  readonly state: HeadState;
  readonly looks: readonly Look[];
  readonly votes: { readonly worn: number; readonly notWorn: number };
  /** Probability of the stated side (worn or not worn) from the mean log-odds; 0.5 when nothing is known. */
  readonly score: number;
}

export const NO_VOTE: HeadVote = { state: 'unknown', looks: [], votes: { worn: 0, notWorn: 0 }, score: 0.5 };

/** One look can say at most this much (e⁴ : 1), so that a single sure error is outvoted. */
const MAX_LOGIT = 4;
/** From this height on a head counts fully. */
const FULL_WEIGHT_PX = 28;

/** Adds what one frame showed of the head (null = not seen) and decides anew. */
export function vote(
  previous: HeadVote,
  seen: { readonly head: HeadDetection; readonly heightPx: number } | null,
  nowMs: number,
  options: VoteOptions,
): HeadVote {
  const kept = previous.looks.filter((look) => nowMs - look.atMs <= options.windowMs);
  const look = seen === null ? null : lookAt(seen.head, seen.heightPx, nowMs, options);
  const looks = look === null ? kept : [...kept, look];
  const worn = looks.filter((l) => l.logit > 0).length;
  const votes = { worn, notWorn: looks.length - worn };
  const mean = meanLogit(looks);
  const state = decide(previous.state, { looks, mean, votes }, options);
  return { state, looks, votes, score: 1 / (1 + Math.exp(-Math.abs(mean))) };
}

function lookAt(head: HeadDetection, heightPx: number, nowMs: number, options: VoteOptions): Look | null {
  if (heightPx < options.minHeadPx || head.unreadable > options.unreadable) return null;
  const logOdds = Math.log((head.worn + 1e-6) / (head.notWorn + 1e-6));
  const size = Math.min(1, heightPx / FULL_WEIGHT_PX);
  return {
    atMs: nowMs,
    logit: Math.max(-MAX_LOGIT, Math.min(MAX_LOGIT, logOdds)),
    weight: size * (1 - head.unreadable) * Math.max(0.1, head.confidence),
  };
}

function meanLogit(looks: readonly Look[]): number {
  let sum = 0;
  let weight = 0;
  for (const look of looks) {
    sum += look.logit * look.weight;
    weight += look.weight;
  }
  return weight > 0 ? sum / weight : 0;
}

function decide(
  before: HeadState,
  evidence: { looks: readonly Look[]; mean: number; votes: HeadVote['votes'] },
  options: VoteOptions,
): HeadState {
  const { looks, mean, votes } = evidence;
  const first = looks[0];
  const last = looks.at(-1);
  if (first === undefined || last === undefined) return 'unknown';
  const isEnough = looks.length >= options.minLooks && last.atMs - first.atMs >= options.minSpanMs;
  const needed = options.minAgreement * looks.length;
  if (isEnough && mean >= logit(options.wornMean) && votes.worn >= needed) return 'worn';
  if (isEnough && mean <= -logit(options.notWornMean) && votes.notWorn >= needed) return 'not_worn';
  // Hysteresis: a decision stands until the evidence crosses to the other side.
  if (before === 'worn' && mean > 0) return 'worn';
  if (before === 'not_worn' && mean < 0) return 'not_worn';
  return 'unknown';
}

function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}
