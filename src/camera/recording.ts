/**
 * Recorded input as frames: a video file, a folder of pictures, or what an RTSP URL sends. Every frame is delivered, as fast
 * as the consumer takes them; time is the recording's own.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Frame } from '../domain';
import { FatalError } from '../errors';
import { endChild, spawnGuarded } from '../runtime/guarded-child';
import { redactUrlCredentials } from '../runtime/redact';
import { FFMPEG, FFPROBE, pictureArguments, probeFfmpeg, recordingArguments } from './ffmpeg';
import { LastLines } from './last-lines';
import { type Picture, PixelPool, readPictures } from './pictures';

export interface RecordingOptions {
  /** Frames per second of the recording's own time; for pictures: how far apart they were taken. */
  readonly fps: number;
  /** Wider pictures are made smaller; 1920 unless given. */
  readonly maxWidthPx?: number;
  /** `recording` unless given. */
  readonly cameraId?: string;
}

export interface Recording {
  /** Frames to expect, as far as the file tells; absent for streams. */
  readonly totalFrames: number | undefined;
  /** Set when the recording turned out to be damaged or cut off: frames before that were delivered. */
  readonly problem: string | undefined;
  /** Once only. `capturedAtMs` counts from 0 in steps of 1000 / fps. Throws FatalError when nothing can be decoded. */
  frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined>;
  /** Gives pixels back for reuse, as with a camera. */
  release(pixels: Uint8Array): void;
}

const DEFAULT_MAX_WIDTH_PX = 1920;
const PICTURE_FILE = /\.(?:jpe?g|png)$/i;
/** Rounding at both ends and a variable frame rate make so few frames no sign of damage. */
const MISSING_FRAMES_TOLERATED = 0.05;
/** What ffmpeg says of places that it could not read or had to guess. */
const DAMAGE = /Invalid data|error while decoding|partial file|corrupt|concealing/i;

