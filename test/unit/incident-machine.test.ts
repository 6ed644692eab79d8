/** The life of an incident: violation, Mandarin, dialect, reminder, and every way it can end. */
import fc from 'fast-check';
import type { HeadState, Seat } from '../../src/domain';
import type { GoneHow, PromptReport } from '../../src/incident/incident';
import {
  type Effect,
  type IncidentPolicy,
  type Input,
  phraseFor,
  step,
  unseen,
  type VehicleState,
} from '../../src/incident/machine';
import type { Rider } from '../../src/rider/riders';
import { person, rider } from '../support/scene';

const FRAME_MS = 200;
const REACTION_MS = 5000;
/** Every prompt sounds from 100 ms to 3000 ms after it was asked for. */
const STARTS_AFTER_MS = 100;
const ENDS_AFTER_MS = 3000;
const POLICY: IncidentPolicy = {
  ladder: [
    { lang: 'zh-CN', kind: 'request', waitMs: REACTION_MS },
    { lang: 'wuu', kind: 'request', waitMs: REACTION_MS },
    { lang: 'zh-CN', kind: 'reminder', waitMs: REACTION_MS },
  ],
  correctedAfterMs: 1000,
  companionGraceMs: 1200,
  saysThanks: true,
  saysCaptured: false,
};

type Announce = Extract<Effect, { type: 'announce' }>;
type Outcome = Extract<Effect, { type: 'record_outcome' }>;
/** What becomes of a prompt: spoken at once or a second late, refused with a reason, or it waits until it is dropped. */
type Fate = 'spoken' | 'late' | 'waits' | 'dropped' | 'muted' | 'failed';

function reportOf(promptId: string, askedAtMs: number, fate: Exclude<Fate, 'waits'>): PromptReport {
  const isSpoken = fate === 'spoken' || fate === 'late';
  const startsAfterMs = fate === 'late' ? 1000 : STARTS_AFTER_MS;
  return {
    promptId,
    utteranceId: promptId,
    phraseId: 'base',
    described: null,
    text: '请把头盔戴好',
    voice: 'synthetic',
    requestedAtMs: askedAtMs,
    startedAtMs: isSpoken ? askedAtMs + startsAfterMs : null,
    endedAtMs: isSpoken ? askedAtMs + ENDS_AFTER_MS : null,
    playback: isSpoken ? 'confirmed' : 'failed',
    reason: isSpoken ? null : fate,
    proof: isSpoken ? 'player' : null,
    wavPath: null,
    refusal: fate === 'muted' || fate === 'dropped' ? fate : null,
  };
}

/** One vehicle and a loudspeaker, in simulated time. */
class Street {
  state: VehicleState = unseen(1);
  nowMs = 0;
  readonly log: { readonly atMs: number; readonly effect: Effect }[] = [];
  private readonly speaking = new Map<string, { readonly askedAtMs: number; readonly fate: Fate }>();
  private ids = 0;

  constructor(
    private readonly policy: IncidentPolicy = POLICY,
    private readonly fateOf: (prompt: Announce) => Fate = () => 'spoken',
  ) {}

  /** Shows `seen` in every frame from now until before `untilMs`. */
  watch(untilMs: number, seen: Rider, isInZone = true): this {
    for (; this.nowMs < untilMs; this.nowMs += FRAME_MS) {
      this.hear();
      this.feed({ type: 'seen', rider: seen, isInZone });
    }
    return this;
  }

  gone(how: GoneHow): this {
    this.hear();
    this.feed({ type: 'gone', how });
    return this;
  }

  /** Lets whatever is being spoken come to its end. */
  hear(nowMs = this.nowMs): this {
    for (const [promptId, { askedAtMs, fate }] of this.speaking) {
      const isSounding = (fate === 'spoken' || fate === 'late') && nowMs < askedAtMs + ENDS_AFTER_MS;
      if (fate === 'waits' || isSounding) continue;
      this.speaking.delete(promptId);
      this.feed({ type: 'prompt_ended', report: reportOf(promptId, askedAtMs, fate) });
    }
    return this;
  }

