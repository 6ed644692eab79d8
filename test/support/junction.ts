/** One camera end to end on scripted detections: everything but the network, the files and the sound is real. */
import type { BoundingBox, ClothingColour, Detection, Frame } from '../../src/domain';
import type { EvidenceItem, EvidenceRequest } from '../../src/evidence/evidence';
import { Loudspeaker, type Spoken, type Utterance, type Voice } from '../../src/loudspeaker';
import type { EventDraft } from '../../src/mqtt/events';
import { CameraPipeline, type FrameView, type PipelineDeps } from '../../src/pipeline';
import type { PipelineOptions } from '../../src/pipeline-options';
import type { Attention } from '../../src/vision/attention';
import { riderRules } from './rules';
import { around, group, head } from './scene';

export const FRAME_MS = 200;
export const SPEECH_MS = 2000;
export const SHA256 = 'c'.repeat(64);
export const OPTIONS: PipelineOptions = {
  camera: {
    cameraId: 'east',
    timeZone: 'Asia/Shanghai',
    model: { name: 'head-classifier', sha256: SHA256 },
    site: { lat: 31, lon: 119.9, lane: 1 },
  },
  tracker: { confirmConfidence: 0.5, minConfidence: 0.15, confirmAfterMs: 300, lostForMs: 1000 },
  // The vehicles of these scenes stand like rocks; what is parked is told elsewhere.
  riders: { ...riderRules(), parkedSway: 0, parkedSwayPx: 0, parkedSpanMs: 0 },
  policy: {
    ladder: [
      { lang: 'zh-CN', kind: 'request', waitMs: 3000 },
      { lang: 'wuu', kind: 'request', waitMs: 3000 },
    ],
    correctedAfterMs: 1000,
    companionGraceMs: 1200,
    saysThanks: true,
    saysCaptured: false,
  },
  ground: { watch: [], approach: [], travel: null },
  ignore: [],
};

export const VEHICLE = { w: 0.1, h: 0.3 };
export const HEAD = { w: 0.03, h: 0.06 };
export const headOf = (cx: number, cy = 0.5): BoundingBox => around(cx, cy - 0.1, HEAD);

export function riderAt(cx: number, state: 'bare' | 'helmet', colour: ClothingColour = 'blue'): Detection {
  const look = { worn: state === 'helmet' ? 0.98 : 0.02, colour };
  return group(around(cx, 0.5, VEHICLE), [head(headOf(cx), look)]);
}

export const PEDESTRIAN: Detection = {
  label: 'person',
  box: around(0.85, 0.5, { w: 0.06, h: 0.3 }),
  confidence: 0.9,
  heads: [],
};
export const pushedAt = (cx: number): Detection => ({
  label: 'two_wheeler',
  box: around(cx, 0.6, { w: 0.12, h: 0.15 }),
  confidence: 0.9,
  heads: [],
});

export const PICTURES: readonly EvidenceItem[] = (['full', 'crop'] as const).map((kind) => ({
  kind,
  url: `file:///evidence/${kind}.jpg`,
  path: `/evidence/${kind}.jpg`,
  sha256: SHA256,
  expiresAtMs: 86_400_000,
  widthPx: 1280,
  heightPx: 720,
  bytes: 1000,
}));

export const CLIP: EvidenceItem = {
  kind: 'clip',
  url: 'file:///evidence/clip.mp4',
  path: '/evidence/clip.mp4',
  sha256: SHA256,
  expiresAtMs: 86_400_000,
  widthPx: 960,
  heightPx: 540,
  bytes: 100_000,
};

/** A camera in its own time, with a loudspeaker that takes two seconds for every prompt. */
export class Junction {
  readonly drafts: EventDraft[] = [];
  readonly problems: string[] = [];
  readonly views: FrameView[] = [];
  readonly evidenceRequests: EvidenceRequest[] = [];
  readonly analysedPixels: Uint8Array[] = [];
  readonly released: Uint8Array[] = [];
  /** What the pipeline asked the last frame's analysis to look at. */
  attention: readonly Attention[] = [];
  readonly spoken: (Pick<Utterance, 'lang' | 'phraseId' | 'words' | 'described'> & { readonly startedAtMs: number })[] =
    [];
  readonly pipeline: CameraPipeline;
  nowMs = 0;
  private scene: readonly Detection[] = [];
  private speech: { readonly endsAtMs: number; readonly end: () => void } | null = null;
  private ids = 0;
  private frames = 0;

