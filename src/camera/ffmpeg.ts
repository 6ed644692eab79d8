/**
 * ffmpeg's command lines. fluent-ffmpeg builds the lists; we start the process ourselves, because reading a plain child's
 * stdout costs half of fluent-ffmpeg's piping. Pictures come as PPM: each says its own size, so no second process has to
 * ask the camera first, and a reader that lost its place notices.
 */
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import ffmpeg from 'fluent-ffmpeg';
import { messageOf, RecoverableError } from '../errors';
import { spawnGuarded } from '../runtime/guarded-child';

export const FFMPEG = 'ffmpeg';
export const FFPROBE = 'ffprobe';

/** What differs between the versions of ffmpeg in the field. */
export interface FfmpegTraits {
  readonly version: string;
  /** Socket timeout of RTSP in microseconds; `-timeout` meant "listen" before libavformat 59 (ffmpeg 5.0). */
  readonly timeoutOption: '-stimeout' | '-timeout';
  /** Hands every selected frame on as it is, with no copies to fill gaps; renamed in ffmpeg 5.1. */
  readonly passthrough: readonly [string, string];
}

export type RtspTransport = 'tcp' | 'udp';

export interface LiveRequest {
  readonly url: string;
  readonly user?: string;
  readonly password?: string;
  readonly transport: RtspTransport;
  /** Pictures per second at most. */
  readonly fps: number;
  /** Wider pictures are made smaller; none is made larger. */
  readonly maxWidthPx: number;
}

export interface RecordingRequest {
  /** A file or an RTSP URL. */
  readonly input: string;
  readonly fps: number;
  readonly maxWidthPx: number;
}

export interface PictureRequest {
  readonly path: string;
  readonly maxWidthPx: number;
  /** Fits the picture into this size, with black bars; absent: its own size. */
  readonly fitInto?: { readonly widthPx: number; readonly heightPx: number };
}

/** Ends a connection attempt to a host that does not answer; a stall is noticed sooner by the frame watchdog. */
const SOCKET_TIMEOUT_US = 5_000_000;
const STILL_WIDTH_PX = 1280;
/** H.264 keyframes of 4K cameras come as bursts of hundreds of datagrams. */
const UDP_BUFFER_BYTES = 4 * 1024 * 1024;

/** Reads the text of `ffmpeg -version`. The library's version counts: development builds have no other number. */
export function traitsOf(versionText: string): FfmpegTraits {
  const version = /^ffmpeg version (\S+)/.exec(versionText)?.[1] ?? 'unknown';
  const library = /libavformat\s+(\d+)\.\s*(\d+)/.exec(versionText);
  const major = Number(library?.[1] ?? 59);
  const minor = Number(library?.[2] ?? 27);
  return {
    version,
    timeoutOption: major >= 59 ? '-timeout' : '-stimeout',
    passthrough: major > 59 || (major === 59 && minor >= 27) ? ['-fps_mode', 'passthrough'] : ['-vsync', '0'],
  };
}

let known: FfmpegTraits | undefined;

/** Asks the installed ffmpeg once. Throws RecoverableError `ffmpeg_missing`. */
export async function probeFfmpeg(): Promise<FfmpegTraits> {
  if (known !== undefined) return known;
  const child = spawnGuarded(FFMPEG, ['-version']);
  child.stderr.resume();
  const started = once(child, 'spawn');
  const said = text(child.stdout);
  try {
    await started;
  } catch (cause) {
    throw ffmpegMissing(cause);
  }
  known = traitsOf(await said);
  return known;
}

/** Not there, or not allowed to start; it may go while the service runs, as during an update. */
export function ffmpegMissing(cause: unknown): RecoverableError {
  const detail = `ffmpeg cannot be started (${messageOf(cause)}): install it (apt-get install ffmpeg)`;
  return new RecoverableError('ffmpeg_missing', detail, { cause });
}

/**
 * A camera's newest pictures, one per 1/fps of wall-clock time, as PPM on stdout. The loop filter stays on: to skip it saves
 * a sixth of H.264 decoding and nothing of H.265, and costs the fine detail heads are judged by (SSIM .97–.99).
 */
export function liveArguments(request: LiveRequest, traits: FfmpegTraits): string[] {
  return ppmCommand({
    input: withCredentials(request),
    // The frame rate need not be guessed from a second of pictures: the clock below decides.
    inputOptions: [...rtspOptions(request.transport, traits), '-fpsprobesize', '0'],
    // Cameras' own timestamps jump; the arrival clock does not. One picture per cell of the clock: no copies, no waiting.
    filters: [
      'setpts=(RTCTIME-RTCSTART)/(TB*1000000)',
      `select='isnan(prev_selected_t)+gt(floor(t*${request.fps}),floor(prev_selected_t*${request.fps}))'`,
      shrinkTo(request.maxWidthPx),
    ],
    outputOptions: [...traits.passthrough],
  });
}