  of<T extends Effect['type']>(type: T): { readonly atMs: number; readonly effect: Extract<Effect, { type: T }> }[] {
    const isOfType = (one: {
      atMs: number;
      effect: Effect;
    }): one is { atMs: number; effect: Extract<Effect, { type: T }> } => one.effect.type === type;
    return this.log.filter(isOfType);
  }

  get asked() {
    return this.of('announce').map(({ atMs, effect }) => [atMs, effect.lang, effect.phraseId]);
  }

  get outcomes() {
    return this.of('record_outcome').map(({ effect: { outcome } }) => {
      const { reason: _, ...rest } = outcome;
      return rest;
    });
  }

  private feed(input: Input): void {
    const context = { nowMs: this.nowMs, policy: this.policy, newId: () => `id${++this.ids}` };
    const { state, effects } = step(this.state, input, context);
    this.state = state;
    for (const effect of effects) {
      this.log.push({ atMs: this.nowMs, effect });
      if (effect.type === 'announce')
        this.speaking.set(effect.promptId, { askedAtMs: this.nowMs, fate: this.fateOf(effect) });
      if (effect.type === 'cancel') this.takeBack(effect.promptId);
    }
  }

  private takeBack(promptId: string): void {
    const waiting = this.speaking.get(promptId);
    if (waiting?.fate !== 'waits') return;
    this.speaking.delete(promptId);
    this.feed({ type: 'prompt_ended', report: reportOf(promptId, waiting.askedAtMs, 'dropped') });
  }
}

const bare = rider([person('1.1')]);
const helmeted = rider([person('1.1', { state: 'worn' })]);
const unsure = rider([person('1.1', { state: 'unknown' })]);
const two = (driver: HeadState, passenger: HeadState, seat: Seat = 'passenger') =>
  rider([person('1.1', { state: driver }), person('1.2', { seat, state: passenger })]);

describe('the ladder', () => {
  it('goes from Mandarin over the dialect to one reminder, each after the time to react, and ends', () => {
    const street = new Street().watch(60_000, bare);
    expect(street.asked).toEqual([
      [0, 'zh-CN', 'base'],
      [ENDS_AFTER_MS + REACTION_MS, 'wuu', 'base'],
      [2 * (ENDS_AFTER_MS + REACTION_MS), 'zh-CN', 'again'],
    ]);
    expect(street.of('record_violation')).toHaveLength(1);
    expect(street.of('record_prompt').map(({ effect }) => effect.prompt.ordinal)).toEqual([1, 2, 3]);
    expect(street.outcomes).toEqual([]);
  });

  it('climbs over a prompt that failed, and says nothing more once one was muted', () => {
    const failing = new Street(POLICY, (prompt) => (prompt.lang === 'wuu' ? 'failed' : 'spoken')).watch(40_000, bare);
    expect(failing.asked.map(([, lang]) => lang)).toEqual(['zh-CN', 'wuu', 'zh-CN']);
    const muted = new Street(POLICY, () => 'muted').watch(40_000, bare);
    expect(muted.asked).toHaveLength(1);
    expect(muted.of('record_prompt').map(({ effect }) => effect.prompt.reason)).toEqual(['muted']);
  });

  it('asks again two seconds after a prompt whose turn never came', () => {
    let isFirst = true;
    const street = new Street(POLICY, () => {
      const fate = isFirst ? 'dropped' : 'spoken';
      isFirst = false;
      return fate;
    }).watch(6000, bare);
    // The report comes with the next frame, at 200 ms.
    expect(street.asked.map(([atMs, lang]) => [atMs, lang])).toEqual([
      [0, 'zh-CN'],
      [2200, 'zh-CN'],
    ]);
    expect(street.of('record_prompt').map(({ effect }) => effect.prompt.ordinal)).toEqual([1]);
  });

  it('waits while nobody can be seen, and goes on when they can', () => {
    const street = new Street()
      .watch(5000, bare)
      .watch(20_000, { ...bare, isVisible: false })
      .watch(20_400, bare);
    expect(street.asked.map(([atMs]) => atMs)).toEqual([0, 20_000]);
  });

  it('waits while the head is undecided', () => {
    const street = new Street().watch(5000, bare).watch(20_000, unsure).watch(20_400, bare);
    expect(street.asked.map(([atMs]) => atMs)).toEqual([0, 20_000]);
  });
});

