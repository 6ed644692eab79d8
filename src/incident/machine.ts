/**
 * The life of the incidents on one two-wheeler as a reducer: what was seen, said and heard goes in,
 * what to record and to say comes out as data. One incident per person; prompts speak to the vehicle.
 * Violation → Mandarin → time to react → dialect → time to react → at most one reminder; helmet on at any time → corrected.
 */
import { assertNever, type PromptLanguage, type Seat } from '../domain';
import type { Person, Rider } from '../rider/riders';
import type { PhraseId } from './describe';
import {
  corrected,
  type GoneHow,
  type Incident,
  isPutOn,
  type Outcome,
  openedBy,
  outcomeAtEnd,
  type PromptReport,
  type SpokenPrompt,
  seenAs,
  wasHeard,
} from './incident';

export interface Rung {
  readonly lang: PromptLanguage;
  readonly kind: 'request' | 'reminder';
  /** Silence after it in which the rider may react, before the next rung. */
  readonly waitMs: number;
}

export interface IncidentPolicy {
  readonly ladder: readonly Rung[];
  /** The helmet must be seen worn for this long to count as put on. */
  readonly correctedAfterMs: number;
  /** A first prompt waits this long at most for a companion whose head is not decided yet. */
  readonly companionGraceMs: number;
  readonly saysThanks: boolean;
  /** Asks a lone driver with 您已经被抓拍. */
  readonly saysCaptured: boolean;
}

interface PendingPrompt {
  readonly promptId: string;
  readonly phraseId: PhraseId;
  readonly lang: PromptLanguage;
  readonly incidentIds: readonly string[];
}

export interface VehicleState {
  readonly trackId: number;
  readonly incidents: readonly Incident[];
  /** Index of the next rung of the ladder. */
  readonly rung: number;
  readonly spoken: number;
  /** Asked for and not reported yet; at most one request, and the thanks. */
  readonly pending: readonly PendingPrompt[];
  readonly nextPromptAtMs: number;
  /** How it went out of sight; the outcomes wait for the prompt that still sounds. */
  readonly goneHow: GoneHow | null;
}

export type Input =
  | { readonly type: 'seen'; readonly rider: Rider; readonly isInZone: boolean }
  | { readonly type: 'prompt_ended'; readonly report: PromptReport }
  | { readonly type: 'gone'; readonly how: GoneHow };

export type Effect =
  | { readonly type: 'record_violation'; readonly incident: Incident; readonly person: Person }
  /** `personIds`: who is asked to put a helmet on; nobody by the thanks. */
  | ({ readonly type: 'announce'; readonly personIds: readonly string[] } & PendingPrompt)
  | { readonly type: 'cancel'; readonly promptId: string; readonly why: 'helmet_on' | 'person_left' }
  | { readonly type: 'record_prompt'; readonly incident: Incident; readonly prompt: SpokenPrompt }
  | { readonly type: 'record_outcome'; readonly incident: Incident; readonly outcome: Outcome };

export interface Context {
  readonly nowMs: number;
  readonly policy: IncidentPolicy;
  readonly newId: () => string;
}

export interface Step {
  readonly state: VehicleState;
  readonly effects: readonly Effect[];
}

/** A prompt whose turn never came is asked for again after this long. */
const ASK_AGAIN_MS = 2000;

export function unseen(trackId: number): VehicleState {
  return { trackId, incidents: [], rung: 0, spoken: 0, pending: [], nextPromptAtMs: 0, goneHow: null };
}

export function step(state: VehicleState, input: Input, context: Context): Step {
  switch (input.type) {
    case 'seen':
      return seen(state, input, context);
    case 'prompt_ended':
      return promptEnded(state, input.report, context);
    case 'gone':
      return gone(state, input.how, context);
    default:
      return assertNever(input);
  }
}

function seen(before: VehicleState, input: Extract<Input, { type: 'seen' }>, context: Context): Step {
  const { rider, isInZone } = input;
  const opened =
    isInZone && rider.isAddressable ? openIncidents(before, rider, context) : { state: before, effects: [] };
  const judged = judge(opened.state, rider, context);
  const asked = ask(judged.state, rider, context);
  return { state: asked.state, effects: [...opened.effects, ...judged.effects, ...asked.effects] };
}

