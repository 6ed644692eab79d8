/**
 * Evidence over time for one head: a sliding window of looks, their robust mean log-odds, and hysteresis.
 * Pure: time is an argument, a vote is a value.
 */
import type { HeadDetection, HeadState } from '../domain';
import { type LookThresholds, type Word, wordOf } from '../vision/word';

/** From the head classifier's manifest, where each number's reason stands. */
export interface VoteOptions extends LookThresholds {
  /** Looks needed before anything is said. */
  readonly minLooks: number;
  /** Time the looks must span. */
  readonly minSpanMs: number;
  /** Looks older than this no longer count. */
  readonly windowMs: number;
  /** Probability from which the looks together decide, above ½; where the bar of a single look is higher, that counts. */
  readonly wornMean: number;
  readonly notWornMean: number;
  /** Share of the looks' weight that must lean to the decided side. */
  readonly minAgreement: number;
  /** Heads lower than this are not judged: pixels of the analysed picture. */
  readonly minHeadPx: number;
  /** From this height, and this sharpness, on a look counts fully. */
  readonly fullHeadPx: number;
  readonly fullSharpness: number;
}

interface Look {
  readonly atMs: number;
  readonly word: Word;
  readonly logit: number;
  readonly weight: number;
}

export interface HeadVote {
  readonly state: HeadState;
  readonly looks: readonly Look[];
  /** Looks that say so by themselves; the others only count in the mean. */
  readonly votes: { readonly worn: number; readonly notWorn: number };
  /** Probability of the stated side (worn or not worn) from the mean log-odds; 0.5 when nothing is known. */
  readonly score: number;
}

export const NO_VOTE: HeadVote = { state: 'unknown', looks: [], votes: { worn: 0, notWorn: 0 }, score: 0.5 };

/** One look can say at most this much (e⁴ : 1), so that a single sure error is outvoted. */
const MAX_LOGIT = 4;
/** Furthest that one look pulls at the mean: who contradicts all others counts by his number, not by how sure he is. */
const MAX_PULL = 1.5;
/** One look of three may err without meaning a change. */
const LATEST_LOOKS = 3;
/** A smeared look still says something: on val heads blurred by a third of their width errors grow by a quarter. */
const BLURRED_WEIGHT = 0.5;

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
  const mean = robustMean(looks);
  const count = (word: Word): number => looks.filter((one) => one.word === word).length;
  return {
    state: decide(previous.state, { looks, mean }, options),
    looks,
    votes: { worn: count('worn'), notWorn: count('bare') },
    score: 1 / (1 + Math.exp(-Math.abs(mean))),
  };
}

/** Time of the first look of the latest run that leans to the decided side: voting itself takes a second or two. */
export function supportedSinceMs({ state, looks }: HeadVote): number | null {
  const sign = state === 'worn' ? 1 : -1;
  const lastAgainst = looks.findLastIndex((look) => look.logit * sign <= 0);
  return state === 'unknown' ? null : (looks[lastAgainst + 1]?.atMs ?? null);
}

/** Whether the latest looks speak against what is decided, as while a helmet is being put on. */
export function isTurning({ state, looks }: HeadVote): boolean {
  const sign = state === 'worn' ? 1 : -1;
  const latest = looks.slice(-LATEST_LOOKS);
  const against = latest.filter((look) => look.logit * sign <= 0).length;
  return state !== 'unknown' && against * 2 > latest.length;
}

function lookAt(head: HeadDetection, heightPx: number, nowMs: number, options: VoteOptions): Look | null {
  if (heightPx < options.minHeadPx || head.unreadable > options.unreadable) return null;
  const { worn, notWorn: bare, unreadable } = head;
  const size = Math.min(1, heightPx / options.fullHeadPx);
  const sharp = Math.min(1, (head.sharpness ?? options.fullSharpness) / options.fullSharpness);
  const clarity = BLURRED_WEIGHT + (1 - BLURRED_WEIGHT) * sharp;
  return {
    atMs: nowMs,
    word: wordOf({ worn, bare, unreadable }, options),
    logit: clamp(Math.log((worn + 1e-6) / (bare + 1e-6)), MAX_LOGIT),
    weight: size * clarity * (1 - unreadable) * Math.max(0.1, head.confidence),
  };
}

/**
 * Huber's estimate of location (Annals of Mathematical Statistics 35, 1964): the point where the weighted pulls of all
 * looks, each capped, are in balance. Where a whole range is (looks divided by halves) its middle.
 */
function robustMean(looks: readonly Look[]): number {
  const pull = (at: number): number =>
    looks.reduce((sum, look) => sum + look.weight * clamp(look.logit - at, MAX_PULL), 0);
  const slack = 1e-9 * looks.reduce((sum, { weight }) => sum + weight, 0);
  const edge = (least: number): number => {
    let [low, high] = [-MAX_LOGIT, MAX_LOGIT];
    // 2⁻³⁰ of the range is far below any threshold's last digit.
    for (let i = 0; i < 30; i++) {
      const middle = (low + high) / 2;
      if (pull(middle) > least) low = middle;
      else high = middle;
    }
    return (low + high) / 2;
  };
  return slack > 0 ? (edge(slack) + edge(-slack)) / 2 : 0;
}

function decide(
  before: HeadState,
  { looks, mean }: { readonly looks: readonly Look[]; readonly mean: number },
  options: VoteOptions,
): HeadState {
  const first = looks[0];
  const last = looks.at(-1);
  if (first === undefined || last === undefined) return 'unknown';
  const isEnough = looks.length >= options.minLooks && last.atMs - first.atMs >= options.minSpanMs;
  // Looks at one person err together: their mean needs no less than a single look, however many they are.
  const wornFrom = logit(Math.max(options.wornMean, options.worn));
  const bareFrom = logit(Math.max(options.notWornMean, options.notWorn));
  if (isEnough && mean >= wornFrom && agreement(looks, 1) >= options.minAgreement) return 'worn';
  if (isEnough && mean <= -bareFrom && agreement(looks, -1) >= options.minAgreement) return 'not_worn';
  // Hysteresis: a decision stands until the evidence crosses to the other side.
  if (before === 'worn' && mean > 0) return 'worn';
  if (before === 'not_worn' && mean < 0) return 'not_worn';
  return 'unknown';
}

/** Share of the looks' weight that leans to the side of `sign`. */
function agreement(looks: readonly Look[], sign: 1 | -1): number {
  let [own, all] = [0, 0];
  for (const { logit: leaning, weight } of looks) {
    all += weight;
    if (leaning * sign > 0) own += weight;
  }
  return all > 0 ? own / all : 0;
}

function logit(probability: number): number {
  return Math.log(probability / (1 - probability));
}

function clamp(value: number, limit: number): number {
  return Math.max(-limit, Math.min(limit, value));
}
