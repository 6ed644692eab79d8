/** What the service said of a clip, held against its truth (pure). */
import type { BoundingBox, ClothingColour } from '../domain';
import type { OutcomeResult } from '../incident/incident';
import type { Clip, SaidOutcome, SaidPrompt, SaidViolation, TruthPerson, TruthVehicle } from './clip';
import { factsOf, isDue, type PersonFacts } from './facts';
import { frameAt, idSwitches, pedestrianOf, personAt, personOn, vehicleOf } from './match';

/** Why a violation is none. `twice`: a second incident of the same person. */
export type FalseReason = 'wears_a_helmet' | 'nobody_rides' | 'nobody_there' | 'twice';

export interface PersonScore extends PersonFacts {
  readonly isDue: boolean;
  readonly confirmedAfterS: number | null;
  readonly isSeatRight: boolean;
  readonly isReminded: boolean;
  readonly measured: OutcomeResult | null;
}

export type MistakeKind =
  | 'wrong_prompt'
  | 'false_violation'
  | 'missed'
  | 'wrong_colour'
  | 'wrong_seat'
  | 'wrong_outcome'
  | 'unknown_outcome';

export interface Mistake {
  readonly kind: MistakeKind;
  readonly atS: number;
  /** Where to look in the picture at that second; null = nowhere in particular. */
  readonly box: BoundingBox | null;
  readonly who: string;
  readonly detail: string;
}

export interface ClipScore {
  readonly name: string;
  readonly origin: Clip['truth']['origin'];
  readonly people: readonly PersonScore[];
  readonly violations: number;
  readonly falseViolations: Readonly<Record<FalseReason, number>>;
  readonly prompts: number;
  readonly wrongPrompts: number;
  readonly colours: { readonly said: number; readonly right: number };
  readonly idSwitches: number;
  readonly mistakes: readonly Mistake[];
}

/** A prompt that starts later than this after the helmet was put on speaks to somebody who wears one. */
const LATE_PROMPT_S = 3;
/** A violation is confirmed by votes of the last moments: whoever has just put it on was bare in them. */
const VOTES_LAST_S = 1.5;

interface Judged {
  readonly violation: SaidViolation;
  readonly vehicle: TruthVehicle | null;
  readonly person: TruthPerson | null;
  readonly reason: FalseReason | null;
}

export function scoreClip(clip: Clip): ClipScore {
  const facts = factsOf(clip.truth);
  const judged = judge(clip, facts);
  const people = facts.map((person) => personScore(person, judged, clip));
  const spoken = clip.prompts.filter(({ phrase, playback }) => phrase !== 'thanks' && playback !== 'failed');
  const wrong = spoken.flatMap((prompt) => wrongPrompt(prompt, judged, people));
  const colours = spoken.flatMap((prompt) => colourOf(prompt, judged, people));
  const falseViolations = { wears_a_helmet: 0, nobody_rides: 0, nobody_there: 0, twice: 0 };
  for (const { reason } of judged) if (reason !== null) falseViolations[reason] += 1;
  return {
    ...{ name: clip.name, origin: clip.truth.origin, people, falseViolations },
    violations: judged.length,
    prompts: spoken.length,
    wrongPrompts: wrong.length,
    colours: { said: colours.length, right: colours.filter(({ mistake }) => mistake === null).length },
    idSwitches: idSwitches(clip),
    mistakes: [
      ...wrong,
      ...judged.flatMap(falseViolation),
      ...people.flatMap((person) => personMistakes(person, clip, judged)),
      ...colours.flatMap(({ mistake }) => (mistake === null ? [] : [mistake])),
    ],
  };
}

/** In the order of time, so that the first incident of a person is the one that counts. */
function judge({ truth, violations }: Clip, facts: readonly PersonFacts[]): Judged[] {
  const known = new Set<string>();
  return [...violations]
    .sort((one, other) => one.atS - other.atS)
    .map((violation): Judged => {
      const { atS, box, seat, head } = violation;
      const frame = frameAt(truth, atS);
      const vehicle = frame === null ? null : vehicleOf(frame, box);
      const isPedestrian = frame !== null && pedestrianOf(frame, box) !== null;
      if (vehicle === null || !vehicle.ridden) {
        const reason = vehicle !== null || isPedestrian ? 'nobody_rides' : 'nobody_there';
        return { violation, vehicle, person: null, reason };
      }
      const person = (head === null ? null : personAt(vehicle, head)) ?? personOn(vehicle, seat);
      if (person === null) return { violation, vehicle, person, reason: 'nobody_there' };
      const wornFromS = facts.find(({ id }) => id === person.id)?.wornFromS ?? null;
      const wasBare =
        person.state === 'not_worn' || (wornFromS !== null && wornFromS > atS - VOTES_LAST_S && wornFromS > 0);
      if (!wasBare) return { violation, vehicle, person, reason: 'wears_a_helmet' };
      const isTwice = known.has(person.id);
      known.add(person.id);
      return { violation, vehicle, person, reason: isTwice ? 'twice' : null };
    });
}

function personScore(person: PersonFacts, judged: readonly Judged[], { prompts, outcomes }: Clip): PersonScore {
  const found = judged.find((one) => one.reason === null && one.person?.id === person.id);
  const own = <T extends { readonly incidentId: string }>(one: T): boolean =>
    one.incidentId === found?.violation.incidentId;
  const said: SaidOutcome | undefined = outcomes.find(own);
  const heard = prompts.filter((one) => own(one) && one.phrase !== 'thanks' && one.playback !== 'failed');
  return {
    ...person,
    isDue: isDue(person),
    confirmedAfterS: found === undefined ? null : found.violation.atS - (person.firstBareS ?? found.violation.atS),
    isSeatRight: found !== undefined && found.violation.seat === person.seat,
    isReminded: heard.length > 0,
    measured: said?.result ?? null,
  };
}

