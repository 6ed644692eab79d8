/** One example of every message, as it is published with the contract; prompts in both languages. */
import { type EventDraft, type EventStamp, toCloudEvent, type WireEvidence, type WirePrompt } from './events';

const INCIDENT = '0193f2a0-1c40-7aaa-8b1c-2f4e6a8b0c1d';
const SHA = '60303ae22b998861bce3b28f33eec1be758a213c86c93c076dbe9f558c11c752';
const AT_MS = Date.UTC(2026, 10, 23, 0, 0, 1, 234);

const SITE = { deviceId: '33052200001320000001', lat: 31.02, lon: 119.91, lane: 2, direction: 'N' } as const;
const SEEN = {
  incidentId: INCIDENT,
  replayed: false,
  site: SITE,
  vehicle: {
    kind: 'two_wheeler',
    trackId: 77,
    riderCount: 2,
    box: { x: 0.41, y: 0.3, w: 0.12, h: 0.33 },
    frame: { w: 1920, h: 1080 },
  },
  model: { name: 'head-classifier', sha256: SHA },
} as const;
const PERSON = {
  seat: 'driver',
  head: 'not_worn',
  headBox: { x: 0.45, y: 0.31, w: 0.03, h: 0.06 },
  score: 0.93,
  votes: { not_worn: 9, worn: 1 },
  appearance: { upperColour: 'blue', colourScore: 0.88, garment: 'shirt', garmentScore: 0.91 },
} as const;
const EVIDENCE: WireEvidence[] = [
  {
    kind: 'full',
    url: `https://store.example/anqi/330522-01/2026-11-23/${INCIDENT}-512-full.jpg`,
    sha256: '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08',
    expiresAt: '2026-12-23T08:00:01.234+08:00',
  },
];
const CLIP: WireEvidence = {
  kind: 'clip',
  url: `https://store.example/anqi/330522-01/2026-11-23/${INCIDENT}-clip.mp4`,
  sha256: '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae',
  expiresAt: '2026-12-23T08:00:18.400+08:00',
};
const MANDARIN: WirePrompt = {
  promptId: `${INCIDENT}-1`,
  number: 1,
  phrase: 'base',
  lang: 'zh-CN',
  text: '这位穿蓝色衬衫的骑手朋友，请把头盔戴好，谢谢！',
  described: { seat: 'driver', colour: 'blue', garment: 'shirt' },
  voice: 'synthetic',
  requestedAt: '2026-11-23T08:00:01.240+08:00',
  startedAt: '2026-11-23T08:00:01.420+08:00',
  endedAt: '2026-11-23T08:00:05.020+08:00',
  playback: 'confirmed',
  proof: 'sound',
};
const DIALECT: WirePrompt = {
  ...MANDARIN,
  promptId: `${INCIDENT}-2`,
  number: 2,
  lang: 'wuu',
  text: '着藍襯衫個師傅，請擔頭盔戴戴好，謝謝！',
  requestedAt: '2026-11-23T08:00:13.020+08:00',
  startedAt: '2026-11-23T08:00:13.200+08:00',
  endedAt: '2026-11-23T08:00:16.900+08:00',
};
const OUTCOME = { result: 'corrected', afterPrompt: 2, afterPromptLang: 'wuu', reactionMs: 4200 } as const;

const DRAFTS: readonly EventDraft[] = [
  {
    kind: 'violation',
    cameraId: 'east',
    atMs: AT_MS,
    data: { ...SEEN, persons: [PERSON], evidence: EVIDENCE },
  },
  {
    kind: 'prompt',
    cameraId: 'east',
    atMs: AT_MS + 3_786,
    data: { incidentId: INCIDENT, replayed: false, site: SITE, prompt: MANDARIN },
  },
  {
    kind: 'prompt',
    cameraId: 'east',
    atMs: AT_MS + 15_666,
    data: { incidentId: INCIDENT, replayed: false, site: SITE, prompt: DIALECT },
  },
  {
    kind: 'outcome',
    cameraId: 'east',
    atMs: AT_MS + 17_166,
    data: {
      ...SEEN,
      evidence: [...EVIDENCE, CLIP],
      persons: [{ ...PERSON, head: 'worn', outcome: OUTCOME }],
      prompts: [MANDARIN, DIALECT],
      outcome: OUTCOME,
    },
  },
];
const IDS = [
  '0193f2a0-1c5e-7d3a-9b1c-2f4e6a8b0c1d',
  '0193f2a0-2b10-7d3a-9b1c-2f4e6a8b0c1d',
  '0193f2a0-5a77-7d3a-9b1c-2f4e6a8b0c1d',
  '0193f2a0-6077-7d3a-9b1c-2f4e6a8b0c1d',
] as const;

