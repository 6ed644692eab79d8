/** One camera end to end on scripted detections: everything but the network, the files and the sound is real. */
import type { BoundingBox, Detection, Frame } from '../../src/domain';
import type { EvidenceItem, EvidenceRequest } from '../../src/evidence/evidence';
import { Loudspeaker, type SpeakRequest, type Spoken, type Voice } from '../../src/loudspeaker';
import { type EventDraft, toCloudEvent } from '../../src/mqtt/events';
import { CameraPipeline, type FrameView, type PipelineDeps, wayOfLeaving } from '../../src/pipeline';
import type { PipelineOptions } from '../../src/pipeline-options';
import type { Attention } from '../../src/vision/attention';
import { riderRules } from '../support/rules';
import { around, group, head } from '../support/scene';

const FRAME_MS = 200;
const SPEECH_MS = 2000;
const SHA256 = 'c'.repeat(64);
const OPTIONS: PipelineOptions = {
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
  watch: [],
  ignore: [],
};

const VEHICLE = { w: 0.1, h: 0.3 };
const HEAD = { w: 0.03, h: 0.06 };
const headOf = (cx: number, cy = 0.5): BoundingBox => around(cx, cy - 0.1, HEAD);

function riderAt(cx: number, state: 'bare' | 'helmet', colour: 'blue' | 'red' = 'blue'): Detection {
  const look = { worn: state === 'helmet' ? 0.98 : 0.02, colour };
  return group(around(cx, 0.5, VEHICLE), [head(headOf(cx), look)]);
}

const PEDESTRIAN: Detection = {
  label: 'person',
  box: around(0.85, 0.5, { w: 0.06, h: 0.3 }),
  confidence: 0.9,
  heads: [],
};
const pushedAt = (cx: number): Detection => ({
  label: 'two_wheeler',
  box: around(cx, 0.6, { w: 0.12, h: 0.15 }),
  confidence: 0.9,
  heads: [],
});

const PICTURES: readonly EvidenceItem[] = (['full', 'crop'] as const).map((kind) => ({
  kind,
  url: `file:///evidence/${kind}.jpg`,
  path: `/evidence/${kind}.jpg`,
  sha256: SHA256,
  expiresAtMs: 86_400_000,
  widthPx: 1280,
  heightPx: 720,
  bytes: 1000,
}));

/** A camera in its own time, with a loudspeaker that takes two seconds for every prompt. */
class Junction {
  readonly drafts: EventDraft[] = [];
  readonly problems: string[] = [];
  readonly views: FrameView[] = [];
  readonly wordings: string[] = [];
  readonly evidenceRequests: EvidenceRequest[] = [];
  readonly analysedPixels: Uint8Array[] = [];
  readonly released: Uint8Array[] = [];
  /** What the pipeline asked the last frame's analysis to look at. */
  attention: readonly Attention[] = [];
  readonly spoken: (Pick<SpeakRequest, 'lang' | 'phraseId' | 'colour'> & { readonly startedAtMs: number })[] = [];
  readonly pipeline: CameraPipeline;
  nowMs = 0;
  private scene: readonly Detection[] = [];
  private speech: { readonly endsAtMs: number; readonly end: () => void } | null = null;
  private ids = 0;
  private frames = 0;

