/**
 * Composition root of `anqi run`: builds every part, starts the sinks first and the cameras last, and registers each
 * stop, so that shutdown is the reverse. The only place where the rooms meet.
 */
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { Announcer } from './announcer/announcer';
import { readPhraseBook } from './announcer/phrase-book';
import { commonPrompts, type PhraseBook } from './announcer/phrases';
import { CameraSource, type CameraState } from './camera/camera-source';
import type { CameraConfig, Config } from './config/schema';
import { RecoverableError } from './errors';
import { EvidenceWriter } from './evidence/evidence';
import { keepRetention } from './evidence/retention';
import { frameFigures } from './frame-figures';
import { type Health, publishHealth } from './health';
import { Loudspeaker } from './loudspeaker';
import { MqttClient } from './mqtt/client';
import { type EventDraft, encodeEvent, toCloudEvent } from './mqtt/events';
import { Relay } from './mqtt/relay';
import { statusPayload } from './mqtt/states';
import { formatTime } from './mqtt/time';
import { type NodeTopics, topicsOf } from './mqtt/topics';
import { openDatabase } from './outbox/database';
import { Outbox } from './outbox/outbox';
import { SpillingOutbox } from './outbox/spilling';
import { CameraPipeline, type FrameView } from './pipeline';
import { minuteOfDay, pipelineOptions, turnPolicy } from './pipeline-options';
import { AUDIO_FOLDER, MODEL_FOLDER, PHRASES_FILE } from './places';
import { cameraSourceOptions, clientCredentials, speakerOptions } from './room-options';
import { Lifecycle } from './runtime/lifecycle';
import type { Logger } from './runtime/logger';
import { Repeats } from './runtime/repeats';
import { liveVoice, wording } from './speech';
import { Detector, type DetectorInfo } from './vision/detector';

export interface ServiceDeps {
  readonly log: Logger;
  readonly version: string;
  /** Aborting it stops the service in order. */
  readonly signal: AbortSignal;
}

/** Shares of the 8 s that a stop may take. */
const STOP_LIMITS_MS = { cameras: 3000, speech: 3500, relay: 2500, broker: 2200, detector: 3000 };
const PRUNE_EVERY_MS = 3_600_000;
/** Delivered events stay for a week, so that the platform can ask for them again. */
const KEEP_DELIVERED_MS = 7 * 24 * 3_600_000;
const MAX_DELIVERED = 200_000;

/** Runs until the signal aborts. @throws FatalError when a model or the wording cannot be used at all */
export async function runService(config: Config, deps: ServiceDeps): Promise<void> {
  const { log } = deps;
  const lifecycle = new Lifecycle(log);
  try {
    const book = readPhraseBook(PHRASES_FILE, config.prompts.wording);
    const sinks = startSinks(config, { ...deps, lifecycle });
    const detector = new Detector({
      modelFolder: config.models.folder ?? MODEL_FOLDER,
      threads: config.models.threads,
    });
    lifecycle.register('detector', () => detector.close(), STOP_LIMITS_MS.detector);
    const info = await detector.start();
    log.info({ models: info.models }, 'models loaded');
    sinks.health.setModels(info.models);
    const speakers = startSpeakers(config, book, { ...sinks, lifecycle, log });
    const cameras = startCameras(config, { ...sinks, speakers, book, detector, info, lifecycle, log });
    if (!deps.signal.aborted) await Promise.race([cameras, once(deps.signal, 'abort')]);
  } finally {
    log.info({}, 'stopping');
    await lifecycle.stop();
    log.info({}, 'stopped');
  }
}

interface Sinks {
  readonly outbox: SpillingOutbox;
  readonly client: MqttClient | null;
  readonly topics: NodeTopics;
  readonly health: Health;
  readonly evidence: EvidenceWriter;
}

/** Everything that records and delivers. */
function startSinks(config: Config, deps: ServiceDeps & { readonly lifecycle: Lifecycle }): Sinks {
  const { log, lifecycle } = deps;
  const topics = topicsOf(config.node.id);
  const outbox = openOutbox(config, log);
  lifecycle.register('database', () => outbox.close());
  const client = startClient(config, topics, deps);
  const relay = client === null ? null : new Relay({ source: outbox, sink: client }, log.child({ room: 'relay' }));
  if (relay !== null)
    runUntilStop('relay', (signal) => relay.run(signal), { lifecycle, limitMs: STOP_LIMITS_MS.relay });
  const folder = join(config.dataFolder, 'evidence');
  const { retentionDays, maxBytes } = config.evidence;
  const limits = { retentionDays, maxBytes };
  runUntilStop('retention', (signal) => keepRetention({ folder, limits, log }, signal), { lifecycle });
  runUntilStop('prune', (signal) => pruneHourly(outbox, log, signal), { lifecycle });
  const health = publishHealth(config, { outbox, client, topics, version: deps.version });
  lifecycle.register('health', () => health.stop());
  return { outbox, client, topics, health, evidence: new EvidenceWriter({ folder, retentionDays }) };
}

