/**
 * Runs the whole pipeline on recorded input in the recording's own time, as fast as it goes. Nothing is played and
 * nothing is sent: events come out as text, exactly as MQTT would carry them.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { uuidv7 } from 'uuidv7';
import { readPhraseBook } from './announcer/phrase-book';
import { spokenDurationMs } from './announcer/phrases';
import { openRecording } from './camera/recording';
import type { CameraConfig, Config } from './config/schema';
import { FatalError, messageOf } from './errors';
import { Loudspeaker, type SpeakRequest, type Spoken } from './loudspeaker';
import { type EventDraft, encodeEvent, type IncidentEvent, toCloudEvent } from './mqtt/events';
import { CameraPipeline, type FrameView } from './pipeline';
import { minuteOfDay, pipelineOptions, turnPolicy } from './pipeline-options';
import { MODEL_FOLDER, PHRASES_FILE } from './places';
import { wording } from './speech';
import { Detector } from './vision/detector';

export interface ReplayOptions {
  /** Video file, RTSP address or folder of pictures. */
  readonly input: string;
  readonly config: Config;
  readonly camera: CameraConfig;
  readonly fps: number;
  readonly tracksFile: string | null;
  readonly onEvent: (line: string) => void;
  /** The recording turned out damaged: what could be decoded was analysed. */
  readonly onProblem: (problem: string) => void;
  readonly onProgress: (doneFrames: number, totalFrames: number | null) => void;
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
  const { config, camera } = options;
  const detector = new Detector({
    modelFolder: config.models.folder ?? MODEL_FOLDER,
    threads: config.models.threads,
  });
  const tracks = options.tracksFile === null ? null : new TracksFile(options.tracksFile);
  try {
    const info = await detector.start();
    const recording = await openRecording(options.input, {
      fps: options.fps,
      maxWidthPx: camera.maxWidthPx,
      cameraId: camera.id,
    });
    const book = readPhraseBook(PHRASES_FILE, config.prompts.wording);
    const voice = new RecordedTimeVoice();
    const { timeZone } = config.node;
    const desk = new Loudspeaker(
      { policy: turnPolicy(config.prompts), minuteOfDay: (nowMs) => minuteOfDay(nowMs, timeZone) },
      (request, nowMs, done) => voice.start(request, nowMs, done),
    );
    const tally = new Tally(config, options.onEvent);
    let lastMs = 0;
    let frames = 0;
    const pipeline = new CameraPipeline(pipelineOptions(config, camera, info), {
      analyse: (frame, attention) => detector.detect(frame, attention),
      release: (pixels) => recording.release(pixels),
      saveEvidence: null,
      record: (draft) => tally.record(draft),
      wording: (request) => wording(book, request),
      speaker: {
        speak: (request, nowMs) => desk.speak(request, nowMs),
        cancel: (promptId, nowMs) => desk.cancel(promptId, nowMs),
        tick: (nowMs) => {
          voice.tick(nowMs);
          desk.tick(nowMs);
        },
      },
      newId: uuidv7,
      onProblem: (_what, error) => {
        throw error;
      },
      onFrame: (view) => tracks?.write(view),
    });
    for await (const frame of recording.frames(signal)) {
      lastMs = frame.capturedAtMs;
      await pipeline.look(frame);
      await pipeline.settled();
      frames += 1;
      options.onProgress(frames, recording.totalFrames ?? null);
    }
    await pipeline.finish(voice.finish(lastMs));
    if (recording.problem !== undefined) options.onProblem(recording.problem);
    return tally.summary({
      frames,
      videoSeconds: frames / options.fps,
      wallSeconds: (performance.now() - startedMs) / 1000,
    });
  } finally {
    tracks?.close();
    await detector.close();
  }
}

/** Says nothing, but takes as long as the machine voice would, in the recording's time. */
class RecordedTimeVoice {
  private speaking: {
    request: SpeakRequest;
    startedAtMs: number;
    endsAtMs: number;
    done: (spoken: Spoken, atMs: number) => void;
  } | null = null;

  start(request: SpeakRequest, nowMs: number, done: (spoken: Spoken, atMs: number) => void): void {
    this.speaking = {
      request,
      startedAtMs: nowMs,
      endsAtMs: nowMs + spokenDurationMs(request.text, request.lang),
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
    const { request, startedAtMs, endsAtMs } = speaking;
    speaking.done(
      {
        text: request.text,
        voice: 'synthetic',
        startedAtMs,
        endedAtMs: endsAtMs,
        playback: 'unconfirmed',
        reason: 'recorded input: no sound was made',
        wavPath: null,
      },
      endsAtMs,
    );
  }
}

/** Numbers and counts the events. */
class Tally {
  private sequence = 0;
  private incidents = 0;
  private readonly prompts = new Set<string>();
  private readonly outcomes = new Map<string, number>();

  constructor(
    private readonly config: Config,
    private readonly onEvent: (line: string) => void,
  ) {}

  record(draft: EventDraft): void {
    this.sequence += 1;
    const { id: nodeId, timeZone } = this.config.node;
    const event = toCloudEvent(draft, { nodeId, id: uuidv7(), sequence: this.sequence, timeZone });
    this.count(event);
    this.onEvent(encodeEvent(event));
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

  private count(event: IncidentEvent): void {
    if (event.type === 'cn.anqi.helmet.violation.v1') this.incidents += 1;
    else if (event.type === 'cn.anqi.helmet.prompt.v1') this.prompts.add(event.data.prompt.promptId);
    else {
      const { result } = event.data.outcome;
      this.outcomes.set(result, (this.outcomes.get(result) ?? 0) + 1);
    }
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

  write({ frame, riders }: FrameView): void {
    const line = {
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
    writeSync(this.file, `${JSON.stringify(line)}\n`);
  }

  close(): void {
    closeSync(this.file);
  }
}

function roundBox({ x, y, w, h }: { x: number; y: number; w: number; h: number }): object {
  const four = (value: number): number => Math.round(value * 10_000) / 10_000;
  return { x: four(x), y: four(y), w: four(w), h: four(h) };
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}