describe('a violation', () => {
  it.each<[string, Rider, boolean]>([
    ['worn', helmeted, true],
    ['unknown', unsure, true],
    ['bare but parked', { ...bare, isAddressable: false }, true],
    ['bare but outside the zone', bare, false],
    ['nobody at all', rider([]), true],
  ])('is not recorded, and nobody spoken to: %s', (_case, seen, isInZone) => {
    expect(new Street().watch(30_000, seen, isInZone).gone('left').log).toEqual([]);
  });

  it('is of somebody whose head is there to be seen: not of who left, or is hidden, when the older looks expire', () => {
    const hidden = rider([person('1.1', { head: null })]);
    const left = rider([person('1.1', { head: null })], { isVisible: false });
    const street = new Street().watch(1000, unsure).watch(2000, hidden).watch(3000, left);
    expect(street.of('record_violation')).toEqual([]);
    expect(street.watch(4000, bare).of('record_violation')).toHaveLength(1);
  });

  it('is recorded for each bare head with its seat, once in its life', () => {
    const street = new Street().watch(2000, two('not_worn', 'not_worn')).watch(4000, two('worn', 'worn'));
    street.watch(8000, two('not_worn', 'not_worn'));
    expect(street.of('record_violation').map(({ effect }) => [effect.person.id, effect.incident.seat])).toEqual([
      ['1.1', 'driver'],
      ['1.2', 'passenger'],
    ]);
  });
});

