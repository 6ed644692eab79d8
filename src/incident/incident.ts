/**
 * One person without a helmet, from the violation to the outcome (pure): what was said to them, what was seen of their
 * head since, and what may be said of it in the end. Whatever is not certain is unknown.
 */
import type { PlaybackProof, PromptLanguage, Seat } from '../domain';
import type { Person } from '../rider/riders';
import type { Described, PhraseId } from './describe';

export type OutcomeResult = 'corrected' | 'not_corrected' | 'unknown_left' | 'unknown_occluded';

/** Why nobody can tell what became of somebody. */
export const UNKNOWN_REASONS = [
  /** Left while the head could not be judged, or the helmet was not seen on it for long enough. */
  'undecided',
  /** Something stands before them. */
  'hidden',
  /** Somebody else may have taken their place or their track. */
  'identity',
  'camera_lost',
  /** The service stopped, or the recording ended, while they were still there. */
  'stopped',
  /** The service was ended without being able to stop; found open at the next start. */
  'restarted',
] as const;
export type UnknownReason = (typeof UNKNOWN_REASONS)[number];

/** What became of one spoken (or failed) prompt. */
export interface PromptReport {
  readonly promptId: string;
  /** Of what was said: that of the first one asked for, where one prompt spoke to several vehicles. */
  readonly utteranceId: string;
  /** What was said in the end, which may be less personal or meant for a group. */
  readonly phraseId: PhraseId;
  readonly described: Described | null;
  readonly text: string;
  readonly voice: 'synthetic' | 'recorded';
  /** The site's own model, where it spoke. */
  readonly voiceModel?: string;
  readonly requestedAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly playback: 'confirmed' | 'unconfirmed' | 'failed';
  readonly reason: string | null;
  /** What confirms it; null when nothing does. */
  readonly proof: PlaybackProof | null;
  readonly wavPath: string | null;
  /**
   * `muted`: the rest of the ladder would meet the same fate. `dropped`: its turn never came, or it was taken back;
   * it counts as never asked for and is asked again while the rider is still there.
   */
  readonly refusal: 'muted' | 'dropped' | null;
}

export interface SpokenPrompt extends PromptReport {
  readonly lang: PromptLanguage;
  /** 1 for the first prompt of the vehicle, 2 for the second … */
  readonly ordinal: number;
}

export interface Incident {
  readonly id: string;
  readonly personId: string;
  readonly seat: Seat;
  readonly confirmedAtMs: number;
  /** Since when the helmet counts as worn without a break, when it was last seen so, and which look showed it first. */
  readonly worn: { readonly sinceMs: number; readonly seenMs: number; readonly firstLookMs: number } | null;
  /** As it was when the vehicle was last seen; unknown while it is changing. */
  readonly lastState: Person['state'];
  /** False once somebody else may have taken the place. */
  readonly isSamePerson: boolean;
  readonly prompts: readonly SpokenPrompt[];
  readonly outcome: OutcomeResult | null;
}

/** How a vehicle went out of sight. */
export type GoneHow = 'left' | 'occluded' | 'camera_lost' | 'stopped';

export interface Outcome {
  readonly result: OutcomeResult;
  /** Null unless unknown. */
  readonly reason: UnknownReason | null;
  /** Number of the last prompt heard before the helmet was put on; 0 = none. */
  readonly afterPrompt: number;
  readonly afterPromptLang: PromptLanguage | null;
  /** From the start of that prompt (from the violation when there was none) to the helmet seen worn; null unless corrected. */
  readonly reactionMs: number | null;
}

export function openedBy(person: Person, { id, nowMs }: { readonly id: string; readonly nowMs: number }): Incident {
  return {
    id,
    personId: person.id,
    seat: person.seat,
    confirmedAtMs: nowMs,
    worn: null,
    lastState: person.state,
    isSamePerson: true,
    prompts: [],
    outcome: null,
  };
}

/** Notes one sight of the person on their vehicle. A hidden head says nothing new. */
export function seenAs(incident: Incident, person: Person, nowMs: number): Incident {
  const isWorn = person.state === 'worn';
  const seenMs = person.head === null ? (incident.worn?.seenMs ?? nowMs) : nowMs;
  return {
    ...incident,
    seat: person.seat,
    worn: isWorn
      ? { ...(incident.worn ?? { sinceMs: nowMs, firstLookMs: person.supportedSinceMs ?? nowMs }), seenMs }
      : null,
    lastState: person.isTurning ? 'unknown' : person.state,
    isSamePerson: person.sameSinceMs <= incident.confirmedAtMs,
  };
}

/** @param forMs the helmet must be seen worn for this long to count as put on */
export function isPutOn({ worn }: Incident, forMs: number): boolean {
  return worn !== null && worn.seenMs - worn.sinceMs >= forMs;
}

/** What may be said of somebody who is out of sight now, never a guess. */
export function outcomeAtEnd(incident: Incident, how: GoneHow, wornForMs: number): Outcome {
  const isOn = isPutOn(incident, wornForMs);
  if (!isOn && !(incident.lastState === 'not_worn' && how === 'left')) return unknown(incident, REASONS[how]);
  if (!incident.isSamePerson) return unknown(incident, 'identity');
  return isOn ? corrected(incident) : { ...afterLast(incident), result: 'not_corrected', reason: null };
}

export function corrected(incident: Incident): Outcome {
  const seenAtMs = incident.worn?.firstLookMs ?? incident.confirmedAtMs;
  const heard = incident.prompts.filter((one) => wasHeard(one) && (one.startedAtMs ?? Infinity) <= seenAtMs);
  const sinceMs = heard.at(-1)?.startedAtMs ?? incident.confirmedAtMs;
  const reactionMs = Math.max(0, seenAtMs - sinceMs);
  return { ...after(heard.at(-1)), result: 'corrected', reason: null, reactionMs };
}

export function wasHeard(prompt: SpokenPrompt): boolean {
  return prompt.playback !== 'failed' && prompt.phraseId !== 'thanks';
}

const REASONS: Readonly<Record<GoneHow, UnknownReason>> = {
  left: 'undecided',
  occluded: 'hidden',
  camera_lost: 'camera_lost',
  stopped: 'stopped',
};

function unknown(incident: Incident, reason: UnknownReason): Outcome {
  const isHidden = reason === 'hidden' || reason === 'identity' || reason === 'camera_lost';
  return { ...afterLast(incident), result: isHidden ? 'unknown_occluded' : 'unknown_left', reason };
}

function afterLast({ prompts }: Incident) {
  return { ...after(prompts.filter(wasHeard).at(-1)), reactionMs: null };
}

function after(prompt: SpokenPrompt | undefined): Pick<Outcome, 'afterPrompt' | 'afterPromptLang'> {
  return { afterPrompt: prompt?.ordinal ?? 0, afterPromptLang: prompt?.lang ?? null };
}
