/** The benchmark's films: what usual junction cameras send, 1080p, 25 pictures a second, without B-frames, 4 Mbit/s. */
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
/** In H.265, and of the idle junction: as long as a round looks at it, and some; the camera plays it again and again. */
const SHORT_S = 30;
/** A moment of the junction film at which nobody rides. */
const IDLE_AT_S = 0.5;
/** A camera's noise by day, in grey levels. */
const NOISE = 3;

const GOP = ['-maxrate', BITRATE, '-bufsize', '8M', '-g', String(2 * FPS), '-bf', '0'];
const CONSTANT_RATE = ['-b:v', BITRATE];
const PICTURE = `scale=1920:1080:flags=bicubic,fps=${FPS}`;
const H264 = ['-c:v', 'libx264', '-preset', 'veryfast', ...GOP];
const H265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error', '-tag:v', 'hvc1', ...GOP];

/** How ffmpeg makes each from `source`. */
const FILMS = {
  'film-1080p25': (source: string) => ['-i', source, '-vf', PICTURE, ...H264, ...CONSTANT_RATE],
  'film-1080p25-h265': (source: string) => [
    '-t',
    String(SHORT_S),
    '-i',
    source,
    '-vf',
    PICTURE,
    ...H265,
    ...CONSTANT_RATE,
  ],
  /** Nobody rides; only the camera's noise moves. At a variable rate, as cameras do unless told otherwise: 1.1 Mbit/s. */
  'film-1080p25-idle': (source: string) => {
    const still = ['-ss', String(IDLE_AT_S), '-t', '0.04', '-i', source];
    const frozen = `${PICTURE},loop=loop=-1:size=1,setpts=N/${FPS}/TB,noise=alls=${NOISE}:allf=t`;
    return [...still, '-vf', frozen, '-t', String(SHORT_S), ...H264, '-crf', '20'];
  },
} as const;

export type FilmName = keyof typeof FILMS;

/** Makes the film from `source` once and keeps it in `folder`. @returns its path */
export async function benchmarkFilm(source: string, folder: string, name: FilmName = 'film-1080p25'): Promise<string> {
  const bytes = await readFile(source).catch((cause: unknown) => {
    throw new Error(`${source} cannot be read; name another film with --film`, { cause });
  });
  const key = createHash('sha256').update(bytes).digest('hex').slice(0, 12);
  const film = join(folder, `${name}-${key}.mp4`);
  if (existsSync(film)) return film;
  process.stderr.write(`making ${name} once…\n`);
  await mkdir(folder, { recursive: true });
  const part = join(folder, `film-${process.pid}.part.mp4`);
  const made = [...FILMS[name](source), '-an', '-pix_fmt', 'yuv420p', '-movflags', '+faststart', part];
  await promisify(execFile)('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...made], {
    timeout: ENCODE_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  await rename(part, film);
  return film;
}
