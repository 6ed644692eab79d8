/** One loudspeaker for several cameras, with a voice that speaks when the test says so. */

import type { PromptReport } from '../../src/incident/incident';
import type { TurnPolicy } from '../../src/incident/turns';
import { Loudspeaker, type SpeakRequest, type Spoken, type Utterance, type Voice } from '../../src/loudspeaker';

const POLICY: TurnPolicy = {
  minGapMs: 1500,
  maxPerHour: 100,
  maxWaitMs: 8000,
  maxWaiting: 2,
  quiet: { fromMinute: 22 * 60, toMinute: 6 * 60 },
  volume: { dayPercent: 80, levels: [] },
  isSilenced: false,
};

/** What came of a prompt, as its camera was told. */
type Told = readonly [string, PromptReport['playback'], string | null, PromptReport['refusal']];

class Box {
  readonly spoken: Utterance[] = [];
  readonly told: Told[] = [];
  readonly reports: PromptReport[] = [];
  minuteOfDay = 12 * 60;
  private finish: ((atMs: number) => void) | null = null;
  readonly speaker: Loudspeaker;

  get spokenIds(): string[] {
    return this.spoken.map((one) => one.utteranceId);
  }

  constructor(policy: TurnPolicy = POLICY) {
    const voice: Voice = (request, nowMs, done) => {
      this.spoken.push(request);
      this.finish = (atMs) => {
        const spoken: Spoken = {
          text: request.text,
          voice: 'synthetic',
          startedAtMs: nowMs,
          endedAtMs: atMs,
          playback: 'confirmed',
          reason: null,
          proof: 'player',
          wavPath: null,
        };
        done(spoken, atMs);
      };
    };
    this.speaker = new Loudspeaker(
      { policy, minuteOfDay: () => this.minuteOfDay, groupText: (lang) => `${lang}：各位` },
      voice,
    );
  }

  ask(promptId: string, nowMs: number, rest: Partial<SpeakRequest> = {}): void {
    const request: SpeakRequest = {
      promptId,
      incidentId: `incident of ${promptId}`,
      requestedAtMs: nowMs,
      phraseId: 'base',
      lang: 'zh-CN',
      text: '请戴好头盔',
      words: { colour: 'blue' },
      described: { seat: 'driver', colour: 'blue' },
      violators: 1,
      onReport: (report) => {
        this.told.push([report.promptId, report.playback, report.reason, report.refusal]);
        this.reports.push(report);
      },
      ...rest,
    };
    this.speaker.speak(request, nowMs);
  }

  tick(nowMs: number): void {
    this.speaker.tick(nowMs);
  }

  cancel(promptId: string, nowMs: number): void {
    this.speaker.cancel({ promptId, reason: 'helmet_on' }, nowMs);
  }

  endSpeech(atMs: number): void {
    const finish = this.finish;
    this.finish = null;
    finish?.(atMs);
  }
}

it('speaks one after the other, with the gap between, and tells each camera', () => {
  const box = new Box();
  box.ask('a', 0);
  box.ask('b', 100);
  expect(box.spokenIds).toEqual(['a']);
  box.endSpeech(3000);
  expect(box.spokenIds).toEqual(['a']);
  box.tick(4400);
  expect(box.spokenIds).toEqual(['a']);
  box.tick(4500);
  expect(box.spokenIds).toEqual(['a', 'b']);
  box.endSpeech(7500);
  expect(box.told).toEqual([
    ['a', 'confirmed', null, null],
    ['b', 'confirmed', null, null],
  ]);
});

it('goes on by itself where no gap is asked for', () => {
  const box = new Box({ ...POLICY, minGapMs: 0 });
  box.ask('a', 0);
  box.ask('b', 0);
  box.endSpeech(3000);
  expect(box.spokenIds).toEqual(['a', 'b']);
});

