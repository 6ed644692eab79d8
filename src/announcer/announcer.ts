/**
 * Speaks one prompt at a time on one speaker: finds or renders the sound, plays it and reports what really happened.
 * Whose turn it is was decided before. It never throws: whatever goes wrong is a report with playback `failed` and its reason.
 */
import { once } from 'node:events';
import type { PromptLanguage } from '../domain';
import { AppError, messageOf } from '../errors';
import { type PhraseBook, type PhraseId, type PromptWording, phraseText } from './phrases';
import { createSpeaker, type SpeakerOptions } from './speakers/create';
import type { Playback, PlaybackVerdict, Speaker } from './speakers/speaker';
import { Voices, type VoicesOptions, wordingOf } from './voices/voices';

export interface AnnouncerOptions {
  readonly phrases: PhraseBook;
  readonly voices: VoicesOptions;
  readonly speaker: SpeakerOptions;
}

export interface AnnouncerLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface AnnounceRequest extends PromptWording {
  readonly incidentId: string;
  /** 0–100; default 100. */
  readonly volumePercent?: number | undefined;
}

export interface PlaybackReport {
  readonly incidentId: string;
  readonly phraseId: PhraseId;
  readonly lang: PromptLanguage;
  /** What was said, or would have been. */
  readonly text: string;
  readonly voice: 'synthetic' | 'recorded';
  readonly voiceModel?: string;
  readonly requestedAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly playback: PlaybackVerdict;
  /** Why it is not confirmed: a stable code, then perhaps a sentence (`busy`, `stopped`, `no_speaker: …`). */
  readonly reason: string | null;
  /** What confirms it; null when nothing does. */
  readonly proof: Playback['proof'];
  readonly wavPath: string | null;
}

export interface AnnouncerState {
  /** `unknown` until the speaker was tried the first time. */
  readonly speaker: 'unknown' | 'ready' | 'failed';
  readonly reason: string | null;
  /** How it plays: `paplay`, `aplay`, `folder …`. */
  readonly player: string;
  readonly isSpeaking: boolean;
  /** Why the site's own Mandarin voice does not speak; null where it does, or where there is none. */
  readonly voiceProblem: string | null;
}

/** After a stop the sentence being spoken may end; then it is cut. */
const STOP_GRACE_MS = 3000;

export class Announcer {
  readonly #speaker: Speaker;
  readonly #voices: Voices;
  readonly #cut = new AbortController();
  #speaking: Promise<PlaybackReport> | null = null;
  #isStopped = false;
  #health: { readonly speaker: AnnouncerState['speaker']; readonly reason: string | null } = {
    speaker: 'unknown',
    reason: null,
  };

  constructor(
    private readonly options: AnnouncerOptions,
    private readonly deps: { readonly log: AnnouncerLog },
  ) {
    this.#speaker = createSpeaker(options.speaker, options.voices.cacheDir);
    this.#voices = new Voices(options.voices, deps.log);
  }

  /** Lives until aborted: tries the speaker, then waits. The sentence being spoken may end; what comes later fails as `stopped`. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#checkSpeaker(signal);
    if (!signal.aborted) await once(signal, 'abort');
    this.#isStopped = true;
    const graceTimer = setTimeout(() => this.#cut.abort(), STOP_GRACE_MS);
    await this.#speaking;
    clearTimeout(graceTimer);
  }

  /** Resolves when the prompt has been spoken or has failed; never rejects. A second one at the same time fails as `busy`. */
  async announce(request: AnnounceRequest): Promise<PlaybackReport> {
    if (this.#isStopped) return this.#refusal(request, 'stopped');
    if (this.#speaking !== null) return this.#refusal(request, 'busy');
    this.#speaking = this.#speak(request, this.#cut.signal);
    try {
      const report = await this.#speaking;
      const { incidentId, phraseId, lang, playback, reason } = report;
      if (playback !== 'confirmed') this.deps.log.warn({ incidentId, phraseId, lang, reason }, 'prompt not confirmed');
      return report;
    } finally {
      this.#speaking = null;
    }
  }

  state(): AnnouncerState {
    const [player, isSpeaking] = [this.#speaker.description, this.#speaking !== null];
    return { ...this.#health, player, isSpeaking, voiceProblem: this.#voices.problem };
  }

  /** Renders prompts ahead so that they start at once when needed. Failures are counted and logged, never thrown. */
  async prerender(
    prompts: readonly PromptWording[],
    signal: AbortSignal,
  ): Promise<{ readonly ready: number; readonly failed: number }> {
    let ready = 0;
    const reasons = new Map<string, number>();
    for (const prompt of prompts) {
      if (signal.aborted) break;
      try {
        await this.#voices.soundFor(wordingOf(this.options.phrases, prompt), signal);
        ready += 1;
      } catch (error) {
        if (signal.aborted) break;
        const reason = reasonOf(error);
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
    const failed = [...reasons.values()].reduce((sum, count) => sum + count, 0);
    const voiceProblem = this.#voices.problem;
    if (voiceProblem !== null)
      this.deps.log.warn({ reason: voiceProblem }, 'espeak-ng speaks instead of the own voice');
    for (const [reason, count] of reasons) this.deps.log.warn({ reason, count }, 'prompts could not be rendered ahead');
    this.deps.log.info({ ready, failed }, 'prompts rendered ahead');
    return { ready, failed };
  }

  async #speak(request: AnnounceRequest, signal: AbortSignal): Promise<PlaybackReport> {
    const requestedAtMs = Date.now();
    const { incidentId, phraseId, lang } = request;
    try {
      const wording = wordingOf(this.options.phrases, request);
      const { wavPath, ...said } = await this.#voices.soundFor(wording, signal, 'now');
      const volumePercent = clampPercent(request.volumePercent ?? 100);
      const played = await this.#speaker.play({ wavPath, label: `${lang}-${phraseId}`, volumePercent }, signal);
      this.#note(played);
      return { incidentId, phraseId, lang, ...said, requestedAtMs, ...played, wavPath: played.wavPath ?? wavPath };
    } catch (error) {
      return { ...this.#refusal(request, signal.aborted ? 'stopped' : reasonOf(error)), requestedAtMs };
    }
  }

  async #checkSpeaker(signal: AbortSignal): Promise<void> {
    const reason = await this.#speaker.check(signal);
    if (signal.aborted) return;
    this.#health = reason === null ? { speaker: 'ready', reason } : { speaker: 'failed', reason };
    const facts = { player: this.#speaker.description, reason };
    if (reason === null) this.deps.log.info(facts, 'speaker ready');
    else this.deps.log.warn(facts, 'speaker cannot play');
  }

  #note(played: Playback): void {
    if (played.reason === 'stopped') return;
    const speaker = played.playback === 'failed' ? 'failed' : 'ready';
    this.#health = { speaker, reason: played.reason };
  }

  #refusal(request: AnnounceRequest, reason: string): PlaybackReport {
    const { incidentId, phraseId, lang } = request;
    return {
      ...{ incidentId, phraseId, lang, reason },
      text: phraseText(this.options.phrases, request).text,
      voice: 'synthetic',
      requestedAtMs: Date.now(),
      startedAtMs: null,
      endedAtMs: null,
      playback: 'failed',
      proof: null,
      wavPath: null,
    };
  }
}

function clampPercent(percent: number): number {
  return Math.max(0, Math.min(100, percent));
}

function reasonOf(error: unknown): string {
  return error instanceof AppError ? `${error.code}: ${error.message}` : `voice_failed: ${messageOf(error)}`;
}