export const EVENT_EXAMPLES = DRAFTS.map((draft, index) => {
  const stamp: EventStamp = {
    nodeId: '330522-01',
    id: IDS[index] ?? IDS[0],
    sequence: 1840 + index,
    epoch: '5f0c2a91b7de',
    timeZone: 'Asia/Shanghai',
  };
  return toCloudEvent(draft, stamp);
});

const SINCE = '2026-11-23T08:00:00.000+08:00';
const INFO = {
  version: '0.1.0',
  contract: '1.0.0',
  models: [{ name: 'head-classifier', sha256: SHA }],
  cameras: ['east'],
  speakers: ['horn'],
  commands: ['ping', 'info', 'stats.get', 'event.replay'],
  configRevision: SHA,
  startedAt: SINCE,
};

export const STATE_EXAMPLES = {
  nodeState: ['online'],
  nodeInfo: [INFO],
  nodeHealth: [
    {
      status: 'degraded',
      symptoms: ['camera:east'],
      outbox: { depth: 0, oldestAgeS: 0, dropped: 0, evidenceDropped: 0 },
      prompts: { horn: { spoken: 41, groups: 2, refused: { person_left: 5, helmet_on: 3, stale: 1 } } },
      at: '2026-11-23T08:00:30.000+08:00',
    },
  ],
  cameraStatus: [{ state: 'stalled', reason: 'no frame for 5 s', since: SINCE }],
  cameraStats: [
    {
      hour: statsExample('2026-11-23T08:00:00.000+08:00', [9, 8, 0, 1]),
      day: statsExample('2026-11-23T00:00:00.000+08:00', [118, 109, 4, 5]),
      month: statsExample('2026-10-25T00:00:00.000+08:00', [3204, 2957, 102, 145]),
    },
  ],
  speakerStatus: [{ state: 'online', since: SINCE }],
  switchState: ['ON'],
} as const;

function statsExample(from: string, [reminded, corrected, notCorrected, unknown]: [number, number, number, number]) {
  const rate = (part: number, all: number): number => Math.round((part / all) * 10_000) / 100;
  const helmetUse = { riders: 10 * reminded, helmeted: 9 * reminded, undecided: reminded, helmetUseRate: 90 };
  const correctionRate = rate(corrected, corrected + notCorrected);
  return { from, reminded, corrected, notCorrected, unknown, correctionRate, helmetUse };
}

/** Parameters and answer of every command. */
export const COMMAND_EXAMPLES = {
  ping: { params: {}, data: { at: SINCE } },
  info: { params: {}, data: INFO },
  'config.get': { params: {}, data: { revision: SHA, config: { version: 1, node: { id: '330522-01' } } } },
  'config.set': {
    params: { changes: { prompts: { reactionMs: 9000 } }, revision: SHA, confirmWithinS: 60 },
    data: { revision: SHA },
  },
  'camera.detect': { params: { camera: 'east', enabled: false }, data: { camera: 'east', enabled: false } },
  'prompt.mute': {
    params: { camera: 'east', muted: true, minutes: 60 },
    data: { camera: 'east', muted: true, until: '2026-11-23T09:00:00.000+08:00' },
  },
  'prompt.test': {
    params: { speaker: 'horn', lang: 'wuu' },
    data: { text: '騎電瓶車個朋友，請頭盔戴戴好再走，謝謝！', playback: 'confirmed' },
  },
  'event.replay': {
    params: { fromSequence: 1840, toSequence: 1842 },
    data: { fromSequence: 1840, toSequence: 1842, sent: 3, gone: [], waiting: 0 },
  },
  'stats.get': { params: { camera: 'east' }, data: {} },
  snapshot: {
    params: { camera: 'east' },
    data: { camera: 'east', takenAt: SINCE, url: EVIDENCE[0]?.url, sha256: SHA, expiresAt: SINCE },
  },
} as const;
