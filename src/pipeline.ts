/**
 * One camera end to end, as the product sentence: frames are looked at, two-wheelers followed, their riders' heads
 * weighed, violators spoken to, and each step recorded. Enqueues only: evidence, speech and delivery never hold a frame.
 */
import { assertNever, type BoundingBox, type Detection, type Frame } from './domain';
import { messageOf } from './errors';
import type { EvidenceItem, EvidenceRequest } from './evidence/evidence';
import { containment, footPoint, type Point, pointInPolygon } from './geometry';
import { describe } from './incident/describe';
import { interestIn } from './incident/interest';
import { type Effect, type Input, type PromptReport, step, unseen, type VehicleState } from './incident/machine';
import type { SpeakRequest } from './loudspeaker';
import { outcomeDraft, promptDraft, type SavedEvidence, type Sighting, violationDraft } from './mqtt/drafts';
import type { EventDraft } from './mqtt/events';
import { formatTime } from './mqtt/time';
import type { PipelineOptions } from './pipeline-options';
import { type Rider, Riders } from './rider/riders';
import { type Track, Tracker } from './tracker/tracker';
import type { Attention } from './vision/attention';
import type { Analysis } from './vision/detector';

export interface PipelineDeps {
  readonly analyse: (frame: Frame, attention: readonly Attention[]) => Promise<Analysis>;
  readonly release: (pixels: Uint8Array) => void;
  /** Null where no evidence is kept. Copies the frame before it returns. */
  readonly saveEvidence: ((request: EvidenceRequest) => Promise<readonly EvidenceItem[]>) | null;
  readonly record: (draft: EventDraft) => void;
  readonly wording: (request: Pick<SpeakRequest, 'phraseId' | 'lang' | 'colour'>) => string;
  /** Null for a camera without a speaker. */
  readonly speaker: {
    speak(request: SpeakRequest, nowMs: number): void;
    cancel(promptId: string, nowMs: number): void;
    tick(nowMs: number): void;
  } | null;
  readonly newId: () => string;
  /** A failure that must not stop the frames. */
  readonly onProblem: (what: 'evidence' | 'record', error: unknown) => void;
  /** Everything decided in a frame, for whoever watches. */
  readonly onFrame?: (view: FrameView) => void;
}

export interface FrameView {
  readonly frame: Pick<Frame, 'index' | 'capturedAtMs' | 'widthPx' | 'heightPx'>;
  readonly riders: readonly Rider[];
  readonly analysedInMs: number;
}

/** A rider whose box touches the border of the picture, or is this near to it, has left it. */
const BORDER_RATIO = 0.02;
/** Not seen for so long when the recording ends: no flicker. */
const OUT_OF_SIGHT_MS = 600;
/** Faster than this share of its own height per second it was on its way. */
const LEAVING_SPEED_RATIO = 0.5;
/** A head is in this share of a person or vehicle from its top. */
const HEAD_SHARE = 0.2;
/** What lies this far inside the subject's box is the subject. */
const PART_OF_SUBJECT = 0.6;

interface OpenVehicle {
  state: VehicleState;
  isGone: boolean;
  /** As it was last seen. */
  last: Rider;
  readonly sightings: Map<string, Sighting>;
  readonly evidence: Map<string, readonly SavedEvidence[]>;
}

export class CameraPipeline {
  private readonly tracker: Tracker;
  private readonly riders: Riders;
  private readonly vehicles = new Map<number, OpenVehicle>();
  /** Events leave in the order of their causes although evidence takes its time. */
  private recording: Promise<void> = Promise.resolve();
  private picture = { heightPx: 0, aspect: 1 };
  private lastFrameMs = 0;
  /** What the last frame left to look for in the next one. */
  private followed: readonly { readonly track: Track; readonly rider: Rider | undefined }[] = [];

  constructor(
    private readonly options: PipelineOptions,
    private readonly deps: PipelineDeps,
  ) {
    this.tracker = new Tracker(options.tracker);
    this.riders = new Riders({ ...options.riders, picture: () => this.picture });
  }

  /** One frame through the whole pipeline. @throws what `analyse` throws */
  async look(frame: Frame): Promise<void> {
    const startedMs = performance.now();
    const analysis = await this.deps.analyse(frame, this.attention(frame.capturedAtMs));
    this.lastFrameMs = frame.capturedAtMs;
    this.picture = { heightPx: frame.heightPx, aspect: frame.widthPx / frame.heightPx };
    try {
      const scene = this.judge(analysis);
      const analysedInMs = performance.now() - startedMs;
      this.deps.onFrame?.({ frame, riders: scene.riders, analysedInMs });
    } finally {
      this.deps.release(analysis.frame.pixels);
    }
  }

