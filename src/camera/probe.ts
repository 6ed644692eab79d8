/** Looks at a stream once: its picture, codec, size and rate, or the exact reason why there is none. */
import { once } from 'node:events';
import { performance } from 'node:perf_hooks';
import { deadline } from '../runtime/deadline';
import { endChild, spawnGuarded } from '../runtime/guarded-child';
import { type CameraReason, explainEnd } from './failure';
import { FFMPEG, type LiveRequest, probeFfmpeg, stillArguments } from './ffmpeg';
import { LastLines } from './last-lines';

export type CameraProbe =
  | {
      readonly result: 'good';
      readonly codec: string;
      readonly widthPx: number;
      readonly heightPx: number;
      readonly fps: number | null;
      readonly firstPictureMs: number;
      readonly jpeg: Buffer;
    }
  | { readonly result: 'bad'; readonly reason: CameraReason; readonly detail: string };

/** Connection and keyframe of a slow camera; the technician is waiting. */
const LONGEST_MS = 12_000;
const MAX_BYTES = 8 * 1024 * 1024;

export async function probeCamera(
  request: Pick<LiveRequest, 'url' | 'user' | 'password' | 'transport'>,
  signal: AbortSignal,
): Promise<CameraProbe> {
  const traits = await probeFfmpeg();
  const startedMs = performance.now();
  const child = spawnGuarded(FFMPEG, stillArguments(request, traits));
  const lines = new LastLines(child.stderr);
  const stop = deadline(LONGEST_MS, signal);
  const end = (): void => void endChild(child);
  stop.addEventListener('abort', end, { once: true });
  const parts: Buffer[] = [];
  let bytes = 0;
  let firstPictureMs = 0;
  child.stdout.on('data', (part: Buffer) => {
    if (parts.length === 0) firstPictureMs = Math.round(performance.now() - startedMs);
    bytes += part.length;
    if (bytes > MAX_BYTES) end();
    else parts.push(part);
  });
  try {
    await once(child, 'close');
  } finally {
    stop.removeEventListener('abort', end);
    await endChild(child);
  }
  const stream = streamIn(lines.lines);
  if (parts.length > 0 && stream !== undefined)
    return { result: 'good', ...stream, firstPictureMs, jpeg: Buffer.concat(parts) };
  return { result: 'bad', ...explainEnd({ lines: lines.lines, framesRead: 0, wasStalled: stop.aborted }) };
}

/** `Stream #0:0: Video: h264 (High), yuv420p(progressive), 1920x1080, 25 fps, 25 tbr` — the first is the input's. */
export function streamIn(lines: readonly string[]) {
  const line = lines.find((one) => /Stream #0.*Video: /.test(one));
  const [, codec = ''] = /Video: (\w+)/.exec(line ?? '') ?? [];
  const [, width, height] = /, (\d{2,5})x(\d{2,5})/.exec(line ?? '') ?? [];
  if (line === undefined || width === undefined || height === undefined) return undefined;
  const [, fps] = /, ([\d.]+) fps/.exec(line) ?? [];
  return { codec, widthPx: Number(width), heightPx: Number(height), fps: fps === undefined ? null : Number(fps) };
}
