/** The wire contract: what toCloudEvent makes, what the schemas refuse, how times are written. */
import fc from 'fast-check';
import {
  type EventDraft,
  encodeEvent,
  incidentEvent,
  type OutcomeData,
  type PromptData,
  toCloudEvent,
  type ViolationData,
  type WirePrompt,
} from '../../src/mqtt/events';
import { formatTime } from '../../src/mqtt/time';

const SHA = 'a'.repeat(64);
const STAMP = {
  nodeId: '330522-01',
  id: '0193f2a0-1c5e-7d3a-9b1c-2f4e6a8b0c1d',
  sequence: 1842,
  epoch: '5f0c2a91b7de',
  timeZone: 'Asia/Shanghai',
};
const AT_MS = Date.UTC(2026, 10, 23, 0, 0, 1, 234);

const SEEN = {
  incidentId: 'i-1',
  replayed: false,
  site: { deviceId: '33052200001320000001', lat: 31.02, lon: 119.91, lane: 2, direction: 'N' as const },
  vehicle: {
    kind: 'two_wheeler' as const,
    trackId: 77,
    riderCount: 2,
    box: { x: 0.41, y: 0.3, w: 0.12, h: 0.33 },
    frame: { w: 1920, h: 1080 },
  },
  evidence: [
    { kind: 'full' as const, url: 'file:///e/i-1-full.jpg', sha256: SHA, expiresAt: '2026-12-23T08:00:00+08:00' },
  ],
  model: { name: 'heads', sha256: SHA },
};
const PERSON = {
  seat: 'driver' as const,
  head: 'not_worn' as const,
  score: 0.93,
  votes: { not_worn: 9, worn: 1 },
  appearance: { upperColour: 'blue' as const, colourScore: 0.88, garment: 'shirt' as const, garmentScore: 0.9 },
};
const PROMPT: WirePrompt = {
  promptId: 'p-1',
  number: 1,
  phrase: 'base',
  lang: 'zh-CN',
  text: '靠左边这位穿蓝色衬衫的骑手朋友，请把头盔戴好，谢谢！',
  described: { seat: 'driver', colour: 'blue', garment: 'shirt', side: 'left' },
  voice: 'synthetic',
  requestedAt: '2026-11-23T08:00:01.000+08:00',
  startedAt: '2026-11-23T08:00:01.200+08:00',
  endedAt: '2026-11-23T08:00:04.200+08:00',
  playback: 'confirmed',
  proof: 'sound',
};
const VIOLATION: ViolationData = { ...SEEN, persons: [PERSON] };
const SPOKEN: PromptData = { incidentId: 'i-1', replayed: false, site: {}, prompt: PROMPT };
const OUTCOME: OutcomeData = {
  ...SEEN,
  persons: [
    { ...PERSON, outcome: { result: 'corrected', afterPrompt: 1, afterPromptLang: 'zh-CN', reactionMs: 4200 } },
  ],
  prompts: [PROMPT],
  outcome: { result: 'corrected', afterPrompt: 1, afterPromptLang: 'zh-CN', reactionMs: 4200 },
};
const DRAFTS: readonly EventDraft[] = [
  { kind: 'violation', cameraId: 'c1', atMs: AT_MS, data: VIOLATION },
  { kind: 'prompt', cameraId: 'c1', atMs: AT_MS, data: SPOKEN },
  { kind: 'outcome', cameraId: 'c1', atMs: AT_MS, data: OUTCOME },
];

describe('toCloudEvent', () => {
  it.each(DRAFTS)('wraps a $kind with every attribute of the contract', (draft) => {
    expect(toCloudEvent(draft, STAMP)).toEqual({
      specversion: '1.0',
      id: STAMP.id,
      source: '/anqi/node/330522-01/camera/c1',
      type: `cn.anqi.helmet.${draft.kind}.v1`,
      subject: 'incident/i-1',
      time: '2026-11-23T08:00:01.234+08:00',
      datacontenttype: 'application/json',
      dataschema: `urn:anqi:schema:${draft.kind}-1.json`,
      sequence: '0000001842',
      epoch: STAMP.epoch,
      data: draft.data,
    });
  });

  it.each(DRAFTS)('survives the wire: a $kind read back is the same event, on one line', (draft) => {
    const event = toCloudEvent(draft, STAMP);
    const text = encodeEvent(event);
    expect(text).not.toContain('\n');
    expect(incidentEvent.parse(JSON.parse(text))).toEqual(event);
  });

  it('orders sequences as text the way they are ordered as numbers', () => {
    const sequence = fc.integer({ min: 1, max: 9_999_999_999 });
    fc.assert(
      fc.property(sequence, sequence, (a, b) => {
        const text = (value: number) => toCloudEvent(draftAt(0), { ...STAMP, sequence: value }).sequence;
        expect(text(a) < text(b)).toBe(a < b);
      }),
    );
  });
});

