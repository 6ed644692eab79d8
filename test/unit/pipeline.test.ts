/** One camera end to end on scripted detections: everything but the network, the files and the sound is real. */
import type { BoundingBox, Detection } from '../../src/domain';
import type { EvidenceItem } from '../../src/evidence/evidence';
import type { Shown } from '../../src/evidence/film-strip';
import type { Ground, Polygons } from '../../src/incident/ground';
import { toCloudEvent } from '../../src/mqtt/events';
import { wayOfLeaving } from '../../src/pipeline';
import type { PipelineOptions } from '../../src/pipeline-options';
import {
  CLIP,
  FRAME_MS,
  headOf,
  Junction,
  PEDESTRIAN,
  PICTURES,
  pushedAt,
  riderAt,
  SPEECH_MS,
  VEHICLE,
} from '../support/junction';
import { around, group, head } from '../support/scene';

const ANYWHERE: Ground = { watch: [], approach: [], travel: null };

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
    expect(junction.spoken.map(({ lang, phraseId, words }) => [lang, phraseId, words])).toEqual([
      ['zh-CN', 'base', { colour: 'blue' }],
      ['wuu', 'base', { colour: 'blue' }],
      ['wuu', 'thanks', {}],
    ]);
    const told = junction.drafts.flatMap((draft) => (draft.kind === 'prompt' ? [draft.data.prompt.described] : []));
    expect(told).toEqual([{ seat: 'driver', colour: 'blue' }, { seat: 'driver', colour: 'blue' }, undefined]);
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
        epoch: '5f0c2a91b7de',
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

describe('the film of an incident', () => {
  const shown: Shown[] = [];
  const begun: object[] = [];
  const film = { show: (one: Shown) => shown.push(one), end: async () => CLIP };
  const begin = (request: object) => {
    begun.push(request);
    return film;
  };
  const junction = new Junction({ deps: { clips: { begin } } });
  beforeAll(async () => {
    await junction.watch(20_000, street(junction));
  });

  it('is begun once, with the violation', () => {
    const [violation] = junction.drafts.flatMap((draft) => (draft.kind === 'violation' ? [draft] : []));
    expect(begun).toMatchObject([{ incidentId: violation?.data.incidentId }]);
    expect(shown[0]?.frame.capturedAtMs).toBe(violation?.atMs);
  });

  it('shows every picture until the outcome, which names it, and none after it', () => {
    const [violation] = junction.drafts;
    const outcome = junction.drafts.find((draft) => draft.kind === 'outcome');
    expect(outcome?.kind === 'outcome' && outcome.data.evidence.map(({ kind }) => kind)).toEqual([
      'full',
      'crop',
      'clip',
    ]);
    const times = shown.map(({ frame }) => frame.capturedAtMs);
    const expected = ((outcome?.atMs ?? 0) - (violation?.atMs ?? 0)) / 200;
    expect([times.length, new Set(times).size]).toEqual([expected, expected]);
  });

  it('hides the other rider and the pedestrian and keeps its own rider in each of them', () => {
    const hidden = [headOf(0.2), { ...PEDESTRIAN.box, h: PEDESTRIAN.box.h * 0.2 }];
    for (const { subjectHeads, otherHeads } of shown) {
      expect(subjectHeads).toEqual([headOf(0.5)]);
      expect(otherHeads).toEqual(expect.arrayContaining(hidden));
      expect(otherHeads).not.toContainEqual(headOf(0.5));
    }
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

  it('a film that cannot be begun, or not be finished: the events go out without it', async () => {
    const noMore = new Junction({
      deps: {
        clips: {
          begin: () => {
            throw new Error('too many');
          },
        },
      },
    });
    const broken = new Junction({
      deps: { clips: { begin: () => ({ show: () => undefined, end: () => Promise.reject(new Error('no ffmpeg')) }) } },
    });
    for (const junction of [noMore, broken]) {
      await junction.watch(20_000, street(junction));
      expect(junction.story).toEqual(CORRECTED_STORY);
    }
    expect([noMore.problems, broken.problems]).toEqual([['evidence: too many'], ['evidence: no ffmpeg']]);
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
    ['outside the watched area', [riderAt(0.5, 'bare')], { ground: { ...ANYWHERE, watch: wholeLeft } }],
    ['who never was in the approach zone', [riderAt(0.5, 'bare')], { ground: { ...ANYWHERE, approach: wholeLeft } }],
    ['inside an ignored area', [riderAt(0.2, 'bare')], { ignore: wholeLeft }],
  ])('%s', async (_case, scene, options) => {
    const junction = new Junction({ options });
    await junction.watch(8000, () => scene);
    await junction.pipeline.finish(8000);
    expect([junction.story, junction.spoken]).toEqual([[], []]);
  });

  it('but those inside the watched area are', async () => {
    const junction = new Junction({ options: { ground: { ...ANYWHERE, watch: wholeLeft } } });
    await junction.watch(3000, () => [riderAt(0.2, 'bare'), riderAt(0.6, 'bare', 'red')]);
    expect(junction.story.filter((one) => one.startsWith('violation'))).toHaveLength(1);
    expect(new Set(junction.spoken.map((one) => one.words.colour))).toEqual(new Set(['blue']));
  });
});

describe('a way that riders come', () => {
  const violationsOf = async (ground: Ground, fromX: number, toX: number): Promise<number> => {
    const junction = new Junction({ options: { ground } });
    const at = (nowMs: number): number => fromX + (toX - fromX) * Math.min(1, nowMs / 2000);
    await junction.watch(6000, (nowMs) => [riderAt(at(nowMs), 'bare')]);
    return junction.story.filter((one) => one.startsWith('violation')).length;
  };
  const left: Polygons = [
    [
      [0, 0],
      [0.35, 0],
      [0.35, 1],
      [0, 1],
    ],
  ];
  const right: Polygons = [
    [
      [0.6, 0],
      [1, 0],
      [1, 1],
      [0.6, 1],
    ],
  ];
  const toTheRight: Ground['travel'] = [
    [0.1, 0.5],
    [0.9, 0.5],
  ];

  it.each<[string, Ground, number, number, number]>([
    ['by the approach zone into the waiting zone', { watch: right, approach: left, travel: null }, 0.2, 0.8, 1],
    ['into the waiting zone from elsewhere', { watch: right, approach: left, travel: null }, 0.5, 0.8, 0],
    ['along the arrow', { watch: [], approach: [], travel: toTheRight }, 0.2, 0.8, 1],
    ['against the arrow', { watch: [], approach: [], travel: toTheRight }, 0.8, 0.2, 0],
  ])('%s', async (_, ground, fromX, toX, expected) => expect(await violationsOf(ground, fromX, toX)).toBe(expected));
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
    expect(new Set(junction.spoken.map((one) => one.words.colour))).toEqual(new Set(['blue', 'red']));
  });

  it('in the same colour are told apart by their side, their own as they face the camera', async () => {
    const junction = new Junction();
    await junction.watch(8000, () => [riderAt(0.3, 'bare', 'blue'), riderAt(0.6, 'bare', 'blue')]);
    const [first, second] = junction.spoken;
    expect([first?.words, second?.words]).toEqual([
      { colour: 'blue', side: 'right' },
      { colour: 'blue', side: 'left' },
    ]);
    const told = junction.drafts.flatMap((draft) => (draft.kind === 'prompt' ? [draft.data.prompt.described] : []));
    expect(told.slice(0, 2)).toEqual([
      { seat: 'driver', colour: 'blue', side: 'right' },
      { seat: 'driver', colour: 'blue', side: 'left' },
    ]);
  });
});

