/**
 * Films for camera tests: the real street clip where it is at hand, else one made by ffmpeg; the test says which.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface MadeFilm extends Disposable {
  readonly path: string;
}

export interface FilmRequest {
  readonly codec: 'libx264' | 'libx265' | 'mpeg4' | 'aac';
  readonly seconds: number;
  /** `640x360` unless given. */
  readonly size?: string;
  /** 1 unless given. */
  readonly keyframeEveryS?: number;
}

const STREET_CLIP = join(__dirname, '../../../../shared/clips/two-riders.mp4');
const FPS = 25;

/** The street clip (576×720, H.264, 4.3 s) or, said on stderr, a made one of the same codec and size. */
export function streetFilm(): MadeFilm {
  if (existsSync(STREET_CLIP)) return { path: STREET_CLIP, [Symbol.dispose]: () => undefined };
  process.stderr.write('../shared/clips/two-riders.mp4 is absent: the test uses a made film of the same size\n');
  return makeFilm({ codec: 'libx264', seconds: 4, size: '576x720' });
}

/** A moving test picture (or a tone for `aac`) in a folder of its own that goes with it. */
export function makeFilm({ codec, seconds, size = '640x360', keyframeEveryS = 1 }: FilmRequest): MadeFilm {
  const folder = mkdtempSync(join(tmpdir(), 'film-'));
  const path = join(folder, 'film.mp4');
  const source = codec === 'aac' ? `sine=d=${seconds}` : `testsrc2=s=${size}:r=${FPS}:d=${seconds}`;
  const encoder =
    codec === 'aac'
      ? ['-c:a', codec]
      : [
          '-c:v',
          codec,
          '-g',
          String(keyframeEveryS * FPS),
          '-pix_fmt',
          'yuv420p',
          ...(codec === 'mpeg4' ? [] : ['-preset', 'ultrafast']),
        ];
  const quiet = codec === 'libx265' ? ['-x265-params', 'log-level=none:pools=1', '-tag:v', 'hvc1'] : [];
  const target = ['-threads', '1', '-movflags', '+faststart', path];
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-f', 'lavfi', '-i', source, ...encoder, ...quiet, ...target]);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The same film with its parameter sets in front of every keyframe, as cameras send them; in MP4 they are in the header alone. */
export function withParameterSets(film: string): MadeFilm {
  const folder = mkdtempSync(join(tmpdir(), 'film-'));
  const path = join(folder, 'film.ts');
  execFileSync('ffmpeg', ['-nostdin', '-v', 'error', '-i', film, '-an', '-c', 'copy', path]);
  return { path, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}
