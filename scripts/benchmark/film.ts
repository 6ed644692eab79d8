/** The benchmark's film: what a usual junction camera sends, 1080p, 25 pictures a second, H.264 without B-frames, 4 Mbit/s. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const FPS = 25;
const BITRATE = '4M';
/** A minute of 1080p takes about a minute to encode. */
const ENCODE_LIMIT_MS = 900_000;

/** Makes the film from `source` once and keeps it in `folder`. @returns its path */
export async function benchmarkFilm(source: string, folder: string): Promise<string> {
  const bytes = await readFile(source).catch((cause: unknown) => {
    throw new Error(`${source} cannot be read; name another film with --film`, { cause });
  });
  const key = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const film = join(folder, `film-1080p25-${key}.mp4`);
  if (existsSync(film)) return film;
  process.stderr.write('making the 1080p25 film once…\n');
  await mkdir(folder, { recursive: true });
  const part = join(folder, `film-${process.pid}.part.mp4`);
  const picture = ['-vf', `scale=1920:1080:flags=bicubic,fps=${FPS}`, '-pix_fmt', 'yuv420p'];
  const rate = ['-b:v', BITRATE, '-maxrate', BITRATE, '-bufsize', '8M', '-g', String(2 * FPS), '-bf', '0'];
  const codec = ['-c:v', 'libx264', '-preset', 'veryfast', ...rate, '-movflags', '+faststart'];
  await promisify(execFile)(
    'ffmpeg',
    ['-nostdin', '-v', 'error', '-y', '-i', source, '-an', ...picture, ...codec, part],
    { timeout: ENCODE_LIMIT_MS, killSignal: 'SIGKILL' },
  );
  await rename(part, film);
  return film;
}
