/** One loudspeaker for several cameras, with a voice that speaks when the test says so. */

import type { PromptReport } from '../../src/incident/machine';
import type { TurnPolicy } from '../../src/incident/turns';
import { Loudspeaker, type SpeakRequest, type Spoken, type Voice } from '../../src/loudspeaker';

const POLICY: TurnPolicy = {
  minGapMs: 1500,
  maxPerHour: 100,
  maxWaitMs: 8000,
  maxWaiting: 2,
  quiet: { fromMinute: 22 * 60, toMinute: 6 * 60 },
  isSilenced: false,
};

/** What came of a prompt, as its camera was told. */
type Told = readonly [string, PromptReport['playback'], string | null, PromptReport['refusal']];

class Box {
  readonly spoken: string[] = [];
  readonly told: Told[] = [];
  minuteOfDay = 12 * 60;
  private finish: ((atMs: number) => void) | null = null;
  private readonly speaker: Loudspeaker;

  constructor(policy: TurnPolicy = POLICY) {
    const voice: Voice = (request, nowMs, done) => {
      this.spoken.push(request.promptId);
      this.finish = (atMs) => {
        const spoken: Spoken = {
          text: request.text,
          voice: 'synthetic',
          startedAtMs: nowMs,
          endedAtMs: atMs,
          playback: 'confirmed',
          reason: null,
          wavPath: null,
        };
        done(spoken, atMs);
      };
    };
    this.speaker = new Loudspeaker({ policy, minuteOfDay: () => this.minuteOfDay }, voice);
  }

  ask(promptId: string, nowMs: number): void {
    const request: SpeakRequest = {
      promptId,
      incidentId: `incident of ${promptId}`,
      requestedAtMs: nowMs,
      phraseId: 'base',
      lang: 'zh-CN',
      text: '请戴好头盔',
      colour: null,
      onReport: ({ promptId: id, playback, reason, refusal }) => this.told.push([id, playback, reason, refusal]),
    };
    this.speaker.speak(request, nowMs);
  }

  tick(nowMs: number): void {
    this.speaker.tick(nowMs);
  }

  cancel(promptId: string, nowMs: number): void {
    this.speaker.cancel(promptId, nowMs);
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
  expect(box.spoken).toEqual(['a']);
  box.endSpeech(3000);
  expect(box.spoken).toEqual(['a']);
  box.tick(4400);
  expect(box.spoken).toEqual(['a']);
  box.tick(4500);
  expect(box.spoken).toEqual(['a', 'b']);
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
  expect(box.spoken).toEqual(['a', 'b']);
});

it.each<[string, TurnPolicy, number, Told]>([
  ['in quiet hours', POLICY, 23 * 60, ['a', 'failed', 'quiet_hours', 'muted']],
  ['at a silenced site', { ...POLICY, isSilenced: true }, 720, ['a', 'failed', 'noise_sensitive', 'muted']],
])('mutes %s', (_case, policy, minuteOfDay, told) => {
  const box = new Box(policy);
  box.minuteOfDay = minuteOfDay;
  box.ask('a', 0);
  expect([box.spoken, box.told]).toEqual([[], [told]]);
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
  expect(box.spoken).toEqual(['a']);
  expect(box.told).toEqual([
    ['d', 'failed', 'queue_full', 'dropped'],
    ['c', 'failed', 'cancelled', 'dropped'],
    ['a', 'confirmed', null, null],
    ['b', 'failed', 'stale', 'dropped'],
  ]);
});

it('finishes what is being spoken although it is taken back', () => {
  const box = new Box();
  box.ask('a', 0);
  box.cancel('a', 100);
  box.endSpeech(3000);
  expect(box.told).toEqual([['a', 'confirmed', null, null]]);
});