/**
 * A violation for every person decided bare-headed who has no incident yet. The head must be there to be seen: of somebody
 * who left or is hidden, fewer looks are left by and by, and what they say must not turn into a charge.
 */
function openIncidents(state: VehicleState, rider: Rider, { nowMs, policy, newId }: Context): Step {
  const known = new Set(state.incidents.map((incident) => incident.personId));
  const fresh = rider.persons.filter(
    (person) => person.state === 'not_worn' && person.head !== null && !known.has(person.id),
  );
  if (fresh.length === 0) return { state, effects: [] };
  const isCompanionOpen = rider.persons.some((person) => person.state === 'unknown' && person.head !== null);
  const added = fresh.map((person) => ({ person, incident: openedBy(person, { id: newId(), nowMs }) }));
  const graceMs = state.incidents.length === 0 && isCompanionOpen ? policy.companionGraceMs : 0;
  return {
    state: {
      ...state,
      incidents: [...state.incidents, ...added.map((one) => one.incident)],
      nextPromptAtMs: Math.max(state.nextPromptAtMs, nowMs + graceMs),
    },
    effects: added.map((one) => ({ type: 'record_violation', ...one }) as const),
  };
}

/** Notes what this frame shows of each person; worn for long enough closes the incident as corrected. */
function judge(state: VehicleState, rider: Rider, { nowMs, policy, newId }: Context): Step {
  // Where the vehicle would be by now nobody sees its riders' heads.
  if (!rider.isVisible) return { state, effects: [] };
  const effects: Effect[] = [];
  const isOn = (incident: Incident): boolean => isPutOn(incident, policy.correctedAfterMs);
  const incidents = state.incidents.map((incident) => {
    const person = rider.persons.find((p) => p.id === incident.personId);
    if (person === undefined || incident.outcome !== null) return incident;
    const noted = seenAs(incident, person, nowMs);
    // While a prompt sounds, only its report can tell whether it was the one that worked.
    const isOver = isOn(noted) && noted.isSamePerson && !state.pending.some((one) => isRequestTo(one, incident));
    if (!isOver) return noted;
    effects.push({ type: 'record_outcome', incident: noted, outcome: corrected(noted) });
    return { ...noted, outcome: 'corrected' as const };
  });
  const next = { ...state, incidents };
  if (effects.length > 0 && incidents.every(({ outcome }) => outcome !== null))
    return thank(next, effects, { policy, newId });
  const isNeedless = incidents.every((incident) => incident.outcome !== null || isOn(incident));
  return { state: next, effects: isNeedless ? [...effects, ...takeBack(state)] : effects };
}

function isRequestTo(prompt: PendingPrompt, incident: Incident): boolean {
  return prompt.phraseId !== 'thanks' && prompt.incidentIds.includes(incident.id);
}

/** What is being spoken is finished; what waits is dropped and reported so. */
function takeBack({ pending }: VehicleState): Effect[] {
  const requests = pending.filter((one) => one.phraseId !== 'thanks');
  return requests.map(({ promptId }) => ({ type: 'cancel', promptId, why: 'helmet_on' }));
}

/** Everybody put it on: they are thanked if they were asked. */
function thank(state: VehicleState, effects: readonly Effect[], { policy, newId }: Omit<Context, 'nowMs'>): Step {
  const last = state.incidents.flatMap((incident) => incident.prompts.filter(wasHeard)).at(-1);
  if (!policy.saysThanks || last === undefined) return { state, effects };
  const pending: PendingPrompt = {
    promptId: newId(),
    phraseId: 'thanks',
    lang: last.lang,
    incidentIds: state.incidents.map((incident) => incident.id),
  };
  const thanks = { type: 'announce', personIds: [], ...pending } as const;
  return { state: { ...state, pending: [...state.pending, pending] }, effects: [...effects, thanks] };
}