  /** Where each known vehicle should be by now, and how much hangs on its heads. */
  private attention(nowMs: number): Attention[] {
    const passedS = (nowMs - this.lastFrameMs) / 1000;
    return this.followed.map(({ track: { id, box, velocity }, rider }) => ({
      box: { ...box, x: box.x + velocity.x * passedS, y: box.y + velocity.y * passedS },
      interest: interestIn(rider, this.vehicles.get(id)?.state),
      waitedMs: nowMs - this.riders.lookedAtMs(id),
    }));
  }

  private judge({ frame, detections: found }: Analysis): Scene {
    const detections = found.filter((one) => !this.isIn(this.options.ignore, one.box));
    const vehicles = detections.filter((one) => one.label !== 'person');
    const { tracks, removed } = this.tracker.update(vehicles, frame.capturedAtMs);
    const riders = this.riders.update(tracks, frame.capturedAtMs);
    this.followed = tracks.map((track) => ({ track, rider: riders.find((one) => one.trackId === track.id) }));
    const scene: Scene = { frame, riders, detections };
    for (const rider of riders) this.see(rider, scene);
    for (const track of removed) this.lose(track, scene);
    this.deps.speaker?.tick(frame.capturedAtMs);
    return scene;
  }

  /**
   * The recording is over, or the service stops: whoever is still there gets an unknown outcome, whoever has just ridden
   * out of the picture the one of somebody who left. Waits until all is recorded.
   */
  async finish(nowMs: number): Promise<void> {
    for (const [trackId, vehicle] of this.vehicles) {
      const { box, lastSeenMs } = vehicle.last;
      const hasLeft = this.lastFrameMs - lastSeenMs >= OUT_OF_SIGHT_MS && isAtBorder(box);
      this.apply(trackId, vehicle, { type: 'gone', how: hasLeft ? 'left' : 'recording_ended' }, { nowMs });
    }
    await this.settled();
  }

  /** Resolves when everything decided so far has been recorded. */
  settled(): Promise<void> {
    return this.recording;
  }

  private see(rider: Rider, scene: Scene): void {
    const vehicle = this.vehicles.get(rider.trackId) ?? {
      state: unseen(rider.trackId),
      isGone: false,
      last: rider,
      sightings: new Map(),
      evidence: new Map(),
    };
    this.vehicles.set(rider.trackId, vehicle);
    if (rider.isVisible) {
      vehicle.last = rider;
      const { widthPx, heightPx } = scene.frame;
      for (const person of rider.persons)
        vehicle.sightings.set(person.id, { rider, person, frame: { widthPx, heightPx } });
    }
    const isInZone = this.options.watch.length === 0 || this.isIn(this.options.watch, rider.box);
    this.apply(rider.trackId, vehicle, { type: 'seen', rider, isInZone }, { nowMs: scene.frame.capturedAtMs, scene });
  }

  private lose(track: Track, scene: Scene): void {
    this.riders.forget(track.id);
    const vehicle = this.vehicles.get(track.id);
    if (vehicle === undefined) return;
    this.apply(
      track.id,
      vehicle,
      { type: 'gone', how: wayOfLeaving(track) },
      { nowMs: scene.frame.capturedAtMs, scene },
    );
    vehicle.isGone = true;
    this.forgetIfDone(track.id, vehicle);
  }

  private apply(trackId: number, vehicle: OpenVehicle, input: Input, at: { nowMs: number; scene?: Scene }): void {
    const { policy } = this.options;
    const result = step(vehicle.state, input, { nowMs: at.nowMs, policy, newId: this.deps.newId });
    vehicle.state = result.state;
    for (const effect of result.effects) this.perform(effect, vehicle, { trackId, ...at });
  }

  private perform(effect: Effect, vehicle: OpenVehicle, at: { trackId: number; nowMs: number; scene?: Scene }): void {
    switch (effect.type) {
      case 'record_violation':
        this.recordViolation(effect, vehicle, at.scene);
        break;
      case 'record_prompt':
        this.record(() => promptDraft(this.options.camera, effect.incident, effect.prompt));
        break;
      case 'record_outcome':
        this.recordOutcome(effect, vehicle, at.nowMs);
        break;
      case 'announce':
        this.announce(effect, vehicle, at);
        break;
      case 'cancel':
        this.deps.speaker?.cancel(effect.promptId, at.nowMs);
        break;
      default:
        assertNever(effect);
    }
  }

  private recordViolation(
    effect: Extract<Effect, { type: 'record_violation' }>,
    vehicle: OpenVehicle,
    scene: Scene | undefined,
  ): void {
    const { incident } = effect;
    const sighting = vehicle.sightings.get(incident.personId);
    if (sighting === undefined || scene === undefined) return;
    const saving = this.deps.saveEvidence?.(this.evidenceRequest(incident.id, sighting, scene)) ?? Promise.resolve([]);
    const safely = saving.catch((error: unknown) => {
      this.deps.onProblem('evidence', error);
      return [];
    });
    this.recording = this.recording.then(async () => {
      const evidence = await safely;
      vehicle.evidence.set(incident.id, evidence);
      this.write(violationDraft(this.options.camera, incident, { sighting, evidence }));
    });
  }

