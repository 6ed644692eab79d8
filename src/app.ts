/**
 * Composition root of `anqi run`: builds every part, starts the sinks first and the cameras last, and registers each
 * stop, so that shutdown is the reverse. The only place where the rooms meet.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { uuidv7 } from 'uuidv7';
import { Announcer } from './announcer/announcer';
import { readPhraseBook } from './announcer/phrase-book';
import { commonPrompts, type PhraseBook } from './announcer/phrases';
import { CameraSource, type CameraState } from './camera/camera-source';
import { CameraBoard } from './camera-board';
import { type CommandParts, Hands, startCommands } from './commands';
import type { CameraConfig, Config } from './config/schema';
import { startConsole } from './console-window';
import { RecoverableError } from './errors';
import type { EvidenceRequest } from './evidence/evidence';
import { allCameraStats, closing, entryOf, publishFigures } from './figures';
import { frameFigures } from './frame-figures';
import { Loudspeaker } from './loudspeaker';
import { type EventDraft, encodeEvent, toCloudEvent } from './mqtt/events';
import { statusPayload } from './mqtt/states';
import { formatTime } from './mqtt/time';
import { claimDataFolder } from './outbox/data-folder';
import { CameraPipeline, type FrameView } from './pipeline';
import { minuteOfDay, pipelineOptions, turnPolicy, volumeOf } from './pipeline-options';
import { AUDIO_FOLDER, PHRASES_FILE } from './places';
import { cameraSourceOptions, detectorOptions, speakerOptions } from './room-options';
import { endByForce, Lifecycle, runUntilStop } from './runtime/lifecycle';
import type { LogTail } from './runtime/log-tail';
import type { Logger } from './runtime/logger';
import { watchProcess } from './runtime/process-figures';
import { Repeats } from './runtime/repeats';
import { type Sinks, startSinks } from './sinks';
import { liveVoice, wording } from './speech';
import { mutable, Switches } from './switches';
import { type RunDeps, watchTrial } from './trial';
import { Detector, type DetectorInfo } from './vision/detector';
import { sparing } from './vision/sparing';

export interface ServiceDeps {
  readonly log: Logger;
  readonly version: string;
  readonly logTail: LogTail;
  /** Its configuration file, and how to be run again with another one. */
  readonly run: RunDeps;
}

/** Shares of the 8 s that a stop may take. */
const STOP_LIMITS_MS = { lastLooks: 2000, cameras: 3000, speech: 3500, detector: 3000 };
/** A camera that is there gives a picture within a second. */
const SNAPSHOT_WAIT_MS = 10_000;
const STILL_WIDTH_PX = 1280;
/** NTP moves a clock by less, bit by bit. */
const CLOCK_SET_BACK_MS = 1_000;

