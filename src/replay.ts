/**
 * Runs the whole pipeline on recorded input in the recording's own time, as fast as it goes. Nothing is played and
 * nothing is sent: events come out as text, exactly as MQTT would carry them.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { uuidv7 } from 'uuidv7';
import { readPhraseBook } from './announcer/phrase-book';
import { type PhraseBook, spokenDurationMs } from './announcer/phrases';
import { openRecording, type Recording } from './camera/recording';
import type { CameraConfig, Config } from './config/schema';
import type { BoundingBox } from './domain';
import { FatalError, messageOf } from './errors';
import type { CancelReason } from './incident/turns';
import { Loudspeaker, type SpeakRequest, type Spoken, type Utterance } from './loudspeaker';
import { type EventDraft, type IncidentEvent, toCloudEvent } from './mqtt/events';
import { CameraPipeline, type FrameView, type PipelineDeps } from './pipeline';
import { minuteOfDay, pipelineOptions, turnPolicy } from './pipeline-options';
import { PHRASES_FILE } from './places';
import { detectorOptions } from './room-options';
import { wording } from './speech';
import { Detector, type DetectorInfo } from './vision/detector';
import { sparing } from './vision/sparing';

export interface ReplayOptions {
  /** Video file, RTSP address or folder of pictures. */
  readonly input: string;
  readonly config: Config;
  readonly camera: CameraConfig;
  readonly fps: number;
  readonly tracksFile: string | null;
  readonly onEvent: (event: IncidentEvent) => void;
  /** The recording turned out damaged: what could be decoded was analysed. */
  readonly onProblem: (problem: string) => void;
  readonly onProgress: (doneFrames: number, totalFrames: number | null) => void;
}

export interface RecordingRun {
  readonly config: Config;
  readonly camera: CameraConfig;
  readonly detector: Pick<Detector, 'detect'>;
  readonly info: DetectorInfo;
  readonly onEvent: (event: IncidentEvent) => void;
  readonly onFrame: (view: FrameView) => void;
}

export interface ReplaySummary {
  readonly type: 'summary';
  readonly frames: number;
  readonly videoSeconds: number;
  readonly wallSeconds: number;
  readonly incidents: number;
  readonly prompts: number;
  readonly outcomes: Readonly<Record<string, number>>;
}

/** @throws FatalError for input that cannot be read or models that do not fit */
export async function replay(options: ReplayOptions, signal: AbortSignal): Promise<ReplaySummary> {
  const startedMs = performance.now();
  const { config, camera, fps } = options;
  const detector = new Detector(detectorOptions(config));
  const tracks = options.tracksFile === null ? null : new TracksFile(options.tracksFile);
  try {
    const info = await detector.start();
    if (info.providerProblem !== null) options.onProblem(info.providerProblem);
    const recording = await openRecording(options.input, { fps, maxWidthPx: camera.maxWidthPx, cameraId: camera.id });
    const tally = new Tally(options.onEvent);
    let frames = 0;
    const onFrame = (view: FrameView): void => {
      tracks?.write(view);
      frames += 1;
      options.onProgress(frames, recording.totalFrames ?? null);
    };
    await runRecording(
      recording,
      { config, camera, detector, info, onEvent: (event) => tally.count(event), onFrame },
      signal,
    );
    if (recording.problem !== undefined) options.onProblem(recording.problem);
    return tally.summary({ frames, videoSeconds: frames / fps, wallSeconds: (performance.now() - startedMs) / 1000 });
  } finally {
    tracks?.close();
    await detector.close();
  }
}

/**
 * Every frame of a recording through the whole pipeline. The next one is asked for when the last one, with all that it
 * caused, has been dealt with: a source that makes its frames can react to the events.
 */
export async function runRecording(
  recording: Pick<Recording, 'frames' | 'release'>,
  run: RecordingRun,
  signal: AbortSignal,
): Promise<void> {
  const { config, camera, detector } = run;
  const book = readPhraseBook(PHRASES_FILE, config.prompts.wording);
  const { speaker, voice } = recordedSpeaker(config, book);
  const pipeline = new CameraPipeline(pipelineOptions(config, camera, run.info), {
    analyse: sparing((frame, attention) => detector.detect(frame, attention), run.info.thresholds['rider-detector']),
    release: (pixels) => recording.release(pixels),
    saveEvidence: null,
    record: numberedEvents(config, run.onEvent),
    wording: (request) => wording(book, request),
    speaker,
    newId: uuidv7,
    onProblem: (_what, error) => {
      throw error;
    },
    onFrame: run.onFrame,
  });
  let lastMs = 0;
  for await (const frame of recording.frames(signal)) {
    lastMs = frame.capturedAtMs;
    await pipeline.look(frame);
    await pipeline.settled();
  }
  await pipeline.finish(voice.finish(lastMs));
}

