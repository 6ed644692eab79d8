/** From what the incident machine says to what goes over the wire (pure). */
import type { BoundingBox, Frame } from '../domain';
import { clampToPicture } from '../geometry';
import type { Incident, SpokenPrompt } from '../incident/incident';
import type { Effect } from '../incident/machine';
import type { Person, Rider } from '../rider/riders';
import type { EventDraft, WireEvidence, WireOutcome, WirePerson, WirePrompt, WireSite, WireVehicle } from './events';
import { formatTime } from './time';

/** What all events of a camera have in common. */
export interface CameraIdentity {
  readonly cameraId: string;
  readonly site: WireSite;
  readonly timeZone: string;
  readonly model: { readonly name: string; readonly sha256: string };
}

/** The last good sight of an incident's person and vehicle. */
export interface Sighting {
  readonly rider: Rider;
  readonly person: Person;
  readonly frame: Pick<Frame, 'widthPx' | 'heightPx'>;
}

/** An evidence picture or clip as it was made. */
export interface SavedEvidence {
  readonly kind: 'full' | 'crop' | 'clip';
  readonly url: string;
  readonly sha256: string;
  readonly expiresAtMs: number;
}

export function violationDraft(
  camera: CameraIdentity,
  incident: Incident,
  seen: { readonly sighting: Sighting; readonly evidence: readonly SavedEvidence[] },
): EventDraft {
  const { sighting, evidence } = seen;
  return {
    cameraId: camera.cameraId,
    atMs: incident.confirmedAtMs,
    kind: 'violation',
    data: {
      incidentId: incident.id,
      replayed: false,
      site: camera.site,
      vehicle: wireVehicle(sighting),
      persons: [wirePerson(sighting.person)],
      evidence: wireEvidence(evidence, camera),
      model: camera.model,
    },
  };
}

export function promptDraft(camera: CameraIdentity, incident: Incident, prompt: SpokenPrompt): EventDraft {
  return {
    cameraId: camera.cameraId,
    atMs: prompt.endedAtMs ?? prompt.requestedAtMs,
    kind: 'prompt',
    data: { incidentId: incident.id, replayed: false, site: camera.site, prompt: wirePrompt(prompt, camera) },
  };
}

export function outcomeDraft(
  camera: CameraIdentity,
  effect: Extract<Effect, { type: 'record_outcome' }>,
  seen: { readonly sighting: Sighting; readonly evidence: readonly SavedEvidence[]; readonly atMs: number },
): EventDraft {
  const { incident } = effect;
  const { sighting, evidence, atMs } = seen;
  const { result, reason, afterPrompt, afterPromptLang, reactionMs } = effect.outcome;
  const outcome: WireOutcome = {
    result,
    ...(reason === null ? {} : { reason }),
    afterPrompt,
    ...(afterPromptLang === null ? {} : { afterPromptLang }),
    ...(reactionMs === null ? {} : { reactionMs: Math.round(reactionMs) }),
  };
  return {
    cameraId: camera.cameraId,
    atMs,
    kind: 'outcome',
    data: {
      incidentId: incident.id,
      replayed: false,
      site: camera.site,
      vehicle: wireVehicle(sighting),
      persons: [{ ...wirePerson(sighting.person), outcome }],
      evidence: wireEvidence(evidence, camera),
      model: camera.model,
      prompts: incident.prompts.map((prompt) => wirePrompt(prompt, camera)),
      outcome,
    },
  };
}

function wireVehicle({ rider, frame }: Sighting): WireVehicle {
  return {
    kind: 'two_wheeler',
    trackId: rider.trackId,
    riderCount: Math.max(1, rider.persons.length),
    box: wireBox(rider.box),
    frame: { w: frame.widthPx, h: frame.heightPx },
  };
}

function wireBox(box: BoundingBox): WireVehicle['box'] {
  const { x, y, w, h } = clampToPicture(box);
  return { x: round(x), y: round(y), w: round(w), h: round(h) };
}

function wirePerson(person: Person): WirePerson {
  const { upperColour: colour, garment } = person;
  const appearance = {
    ...(colour === null ? {} : { upperColour: colour.name, colourScore: round(colour.score) }),
    ...(garment === null ? {} : { garment: garment.name, garmentScore: round(garment.score) }),
  };
  return {
    seat: person.seat,
    head: person.state,
    ...(person.head === null ? {} : { headBox: wireBox(person.head) }),
    score: round(person.score),
    votes: { worn: person.votes.worn, not_worn: person.votes.notWorn },
    ...(Object.keys(appearance).length === 0 ? {} : { appearance }),
  };
}

function wirePrompt(prompt: SpokenPrompt, { timeZone }: CameraIdentity): WirePrompt {
  return {
    promptId: prompt.utteranceId,
    number: prompt.ordinal,
    phrase: prompt.phraseId,
    lang: prompt.lang,
    text: prompt.text,
    ...(prompt.described === null ? {} : { described: prompt.described }),
    voice: prompt.voice,
    ...(prompt.voiceModel === undefined ? {} : { voiceModel: prompt.voiceModel.slice(0, 100) }),
    requestedAt: formatTime(prompt.requestedAtMs, timeZone),
    ...(prompt.startedAtMs === null ? {} : { startedAt: formatTime(prompt.startedAtMs, timeZone) }),
    ...(prompt.endedAtMs === null ? {} : { endedAt: formatTime(prompt.endedAtMs, timeZone) }),
    playback: prompt.playback,
    ...(prompt.proof === null ? {} : { proof: prompt.proof }),
    ...(prompt.reason === null ? {} : { reason: prompt.reason.slice(0, 300) }),
  };
}

function wireEvidence(evidence: readonly SavedEvidence[], { timeZone }: CameraIdentity): WireEvidence[] {
  return evidence.map(({ kind, url, sha256, expiresAtMs }) => ({
    kind,
    url,
    sha256,
    expiresAt: formatTime(expiresAtMs, timeZone),
  }));
}

/** Four decimals are a fifth of a pixel in a 1080p picture. */
function round(value: number): number {
  return Math.round(value * 10_000) / 10_000;
}