describe('the schemas refuse', () => {
  const cases: readonly [string, EventDraft['kind'], Record<string, unknown>][] = [
    ['an unknown field', 'violation', { ...VIOLATION, plate: '浙E12345' }],
    ['nobody on the vehicle', 'violation', { ...VIOLATION, persons: [] }],
    [
      'a box outside the picture',
      'violation',
      { ...VIOLATION, vehicle: { ...SEEN.vehicle, box: { x: 1.2, y: 0, w: 0, h: 0 } } },
    ],
    ['a device id that is not 20 digits', 'violation', { ...VIOLATION, site: { deviceId: '123' } }],
    ['a short checksum', 'violation', { ...VIOLATION, model: { name: 'm', sha256: 'abc' } }],
    ['a missing incident', 'prompt', { ...SPOKEN, incidentId: '' }],
    ['a failed prompt without a reason', 'prompt', { ...SPOKEN, prompt: { ...PROMPT, playback: 'failed' } }],
    ['a confirmed prompt that never ended', 'prompt', { ...SPOKEN, prompt: { ...PROMPT, endedAt: undefined } }],
    [
      'a proof of what is not confirmed',
      'prompt',
      { ...SPOKEN, prompt: { ...PROMPT, playback: 'unconfirmed', reason: 'no_receiver' } },
    ],
    ['a proof by hearsay', 'prompt', { ...SPOKEN, prompt: { ...PROMPT, proof: 'neighbour' } }],
    ['a local time without offset', 'prompt', { ...SPOKEN, prompt: { ...PROMPT, requestedAt: '2026-11-23T08:00:01' } }],
    ['corrected without a reaction time', 'outcome', { ...OUTCOME, outcome: { result: 'corrected', afterPrompt: 0 } }],
    [
      'a reaction time of somebody who left',
      'outcome',
      { ...OUTCOME, outcome: { result: 'unknown_left', afterPrompt: 0, reactionMs: 1 } },
    ],
    [
      'a prompt number without its language',
      'outcome',
      { ...OUTCOME, outcome: { result: 'not_corrected', afterPrompt: 1 } },
    ],
  ];
  it.each(cases)('%s', (_title, kind, data) => {
    const good = DRAFTS.find((draft) => draft.kind === kind) ?? draftAt(0);
    const event = toCloudEvent(good, STAMP);
    expect(incidentEvent.safeParse({ ...event, data: good.data }).success).toBe(true);
    expect(incidentEvent.safeParse({ ...event, data }).success).toBe(false);
  });

  it('data of another kind', () => {
    expect(incidentEvent.safeParse({ ...toCloudEvent(draftAt(0), STAMP), data: SPOKEN }).success).toBe(false);
  });

  it('an id that is no UUIDv7', () => {
    expect(() => toCloudEvent(draftAt(0), { ...STAMP, id: 'x' })).toThrow(/id/);
  });
});

describe('formatTime', () => {
  it.each([
    ['Asia/Shanghai', '2026-11-23T08:00:01.234+08:00'],
    ['+08:00', '2026-11-23T08:00:01.234+08:00'],
    ['UTC', '2026-11-23T00:00:01.234+00:00'],
    ['-03:30', '2026-11-22T20:30:01.234-03:30'],
    ['Asia/Kathmandu', '2026-11-23T05:45:01.234+05:45'],
    ['America/New_York', '2026-11-22T19:00:01.234-05:00'],
  ])('writes the local time of %s', (zone, expected) => {
    expect(formatTime(AT_MS, zone)).toBe(expected);
  });

  it('keeps the instant in every zone', () => {
    const instants = fc.integer({ min: 0, max: 4_000_000_000_000 });
    fc.assert(
      fc.property(
        instants,
        fc.constantFrom('Asia/Shanghai', 'Europe/Berlin', '-09:30', 'Australia/Lord_Howe'),
        (ms, zone) => {
          expect(Date.parse(formatTime(ms, zone))).toBe(ms);
        },
      ),
    );
  });

  it('names an unknown zone', () => {
    expect(() => formatTime(AT_MS, 'Asia/Changxing')).toThrow(/Asia\/Changxing/);
  });
});

function draftAt(atMs: number): EventDraft {
  return { kind: 'violation', cameraId: 'c1', atMs, data: VIOLATION };
}
