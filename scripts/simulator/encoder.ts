/** Pictures through ffmpeg into an MP4. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Scenario } from './scenario';

/** What a camera's encoder leaves of a picture: the JPEG that is handed on, and x264's constant rate factor of the film. */
export const COMPRESSION = {
  light: { jpegQuality: 0.94, crf: 23 },
  medium: { jpegQuality: 0.7, crf: 30 },
  strong: { jpegQuality: 0.4, crf: 37 },
} as const satisfies Record<Scenario['compression'], object>;
const KEYFRAME_EVERY_S = 2;

export interface Encoder {
  /** Waits while ffmpeg is behind. */
  readonly write: (jpeg: Buffer) => Promise<void>;
  readonly finish: () => Promise<void>;
  readonly kill: () => void;
}

const FROM_JPEGS = '-hide_banner -loglevel error -y -f image2pipe -c:v mjpeg -framerate';
/** One thread: the same bytes every time. No B-frames: live players and RTSP servers need none of their delay. */
const TO_H264 =
  '-an -vf scale=out_range=tv:out_color_matrix=bt709,format=yuv420p -color_range tv -colorspace bt709 ' +
  '-c:v libx264 -preset medium -threads 1 -bf 0 -sc_threshold 0 -movflags +faststart';

export function openEncoder({ fps, compression }: Scenario, path: string): Encoder {
  const gop = String(Math.round(fps * KEYFRAME_EVERY_S));
  const input = [...FROM_JPEGS.split(' '), String(fps), '-i', 'pipe:0'];
  const output = [
    ...TO_H264.split(' '),
    '-crf',
    String(COMPRESSION[compression].crf),
    '-g',
    gop,
    '-keyint_min',
    gop,
    path,
  ];
  const child = spawn('ffmpeg', [...input, ...output], { stdio: ['pipe', 'ignore', 'pipe'] });
  const complaints: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => complaints.push(chunk.toString()));
  const ended = new Promise<void>((resolve, reject) => {
    child.on('error', (error) =>
      reject(new Error(`ffmpeg did not start (${error.message}): sudo apt-get install -y ffmpeg`)),
    );
    child.on('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`ffmpeg ended with ${code}: ${complaints.join('').trim()}`)),
    );
  });
  // Handled where it is awaited; a failure between two frames must not count as unhandled.
  ended.catch(() => undefined);
  // The write that meets a closed pipe fails through `ended`.
  child.stdin.on('error', () => undefined);
  return {
    write: async (jpeg) => {
      if (!child.stdin.write(jpeg)) await Promise.race([once(child.stdin, 'drain'), ended]);
    },
    finish: () => {
      child.stdin.end();
      return ended;
    },
    kill: () => {
      child.kill('SIGKILL');
    },
  };
}