/** Looks at the input and says clearly what is wrong with it: FatalError `input_missing`, `input_unreadable` or `input_empty`. */
export async function openRecording(input: string, options: RecordingOptions): Promise<Recording> {
  if (/^rtsps?:\/\//i.test(input)) return new Film(input, undefined, options);
  const found = await stat(input).catch((cause: unknown) => {
    throw new FatalError('input_missing', `${input}: no such file or folder`, { cause });
  });
  if (!found.isDirectory() && PICTURE_FILE.test(input)) return new Album([input], options);
  if (!found.isDirectory()) return new Film(input, await durationOf(input), options);
  const files = (await readdir(input)).filter((name) => PICTURE_FILE.test(name)).sort(naturalOrder);
  if (files.length === 0) throw new FatalError('input_empty', `${input}: no .jpg or .png pictures in this folder`);
  return new Album(
    files.map((name) => join(input, name)),
    options,
  );
}

/** `frame2` before `frame10`, the same on every machine. */
export function naturalOrder(a: string, b: string): number {
  return new Intl.Collator('en', { numeric: true }).compare(a, b);
}

abstract class FrameMaker {
  readonly #pool = new PixelPool();
  readonly #options: RecordingOptions;
  #index = 0;

  constructor(options: RecordingOptions) {
    this.#options = options;
  }

  protected get fps(): number {
    return this.#options.fps;
  }

  protected get maxWidthPx(): number {
    return this.#options.maxWidthPx ?? DEFAULT_MAX_WIDTH_PX;
  }

  protected get framesRead(): number {
    return this.#index;
  }

  release(pixels: Uint8Array): void {
    this.#pool.release(pixels);
  }

  /** Frames of one ffmpeg run; returns its last words. */
  protected async *read(
    args: readonly string[],
    signal: AbortSignal,
  ): AsyncGenerator<Frame, readonly string[], undefined> {
    const child = spawnGuarded(FFMPEG, args);
    const lines = new LastLines(child.stderr);
    const stop = (): void => void endChild(child);
    signal.addEventListener('abort', stop, { once: true });
    try {
      if (signal.aborted) return [];
      for await (const picture of readPictures(child.stdout, this.#pool)) yield this.#frame(picture);
      return lines.lines;
    } finally {
      signal.removeEventListener('abort', stop);
      await endChild(child);
    }
  }

  #frame({ widthPx, heightPx, pixels }: Picture): Frame {
    const index = this.#index;
    this.#index += 1;
    const capturedAtMs = (index * 1000) / this.#options.fps;
    return { cameraId: this.#options.cameraId ?? 'recording', index, capturedAtMs, widthPx, heightPx, pixels };
  }
}

/** A video file, or a stream that ends when it ends. */
class Film extends FrameMaker implements Recording {
  readonly totalFrames: number | undefined;
  readonly #path: string;
  problem: string | undefined;

  constructor(path: string, durationS: number | undefined, options: RecordingOptions) {
    super(options);
    this.#path = path;
    this.totalFrames = durationS === undefined ? undefined : Math.round(durationS * options.fps);
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    const { fps, maxWidthPx } = this;
    const words = yield* this.read(
      recordingArguments({ input: this.#path, fps, maxWidthPx }, await probeFfmpeg()),
      signal,
    );
    if (signal.aborted) return;
    const said = redactUrlCredentials(words.slice(-3).join(' | '));
    if (this.framesRead === 0) throw unreadable(this.#path, said);
    const expected = this.totalFrames ?? 0;
    const isShort = this.framesRead < expected * (1 - MISSING_FRAMES_TOLERATED) - 1;
    if (isShort) this.problem = `cut off: only ${this.framesRead} of ${expected} frames could be read (${said})`;
    else if (words.some((line) => DAMAGE.test(line))) this.problem = `damaged in places (${said})`;
  }
}

/** Pictures in natural order, all in the size of the first. One process each, so that a broken one has a name. */
class Album extends FrameMaker implements Recording {
  readonly problem = undefined;
  readonly #paths: readonly string[];

  constructor(paths: readonly string[], options: RecordingOptions) {
    super(options);
    this.#paths = paths;
  }

  get totalFrames(): number {
    return this.#paths.length;
  }

  async *frames(signal: AbortSignal): AsyncGenerator<Frame, void, undefined> {
    await probeFfmpeg();
    let fitInto: { readonly widthPx: number; readonly heightPx: number } | undefined;
    for (const path of this.#paths) {
      const before = this.framesRead;
      const request = { path, maxWidthPx: this.maxWidthPx, ...(fitInto === undefined ? {} : { fitInto }) };
      const pictures = this.read(pictureArguments(request), signal);
      let next = await pictures.next();
      for (; next.done !== true; next = await pictures.next()) {
        fitInto ??= { widthPx: next.value.widthPx, heightPx: next.value.heightPx };
        yield next.value;
      }
      if (signal.aborted) return;
      if (this.framesRead === before) throw unreadable(path, next.value.slice(-3).join(' | '));
    }
  }
}

/** Seconds of video, undefined where the file does not tell. Throws when there is no video in it. */
async function durationOf(path: string): Promise<number | undefined> {
  await probeFfmpeg();
  const entries = [
    '-select_streams',
    'v:0',
    '-show_entries',
    'stream=codec_type,duration:format=duration',
    '-of',
    'json',
  ];
  const child = spawnGuarded(FFPROBE, ['-hide_banner', '-loglevel', 'error', ...entries, `file:${path}`]);
  const [json, problem] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const { streams = [], format } = parseProbe(json);
  const video = streams[0];
  if (video === undefined) throw unreadable(path, problem.trim() || 'there is no video in it');
  const seconds = Number(video.duration ?? format?.duration);
  return Number.isFinite(seconds) ? seconds : undefined;
}

interface ProbeAnswer {
  readonly streams?: readonly { readonly duration?: string }[];
  readonly format?: { readonly duration?: string };
}

function parseProbe(json: string): ProbeAnswer {
  return json.trim() === '' ? {} : JSON.parse(json);
}

function unreadable(path: string, said: string): FatalError {
  const why = said === '' ? 'no picture in it' : said;
  return new FatalError('input_unreadable', `${redactUrlCredentials(path)}: not a readable video or picture: ${why}`);
}