  private recordOutcome(
    effect: Extract<Effect, { type: 'record_outcome' }>,
    vehicle: OpenVehicle,
    nowMs: number,
  ): void {
    const { incident } = effect;
    const sighting = vehicle.sightings.get(incident.personId);
    if (sighting === undefined) return;
    this.record(() => {
      const evidence = vehicle.evidence.get(incident.id) ?? [];
      return outcomeDraft(this.options.camera, effect, { sighting, evidence, atMs: nowMs });
    });
  }

  private announce(
    effect: Extract<Effect, { type: 'announce' }>,
    vehicle: OpenVehicle,
    at: { trackId: number; nowMs: number; scene?: Scene },
  ): void {
    const { promptId, phraseId, lang, incidentIds } = effect;
    const visible = at.scene?.riders ?? [];
    const subject = visible.find((rider) => rider.trackId === at.trackId);
    const { colour } = subject === undefined ? { colour: null } : describe(subject, visible);
    const onReport = (report: PromptReport): void => {
      this.apply(at.trackId, vehicle, { type: 'prompt_ended', report }, { nowMs: report.endedAtMs ?? at.nowMs });
      this.forgetIfDone(at.trackId, vehicle);
    };
    const request = {
      promptId,
      incidentId: incidentIds[0] ?? promptId,
      requestedAtMs: at.nowMs,
      phraseId,
      lang,
      colour,
    };
    const text = this.deps.wording(request);
    if (this.deps.speaker === null) onReport(noSpeaker({ promptId, text, requestedAtMs: at.nowMs }));
    else this.deps.speaker.speak({ ...request, text, onReport }, at.nowMs);
  }

  /** A vehicle that is gone is kept until its last prompt has been reported. */
  private forgetIfDone(trackId: number, vehicle: OpenVehicle): void {
    if (vehicle.isGone && vehicle.state.pending.length === 0) this.vehicles.delete(trackId);
  }

  private evidenceRequest(
    incidentId: string,
    { rider }: Sighting,
    { frame, riders, detections }: Scene,
  ): EvidenceRequest {
    const ownHeads = rider.persons.flatMap((person) => (person.head === null ? [] : [person.head]));
    const others = detections.filter(
      (one) => one.box !== rider.box && containment(one.box, rider.box) < PART_OF_SUBJECT,
    );
    return {
      frame,
      incidentId,
      takenAt: formatTime(frame.capturedAtMs, this.options.camera.timeZone),
      subject: { groupBox: rider.box, headBoxes: ownHeads },
      others: others.flatMap((one) => headRegions(one, riders)),
    };
  }

  private record(draft: () => EventDraft): void {
    this.recording = this.recording.then(() => this.write(draft()));
  }

  private write(draft: EventDraft): void {
    try {
      this.deps.record(draft);
    } catch (error) {
      this.deps.onProblem('record', new Error(messageOf(error), { cause: error }));
    }
  }

  private isIn(polygons: readonly (readonly Point[])[], box: BoundingBox): boolean {
    return polygons.some((polygon) => pointInPolygon(footPoint(box), polygon));
  }
}

interface Scene {
  readonly frame: Frame;
  readonly riders: readonly Rider[];
  readonly detections: readonly Detection[];
}

/** Lost at the border or on the move it has left; lost while standing in mid-picture something hides it. */
export function wayOfLeaving(track: Pick<Track, 'box' | 'velocity'>): 'left' | 'occluded' {
  const speed = Math.hypot(track.velocity.x, track.velocity.y);
  return isAtBorder(track.box) || speed > LEAVING_SPEED_RATIO * track.box.h ? 'left' : 'occluded';
}

function isAtBorder({ x, y, w, h }: BoundingBox): boolean {
  return x < BORDER_RATIO || y < BORDER_RATIO || x + w > 1 - BORDER_RATIO || y + h > 1 - BORDER_RATIO;
}

/** The heads that were found, or are known, or else where one would be: not every vehicle is searched for heads. */
function headRegions({ box, heads }: Detection, riders: readonly Rider[]): BoundingBox[] {
  const known = riders.find((rider) => rider.box === box)?.persons.flatMap(({ head }) => (head === null ? [] : [head]));
  const found = heads.length > 0 ? heads.map((head) => head.box) : (known ?? []);
  return found.length > 0 ? found : [{ ...box, h: box.h * HEAD_SHARE }];
}

function noSpeaker(prompt: Pick<PromptReport, 'promptId' | 'text' | 'requestedAtMs'>): PromptReport {
  return {
    ...prompt,
    voice: 'synthetic',
    startedAtMs: null,
    endedAtMs: null,
    playback: 'failed',
    reason: 'no_speaker: this camera has none in the configuration',
    wavPath: null,
    refusal: 'muted',
  };
}