describe('corrected', () => {
  const LATER_MS = 2000;
  const asked = [0, ENDS_AFTER_MS + REACTION_MS, 2 * (ENDS_AFTER_MS + REACTION_MS)];

  it.each([
    [1, 'zh-CN'],
    [2, 'wuu'],
    [3, 'zh-CN'],
  ])(
    'after prompt %d (%s): told with the reaction time from its start, and thanked in its language',
    (ordinal, lang) => {
      const heardMs = (asked[ordinal - 1] ?? 0) + ENDS_AFTER_MS;
      const street = new Street().watch(heardMs + LATER_MS, bare).watch(heardMs + 20_000, helmeted);
      const reactionMs = ENDS_AFTER_MS + LATER_MS - STARTS_AFTER_MS;
      expect(street.outcomes).toEqual([
        { result: 'corrected', afterPrompt: ordinal, afterPromptLang: lang, reactionMs },
      ]);
      expect(street.asked).toHaveLength(ordinal + 1);
      expect(street.asked.at(-1)).toEqual([heardMs + LATER_MS + POLICY.correctedAfterMs, lang, 'thanks']);
      expect(street.gone('left').outcomes).toHaveLength(1);
    },
  );

  it('while a prompt still sounds: it is that prompt that worked', () => {
    const secondMs = asked[1] ?? 0;
    const street = new Street().watch(secondMs + 1000, bare).watch(secondMs + 12_000, helmeted);
    expect(street.outcomes).toEqual([
      { result: 'corrected', afterPrompt: 2, afterPromptLang: 'wuu', reactionMs: 1000 - STARTS_AFTER_MS },
    ]);
    const [outcome] = street.of('record_outcome');
    expect(outcome?.effect.incident.prompts).toHaveLength(2);
    expect(street.asked.map(([, , phrase]) => phrase)).toEqual(['base', 'base', 'thanks']);
  });

  it('while the first prompt still waits for its turn: taken back, not thanked, no prompt to its name', () => {
    const street = new Street(POLICY, () => 'waits').watch(2000, bare).watch(6000, helmeted);
    expect(street.outcomes).toEqual([{ result: 'corrected', afterPrompt: 0, afterPromptLang: null, reactionMs: 2000 }]);
    expect(street.of('cancel').length).toBeGreaterThan(0);
    expect(street.asked).toHaveLength(1);
    expect(street.state.pending).toEqual([]);
  });

  it('before the prompt began to sound: not its doing', () => {
    const street = new Street(POLICY, () => 'late').watch(600, bare).watch(6000, helmeted);
    expect(street.outcomes).toEqual([{ result: 'corrected', afterPrompt: 0, afterPromptLang: null, reactionMs: 600 }]);
  });

  it('and out of sight while the prompt still sounds: told when it ends, to its credit', () => {
    const street = new Street().watch(400, bare).watch(2000, helmeted).gone('left');
    expect(street.outcomes).toEqual([]);
    const reactionMs = 400 - STARTS_AFTER_MS;
    expect(street.hear(20_000).outcomes).toEqual([
      { result: 'corrected', afterPrompt: 1, afterPromptLang: 'zh-CN', reactionMs },
    ]);
  });

  it('is not said of a helmet that shows for less than the time it must be seen', () => {
    const street = new Street();
    for (let i = 0; i < 10; i++) street.watch(street.nowMs + 1000, bare).watch(street.nowMs + 800, helmeted);
    expect(street.watch(street.nowMs + 400, bare).outcomes).toEqual([]);
  });

  it('after a prompt nobody heard counts from the violation', () => {
    const street = new Street(POLICY, () => 'failed').watch(4000, bare).watch(8000, helmeted);
    expect(street.outcomes).toEqual([{ result: 'corrected', afterPrompt: 0, afterPromptLang: null, reactionMs: 4000 }]);
    expect(street.asked).toHaveLength(1);
  });

  it('is not thanked for where the site does not want it', () => {
    const street = new Street({ ...POLICY, saysThanks: false }).watch(4000, bare).watch(8000, helmeted);
    expect(street.asked.map(([, , phrase]) => phrase)).toEqual(['base']);
  });

  it('by the driver alone: the passenger is asked on, and they are thanked together', () => {
    const street = new Street().watch(5000, two('not_worn', 'not_worn')).watch(12_000, two('worn', 'not_worn'));
    street.watch(20_000, two('worn', 'worn'));
    expect(street.asked.map(([, lang, phrase]) => [lang, phrase])).toEqual([
      ['zh-CN', 'both'],
      ['wuu', 'passenger'],
      ['wuu', 'thanks'],
    ]);
    expect(street.outcomes.map((one) => [one.result, one.afterPrompt])).toEqual([
      ['corrected', 1],
      ['corrected', 2],
    ]);
  });

  it('leaves the rungs of the ladder to a companion seen bare-headed later: thanks are none of them', () => {
    const street = new Street().watch(4000, two('not_worn', 'unknown')).watch(12_000, two('worn', 'unknown'));
    street.watch(14_000, two('worn', 'not_worn'));
    expect(street.asked.map(([, lang, phrase]) => [lang, phrase])).toEqual([
      ['zh-CN', 'base'],
      ['zh-CN', 'thanks'],
      ['wuu', 'passenger'],
    ]);
    expect(street.of('record_prompt').map(({ effect }) => effect.prompt.ordinal)).toEqual([1, 2]);
  });
});

describe('somebody who may have changed places with somebody else', () => {
  const since = (sameSinceMs: number, state: HeadState) => rider([person('1.1', { state, sameSinceMs })]);

  it('is never said to have corrected, nor not to have', () => {
    const put = new Street().watch(4000, bare).watch(30_000, since(4000, 'worn'));
    expect(put.outcomes).toEqual([]);
    expect(put.gone('left').of('record_outcome')[0]?.effect.outcome).toMatchObject({
      result: 'unknown_occluded',
      reason: 'identity',
    });
    const stayed = new Street().watch(4000, bare).watch(7000, since(4000, 'not_worn')).gone('left');
    expect(stayed.outcomes[0]?.result).toBe('unknown_occluded');
  });

  it('is, once the doubt is laid to rest', () => {
    const street = new Street().watch(4000, bare).watch(8000, since(4000, 'worn')).watch(8200, since(0, 'worn'));
    expect(street.outcomes[0]?.result).toBe('corrected');
  });

  it('is asked on while somebody bare-headed is there, and is no second incident', () => {
    const street = new Street().watch(4000, bare).watch(40_000, since(4000, 'not_worn'));
    expect(street.asked).toHaveLength(3);
    expect(street.of('record_violation')).toHaveLength(1);
  });
});

