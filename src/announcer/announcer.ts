/**
 * One voice at a time on one speaker: takes requests, finds or renders the sound, plays it and reports what really
 * happened. It never throws to the pipeline: whatever goes wrong is a report with playback `failed` and its reason.
 */
import type { PromptLanguage } from '../domain';
import { AppError, messageOf } from '../errors';
import {
  neutralText,
  type PhraseBook,
  type PhraseId,
  type PhraseSlots,
  type PromptWording,
  phraseText,
} from './phrases';
import { createSpeaker, type Playback, type PlaybackVerdict, type Speaker, type SpeakerOptions } from './speaker';
import { Voices, type VoicesOptions } from './voices';

export interface AnnouncerOptions {
  readonly phrases: PhraseBook;
  readonly voices: VoicesOptions;
  readonly speaker: SpeakerOptions;
  /** 0–100; a request may carry its own (noon, evening). Default 100. */
  readonly volumePercent?: number | undefined;
}

export interface AnnouncerLog {
  info(facts: object, message: string): void;
  warn(facts: object, message: string): void;
}

export interface AnnounceRequest {
  readonly incidentId: string;
  readonly phraseId: PhraseId;
  readonly lang: PromptLanguage;
  readonly slots: PhraseSlots;
  /** Not started after this moment (ms since the epoch): the rider may have left. */
  readonly expiresAtMs?: number | undefined;
  readonly volumePercent?: number | undefined;
}

export interface PlaybackReport {
  readonly incidentId: string;
  readonly phraseId: PhraseId;
  readonly lang: PromptLanguage;
  /** What was said, or would have been. */
  readonly text: string;
  readonly voice: 'synthetic' | 'recorded';
  readonly requestedAtMs: number;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly playback: PlaybackVerdict;
  /** Why it is not confirmed: a stable code, then perhaps a sentence (`queue_full`, `expired`, `no_speaker: …`). */
  readonly reason: string | null;
  readonly wavPath: string | null;
}

export interface AnnouncerState {
  /** `unknown` until the speaker was tried the first time. */
  readonly speaker: 'unknown' | 'ready' | 'failed';
  readonly reason: string | null;
  /** How it plays: `paplay`, `aplay`, `folder …`. */
  readonly player: string;
  readonly queued: number;
  readonly isSpeaking: boolean;
}

/** More than this many waiting prompts would be spoken to riders who have long gone. */
export const QUEUE_LIMIT = 8;
/** After a stop the sentence being spoken may end; then it is cut. */
const STOP_GRACE_MS = 3000;

interface Job {
  readonly request: AnnounceRequest;
  readonly requestedAtMs: number;
  readonly resolve: (report: PlaybackReport) => void;
}

export class Announcer {
  readonly #speaker: Speaker;
  readonly #voices: Voices;
  readonly #queue: Job[] = [];
  #wake: () => void = () => undefined;
  #current: Job | null = null;
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