/** Runs until the signal aborts. @throws FatalError when a model or the wording cannot be used at all */
export async function runService(config: Config, deps: ServiceDeps): Promise<void> {
  const { log, run } = deps;
  const lifecycle = new Lifecycle(log);
  try {
    const detector = new Detector(detectorOptions(config), (err) =>
      log.error({ err }, 'the inference worker is lost, another one is started'),
    );
    // The first is stopped last.
    lifecycle.register('threads', () => (detector.hasEnded ? undefined : endByForce()));
    const book = readPhraseBook(PHRASES_FILE, config.prompts.wording);
    const release = claimDataFolder(config.dataFolder, (err) => log.warn({ err }, 'the data folder takes no lock'));
    lifecycle.register('data folder', release);
    lifecycle.register('process figures', watchProcess(log));
    const sinks = startSinks(config, { ...deps, lifecycle, configRevision: run.configFile.revision });
    lifecycle.register('detector', () => detector.close(), STOP_LIMITS_MS.detector);
    const info = await detector.start();
    log.info({ models: info.models }, 'models loaded');
    if (info.providerProblem !== null)
      log.warn({ reason: info.providerProblem }, 'models.provider is not what the models run on');
    sinks.health.setProvider(info.providerProblem === null);
    sinks.health.setModels(info.models);
    closeLeftOpen(config, { ...sinks, log });
    lifecycle.register('figures', publishFigures(config, sinks));
    const speakers = startSpeakers(config, book, { ...sinks, lifecycle, log });
    const switches = startSwitches(config, { ...sinks, lifecycle });
    const pipelines = new Map<string, CameraPipeline>();
    const board = new CameraBoard();
    const parts = { ...sinks, speakers, switches, pipelines, board, book, lifecycle, log };
    const cameras = startCameras(config, { ...parts, detector, info });
    // Stopped before the cameras, which wait for an answer each.
    lifecycle.register('last looks', () => detector.giveUpAfter(STOP_LIMITS_MS.lastLooks));
    const still = (camera: string): Promise<Uint8Array> => {
      const signal = AbortSignal.timeout(SNAPSHOT_WAIT_MS);
      return pictureOf(pipelines.get(camera), (picture) => sinks.evidence.still(picture, STILL_WIDTH_PX), signal);
    };
    const commands: CommandParts = {
      ...parts,
      config,
      configFile: run.configFile,
      info: () => sinks.health.info(),
      testText: (lang) => wording(book, { phraseId: 'base', lang, words: {} }),
      snapshot: (camera) => {
        const signal = AbortSignal.timeout(SNAPSHOT_WAIT_MS);
        return pictureOf(pipelines.get(camera), (picture) => sinks.evidence.save(picture, signal), signal);
      },
      stats: (camera) => ({
        prompts: Object.fromEntries([...speakers].map(([id, { counts }]) => [id, counts])),
        cameras: allCameraStats(config, sinks.outbox, camera),
      }),
      restart: () => run.restart(null),
    };
    startCommands(commands);
    const { minHeadPx } = info.thresholds['head-classifier'];
    startConsole({ ...parts, ...deps, ...commands, hands: new Hands(commands), still, minHeadPx });
    watchTrial(run, { ...sinks, log });
    if (!run.signal.aborted) await Promise.race([cameras, once(run.signal, 'abort')]);
  } finally {
    log.info({}, 'stopping');
    await lifecycle.stop();
    log.info({}, 'stopped');
  }
}

interface SpeakerDeps extends Sinks {
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
}

/** One announcer and one queue of turns for each speaker. */
function startSpeakers(config: Config, book: PhraseBook, deps: SpeakerDeps): ReadonlyMap<string, Loudspeaker> {
  const { lifecycle, client, topics } = deps;
  return new Map(
    config.speakers.map((speaker) => {
      const log = deps.log.child({ speaker: speaker.id });
      const announcer = new Announcer(
        {
          phrases: book,
          speaker: speakerOptions(speaker),
          voices: {
            audioDir: AUDIO_FOLDER,
            clipsDir: join(config.dataFolder, 'clips'),
            cacheDir: join(config.dataFolder, 'prompt-cache'),
            mandarinModel: config.prompts.mandarinModel,
          },
        },
        { log },
      );
      let told: string | null = null;
      const report = (): void => {
        const { speaker: kind, reason, voiceProblem } = announcer.state();
        deps.health.setVoice(speaker.id, voiceProblem === null);
        const state = kind === 'failed' ? 'offline' : 'online';
        if (told === `${state} ${reason}`) return;
        told = `${state} ${reason}`;
        const since = formatTime(Date.now(), config.node.timeZone);
        client?.setRetained(
          topics.speakerState(speaker.id),
          statusPayload({ state, ...(reason === null ? {} : { reason }), since }),
        );
        deps.health.setSpeaker(speaker.id, kind !== 'failed');
      };
      runUntilStop(`speaker ${speaker.id}`, (signal) => announcer.run(signal), {
        lifecycle,
        limitMs: STOP_LIMITS_MS.speech,
      });
      runUntilStop('rendering ahead', (signal) => announcer.prerender(commonPrompts(book), signal).then(report), {
        lifecycle,
      });
      const desk = new Loudspeaker(
        {
          policy: turnPolicy(config.prompts, volumeOf(speaker)),
          minuteOfDay: (nowMs) => minuteOfDay(nowMs, config.node.timeZone),
          groupText: (lang) => wording(book, { phraseId: 'group', lang, words: {} }),
        },
        liveVoice(announcer, report),
      );
      deps.health.countPrompts(speaker.id, () => desk.counts);
      return [speaker.id, desk] as const;
    }),
  );
}