describe('the words', () => {
  const request = { lang: 'zh-CN', kind: 'request', waitMs: 0 } as const;

  it.each<[readonly Seat[], string]>([
    [['driver'], 'base'],
    [['passenger'], 'passenger'],
    [['child'], 'child'],
    [['driver', 'passenger'], 'both'],
    [['passenger', 'child'], 'both'],
  ])('fit who is bare-headed: %s', (seats, phrase) => expect(phraseFor(request, seats, { isSure: true })).toBe(phrase));

  it.each<[readonly Seat[], string]>([
    [['driver'], 'base'],
    [['passenger'], 'base'],
    [['child'], 'base'],
    [['driver', 'passenger'], 'both'],
  ])('name no seat where seats are not sure: %s', (seats, phrase) =>
    expect(phraseFor(request, seats, { isSure: false })).toBe(phrase),
  );

  it('say 您已经被抓拍 to a lone driver where the site wishes it', () => {
    const street = new Street({ ...POLICY, saysCaptured: true }).watch(1000, bare);
    expect(street.of('announce').map(({ effect }) => effect.phraseId)).toEqual(['captured']);
  });

  it('of a reminder are the same for everybody', () => {
    expect(phraseFor({ ...request, kind: 'reminder' }, ['driver', 'passenger'], { isSure: true })).toBe('again');
  });

  it('name the passenger behind a helmeted driver', () => {
    const street = new Street().watch(1000, two('worn', 'not_worn'));
    expect(street.asked).toEqual([[0, 'zh-CN', 'passenger']]);
    expect(new Street().watch(1000, two('worn', 'not_worn', 'child')).asked).toEqual([[0, 'zh-CN', 'child']]);
  });
});

describe('the first prompt', () => {
  it('waits for a companion whose head is not decided yet, and then speaks to both', () => {
    const street = new Street().watch(800, two('not_worn', 'unknown')).watch(3000, two('not_worn', 'not_worn'));
    expect(street.asked).toEqual([[POLICY.companionGraceMs, 'zh-CN', 'both']]);
  });

  it('waits no longer than the grace', () => {
    const street = new Street().watch(3000, two('not_worn', 'unknown'));
    expect(street.asked).toEqual([[POLICY.companionGraceMs, 'zh-CN', 'base']]);
  });

  it('does not wait for a companion who cannot be seen', () => {
    const hidden = rider([person('1.1'), person('1.2', { seat: 'passenger', state: 'unknown', head: null })]);
    expect(new Street().watch(1000, hidden).asked).toEqual([[0, 'zh-CN', 'base']]);
  });
});