  constructor(changes: { readonly options?: Partial<PipelineOptions>; readonly deps?: Partial<PipelineDeps> } = {}) {
    const voice: Voice = (request, startedAtMs, done) => {
      const { lang, phraseId, colour, text } = request;
      this.spoken.push({ lang, phraseId, colour, startedAtMs });
      const endedAtMs = startedAtMs + SPEECH_MS;
      const spoken: Spoken = {
        text,
        voice: 'synthetic',
        startedAtMs,
        endedAtMs,
        playback: 'confirmed',
        reason: null,
        wavPath: null,
      };
      this.speech = { endsAtMs: endedAtMs, end: () => done(spoken, endedAtMs) };
    };
    const policy = { minGapMs: 0, maxPerHour: 100, maxWaitMs: 8000, maxWaiting: 4, quiet: null, isSilenced: false };
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
      wording: ({ phraseId, lang, colour }) => {
        const words = `${lang}/${phraseId}/${colour ?? 'plain'}`;
        this.wordings.push(words);
        return words;
      },
      speaker: new Loudspeaker({ policy, minuteOfDay: () => 720 }, voice),
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

/** A bare-headed rider in blue who puts the helmet on a second after the dialect prompt, and people who do nothing wrong. */
function street(junction: Junction) {
  return (nowMs: number): readonly Detection[] => {
    const dialect = junction.spoken.find((one) => one.lang === 'wuu');
    const hasHelmet = dialect !== undefined && nowMs >= dialect.startedAtMs + SPEECH_MS + 1000;
    return [riderAt(0.5, hasHelmet ? 'helmet' : 'bare'), riderAt(0.2, 'helmet', 'red'), PEDESTRIAN, pushedAt(0.68)];
  };
}

const CORRECTED_STORY = [
  'violation driver',
  'prompt 1 zh-CN confirmed',
  'prompt 2 wuu confirmed',
  'outcome corrected after 2 wuu',
  'prompt 3 wuu confirmed',
];

describe('a rider who understands the dialect', () => {
  let junction: Junction;

  beforeAll(async () => {
    junction = new Junction();
    await junction.watch(20_000, street(junction));
  });

  it('is recorded step by step, in the order of what happened', () => {
    expect(junction.story).toEqual(CORRECTED_STORY);
    expect(junction.problems).toEqual([]);
    const times = junction.drafts.map((draft) => draft.atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(new Set(junction.drafts.map((draft) => draft.data.incidentId)).size).toBe(1);
  });

  it('is spoken to by the colour nobody else wears, and thanked; the others are left in peace', () => {
    expect(junction.spoken.map(({ lang, phraseId, colour }) => [lang, phraseId, colour])).toEqual([
      ['zh-CN', 'base', 'blue'],
      ['wuu', 'base', 'blue'],
      ['wuu', 'thanks', 'blue'],
    ]);
  });

  it('took the time that the outcome says', () => {
    const [outcome] = junction.drafts.flatMap((draft) => (draft.kind === 'outcome' ? [draft.data] : []));
    // On 3 s after the prompt began; the vote needs up to its window of 2.5 s more to see it.
    expect(outcome?.outcome.reactionMs).toBeGreaterThanOrEqual(SPEECH_MS + 1000);
    expect(outcome?.outcome.reactionMs).toBeLessThanOrEqual(SPEECH_MS + 1000 + 2500);
    expect(outcome?.persons[0]).toMatchObject({ seat: 'driver', head: 'worn', appearance: { upperColour: 'blue' } });
    expect(outcome?.evidence.map((one) => one.kind)).toEqual(['full', 'crop']);
  });

  it('leads to events that keep the contract', () => {
    junction.drafts.forEach((draft, index) => {
      const stamp = {
        nodeId: 'box-1',
        id: '01890a5d-ac96-774b-bcce-b302099a8057',
        sequence: index + 1,
        timeZone: 'Asia/Shanghai',
      };
      expect(() => toCloudEvent(draft, stamp)).not.toThrow();
    });
  });

  it('is the only one whose head the evidence keeps', () => {
    expect(junction.evidenceRequests).toHaveLength(1);
    const [request] = junction.evidenceRequests;
    expect(request?.subject.headBoxes).toEqual([headOf(0.5)]);
    expect(request?.others).toContainEqual(headOf(0.2));
    // The top fifth of the pedestrian.
    expect(request?.others).toContainEqual({ ...PEDESTRIAN.box, h: expect.closeTo(0.06) });
    // Nobody looked for heads on the pushed one: whoever stands at it loses the top of the box.
    expect(request?.others).toContainEqual({ ...pushedAt(0.68).box, h: expect.closeTo(0.03) });
    expect(request?.others).not.toContainEqual(headOf(0.5));
  });

  it('is not hidden by what was taken for a second vehicle on it', async () => {
    const street = new Junction();
    await street.watch(3000, () => [riderAt(0.5, 'bare', 'blue'), { ...pushedAt(0.5), confidence: 0.2 }]);
    expect(street.evidenceRequests.map(({ others }) => others)).toEqual([[]]);
  });

  it('leaves the pixels of every frame released, once, as the worker returned them', () => {
    expect(junction.analysedPixels).toHaveLength(100);
    expect(junction.released.every((pixels, i) => pixels === junction.analysedPixels[i])).toBe(true);
    expect(new Set(junction.released).size).toBe(100);
  });

  it('is shown to whoever watches', () => {
    expect(junction.views).toHaveLength(100);
    const last = junction.views.at(-1);
    expect(last?.riders.map((one) => one.persons[0]?.state)).toEqual(['worn', 'worn']);
    expect(last?.frame.index).toBe(99);
  });
});

describe('what fails beside it stops nothing', () => {
  it('evidence that cannot be written: the events go out without pictures', async () => {
    const junction = new Junction({ deps: { saveEvidence: () => Promise.reject(new Error('disk full')) } });
    await junction.watch(20_000, street(junction));
    expect(junction.story).toEqual(CORRECTED_STORY);
    expect(junction.problems).toEqual(['evidence: disk full']);
    expect(junction.drafts[0]?.kind === 'violation' && junction.drafts[0].data.evidence).toEqual([]);
    expect(junction.released).toHaveLength(100);
  });

  it('evidence that takes long: its violation still comes before what followed from it', async () => {
    let finish: (items: readonly EvidenceItem[]) => void = () => undefined;
    const saving = new Promise<readonly EvidenceItem[]>((resolve) => {
      finish = resolve;
    });
    const junction = new Junction({ deps: { saveEvidence: () => saving } });
    await junction.watch(20_000, street(junction), 'without waiting for the records');
    // Every frame was looked at and every prompt spoken although nothing could be recorded yet.
    expect([junction.story, junction.released.length, junction.spoken.length]).toEqual([[], 100, 3]);
    finish(PICTURES);
    await junction.pipeline.settled();
    expect(junction.story).toEqual(CORRECTED_STORY);
  });

  it('a record that cannot be kept: the next ones are, and the prompt is spoken', async () => {
    const kept: string[] = [];
    const junction = new Junction({
      deps: {
        record: (draft) => {
          if (draft.kind === 'violation') throw new Error('database is locked');
          kept.push(draft.kind);
        },
      },
    });
    await junction.watch(20_000, street(junction));
    expect(kept).toEqual(['prompt', 'prompt', 'outcome', 'prompt']);
    expect(junction.problems).toEqual(['record: database is locked']);
    expect(junction.spoken).toHaveLength(3);
  });

  it('no speaker: recorded once as failed with the reason, and the outcome is still measured', async () => {
    const junction = new Junction({ deps: { speaker: null } });
    await junction.watch(4000, () => [riderAt(0.5, 'bare')]);
    await junction.watch(10_000, () => [riderAt(0.5, 'helmet')]);
    expect(junction.story).toEqual(['violation driver', 'prompt 1 zh-CN failed', 'outcome corrected after 0']);
    const [prompt] = junction.drafts.flatMap((draft) => (draft.kind === 'prompt' ? [draft.data.prompt] : []));
    expect(prompt?.reason).toMatch(/no_speaker/);
  });

  it('no evidence wanted: events without pictures', async () => {
    const junction = new Junction({ deps: { saveEvidence: null } });
    await junction.watch(3000, () => [riderAt(0.5, 'bare')]);
    expect(junction.story[0]).toBe('violation driver');
    expect(junction.problems).toEqual([]);
  });
});

describe('nobody is recorded or spoken to', () => {
  const wholeLeft = [
    [
      [0, 0],
      [0.35, 0],
      [0.35, 1],
      [0, 1],
    ],
  ] as const;

  it.each<[string, readonly Detection[], Partial<PipelineOptions>]>([
    ['with the helmet on', [riderAt(0.5, 'helmet')], {}],
    ['on foot', [PEDESTRIAN], {}],
    ['who pushes a bike', [pushedAt(0.5), { ...PEDESTRIAN, box: around(0.45, 0.5, { w: 0.06, h: 0.3 }) }], {}],
    ['outside the watched area', [riderAt(0.5, 'bare')], { watch: wholeLeft }],
    ['inside an ignored area', [riderAt(0.2, 'bare')], { ignore: wholeLeft }],
  ])('%s', async (_case, scene, options) => {
    const junction = new Junction({ options });
    await junction.watch(8000, () => scene);
    await junction.pipeline.finish(8000);
    expect([junction.story, junction.spoken]).toEqual([[], []]);
  });

  it('but those inside the watched area are', async () => {
    const junction = new Junction({ options: { watch: wholeLeft } });
    await junction.watch(3000, () => [riderAt(0.2, 'bare'), riderAt(0.6, 'bare', 'red')]);
    expect(junction.story.filter((one) => one.startsWith('violation'))).toHaveLength(1);
    expect(new Set(junction.spoken.map((one) => one.colour))).toEqual(new Set(['blue']));
  });
});

describe('the end of a sight', () => {
  const bareFor = async (junction: Junction, ms: number) => junction.watch(ms, () => [riderAt(0.5, 'bare')]);

  it('driven out of the picture bare-headed is not corrected', async () => {
    const junction = new Junction();
    await bareFor(junction, 4000);
    const out = (nowMs: number) => 0.5 + ((nowMs - 4000) / 1000) * 0.25;
    await junction.watch(12_000, (nowMs) => (out(nowMs) > 1.02 ? [] : [riderAt(out(nowMs), 'bare')]));
    // The dialect prompt begins while he drives off: it is heard out before the outcome is told.
    expect(junction.story).toEqual([
      'violation driver',
      'prompt 1 zh-CN confirmed',
      'prompt 2 wuu confirmed',
      'outcome not_corrected after 2 wuu',
    ]);
  });

  it('hidden while standing is unknown', async () => {
    const junction = new Junction();
    await bareFor(junction, 4000);
    await junction.watch(9000, () => []);
    expect(junction.story.at(-1)).toBe('outcome unknown_occluded after 1 zh-CN');
  });

  it('with the recording is unknown, and recorded before finish resolves', async () => {
    const junction = new Junction();
    await bareFor(junction, 4000);
    await junction.pipeline.finish(4000);
    expect(junction.story.at(-1)).toBe('outcome unknown_left after 1 zh-CN');
  });

  it('while the prompt still sounds: the outcome follows its end, once', async () => {
    const junction = new Junction();
    await bareFor(junction, 1400);
    await junction.watch(2600, () => []);
    expect(junction.story).toEqual(['violation driver']);
    await junction.watch(6000, () => []);
    expect(junction.story).toEqual([
      'violation driver',
      'prompt 1 zh-CN confirmed',
      'outcome unknown_occluded after 1 zh-CN',
    ]);
  });
});

describe('two riders bare-headed at once', () => {
  it('are two incidents and are spoken to one after the other', async () => {
    const junction = new Junction();
    await junction.watch(8000, () => [riderAt(0.3, 'bare', 'blue'), riderAt(0.6, 'bare', 'red')]);
    expect(new Set(junction.drafts.map((draft) => draft.data.incidentId)).size).toBe(2);
    const starts = junction.spoken.map((one) => one.startedAtMs);
    starts.slice(1).forEach((startedAtMs, i) => {
      expect(startedAtMs).toBeGreaterThanOrEqual((starts[i] ?? 0) + SPEECH_MS);
    });
    expect(new Set(junction.spoken.map((one) => one.colour))).toEqual(new Set(['blue', 'red']));
  });

  it('in the same colour are told apart by no colour', async () => {
    const junction = new Junction();
    await junction.watch(3000, () => [riderAt(0.3, 'bare', 'blue'), riderAt(0.6, 'bare', 'blue')]);
    expect(new Set(junction.spoken.map((one) => one.colour))).toEqual(new Set([null]));
  });
});

it('a frame that cannot be analysed is told to the caller', async () => {
  const junction = new Junction({ deps: { analyse: () => Promise.reject(new Error('worker gone')) } });
  await expect(junction.pipeline.look(junction.frame())).rejects.toThrow('worker gone');
});

it.each<[string, BoundingBox, { x: number; y: number }, 'left' | 'occluded']>([
  ['at the left border', { x: 0.01, y: 0.4, w: 0.1, h: 0.3 }, { x: 0, y: 0 }, 'left'],
  ['at the right border', { x: 0.89, y: 0.4, w: 0.1, h: 0.3 }, { x: 0, y: 0 }, 'left'],
  ['at the lower border', { x: 0.4, y: 0.69, w: 0.1, h: 0.3 }, { x: 0, y: 0 }, 'left'],
  ['at the upper border', { x: 0.4, y: 0.01, w: 0.1, h: 0.3 }, { x: 0, y: 0 }, 'left'],
  ['standing in the middle', { x: 0.4, y: 0.4, w: 0.1, h: 0.3 }, { x: 0, y: 0 }, 'occluded'],
  ['creeping in the middle', { x: 0.4, y: 0.4, w: 0.1, h: 0.3 }, { x: 0.1, y: 0.1 }, 'occluded'],
  ['driving in the middle', { x: 0.4, y: 0.4, w: 0.1, h: 0.3 }, { x: 0.2, y: 0 }, 'left'],
])('a vehicle lost %s', (_case, box, velocity, how) => expect(wayOfLeaving({ box, velocity })).toBe(how));

describe('what is asked of the next frame', () => {
  it('is to watch whoever an outcome is open of, to settle whoever is done, and to look where they will be', async () => {
    const junction = new Junction();
    await junction.watch(400, () => [riderAt(0.3, 'bare'), riderAt(0.6, 'helmet')]);
    expect(junction.attention.map((one) => one.interest)).toEqual(['undecided', 'undecided']);
    await junction.watch(1600, () => [riderAt(0.3, 'bare'), riderAt(0.6, 'helmet')]);
    expect(junction.attention.map(({ interest, waitedMs }) => [interest, waitedMs])).toEqual([
      ['watched', FRAME_MS],
      ['settled', FRAME_MS],
    ]);
    const rolling = (nowMs: number) => 0.6 + (nowMs - 1600) * 5e-5;
    await junction.watch(3400, (nowMs) => [riderAt(rolling(nowMs), 'helmet')]);
    expect((junction.attention.at(-1)?.box.x ?? 0) + VEHICLE.w / 2).toBeCloseTo(rolling(3200), 2);
  });
});