/** Tells the platform of every switch, at the start and at every change. */
function startSwitches(config: Config, deps: Sinks & { readonly lifecycle: Lifecycle }): Switches {
  const cameras = config.cameras.map(({ id }) => id);
  const switches = new Switches(deps.ledger, cameras, (camera, what, isOn) =>
    deps.client?.setRetained(deps.topics.camera(camera).switchState(what), isOn ? 'ON' : 'OFF'),
  );
  deps.lifecycle.register('switches', () => switches.stop());
  return switches;
}

/** A camera that is disabled or away has no picture to give. */
async function pictureOf<T>(
  pipeline: CameraPipeline | undefined,
  take: (picture: EvidenceRequest) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  if (pipeline === undefined) throw new RecoverableError('snapshot/no-camera', 'the camera is disabled');
  return pipeline.snapshot(take, signal);
}

interface CameraDeps extends SpeakerDeps {
  readonly switches: Switches;
  /** Of the cameras that run. */
  readonly pipelines: Map<string, CameraPipeline>;
  readonly board: CameraBoard;
  readonly speakers: ReadonlyMap<string, Loudspeaker>;
  readonly book: PhraseBook;
  readonly detector: Detector;
  readonly info: DetectorInfo;
}

/** Starts every camera; rejects when one of them meets a fatal error. */
function startCameras(config: Config, deps: CameraDeps): Promise<void> {
  const running = config.cameras.map((camera) => {
    const log = deps.log.child({ camera: camera.id });
    const note = (state: CameraState): void => noteCameraState(camera, state, { ...deps, config, log });
    if (camera.enabled) return runCamera(config, camera, { ...deps, log, note });
    note({ state: 'disabled' });
    return new Promise<void>(() => undefined);
  });
  return Promise.race(running);
}

function runCamera(
  config: Config,
  camera: CameraConfig,
  deps: CameraDeps & { readonly note: (state: CameraState) => void },
): Promise<void> {
  const { log } = deps;
  const onState = (state: CameraState): void => {
    deps.note(state);
    if ('reason' in state) pipeline.interrupt(Date.now());
  };
  const source = new CameraSource(cameraSourceOptions(camera), { log, onState });
  const stopping = new AbortController();
  const repeats = new Repeats();
  const noteRiders = logNewRiders(config, log);
  const noteFigures = frameFigures(() => source.stats, log);
  const speaker = camera.speaker === undefined ? null : (deps.speakers.get(camera.speaker) ?? null);
  const isMuted = (): boolean => !deps.switches.isOn(camera.id, 'prompt', Date.now());
  const pipeline = new CameraPipeline(pipelineOptions(config, camera, deps.info), {
    analyse: sparing(
      (frame, attention) => deps.detector.detect(frame, attention),
      deps.info.thresholds['rider-detector'],
    ),
    release: (pixels) => source.release(pixels),
    saveEvidence: (request) => deps.evidence.save(request, stopping.signal),
    clips: deps.clips,
    record: (draft) => record(draft, config, deps),
    countArrival: (arrival) => deps.outbox.countArrival(arrival),
    wording: (request) => wording(deps.book, request),
    speaker: speaker === null ? null : mutable(speaker, isMuted),
    newId: uuidv7,
    onFrame: (view) => {
      noteRiders(view);
      noteFigures(view);
      deps.board.see(camera.id, view);
    },
    onProblem: (what, err) =>
      repeats.note(what, (count) => log.error({ err, count }, `${what} failed, the rest goes on`)),
  });
  deps.pipelines.set(camera.id, pipeline);
  const isLooking = (): boolean => deps.switches.isOn(camera.id, 'detect', Date.now());
  const running = lookAtFrames(source, pipeline, { signal: stopping.signal, log, repeats, isLooking });
  deps.lifecycle.register(
    `camera ${camera.id}`,
    async () => {
      stopping.abort();
      await running.catch(() => undefined);
      await pipeline.finish(Date.now());
    },
    STOP_LIMITS_MS.cameras,
  );
  return running;
}

