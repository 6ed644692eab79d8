/**
 * One loudspeaker shared by the cameras of a box: asks the turns (pure) who may speak, has it spoken, and reports back
 * to whoever asked. The voice is a function, so that a recording is judged with the same manners in its own time.
 */
import type { ClothingColour, PromptLanguage } from './domain';
import type { PhraseId, PromptReport } from './incident/machine';
import {
  cancel,
  ended,
  next,
  type RefusalReason,
  request,
  silent,
  type TurnPolicy,
  type TurnState,
  type TurnStep,
} from './incident/turns';

export interface SpeakRequest {
  readonly promptId: string;
  readonly incidentId: string;
  readonly requestedAtMs: number;
  readonly phraseId: PhraseId;
  readonly lang: PromptLanguage;
  readonly text: string;
  readonly colour: ClothingColour | null;
  readonly onReport: (report: PromptReport) => void;
}

/** What the voice did, without what the request already says. */
export type Spoken = Pick<
  PromptReport,
  'text' | 'voice' | 'startedAtMs' | 'endedAtMs' | 'playback' | 'reason' | 'wavPath'
>;

/** Speaks, and calls back once it is over. */
export type Voice = (request: SpeakRequest, nowMs: number, done: (spoken: Spoken, atMs: number) => void) => void;

export interface LoudspeakerOptions {
  readonly policy: TurnPolicy;
  /** Minutes since local midnight at the site. */
  readonly minuteOfDay: (nowMs: number) => number;
}

export class Loudspeaker {
  private turns: TurnState<SpeakRequest> = silent();

  constructor(
    private readonly options: LoudspeakerOptions,
    private readonly voice: Voice,
  ) {}

  speak(wanted: SpeakRequest, nowMs: number): void {
    this.apply(request(this.turns, wanted, this.now(nowMs), this.options.policy), nowMs);
  }

  cancel(promptId: string, nowMs: number): void {
    this.apply(cancel(this.turns, promptId), nowMs);
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
    if (start === null) return;
    this.voice(start, nowMs, (spoken, atMs) => {
      this.turns = ended(this.turns, atMs);
      start.onReport({ promptId: start.promptId, requestedAtMs: start.requestedAtMs, refusal: null, ...spoken });
      this.tick(atMs);
    });
  }
}

/** Told as a failed prompt where the site's manners forbid it; dropped without a word where only its turn did not come. */
const REFUSALS: Readonly<Record<RefusalReason, PromptReport['refusal']>> = {
  quiet_hours: 'muted',
  noise_sensitive: 'muted',
  hourly_cap: 'muted',
  stale: 'dropped',
  queue_full: 'dropped',
  cancelled: 'dropped',
};

function refusalReport({ promptId, text, requestedAtMs }: SpeakRequest, reason: RefusalReason): PromptReport {
  return {
    promptId,
    text,
    voice: 'synthetic',
    requestedAtMs,
    startedAtMs: null,
    endedAtMs: null,
    playback: 'failed',
    reason,
    wavPath: null,
    refusal: REFUSALS[reason],
  };
}
