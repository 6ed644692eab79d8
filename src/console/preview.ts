/**
 * A camera's picture as MPEG-1 for browsers, by node-rtsp-stream (its only importer) with what it lacks: no port of its own
 * (its server listens on every address without asking who is there), a handler for a missing ffmpeg, an end that is waited
 * for, and nothing of what ffmpeg says on our stderr, where the camera's password would stand.
 */
import { once } from 'node:events';
import VideoStream from 'node-rtsp-stream';
import { RecoverableError } from '../errors';
import { endChild } from '../runtime/guarded-child';

export interface PreviewSource {
  /** With user and password in it. */
  readonly url: string;
  readonly transport: 'tcp' | 'udp';
}

const WIDTH_PX = 960;
/** One of the rates that MPEG-1 knows. */
const FPS = 25;
/** 2 (best) to 31. */
const QUALITY = 6;
/** No picture for so long is a stall. */
const SILENCE_MS = 8_000;

class SilentStream extends VideoStream {
  /** Called by the constructor, which would open a port here. */
  override pipeStreamToSocketServer(): void {
    this.wsServer = { close: () => undefined };
  }
}

/** Runs until the signal aborts. @throws RecoverableError preview/ended | preview/stalled */
export async function preview(
  { url, transport }: PreviewSource,
  onData: (chunk: Uint8Array) => void,
  signal: AbortSignal,
): Promise<void> {
  const filters = `scale='min(${WIDTH_PX},iw)':-2:flags=fast_bilinear`;
  const stream = new SilentStream({
    name: 'preview',
    // The only place for an option before -i is the address itself.
    streamUrl: transport === 'tcp' ? `${url}${url.includes('?') ? '&' : '?'}tcp` : url,
    ffmpegOptions: {
      ...{ '-nostdin': '', '-loglevel': 'quiet', '-an': '', '-vf': filters, '-r': FPS, '-q:v': QUALITY },
      ...{ '-bf': 0, '-threads': 1, '-muxdelay': '0.05' },
    },
  });
  stream.mpeg1Muxer.removeAllListeners('ffmpegStderr');
  const child = stream.stream;
  const end = (): void => void endChild(child);
  let hasStalled = false;
  const stalled = (): void => {
    hasStalled = true;
    end();
  };
  let watchdog = setTimeout(stalled, SILENCE_MS);
  stream.on('camdata', (chunk: Uint8Array) => {
    clearTimeout(watchdog);
    watchdog = setTimeout(stalled, SILENCE_MS);
    onData(chunk);
  });
  signal.addEventListener('abort', end, { once: true });
  try {
    if (signal.aborted) end();
    // 'error' (no ffmpeg) rejects.
    await once(child, 'close');
  } catch (cause) {
    throw new RecoverableError('preview/ended', 'ffmpeg cannot be started', { cause });
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener('abort', end);
    stream.removeAllListeners();
    await endChild(child);
  }
  throw new RecoverableError(hasStalled ? 'preview/stalled' : 'preview/ended', 'the picture of the camera ended');
}