/** One debug line for every two-wheeler that is followed, when it is first seen. */
function logNewRiders(config: Config, log: Logger): (view: FrameView) => void {
  let newest = 0;
  return ({ riders }) => {
    for (const { trackId, firstSeenMs } of riders) {
      if (trackId > newest) log.debug({ trackId, at: formatTime(firstSeenMs, config.node.timeZone) }, 'rider seen');
    }
    newest = Math.max(newest, ...riders.map((rider) => rider.trackId));
  };
}

/** A frame whose inference failed is lost, the camera goes on; only a model that is refused ends the service. */
async function lookAtFrames(
  source: CameraSource,
  pipeline: CameraPipeline,
  deps: { signal: AbortSignal; log: Logger; repeats: Repeats; isLooking: () => boolean },
): Promise<void> {
  const { signal, log, repeats } = deps;
  let wasLooking = true;
  let beforeMs = Number.NEGATIVE_INFINITY;
  for await (const frame of source.frames(signal)) {
    const { capturedAtMs } = frame;
    if (beforeMs - capturedAtMs > CLOCK_SET_BACK_MS) {
      // Whoever is followed was seen later than now: nobody would ever be lost again.
      log.warn({ backMs: beforeMs - capturedAtMs }, 'the clock was set back: nobody is followed over it');
      pipeline.interrupt(capturedAtMs);
    }
    beforeMs = capturedAtMs;
    const isLooking = deps.isLooking();
    try {
      // Nobody knows what becomes of those who were followed.
      if (wasLooking && !isLooking) await pipeline.finish(frame.capturedAtMs);
      wasLooking = isLooking;
      if (!isLooking) {
        source.release(frame.pixels);
        continue;
      }
      await pipeline.look(frame);
    } catch (err) {
      if (!(err instanceof RecoverableError)) throw err;
      repeats.note(err.code, (count) => log.warn({ err, count }, 'a frame could not be analysed'));
    }
  }
}

function noteCameraState(
  camera: CameraConfig,
  state: CameraState,
  deps: CameraDeps & { readonly config: Config },
): void {
  const since = formatTime(Date.now(), deps.config.node.timeZone);
  const payload = statusPayload({ state: state.state, ...('reason' in state ? { reason: state.reason } : {}), since });
  deps.client?.setRetained(deps.topics.camera(camera.id).state, payload);
  deps.board.note(camera.id, { atMs: Date.now(), state: state.state, reason: 'reason' in state ? state.reason : null });
  deps.health.setCamera(camera.id, !('reason' in state));
}

/** Incidents that a power cut left open end as unknown: nobody saw what became of them. */
function closeLeftOpen(config: Config, deps: Pick<CameraDeps, 'outbox' | 'topics' | 'log'>): void {
  try {
    for (const payloads of deps.outbox.openIncidents()) {
      const draft = closing(payloads, Date.now());
      if (draft !== null) record(draft, config, deps);
    }
  } catch (err) {
    deps.log.error({ err }, 'incidents left open could not be closed');
  }
}

/** Into the outbox, with the identity it gives; throws RecoverableError `outbox/*` when it cannot be kept. */
function record(
  draft: EventDraft,
  config: Config,
  { outbox, topics, log }: Pick<CameraDeps, 'outbox' | 'topics' | 'log'>,
): void {
  const { id: nodeId, timeZone } = config.node;
  const row = outbox.append(
    {
      topic: topics.camera(draft.cameraId).event(draft.kind),
      build: (stamp) => encodeEvent(toCloudEvent(draft, { nodeId, timeZone, ...stamp })),
      entry: entryOf(draft),
    },
    Date.now(),
  );
  log.info({ camera: draft.cameraId, incidentId: draft.data.incidentId, sequence: row.sequence }, draft.kind);
}
