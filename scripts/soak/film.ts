/** The junction film as small cameras send it, so that four of them leave room for other work on a small machine. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const FPS = 10;
const ENCODE_LIMIT_MS = 600_000;

/** @returns the film's path in `folder` */
export async function soakFilm(source: string, height: number, folder: string): Promise<string> {
  const film = join(folder, `film-${height}.mp4`);
  const picture = ['-an', '-vf', `scale=-2:${height}:flags=bicubic,fps=${FPS}`, '-pix_fmt', 'yuv420p'];
  const codec = [
    '-c:v',
    'libx264',
    '-preset',
    'veryfast',
    '-crf',
    '23',
    '-g',
    String(FPS),
    '-bf',
    '0',
    '-threads',
    '1',
  ];
  await promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', '-y', '-i', source, ...picture, ...codec, film], {
    timeout: ENCODE_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  return film;
}