describe('gone', () => {
  it.each<[string, Rider, 'left' | 'occluded' | 'stopped', string]>([
    ['left bare-headed', bare, 'left', 'not_corrected'],
    ['left with a head nobody could judge', unsure, 'left', 'unknown_left'],
    ['hidden while bare-headed', bare, 'occluded', 'unknown_occluded'],
    ['the recording ended while bare-headed', bare, 'stopped', 'unknown_left'],
  ])('%s', (_case, last, how, result) => {
    const street = new Street().watch(5000, bare).watch(5600, last).gone(how);
    expect(street.outcomes).toEqual([{ result, afterPrompt: 1, afterPromptLang: 'zh-CN', reactionMs: null }]);
  });

  it('with the helmet on for too short a time is a guess nobody makes', () => {
    expect(new Street().watch(5000, bare).watch(5600, helmeted).gone('left').outcomes[0]?.result).toBe('unknown_left');
  });

  it('takes back the prompt that waits', () => {
    const street = new Street(POLICY, () => 'waits').watch(1000, bare).gone('left');
    expect(street.of('cancel')).toHaveLength(1);
    expect(street.of('record_prompt')).toEqual([]);
    expect(street.outcomes).toEqual([
      { result: 'not_corrected', afterPrompt: 0, afterPromptLang: null, reactionMs: null },
    ]);
  });

  it.each<[string, Rider, string]>([
    ['bare-headed', bare, 'not_corrected'],
    ['with the helmet on for too short a time', helmeted, 'unknown_left'],
  ])('while a prompt sounds, %s: told when it ends, with this prompt among the others', (_case, last, result) => {
    const street = new Street().watch(400, bare).watch(1000, last).gone('left').hear(20_000);
    expect(street.log.map(({ effect }) => effect.type).slice(-2)).toEqual(['record_prompt', 'record_outcome']);
    expect(street.outcomes).toEqual([{ result, afterPrompt: 1, afterPromptLang: 'zh-CN', reactionMs: null }]);
    expect(street.of('record_outcome')[0]?.effect.incident.prompts).toHaveLength(1);
  });

  it('while a prompt sounds, and then the recording ends: told at once, as it was seen to go', () => {
    const street = new Street().watch(1000, bare).gone('left').gone('stopped');
    expect(street.outcomes.map((one) => one.result)).toEqual(['not_corrected']);
    expect(street.hear(20_000).outcomes).toHaveLength(1);
    expect(street.of('record_prompt')).toHaveLength(1);
  });

  it('bare-headed, and not seen any more for so long that no vote is left: still the last that was seen', () => {
    const unseen = { ...unsure, isVisible: false };
    const street = new Street().watch(5000, bare).watch(8000, unseen).gone('left');
    expect(street.outcomes[0]?.result).toBe('not_corrected');
  });

  it('with the helmet on out of sight is not seen to wear it', () => {
    const street = new Street()
      .watch(5000, bare)
      .watch(5200, helmeted)
      .watch(9000, { ...helmeted, isVisible: false });
    expect(street.gone('left').outcomes[0]?.result).toBe('unknown_left');
  });

  it('while the head is turning to worn is nobody who is known to be bare-headed', () => {
    const turning = rider([person('1.1', { isTurning: true })]);
    expect(new Street().watch(5000, bare).watch(5200, turning).gone('left').outcomes[0]?.result).toBe('unknown_left');
  });

  it.each<[string, Rider, 'left' | 'occluded' | 'camera_lost' | 'stopped', string, string | null]>([
    ['left bare-headed', bare, 'left', 'not_corrected', null],
    ['left undecided', unsure, 'left', 'unknown_left', 'undecided'],
    ['hidden', bare, 'occluded', 'unknown_occluded', 'hidden'],
    ['the camera lost', bare, 'camera_lost', 'unknown_occluded', 'camera_lost'],
    ['the service stopped', bare, 'stopped', 'unknown_left', 'stopped'],
  ])('%s says why', (_case, last, how, result, reason) => {
    const [ended] = new Street().watch(5000, bare).watch(5600, last).gone(how).of('record_outcome');
    expect([ended?.effect.outcome.result, ended?.effect.outcome.reason]).toEqual([result, reason]);
  });

  it('without an incident says nothing', () => expect(new Street().watch(1000, helmeted).gone('left').log).toEqual([]));
});

