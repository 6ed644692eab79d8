/**
 * A film of riders without a helmet who then are gone, over and over: the real street clip where it is at hand, else the
 * first seconds of the project's own; the test says which.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../src/places';

export interface RiderFilm extends Disposable {
  readonly path: string;
  /** Persons on two-wheelers who must be called bare-headed. */
  readonly bareHeads: number;
}

const STREET_CLIP = join(PACKAGE_ROOT, '../shared/clips/two-riders.mp4');
const OWN_CLIP = join(PACKAGE_ROOT, 'test/clips/junction-demo.mp4');
/** An empty picture for longer than decision.lostForMs of the test's configuration. */
const EMPTY_S = 2;
/** The street clip lasts 4.3 s; the bare-headed driver of the own one has ridden up by then. */
const OWN_CLIP_S = 10;

export function bareHeadedFilm(): RiderFilm {
  const isStreetHere = existsSync(STREET_CLIP);
  if (!isStreetHere) process.stderr.write('../shared/clips/two-riders.mp4 is absent: the simulated clip is used\n');
  const source = isStreetHere ? STREET_CLIP : OWN_CLIP;
  const folder = mkdtempSync(join(tmpdir(), 'rider-film-'));
  const path = join(folder, 'film.mp4');
  const input = ['-nostdin', '-v', 'error', ...(isStreetHere ? [] : ['-t', String(OWN_CLIP_S)]), '-i', source];
  const picture = ['-an', '-vf', `tpad=stop_duration=${EMPTY_S}:color=gray`, '-pix_fmt', 'yuv420p'];
  const codec = ['-c:v', 'libx264', '-preset', 'ultrafast', '-crf', '18', '-g', '25', '-threads', '1'];
  execFileSync('ffmpeg', [...input, ...picture, ...codec, '-movflags', '+faststart', path]);
  return {
    path,
    bareHeads: isStreetHere ? 2 : 1,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