  constructor(changes: { readonly options?: Partial<PipelineOptions>; readonly deps?: Partial<PipelineDeps> } = {}) {
    const voice: Voice = (request, startedAtMs, done) => {
      const { lang, phraseId, words, described, text } = request;
      this.spoken.push({ lang, phraseId, words, described, startedAtMs });
      const endedAtMs = startedAtMs + SPEECH_MS;
      const spoken: Spoken = {
        text,
        voice: 'synthetic',
        startedAtMs,
        endedAtMs,
        playback: 'confirmed',
        reason: null,
        proof: 'sound',
        wavPath: null,
      };
      this.speech = { endsAtMs: endedAtMs, end: () => done(spoken, endedAtMs) };
    };
    const manners = { minGapMs: 0, maxPerHour: 100, maxWaitMs: 8000, maxWaiting: 4, quiet: null, isSilenced: false };
    const policy = { ...manners, volume: { dayPercent: 100, levels: [] } };
    const deps: PipelineDeps = {
      analyse: async (frame, attention) => {
        this.attention = attention;
        // The worker hands the pixels back in another array.
        const pixels = Uint8Array.from(frame.pixels);
        this.analysedPixels.push(pixels);
        return { detections: this.scene, frame: { ...frame, pixels } };
      },
      release: (pixels) => this.released.push(pixels),
      saveEvidence: async (request) => {
        this.evidenceRequests.push(request);
        return PICTURES;
      },
      record: (draft) => this.drafts.push(draft),
      wording: ({ phraseId, lang, words }) => `${lang}/${phraseId}/${Object.values(words).join('+') || 'plain'}`,
      speaker: new Loudspeaker({ policy, minuteOfDay: () => 720, groupText: (lang) => `${lang}/group` }, voice),
      newId: () => `id-${++this.ids}`,
      onProblem: (what, error) =>
        this.problems.push(`${what}: ${error instanceof Error ? error.message : String(error)}`),
      onFrame: (view) => this.views.push(view),
      ...changes.deps,
    };
    this.pipeline = new CameraPipeline({ ...OPTIONS, ...changes.options }, deps);
  }

  /** Shows what `sceneAt` says in every frame until `untilMs`. */
  async watch(
    untilMs: number,
    sceneAt: (nowMs: number) => readonly Detection[],
    end: 'when all is recorded' | 'without waiting for the records' = 'when all is recorded',
  ): Promise<this> {
    for (; this.nowMs < untilMs; this.nowMs += FRAME_MS) {
      this.hear(this.nowMs);
      this.scene = sceneAt(this.nowMs);
      await this.pipeline.look(this.frame());
    }
    if (end === 'when all is recorded') await this.pipeline.settled();
    return this;
  }

  hear(nowMs: number): void {
    const { speech } = this;
    if (speech === null || nowMs < speech.endsAtMs) return;
    this.speech = null;
    speech.end();
  }

  frame(): Frame {
    const size = { widthPx: 1280, heightPx: 720 };
    return { cameraId: 'east', index: this.frames++, capturedAtMs: this.nowMs, ...size, pixels: new Uint8Array(3) };
  }

  /** What was recorded, one word per event. */
  get story(): string[] {
    return this.drafts.map((draft) => {
      if (draft.kind === 'violation') return `violation ${draft.data.persons[0]?.seat}`;
      if (draft.kind === 'prompt')
        return `prompt ${draft.data.prompt.number} ${draft.data.prompt.lang} ${draft.data.prompt.playback}`;
      const { result, afterPrompt, afterPromptLang } = draft.data.outcome;
      return `outcome ${result} after ${afterPrompt}${afterPromptLang === undefined ? '' : ` ${afterPromptLang}`}`;
    });
  }
}
