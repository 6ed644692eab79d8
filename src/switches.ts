/** What may be switched off from afar: looking for riders, and speaking to them, by camera. Kept over restarts. */
import type { SpeakRequest } from './loudspeaker';
import type { Switch } from './mqtt/topics';
import type { PipelineDeps } from './pipeline';

/** When a switch is off; null = until told otherwise. */
type Off = { readonly untilMs: number | null } | null;

export interface SwitchStore {
  setting(name: string): string | undefined;
  set(name: string, value: string): void;
}

/** Some 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class Switches {
  readonly #off = new Map<string, Off>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  /** `tell` hears of every state, at the start too. */
  constructor(
    private readonly store: SwitchStore,
    cameras: readonly string[],
    private readonly tell: (camera: string, what: Switch, isOn: boolean) => void,
  ) {
    for (const camera of cameras) for (const what of ['detect', 'prompt'] as const) this.#restore(camera, what);
  }

  isOn(camera: string, what: Switch, nowMs: number): boolean {
    const off = this.#off.get(`${camera}/${what}`) ?? null;
    return off === null || (off.untilMs !== null && off.untilMs <= nowMs);
  }

  /** Throws RecoverableError `outbox/*` when it cannot be kept; then nothing has changed. */
  set(camera: string, what: Switch, off: Off): void {
    this.store.set(`switch/${camera}/${what}`, written(off));
    this.#apply(camera, what, off);
  }

  stop(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
  }

  #restore(camera: string, what: Switch): void {
    let off: Off = null;
    try {
      off = read(this.store.setting(`switch/${camera}/${what}`));
    } catch {
      // A database that cannot be read leaves everything on.
    }
    this.#apply(camera, what, off);
  }

  #apply(camera: string, what: Switch, off: Off): void {
    const key = `${camera}/${what}`;
    this.#off.set(key, off);
    clearTimeout(this.#timers.get(key));
    const nowMs = Date.now();
    this.tell(camera, what, this.isOn(camera, what, nowMs));
    if (off === null || off.untilMs === null || off.untilMs <= nowMs) return;
    // A timer that cannot wait so long would end at once: it looks again.
    const waitMs = Math.min(off.untilMs - nowMs, LONGEST_TIMER_MS);
    this.#timers.set(key, setTimeout(() => this.#apply(camera, what, off), waitMs).unref());
  }
}

/** `on`, `off`, or the epoch ms until which it is off. */
function written(off: Off): string {
  return off === null ? 'on' : String(off.untilMs ?? 'off');
}

function read(text = 'on'): Off {
  if (text === 'off') return { untilMs: null };
  const untilMs = Number(text);
  return Number.isFinite(untilMs) ? { untilMs } : null;
}

/** A camera's speaker that says nothing while it is muted; the events tell so. */
export function mutable(
  speaker: NonNullable<PipelineDeps['speaker']>,
  isMuted: () => boolean,
): NonNullable<PipelineDeps['speaker']> {
  return {
    speak: (request, nowMs) => (isMuted() ? refuse(request) : speaker.speak(request, nowMs)),
    cancel: (taken, nowMs) => speaker.cancel(taken, nowMs),
    tick: (nowMs) => speaker.tick(nowMs),
  };
}

function refuse({ promptId, phraseId, described, text, requestedAtMs, onReport }: SpeakRequest): void {
  onReport({
    ...{ promptId, utteranceId: promptId, phraseId, described, text, requestedAtMs },
    voice: 'synthetic',
    startedAtMs: null,
    endedAtMs: null,
    playback: 'failed',
    reason: 'muted: prompts of this camera are switched off',
    proof: null,
    wavPath: null,
    refusal: 'muted',
  });
}