/** Climbs the next rung of the ladder when its time has come and somebody visible is still bare-headed. */
function ask(state: VehicleState, rider: Rider, { nowMs, policy, newId }: Context): Step {
  const rung = policy.ladder[state.rung];
  const bare = state.incidents.filter((incident) => incident.outcome === null && incident.lastState === 'not_worn');
  const isDue = state.pending.length === 0 && nowMs >= state.nextPromptAtMs;
  if (rung === undefined || bare.length === 0 || !isDue || !rider.isVisible) return { state, effects: [] };
  const seats = bare.map((incident) => incident.seat);
  const phraseId = phraseFor(rung, seats, { isSure: rider.persons.every((person) => person.isSeatSure) });
  const pending: PendingPrompt = {
    promptId: newId(),
    phraseId: phraseId === 'base' && policy.saysCaptured ? 'captured' : phraseId,
    lang: rung.lang,
    incidentIds: bare.map((incident) => incident.id),
  };
  return {
    state: { ...state, pending: [pending] },
    effects: [{ type: 'announce', personIds: bare.map((incident) => incident.personId), ...pending }],
  };
}

/** Which sentence fits the seats that are still bare-headed; none that names a seat where seats are not sure. */
export function phraseFor(rung: Rung, seats: readonly Seat[], { isSure }: { readonly isSure: boolean }): PhraseId {
  if (rung.kind === 'reminder') return 'again';
  if (seats.length > 1) return 'both';
  if (!isSure) return 'base';
  const [seat] = seats;
  if (seat === 'passenger') return 'passenger';
  return seat === 'child' ? 'child' : 'base';
}

function promptEnded(state: VehicleState, report: PromptReport, context: Context): Step {
  const { nowMs, policy } = context;
  const pending = state.pending.find((one) => one.promptId === report.promptId);
  if (pending === undefined) return { state, effects: [] };
  const rest = state.pending.filter((one) => one !== pending);
  if (report.refusal === 'dropped') {
    const later = { ...state, pending: rest, nextPromptAtMs: nowMs + ASK_AGAIN_MS };
    return concludeIfGone({ state: later, effects: [] }, context);
  }
  const ordinal = state.spoken + 1;
  const prompt: SpokenPrompt = { ...report, lang: pending.lang, ordinal };
  const effects: Effect[] = [];
  const incidents = state.incidents.map((incident) => {
    if (!pending.incidentIds.includes(incident.id)) return incident;
    const told = { ...incident, prompts: [...incident.prompts, prompt] };
    effects.push({ type: 'record_prompt', incident: told, prompt });
    return told;
  });
  const isThanks = pending.phraseId === 'thanks';
  const waitMs = isThanks ? 0 : (policy.ladder[state.rung]?.waitMs ?? 0);
  const next = {
    ...state,
    incidents,
    spoken: ordinal,
    pending: rest,
    rung: report.refusal === 'muted' ? policy.ladder.length : state.rung + (isThanks ? 0 : 1),
    nextPromptAtMs: (report.endedAtMs ?? nowMs) + waitMs,
  };
  return concludeIfGone({ state: next, effects }, context);
}

/** Nobody can be seen any more. What waits to be said is taken back; what sounds is heard out, unless nothing comes after. */
function gone(state: VehicleState, how: GoneHow, context: Context): Step {
  const effects: Effect[] = state.pending.map(({ promptId }) => ({ type: 'cancel', promptId, why: 'person_left' }));
  const wayOut = state.goneHow ?? how;
  const step = { state: { ...state, goneHow: wayOut }, effects };
  return how === 'stopped' ? conclude(step, wayOut, context) : concludeIfGone(step, context);
}

function concludeIfGone(step: Step, context: Context): Step {
  const { goneHow, pending } = step.state;
  const isWaiting = pending.some((one) => one.phraseId !== 'thanks');
  return goneHow === null || isWaiting ? step : conclude(step, goneHow, context);
}

/** What is still open gets the outcome its last sight allows. */
function conclude({ state, effects: before }: Step, how: GoneHow, { policy }: Context): Step {
  const effects = [...before];
  const incidents = state.incidents.map((incident) => {
    if (incident.outcome !== null) return incident;
    const outcome = outcomeAtEnd(incident, how, policy.correctedAfterMs);
    effects.push({ type: 'record_outcome', incident, outcome });
    return { ...incident, outcome: outcome.result };
  });
  return { state: { ...state, incidents }, effects };
}
