/**
 * One camera end to end, as the product sentence: frames are looked at, two-wheelers followed, their riders' heads
 * weighed, violators spoken to, and each step recorded. Enqueues only: evidence, speech and delivery never hold a frame.
 */
import { assertNever, type BoundingBox, type Frame } from './domain';
import { messageOf } from './errors';
import type { EvidenceItem, EvidenceRequest } from './evidence/evidence';
import { footPoint } from './geometry';
import { addressing } from './incident/describe';
import { isMeant, isWithin } from './incident/ground';
import type { GoneHow, PromptReport } from './incident/incident';
import { interestIn } from './incident/interest';
import { type Effect, type Input, step, unseen, type VehicleState } from './incident/machine';
import type { Arrivals } from './incident/rate';
import type { CancelReason } from './incident/turns';
import type { SpeakRequest } from './loudspeaker';
import { outcomeDraft, promptDraft, type SavedEvidence, type Sighting, violationDraft } from './mqtt/drafts';
import type { EventDraft } from './mqtt/events';
import { formatTime } from './mqtt/time';
import { type ClipMaker, evidenceRequest, Filming, type Scene, wholeScene } from './pipeline-evidence';
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
  /** Absent where no films are made. */
  readonly clips?: ClipMaker;
  readonly record: (draft: EventDraft) => void;
  /** What a rider's head showed first, once for each; absent where nobody counts. */
  readonly countArrival?: (arrival: Omit<Arrivals, 'riders'>) => void;
  readonly wording: (request: Pick<SpeakRequest, 'phraseId' | 'lang' | 'words'>) => string;
  /** Null for a camera without a speaker. */
  readonly speaker: {
    speak(request: SpeakRequest, nowMs: number): void;
    cancel(taken: { readonly promptId: string; readonly reason: CancelReason }, nowMs: number): void;
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
  /** Tracks of those who are where, and go the way, in which riders are spoken to. */
  readonly meant: ReadonlySet<number>;
  readonly analysedInMs: number;
}

/** A rider whose box touches the border of the picture, or is this near to it, has left it. */
const BORDER_RATIO = 0.02;
/** Not seen for so long when the recording ends: no flicker. */
const OUT_OF_SIGHT_MS = 600;
/** Two seconds and a half of looks decide a head; older ones say nothing of now. */
const UNSEEN_MS = 2500;
/** Faster than this share of its own height per second it was on its way. */
const LEAVING_SPEED_RATIO = 0.5;
interface OpenVehicle {
  state: VehicleState;
  isGone: boolean;
  /** As it was last seen. */
  last: Rider;
  readonly sightings: Map<string, Sighting>;
  readonly evidence: Map<string, readonly SavedEvidence[]>;
  /** Whose first decided head was counted. */
  readonly arrived: Set<string>;
  /** Its wheels have been in the approach zone. */
  hasApproached: boolean;
}

export class CameraPipeline {
  private readonly tracker: Tracker;
  private readonly riders: Riders;
  private readonly filming: Filming;
  private readonly vehicles = new Map<number, OpenVehicle>();
  /** Events leave in the order of their causes although evidence takes its time. */
  private recording: Promise<void> = Promise.resolve();
  private picture = { heightPx: 0, aspect: 1 };
  private lastFrameMs = 0;
  private readonly wanted: ((scene: Scene) => void)[] = [];
  private inView: readonly Rider[] = [];
  private readonly meant = new Set<number>();
  /** What the last frame left to look for in the next one. */
  private followed: readonly { readonly track: Track; readonly rider: Rider | undefined }[] = [];