/**
 * True where ffmpeg says that its filters began anew, and the clock of the pictures with them: the camera sends another
 * size in the same connection, and everything would be squeezed into the old one.
 */
export function hasBegunAnew(line: string): boolean {
  const [, before = '0', now = '0'] =
    /non monotonically increasing dts to muxer in stream 0: (\d+) >= (\d+)/.exec(line) ?? [];
  // Two pictures of the same moment are nothing.
  return Number(before) - Number(now) > 1;
}

/** One picture as JPEG on stdout, and what ffmpeg says of the stream on stderr. */
export function stillArguments(
  request: Pick<LiveRequest, 'url' | 'user' | 'password' | 'transport'>,
  traits: FfmpegTraits,
) {
  const command = ffmpeg(withCredentials(request))
    .inputOptions(['-nostdin', '-hide_banner', '-loglevel', 'info', '-threads', '1'])
    .inputOptions(rtspOptions(request.transport, traits))
    .noAudio()
    .videoFilters([shrinkTo(STILL_WIDTH_PX)])
    .outputOptions(['-sn', '-dn', '-frames:v', '1', '-q:v', '5'])
    .videoCodec('mjpeg')
    .format('image2pipe')
    .output('pipe:1');
  return command._getArguments();
}

/** Every 1/fps of a recording's own time exactly one picture (repeated in gaps), as fast as it is read. */
export function recordingArguments({ input, fps, maxWidthPx }: RecordingRequest, traits: FfmpegTraits): string[] {
  const isStream = /^rtsps?:/i.test(input);
  return ppmCommand({
    input: isStream ? input : asFile(input),
    inputOptions: isStream ? rtspOptions('tcp', traits) : [],
    filters: [`fps=${fps}`, shrinkTo(maxWidthPx)],
    outputOptions: [],
  });
}

/** One picture file. A damaged one is an error and no grey picture. */
export function pictureArguments({ path, maxWidthPx, fitInto }: PictureRequest): string[] {
  const fit = fitInto && `${fitInto.widthPx}:${fitInto.heightPx}`;
  const filters =
    fit === undefined
      ? [shrinkTo(maxWidthPx)]
      : [`scale=${fit}:force_original_aspect_ratio=decrease:flags=fast_bilinear`, `pad=${fit}:(ow-iw)/2:(oh-ih)/2`];
  return ppmCommand({
    input: asFile(path),
    inputOptions: ['-xerror', '-err_detect', 'explode'],
    filters,
    outputOptions: ['-frames:v', '1'],
  });
}

/** The URL with user and password percent-encoded into it; without them as it is. */
export function withCredentials({ url, user, password }: Pick<LiveRequest, 'url' | 'user' | 'password'>): string {
  if (user === undefined && password === undefined) return url;
  const full = new URL(url);
  full.username = encodeURIComponent(user ?? '');
  full.password = encodeURIComponent(password ?? '');
  return full.href;
}

/** Video only: a microphone that sends nothing would hold everything up. */
function rtspOptions(transport: RtspTransport, traits: FfmpegTraits): string[] {
  return [
    ...['-rtsp_transport', transport, '-allowed_media_types', 'video'],
    ...[traits.timeoutOption, String(SOCKET_TIMEOUT_US)],
    ...(transport === 'udp' ? ['-buffer_size', String(UDP_BUFFER_BYTES)] : []),
  ];
}

/** A path that begins like a URL or an option stays a path. */
function asFile(path: string): string {
  return `file:${path}`;
}

/** Even sizes, never larger; fast_bilinear because bicubic, the default, doubles the cost of a frame. */
function shrinkTo(maxWidthPx: number): string {
  return `scale=w='trunc(min(${maxWidthPx},iw)/2)*2':h=-2:flags=fast_bilinear`;
}

interface PpmCommand {
  readonly input: string;
  readonly inputOptions: readonly string[];
  readonly filters: readonly string[];
  readonly outputOptions: readonly string[];
}

function ppmCommand({ input, inputOptions, filters, outputOptions }: PpmCommand): string[] {
  const command = ffmpeg(input)
    // One decoding thread: several would each hold a frame back, and the cores are needed by the model.
    .inputOptions(['-nostdin', '-hide_banner', '-loglevel', 'warning', '-threads', '1', ...inputOptions])
    .noAudio()
    .videoFilters([...filters])
    .outputOptions(['-sn', '-dn', '-threads', '1', '-pix_fmt', 'rgb24', ...outputOptions])
    .videoCodec('ppm')
    .format('image2pipe')
    .output('pipe:1');
  return command._getArguments();
}