/** A loudspeaker with the site's manners, in the recording's time. */
function recordedSpeaker(
  config: Config,
  book: PhraseBook,
): { speaker: PipelineDeps['speaker']; voice: RecordedTimeVoice } {
  const voice = new RecordedTimeVoice();
  const { timeZone } = config.node;
  const desk = new Loudspeaker(
    {
      policy: turnPolicy(config.prompts),
      minuteOfDay: (nowMs) => minuteOfDay(nowMs, timeZone),
      groupText: (lang) => wording(book, { phraseId: 'group', lang, words: {} }),
    },
    (utterance, nowMs, done) => voice.start(utterance, nowMs, done),
  );
  const speaker = {
    speak: (request: SpeakRequest, nowMs: number) => desk.speak(request, nowMs),
    cancel: (taken: { readonly promptId: string; readonly reason: CancelReason }, nowMs: number) =>
      desk.cancel(taken, nowMs),
    tick: (nowMs: number) => {
      voice.tick(nowMs);
      desk.tick(nowMs);
    },
  };
  return { speaker, voice };
}

function numberedEvents(config: Config, onEvent: (event: IncidentEvent) => void): (draft: EventDraft) => void {
  const { id: nodeId, timeZone } = config.node;
  let sequence = 0;
  return (draft) => {
    sequence += 1;
    onEvent(toCloudEvent(draft, { nodeId, id: uuidv7(), sequence, epoch: NO_OUTBOX, timeZone }));
  };
}

/** Says nothing, but takes as long as the machine voice would, in the recording's time. */
class RecordedTimeVoice {
  private speaking: {
    utterance: Utterance;
    startedAtMs: number;
    endsAtMs: number;
    done: (spoken: Spoken, atMs: number) => void;
  } | null = null;

  start(utterance: Utterance, nowMs: number, done: (spoken: Spoken, atMs: number) => void): void {
    this.speaking = {
      utterance,
      startedAtMs: nowMs,
      endsAtMs: nowMs + spokenDurationMs(utterance.text, utterance.lang),
      done,
    };
  }

  /** A sentence begun within the recording is spoken to its end. @returns when it is silent */
  finish(nowMs: number): number {
    const endsAtMs = Math.max(nowMs, this.speaking?.endsAtMs ?? nowMs);
    this.tick(endsAtMs);
    return endsAtMs;
  }

  tick(nowMs: number): void {
    const { speaking } = this;
    if (speaking === null || nowMs < speaking.endsAtMs) return;
    this.speaking = null;
    const { utterance, startedAtMs, endsAtMs } = speaking;
    speaking.done(
      {
        text: utterance.text,
        voice: 'synthetic',
        startedAtMs,
        endedAtMs: endsAtMs,
        playback: 'unconfirmed',
        proof: null,
        reason: 'recorded input: no sound was made',
        wavPath: null,
      },
      endsAtMs,
    );
  }
}

/** A recording has no outbox to number its events. */
const NO_OUTBOX = '000000000000';

/** Counts the events. */
class Tally {
  private incidents = 0;
  private readonly prompts = new Set<string>();
  private readonly outcomes = new Map<string, number>();

  constructor(private readonly onEvent: (event: IncidentEvent) => void) {}

  count(event: IncidentEvent): void {
    this.onEvent(event);
    if (event.type === 'cn.anqi.helmet.violation.v1') this.incidents += 1;
    else if (event.type === 'cn.anqi.helmet.prompt.v1') this.prompts.add(event.data.prompt.promptId);
    else {
      const { result } = event.data.outcome;
      this.outcomes.set(result, (this.outcomes.get(result) ?? 0) + 1);
    }
  }

  summary(run: Pick<ReplaySummary, 'frames' | 'videoSeconds' | 'wallSeconds'>): ReplaySummary {
    const rounded = { ...run, videoSeconds: round(run.videoSeconds), wallSeconds: round(run.wallSeconds) };
    const counts = {
      incidents: this.incidents,
      prompts: this.prompts.size,
      outcomes: Object.fromEntries(this.outcomes),
    };
    return { type: 'summary', ...rounded, ...counts };
  }
}

/** One JSON line per analysed frame: every rider, head and vote, 0–1 coordinates. */
class TracksFile {
  private readonly file: number;

  constructor(path: string) {
    try {
      this.file = openSync(path, 'w');
    } catch (error) {
      throw new FatalError(
        'replay/tracks',
        `--tracks ${path}: cannot be written (${messageOf(error)}). Name a file in a folder you may write to.`,
      );
    }
  }

  write(view: FrameView): void {
    writeSync(this.file, `${JSON.stringify(trackedFrame(view))}\n`);
  }

  close(): void {
    closeSync(this.file);
  }
}

/** A line of the tracks file. */
export function trackedFrame({ frame, riders }: FrameView) {
  return {
    t: round(frame.capturedAtMs / 1000),
    frame: frame.index,
    riders: riders
      .filter((rider) => rider.isVisible)
      .map(({ trackId, box, persons }) => ({
        trackId,
        box: roundBox(box),
        persons: persons.map(({ seat, head, state, votes }) => ({
          seat,
          head: head === null ? null : roundBox(head),
          state,
          votes: { worn: votes.worn, not_worn: votes.notWorn },
        })),
      })),
  };
}

function roundBox({ x, y, w, h }: BoundingBox): BoundingBox {
  const four = (value: number): number => Math.round(value * 10_000) / 10_000;
  return { x: four(x), y: four(y), w: four(w), h: four(h) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