  constructor(
    private readonly options: PipelineOptions,
    private readonly deps: PipelineDeps,
  ) {
    this.tracker = new Tracker(options.tracker);
    this.riders = new Riders({ ...options.riders, picture: () => this.picture });
    this.filming = new Filming(deps.clips ?? null, (error) => deps.onProblem('evidence', error));
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
      for (const take of this.wanted.splice(0)) take(scene);
      this.deps.onFrame?.({ frame, riders: scene.riders, meant: new Set(this.meant), analysedInMs });
    } finally {
      this.deps.release(analysis.frame.pixels);
    }
  }

  /**
   * The next picture, every head to be blurred, for `take`, which copies what it needs before it first waits. Rejects when
   * `signal` aborts first.
   */
  snapshot<T>(take: (picture: EvidenceRequest) => Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('no picture came from the camera')), { once: true });
      this.wanted.push((scene) =>
        take(wholeScene(scene, `snapshot-${this.deps.newId()}`, this.timeOf(scene))).then(resolve, reject),
      );
    });
  }

  /** Where each vehicle should be by now and how much hangs on its heads; not those that nobody rides. */
  private attention(nowMs: number): Attention[] {
    const passedS = (nowMs - this.lastFrameMs) / 1000;
    const concerned = this.followed.filter(({ track, rider }) => rider !== undefined || track.status === 'tentative');
    return concerned.map(({ track: { id, box, velocity }, rider }) => ({
      box: { ...box, x: box.x + velocity.x * passedS, y: box.y + velocity.y * passedS },
      interest: interestIn(rider, this.vehicles.get(id)?.state),
      waitedMs: nowMs - this.riders.lookedAtMs(id),
    }));
  }

  private judge({ frame, detections: found }: Analysis): Scene {
    const detections = found.filter((one) => !isWithin(this.options.ignore, footPoint(one.box)));
    const vehicles = detections.filter((one) => one.label !== 'person');
    const walkers = detections.flatMap((one) => (one.label === 'person' ? [one.box] : []));
    const { tracks, removed } = this.tracker.update(vehicles, frame.capturedAtMs);
    const riders = this.riders.update(tracks, frame.capturedAtMs, walkers);
    this.followed = tracks.map((track) => ({ track, rider: riders.find((one) => one.trackId === track.id) }));
    this.inView = riders;
    const scene: Scene = { frame, riders, detections };
    this.meant.clear();
    for (const rider of riders) this.see(rider, scene);
    this.filming.show(scene);
    for (const track of removed) this.lose(track, wayOfLeaving(track), { nowMs: frame.capturedAtMs, scene });
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
      this.apply(trackId, vehicle, { type: 'gone', how: hasLeft ? 'left' : 'stopped' }, { nowMs });
    }
    await this.settled();
  }

  /** The camera shows nothing any more: nobody is followed over the gap, and what is open ends as unknown. */
  interrupt(nowMs: number): void {
    for (const track of this.tracker.clear()) this.lose(track, 'camera_lost', { nowMs });
    this.followed = [];
    this.inView = [];
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
      arrived: new Set<string>(),
      hasApproached: false,
    };
    this.vehicles.set(rider.trackId, vehicle);
    if (rider.isVisible) {
      vehicle.last = rider;
      const { widthPx, heightPx } = scene.frame;
      for (const person of rider.persons)
        vehicle.sightings.set(person.id, { rider, person, frame: { widthPx, heightPx } });
    }
    const { ground } = this.options;
    const foot = footPoint(rider.box);
    vehicle.hasApproached ||= isWithin(ground.approach, foot);
    const { hasApproached } = vehicle;
    const isInZone = isMeant(ground, { foot, heading: rider.heading, hasApproached }, this.picture.aspect);
    if (isInZone) this.meant.add(rider.trackId);
    const nowMs = scene.frame.capturedAtMs;
    if (isInZone && rider.isAddressable) this.countArrivals(vehicle, nowMs, 'as decided');
    this.apply(rider.trackId, vehicle, { type: 'seen', rider, isInZone }, { nowMs, scene });
  }

  /** Each person once: when first decided, or as unknown when they are gone. */
  private countArrivals({ last, arrived }: OpenVehicle, atMs: number, which: 'as decided' | 'who is left'): void {
    for (const { id, seat, state } of last.persons) {
      if (arrived.has(id) || (state === 'unknown' && which === 'as decided')) continue;
      arrived.add(id);
      try {
        this.deps.countArrival?.({ cameraId: this.options.camera.cameraId, atMs, seat, head: state });
      } catch (error) {
        this.deps.onProblem('record', error);
      }
    }
  }

  private lose({ id, lastSeenMs }: Track, way: GoneHow, at: { nowMs: number; scene?: Scene }): void {
    this.riders.forget(id);
    const vehicle = this.vehicles.get(id);
    if (vehicle === undefined) return;
    if (vehicle.last.isAddressable) this.countArrivals(vehicle, at.nowMs, 'who is left');
    // A vehicle on which nobody was seen any more may have left: its riders' last sight is no sight of them leaving.
    const wasUnseen = lastSeenMs - vehicle.last.lastSeenMs > UNSEEN_MS;
    this.apply(id, vehicle, { type: 'gone', how: way === 'left' && wasUnseen ? 'occluded' : way }, at);
    vehicle.isGone = true;
    this.forgetIfDone(id, vehicle);
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
        this.deps.speaker?.cancel({ promptId: effect.promptId, reason: effect.why }, at.nowMs);
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
    const request = evidenceRequest(scene, { incidentId: incident.id, takenAt: this.timeOf(scene), ...sighting });
    const saving = this.deps.saveEvidence?.(request) ?? Promise.resolve([]);
    this.filming.begin(request, sighting.rider.trackId);
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
    const filmed = this.filming.end(incident.id);
    this.recording = this.recording.then(async () => {
      const evidence = [...(vehicle.evidence.get(incident.id) ?? []), ...(await filmed)];
      this.write(outcomeDraft(this.options.camera, effect, { sighting, evidence, atMs: nowMs }));
    });
  }

  private announce(
    effect: Extract<Effect, { type: 'announce' }>,
    vehicle: OpenVehicle,
    at: { trackId: number; nowMs: number; scene?: Scene },
  ): void {
    const { promptId, phraseId, lang, incidentIds, personIds } = effect;
    const refresh = () => {
      const subject = this.inView.find((rider) => rider.trackId === at.trackId) ?? vehicle.last;
      const view = { riders: this.inView, aspect: this.picture.aspect };
      const address = addressing({ phraseId, personIds }, subject, view);
      return { ...address, text: this.deps.wording({ ...address, lang }) };
    };
    const onReport = (report: PromptReport): void => {
      this.apply(at.trackId, vehicle, { type: 'prompt_ended', report }, { nowMs: report.endedAtMs ?? at.nowMs });
      this.forgetIfDone(at.trackId, vehicle);
    };
    const asked = { promptId, requestedAtMs: at.nowMs, ...refresh() };
    const rest = { refresh, incidentId: incidentIds[0] ?? promptId, lang, violators: personIds.length, onReport };
    if (this.deps.speaker === null) onReport(noSpeaker(asked));
    else this.deps.speaker.speak({ ...asked, ...rest }, at.nowMs);
  }

  /** A vehicle that is gone is kept until its last prompt has been reported. */
  private forgetIfDone(trackId: number, vehicle: OpenVehicle): void {
    if (vehicle.isGone && vehicle.state.pending.length === 0) this.vehicles.delete(trackId);
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

  private timeOf({ frame }: Scene): string {
    return formatTime(frame.capturedAtMs, this.options.camera.timeZone);
  }
}

/** Lost at the border or on the move it has left; lost while standing in mid-picture something hides it. */
export function wayOfLeaving(track: Pick<Track, 'box' | 'velocity'>): 'left' | 'occluded' {
  const speed = Math.hypot(track.velocity.x, track.velocity.y);
  return isAtBorder(track.box) || speed > LEAVING_SPEED_RATIO * track.box.h ? 'left' : 'occluded';
}

function isAtBorder({ x, y, w, h }: BoundingBox): boolean {
  return x < BORDER_RATIO || y < BORDER_RATIO || x + w > 1 - BORDER_RATIO || y + h > 1 - BORDER_RATIO;
}

function noSpeaker({
  promptId,
  phraseId,
  described,
  text,
  requestedAtMs,
}: Pick<SpeakRequest, 'promptId' | 'phraseId' | 'described' | 'text' | 'requestedAtMs'>): PromptReport {
  return {
    ...{ promptId, utteranceId: promptId, phraseId, described, text, requestedAtMs },
    voice: 'synthetic',
    startedAtMs: null,
    endedAtMs: null,
    playback: 'failed',
    proof: null,
    reason: 'no_speaker: this camera has none in the configuration',
    wavPath: null,
    refusal: 'muted',
  };
}