  /** Lives until aborted: tries the speaker, then speaks what is asked for. Waiting requests then fail as `stopped`. */
  async run(signal: AbortSignal): Promise<void> {
    this.#isStopped = false;
    const cut = new AbortController();
    let graceTimer: NodeJS.Timeout | undefined;
    const onAbort = () => {
      graceTimer = setTimeout(() => cut.abort(), STOP_GRACE_MS);
      this.#wake();
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await this.#checkSpeaker(signal);
      while (!signal.aborted) {
        const job = this.#queue.shift();
        if (job === undefined) await this.#nextWake(signal);
        else await this.#perform(job, cut.signal);
      }
    } finally {
      clearTimeout(graceTimer);
      signal.removeEventListener('abort', onAbort);
      this.#isStopped = true;
      for (const job of this.#queue.splice(0)) job.resolve(this.#refusal(job.request, job.requestedAtMs, 'stopped'));
    }
  }

  /** Resolves when the prompt has been spoken or has failed; never rejects. */
  announce(request: AnnounceRequest): Promise<PlaybackReport> {
    const requestedAtMs = Date.now();
    if (this.#isStopped) return Promise.resolve(this.#refusal(request, requestedAtMs, 'stopped'));
    if (this.#queue.length >= QUEUE_LIMIT) return Promise.resolve(this.#refusal(request, requestedAtMs, 'queue_full'));
    return new Promise((resolve) => {
      this.#queue.push({ request, requestedAtMs, resolve });
      this.#wake();
    });
  }

  /** Drops what is still waiting for this incident; a sentence being spoken is finished. */
  cancel(incidentId: string): void {
    for (const job of [...this.#queue]) {
      if (job.request.incidentId !== incidentId) continue;
      this.#queue.splice(this.#queue.indexOf(job), 1);
      job.resolve(this.#refusal(job.request, job.requestedAtMs, 'cancelled'));
    }
  }

  state(): AnnouncerState {
    const activity = { queued: this.#queue.length, isSpeaking: this.#current !== null };
    return { ...this.#health, player: this.#speaker.description, ...activity };
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
        await this.#voices.soundFor(this.#wording(prompt), signal);
        ready += 1;
      } catch (error) {
        if (signal.aborted) break;
        const reason = reasonOf(error);
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
      }
    }
    const failed = [...reasons.values()].reduce((sum, count) => sum + count, 0);
    for (const [reason, count] of reasons) this.deps.log.warn({ reason, count }, 'prompts could not be rendered ahead');
    this.deps.log.info({ ready, failed }, 'prompts rendered ahead');
    return { ready, failed };
  }

  async #perform(job: Job, signal: AbortSignal): Promise<void> {
    this.#current = job;
    try {
      const report = await this.#speak(job, signal);
      const { incidentId, phraseId, lang, playback, reason } = report;
      if (playback !== 'confirmed') this.deps.log.warn({ incidentId, phraseId, lang, reason }, 'prompt not confirmed');
      job.resolve(report);
    } catch (error) {
      job.resolve(this.#refusal(job.request, job.requestedAtMs, reasonOf(error)));
    } finally {
      this.#current = null;
    }
  }

  async #speak({ request, requestedAtMs }: Job, signal: AbortSignal): Promise<PlaybackReport> {
    if (isExpired(request)) return this.#refusal(request, requestedAtMs, 'expired');
    const volumePercent = clampPercent(request.volumePercent ?? this.options.volumePercent ?? 100);
    if (volumePercent === 0) return this.#refusal(request, requestedAtMs, 'volume_zero');
    const sound = await this.#voices.soundFor(this.#wording(request), signal);
    if (isExpired(request)) return this.#refusal(request, requestedAtMs, 'expired');
    const label = `${request.lang}-${request.phraseId}`;
    const played = await this.#speaker.play({ wavPath: sound.wavPath, label, volumePercent }, signal);
    this.#note(played);
    const { incidentId, phraseId, lang } = request;
    const { text, voice } = sound;
    return {
      incidentId,
      phraseId,
      lang,
      text,
      voice,
      requestedAtMs,
      ...played,
      wavPath: played.wavPath ?? sound.wavPath,
    };
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

  #wording(prompt: PromptWording) {
    const { phraseId, lang } = prompt;
    const { text } = phraseText(this.options.phrases, prompt);
    return { phraseId, lang, text, neutralText: neutralText(this.options.phrases, phraseId, lang) };
  }

  #refusal(request: AnnounceRequest, requestedAtMs: number, reason: string): PlaybackReport {
    const { incidentId, phraseId, lang } = request;
    const { text } = phraseText(this.options.phrases, request);
    const nothing = { startedAtMs: null, endedAtMs: null, wavPath: null };
    return {
      incidentId,
      phraseId,
      lang,
      text,
      voice: 'synthetic',
      requestedAtMs,
      ...nothing,
      playback: 'failed',
      reason,
    };
  }

  #nextWake(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted || this.#queue.length > 0) return resolve();
      this.#wake = resolve;
    });
  }
}

function isExpired(request: AnnounceRequest): boolean {
  return request.expiresAtMs !== undefined && Date.now() > request.expiresAtMs;
}

function clampPercent(percent: number): number {
  return Math.max(0, Math.min(100, percent));
}

function reasonOf(error: unknown): string {
  return error instanceof AppError ? `${error.code}: ${error.message}` : `voice_failed: ${messageOf(error)}`;
}