describe('whatever is seen, said and heard', () => {
  const headState = fc.constantFrom<HeadState>('worn', 'not_worn', 'unknown');
  const sight = fc.record({
    kind: fc.constant('seen' as const),
    states: fc.tuple(headState, headState, headState),
    isDoubtful: fc.boolean(),
    isVisible: fc.boolean(),
    isAddressable: fc.boolean(),
    isInZone: fc.boolean(),
    frames: fc.integer({ min: 1, max: 12 }),
  });
  const report = fc.record({
    kind: fc.constant('report' as const),
    fate: fc.constantFrom('spoken' as const, 'dropped' as const, 'muted' as const, 'failed' as const),
    isKnown: fc.boolean(),
  });
  const life = fc.array(fc.oneof({ weight: 3, arbitrary: sight }, { weight: 2, arbitrary: report }), { maxLength: 40 });
  const seats: readonly Seat[] = ['driver', 'passenger', 'child'];

  it('one outcome per incident, prompts for bare heads in view only, ordinals that rise', () => {
    fc.assert(
      fc.property(life, fc.constantFrom('left', 'occluded', 'stopped'), (script, how) => {
        let state = unseen(1);
        let nowMs = 0;
        let ids = 0;
        const seenEffects: Effect[] = [];
        const feed = (input: Input): readonly Effect[] => {
          const result = step(state, input, { nowMs, policy: POLICY, newId: () => `id${++ids}` });
          state = result.state;
          seenEffects.push(...result.effects);
          return result.effects;
        };
        for (const event of script) {
          if (event.kind === 'report') {
            const promptId = event.isKnown ? (state.pending[0]?.promptId ?? 'none') : 'none';
            feed({ type: 'prompt_ended', report: reportOf(promptId, nowMs - ENDS_AFTER_MS, event.fate) });
            continue;
          }
          const sameSinceMs = event.isDoubtful ? nowMs : 0;
          const persons = event.states.map((one, i) =>
            person(`1.${i}`, { seat: seats[i] ?? 'driver', state: one, sameSinceMs }),
          );
          const { isVisible, isAddressable, isInZone } = event;
          for (let i = 0; i < event.frames; i++) {
            nowMs += FRAME_MS;
            const input = { type: 'seen', rider: rider(persons, { isVisible, isAddressable }), isInZone } as const;
            const effects = feed(input);
            const bareIds = persons.filter((one) => one.state === 'not_worn').map((one) => one.id);
            for (const effect of effects) {
              if (effect.type === 'record_violation') {
                expect(bareIds).toContain(effect.person.id);
                expect(isAddressable && isInZone).toBe(true);
              }
              if (effect.type === 'record_outcome' && effect.outcome.result === 'corrected') {
                expect(isVisible).toBe(true);
                expect(sameSinceMs).toBeLessThanOrEqual(effect.incident.confirmedAtMs);
              }
              if (effect.type !== 'announce' || effect.phraseId === 'thanks') continue;
              expect(isVisible).toBe(true);
              const spokenTo = state.incidents.filter((one) => effect.incidentIds.includes(one.id));
              expect(spokenTo.length).toBe(effect.incidentIds.length);
              for (const one of spokenTo) {
                expect(bareIds).toContain(one.personId);
                expect(one.outcome).toBeNull();
              }
            }
            expect(state.pending.filter((one) => one.phraseId !== 'thanks').length).toBeLessThanOrEqual(1);
          }
        }
        feed({ type: 'gone', how });
        for (const { promptId } of state.pending)
          feed({ type: 'prompt_ended', report: reportOf(promptId, nowMs, 'spoken') });
        expect(state.pending).toEqual([]);
        checkRecords(seenEffects);
      }),
      { numRuns: 150 },
    );
  });
});

/** Each incident is opened once and closed once, and its prompts are numbered upwards. */
function checkRecords(effects: readonly Effect[]): void {
  const opened = effects.flatMap((one) => (one.type === 'record_violation' ? [one.incident] : []));
  const closed = effects.filter((one): one is Outcome => one.type === 'record_outcome');
  expect(new Set(opened.map((one) => one.personId)).size).toBe(opened.length);
  expect(closed.map((one) => one.incident.id).sort()).toEqual(opened.map((one) => one.id).sort());
  const numbers = new Map<string, number>();
  let highest = 0;
  for (const effect of effects) {
    if (effect.type !== 'record_prompt') continue;
    const { promptId, ordinal } = effect.prompt;
    if (!numbers.has(promptId)) expect(ordinal).toBe(highest + 1);
    expect(ordinal).toBe(numbers.get(promptId) ?? highest + 1);
    numbers.set(promptId, ordinal);
    highest = Math.max(highest, ordinal);
  }
  for (const { outcome } of closed) {
    const { result, reactionMs, afterPrompt, afterPromptLang } = outcome;
    expect(reactionMs !== null).toBe(result === 'corrected');
    expect(reactionMs ?? 0).toBeGreaterThanOrEqual(0);
    expect(afterPrompt > 0).toBe(afterPromptLang !== null);
    expect(afterPrompt).toBeLessThanOrEqual(highest);
  }
}