describe('four riders bare-headed at once', () => {
  it('the first is spoken to alone, the others as a group, and all are recorded', async () => {
    const junction = new Junction();
    const row = [0.2, 0.4, 0.6, 0.8].map((cx) => riderAt(cx, 'bare', 'blue'));
    await junction.watch(6000, () => row);
    expect(junction.spoken.slice(0, 2).map(({ phraseId, lang }) => [phraseId, lang])).toEqual([
      ['base', 'zh-CN'],
      ['group', 'zh-CN'],
    ]);
    const prompts = junction.drafts.flatMap((draft) => (draft.kind === 'prompt' ? [draft.data] : []));
    const group = prompts.filter(({ prompt }) => prompt.phrase === 'group');
    expect(new Set(group.map(({ incidentId }) => incidentId)).size).toBe(3);
    expect(new Set(group.map(({ prompt }) => prompt.promptId)).size).toBe(1);
    for (const { prompt } of group) expect(prompt).not.toHaveProperty('described');
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

  it('leaves out a vehicle that nobody rides, once that is sure', async () => {
    const junction = new Junction();
    await junction.watch(400, () => [pushedAt(0.3)]);
    expect(junction.attention).toHaveLength(1);
    await junction.watch(2000, () => [pushedAt(0.3)]);
    expect(junction.attention).toEqual([]);
  });
});

it('who arrives is counted once each: with a helmet, without, or as unknown when gone undecided', async () => {
  const arrivals: string[] = [];
  const junction = new Junction({ deps: { countArrival: ({ seat, head }) => arrivals.push(`${seat} ${head}`) } });
  const rolling = (nowMs: number) => 0.2 + nowMs * 2e-4;
  await junction.watch(3000, (nowMs) => [
    riderAt(rolling(nowMs), 'helmet'),
    group(around(rolling(nowMs), 0.85, VEHICLE), [
      head(around(rolling(nowMs), 0.75, { w: 0.03, h: 0.06 }), { worn: 0.5 }),
    ]),
  ]);
  expect(arrivals).toEqual(['driver worn']);
  await junction.watch(6000, () => []);
  expect(arrivals).toEqual(['driver worn', 'driver unknown']);
});