/** A disk that takes nothing must not silence the junction: events then live in memory, and the log and health say so. */
function openOutbox(config: Config, log: Logger): SpillingOutbox {
  const path = join(config.dataFolder, 'outbox.db');
  try {
    const { database, replaced } = openDatabase({ path, nowMs: Date.now() });
    if (replaced !== undefined) log.error({ ...replaced }, 'outbox was damaged, a new one was started');
    return new SpillingOutbox(new Outbox(database), { isOnDisk: true });
  } catch (err) {
    log.error({ err, path }, 'outbox cannot be opened: events are kept in memory only until this is mended');
    const { database } = openDatabase({ path: ':memory:', nowMs: Date.now() });
    return new SpillingOutbox(new Outbox(database), { isOnDisk: false });
  }
}

function startClient(
  config: Config,
  topics: NodeTopics,
  { log, lifecycle }: ServiceDeps & { lifecycle: Lifecycle },
): MqttClient | null {
  if (config.mqtt === undefined) {
    log.warn({}, 'no broker configured: events wait in the outbox');
    return null;
  }
  const { url, protocolVersion } = config.mqtt;
  const client = new MqttClient(
    {
      url,
      protocolVersion,
      clientId: `anqi-${config.node.id}`,
      stateTopic: topics.state,
      ...clientCredentials(config.mqtt),
    },
    log.child({ room: 'mqtt' }),
  );
  const fail = (err: unknown): void =>
    log.error({ err }, 'the broker connection cannot be set up: events wait in the outbox');
  runUntilStop('broker', (signal) => client.run(signal).catch(fail), { lifecycle, limitMs: STOP_LIMITS_MS.broker });
  return client;
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
          },
          ...(speaker.kind === 'local' ? { volumePercent: speaker.volume } : {}),
        },
        { log },
      );
      let told: string | null = null;
      const report = (): void => {
        const { speaker: kind, reason } = announcer.state();
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
          policy: turnPolicy(config.prompts),
          minuteOfDay: (nowMs) => minuteOfDay(nowMs, config.node.timeZone),
        },
        liveVoice(announcer, report),
      );
      return [speaker.id, desk] as const;
    }),
  );
}

interface CameraDeps extends SpeakerDeps {
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
  const source = new CameraSource(cameraSourceOptions(camera), { log, onState: deps.note });
  const stopping = new AbortController();
  const repeats = new Repeats();
  const noteRiders = logNewRiders(config, log);
  const noteFigures = frameFigures(() => source.stats, log);
  const pipeline = new CameraPipeline(pipelineOptions(config, camera, deps.info), {
    analyse: (frame, attention) => deps.detector.detect(frame, attention),
    release: (pixels) => source.release(pixels),
    saveEvidence: (request) => deps.evidence.save(request, stopping.signal),
    record: (draft) => record(draft, config, deps),
    wording: (request) => wording(deps.book, request),
    speaker: camera.speaker === undefined ? null : (deps.speakers.get(camera.speaker) ?? null),
    newId: uuidv7,
    onFrame: (view) => {
      noteRiders(view);
      noteFigures(view);
    },
    onProblem: (what, err) =>
      repeats.note(what, (count) => log.error({ err, count }, `${what} failed, the rest goes on`)),
  });
  const running = lookAtFrames(source, pipeline, { signal: stopping.signal, log, repeats });
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
  { signal, log, repeats }: { signal: AbortSignal; log: Logger; repeats: Repeats },
): Promise<void> {
  for await (const frame of source.frames(signal)) {
    try {
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
  deps.health.setCamera(camera.id, !('reason' in state));
}

/** Into the outbox, with the identity it gives; throws RecoverableError `outbox/*` when it cannot be kept. */
function record(draft: EventDraft, config: Config, { outbox, topics, log }: CameraDeps): void {
  const { id: nodeId, timeZone } = config.node;
  const row = outbox.append(
    {
      topic: topics.camera(draft.cameraId).event(draft.kind),
      build: (stamp) => encodeEvent(toCloudEvent(draft, { nodeId, timeZone, ...stamp })),
    },
    Date.now(),
  );
  log.info({ camera: draft.cameraId, incidentId: draft.data.incidentId, sequence: row.sequence }, draft.kind);
}

async function pruneHourly(outbox: SpillingOutbox, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      outbox.prune({ keepDeliveredMs: KEEP_DELIVERED_MS, maxDelivered: MAX_DELIVERED }, Date.now());
    } catch (err) {
      log.error({ err }, 'old events could not be cleared');
    }
    await sleep(PRUNE_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}

/** Runs a part with its own signal and registers its stop. */
function runUntilStop(
  name: string,
  part: (signal: AbortSignal) => Promise<void>,
  { lifecycle, limitMs }: { readonly lifecycle: Lifecycle; readonly limitMs?: number },
): void {
  const controller = new AbortController();
  const running = part(controller.signal);
  lifecycle.register(
    name,
    async () => {
      controller.abort();
      await running;
    },
    limitMs,
  );
}