function wrongPrompt(prompt: SaidPrompt, judged: readonly Judged[], people: readonly PersonScore[]): Mistake[] {
  const incident = judged.find(({ violation }) => violation.incidentId === prompt.incidentId);
  const atS = prompt.startedS ?? incident?.violation.atS ?? 0;
  const mistake = (detail: string): Mistake[] => [
    {
      ...{ kind: 'wrong_prompt' as const, atS, box: incident?.violation.box ?? null },
      who: incident?.person?.id ?? incident?.vehicle?.id ?? '?',
      detail: `${prompt.text} (${detail})`,
    },
  ];
  if (incident === undefined) return mistake('of an incident without a violation');
  if (incident.reason !== null && incident.reason !== 'twice') return mistake(incident.reason);
  if (incident.vehicle !== null && !isBareSeat(prompt, incident.vehicle, people, atS))
    return mistake('that seat wears one');
  const wornFromS = people.find(({ id }) => id === incident.person?.id)?.wornFromS ?? null;
  return wornFromS !== null && atS - wornFromS > LATE_PROMPT_S ? mistake('helmet long on') : [];
}

/** Whether somebody bare-headed sits where a sentence says 后座的乘客 or 车上的小朋友; true of sentences that name no seat. */
function isBareSeat(
  { phrase }: SaidPrompt,
  { persons }: TruthVehicle,
  people: readonly PersonScore[],
  atS: number,
): boolean {
  if (phrase !== 'passenger' && phrase !== 'child') return true;
  return persons.some(({ id, seat }) => {
    const wornFromS = people.find((one) => one.id === id)?.wornFromS ?? null;
    return seat === phrase && (wornFromS === null || wornFromS > atS - LATE_PROMPT_S);
  });
}

/** The colour that was said against the one worn by whoever was meant: the violator, or the driver who is told of him. */
function colourOf(
  { incidentId, described, startedS, text }: SaidPrompt,
  judged: readonly Judged[],
  people: readonly PersonScore[],
): { readonly mistake: Mistake | null }[] {
  const incident = judged.find(({ violation }) => violation.incidentId === incidentId);
  if (described?.colour === undefined || !incident?.vehicle) return [];
  const isViolator = described.seat === incident.violation.seat;
  const meant = isViolator ? incident.person : personOn(incident.vehicle, described.seat);
  const worn: ClothingColour | undefined = people.find(({ id }) => id === meant?.id)?.upperColour;
  if (worn === undefined) return [];
  if (worn === described.colour) return [{ mistake: null }];
  const { box, atS } = incident.violation;
  const detail = `said ${described.colour}, wears ${worn}: ${text}`;
  return [{ mistake: { kind: 'wrong_colour', atS: startedS ?? atS, box, who: meant?.id ?? '?', detail } }];
}

function falseViolation({ violation: { atS, box, seat }, vehicle, person, reason }: Judged): Mistake[] {
  if (reason === null) return [];
  return [{ kind: 'false_violation', atS, box, who: person?.id ?? vehicle?.id ?? '?', detail: `${seat}: ${reason}` }];
}

function personMistakes(person: PersonScore, { truth, outcomes }: Clip, judged: readonly Judged[]): Mistake[] {
  const { id, isDue: due, firstBareS, bareS, confirmedAfterS, outcome, measured, wornFromS } = person;
  const at = (atS: number) => ({ atS, box: headBox(truth, id, atS), who: id });
  const found = judged.find((one) => one.reason === null && one.person?.id === id);
  if (found === undefined) {
    const middle = (firstBareS ?? 0) + bareS / 2;
    const detail = `bare head to be seen for ${bareS.toFixed(1)} s, ${Math.round(person.headPx)} px`;
    return due ? [{ kind: 'missed', ...at(middle), detail }] : [];
  }
  const mistakes: Mistake[] = [];
  const confirmedS = (firstBareS ?? 0) + (confirmedAfterS ?? 0);
  if (!person.isSeatRight) {
    mistakes.push({ kind: 'wrong_seat', ...at(confirmedS), detail: `${found.violation.seat}, is ${person.seat}` });
  }
  const said = outcomes.find(({ incidentId }) => incidentId === found.violation.incidentId);
  if (measured === outcome) return mistakes;
  const kind = measured === null || measured.startsWith('unknown') ? 'unknown_outcome' : 'wrong_outcome';
  const on = wornFromS === null ? '' : `, helmet on at ${wornFromS.toFixed(1)} s`;
  const detail = `${measured ?? 'no outcome'} at ${said?.atS.toFixed(1) ?? '?'} s, is ${outcome}${on}`;
  return [...mistakes, { kind, ...at(Math.min(said?.atS ?? confirmedS, truth.video.durationS)), detail }];
}

/** The vehicle of somebody, the last time it was to be seen until then. */
function headBox(truth: Clip['truth'], personId: string, atS: number): BoundingBox | null {
  const seen = truth.frames.filter(({ t }) => t <= atS + 0.01).flatMap(({ vehicles }) => vehicles);
  return seen.findLast(({ persons }) => persons.some(({ id }) => id === personId))?.box ?? null;
}