it.each<[string, TurnPolicy, number, Told]>([
  ['in quiet hours', POLICY, 23 * 60, ['a', 'failed', 'quiet_hours', 'muted']],
  ['at a silenced site', { ...POLICY, isSilenced: true }, 720, ['a', 'failed', 'noise_sensitive', 'muted']],
])('mutes %s', (_case, policy, minuteOfDay, told) => {
  const box = new Box(policy);
  box.minuteOfDay = minuteOfDay;
  box.ask('a', 0);
  expect([box.spokenIds, box.told]).toEqual([[], [told]]);
});

it('mutes above the cap of an hour', () => {
  const box = new Box({ ...POLICY, maxPerHour: 1 });
  box.ask('a', 0);
  box.ask('b', 0);
  expect(box.told).toEqual([['b', 'failed', 'hourly_cap', 'muted']]);
});

it('drops what nobody could speak in time, what is one too many, and what was taken back', () => {
  const box = new Box();
  for (const id of ['a', 'b', 'c', 'd']) box.ask(id, 0);
  box.cancel('c', 100);
  box.endSpeech(9000);
  box.tick(9100);
  expect(box.spokenIds).toEqual(['a']);
  expect(box.told).toEqual([
    ['d', 'failed', 'queue_full', 'dropped'],
    ['c', 'failed', 'helmet_on', 'dropped'],
    ['a', 'confirmed', null, null],
    ['b', 'failed', 'stale', 'dropped'],
  ]);
  expect(box.speaker.counts).toEqual({ spoken: 1, groups: 0, refused: { queue_full: 1, helmet_on: 1, stale: 1 } });
});

it('finishes what is being spoken although it is taken back', () => {
  const box = new Box();
  box.ask('a', 0);
  box.cancel('a', 100);
  box.endSpeech(3000);
  expect(box.told).toEqual([['a', 'confirmed', null, null]]);
});

it('says what was asked for, at the volume of the hour', () => {
  const box = new Box();
  box.ask('a', 0);
  expect(box.spoken).toEqual([
    {
      utteranceId: 'a',
      incidentId: 'incident of a',
      phraseId: 'base',
      lang: 'zh-CN',
      words: { colour: 'blue' },
      described: { seat: 'driver', colour: 'blue' },
      text: '请戴好头盔',
      volumePercent: 80,
    },
  ]);
});

it('speaks to three who wait at once, and tells each of them the same', () => {
  const box = new Box({ ...POLICY, maxWaiting: 8 });
  for (const id of ['a', 'b', 'c', 'd']) box.ask(id, 0);
  box.endSpeech(3000);
  box.tick(4500);
  box.endSpeech(7500);
  box.tick(20_000);
  expect(box.spoken.map(({ utteranceId, phraseId, text }) => [utteranceId, phraseId, text])).toEqual([
    ['a', 'base', '请戴好头盔'],
    ['b', 'group', 'zh-CN：各位'],
  ]);
  const told = box.reports.map(({ promptId, utteranceId, phraseId, described, startedAtMs, refusal }) => ({
    ...{ promptId, utteranceId, phraseId, described, startedAtMs, refusal },
  }));
  const group = { utteranceId: 'b', phraseId: 'group', described: null, startedAtMs: 4500, refusal: null };
  expect(told.slice(1)).toEqual(['b', 'c', 'd'].map((promptId) => ({ promptId, ...group })));
  expect(box.speaker.counts).toEqual({ spoken: 2, groups: 1, refused: {} });
});

it('chooses the words when they are spoken, not when they are asked for', () => {
  const box = new Box();
  box.ask('a', 0);
  const words = { colour: 'red', side: 'left' } as const;
  const described = { seat: 'driver', ...words } as const;
  box.ask('b', 0, { refresh: () => ({ phraseId: 'base', words, described, text: '靠左边' }) });
  box.endSpeech(3000);
  box.tick(4500);
  expect(box.spoken.at(-1)).toMatchObject({ utteranceId: 'b', words, described, text: '靠左边' });
});
