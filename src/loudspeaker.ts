/**
 * One loudspeaker shared by the cameras of a box: asks the turns (pure) who may speak, has it spoken, and reports back
 * to whoever asked. The voice is a function, so that a recording is judged with the same manners in its own time.
 */
import type { PromptLanguage } from './domain';
import type { Addressing, Described, PhraseId, Words } from './incident/describe';
import type { PromptReport } from './incident/incident';
import {
  type CancelReason,
  cancel,
  ended,
  next,
  type RefusalReason,
  request,
  silent,
  type Turn,
  type TurnCounts,
  type TurnPolicy,
  type TurnState,
  type TurnStep,
} from './incident/turns';

export interface SpeakRequest extends Addressing {
  readonly promptId: string;
  readonly incidentId: string;
  readonly requestedAtMs: number;
  readonly lang: PromptLanguage;
  readonly text: string;
  /** How many it asks to put a helmet on; 0 by the thanks. */
  readonly violators: number;
  /** The words for the moment it is spoken: while it waited, others may have come or moved. */
  readonly refresh?: () => Addressing & { readonly text: string };
  readonly onReport: (report: PromptReport) => void;
}

/** What is spoken in the end: to one vehicle or to a group. */
export interface Utterance {
  readonly utteranceId: string;
  readonly incidentId: string;
  readonly phraseId: PhraseId;
  readonly lang: PromptLanguage;
  readonly words: Words;
  readonly described: Described | null;
  readonly text: string;
  readonly volumePercent: number;
}

/** What the voice did, without what the request already says. */
export type Spoken = Pick<
  PromptReport,
  'text' | 'voice' | 'voiceModel' | 'startedAtMs' | 'endedAtMs' | 'playback' | 'reason' | 'proof' | 'wavPath'
>;

/** Speaks, and calls back once it is over. */
export type Voice = (utterance: Utterance, nowMs: number, done: (spoken: Spoken, atMs: number) => void) => void;

export interface LoudspeakerOptions {
  readonly policy: TurnPolicy;
  /** Minutes since local midnight at the site. */
  readonly minuteOfDay: (nowMs: number) => number;
  /** What is said to a group. */
  readonly groupText: (lang: PromptLanguage) => string;
}

export class Loudspeaker {
  private turns: TurnState<SpeakRequest> = silent();

  constructor(
    private readonly options: LoudspeakerOptions,
    private readonly voice: Voice,
  ) {}

  get counts(): TurnCounts {
    return this.turns.counts;
  }

  speak(wanted: SpeakRequest, nowMs: number): void {
    this.apply(request(this.turns, wanted, this.now(nowMs), this.options.policy), nowMs);
  }

  cancel(taken: { readonly promptId: string; readonly reason: CancelReason }, nowMs: number): void {
    this.apply(cancel(this.turns, taken), nowMs);
  }

  /** Lets the next one speak when a gap has passed; called with every frame. */
  tick(nowMs: number): void {
    if (this.turns.waiting.length > 0) this.apply(next(this.turns, this.now(nowMs), this.options.policy), nowMs);
  }

  private now(nowMs: number): { ms: number; minuteOfDay: number } {
    return { ms: nowMs, minuteOfDay: this.options.minuteOfDay(nowMs) };
  }

  private apply({ state, start, refused }: TurnStep<SpeakRequest>, nowMs: number): void {
    this.turns = state;
    for (const one of refused) one.request.onReport(refusalReport(one.request, one.reason));
    const utterance = start === null ? null : this.utterance(start);
    if (start === null || utterance === null) return;
    this.voice(utterance, nowMs, (spoken, atMs) => {
      this.turns = ended(this.turns, atMs);
      const { utteranceId, phraseId, described } = utterance;
      for (const { promptId, requestedAtMs, onReport } of start.requests) {
        onReport({ promptId, utteranceId, phraseId, described, requestedAtMs, refusal: null, ...spoken });
      }
      this.tick(atMs);
    });
  }

  private utterance({ requests, isGroup, volumePercent }: Turn<SpeakRequest>): Utterance | null {
    const [first] = requests;
    if (first === undefined) return null;
    const { promptId: utteranceId, incidentId, lang } = first;
    const { phraseId, words, described, text } = first.refresh?.() ?? first;
    const common = { utteranceId, incidentId, lang, volumePercent };
    return isGroup
      ? { ...common, phraseId: 'group', words: {}, described: null, text: this.options.groupText(lang) }
      : { ...common, phraseId, words, described, text };
  }
}

/** Told as a failed prompt where the site's manners forbid it; dropped without a word where only its turn did not come. */
const REFUSALS: Readonly<Record<RefusalReason, PromptReport['refusal']>> = {
  quiet_hours: 'muted',
  volume_zero: 'muted',
  noise_sensitive: 'muted',
  hourly_cap: 'muted',
  stale: 'dropped',
  queue_full: 'dropped',
  person_left: 'dropped',
  helmet_on: 'dropped',
};

function refusalReport(
  { promptId, phraseId, described, text, requestedAtMs }: SpeakRequest,
  reason: RefusalReason,
): PromptReport {
  return {
    ...{ promptId, utteranceId: promptId, phraseId, described, text, requestedAtMs, reason },
    voice: 'synthetic',
    startedAtMs: null,
    endedAtMs: null,
    playback: 'failed',
    proof: null,
    wavPath: null,
    refusal: REFUSALS[reason],
  };
}
