/** One 1080p picture with up to twelve rider groups, cut out of a film. */
import { openRecording } from '../../src/camera/recording';
import type { BoundingBox, Detection } from '../../src/domain';
import { expand } from '../../src/geometry';
import type { Networks } from '../../src/vision/networks';
import { type Picture, resample } from '../../src/vision/preprocess';

export const GROUPS = 12;
const COLUMNS = 6;
const PICTURE = { widthPx: 1920, heightPx: 1080 };
const TILE = { widthPx: PICTURE.widthPx / COLUMNS, heightPx: (PICTURE.heightPx * COLUMNS) / GROUPS };
/** What surrounds the group in its tile, as a share of its size. */
const MARGIN = 0.15;
/** Only groups that are surely found again. */
const MIN_SCORE = 0.6;
const MIN_HEIGHT = 0.15;
const GREY = 114;
const FILM_FPS = 2;

/** Twelve tiles of the film, each with one rider group, in two rows. @throws Error when the film has too few */
export async function crowdPicture(film: string, networks: Networks): Promise<Picture> {
  const picture: Picture = { ...PICTURE, pixels: new Uint8Array(PICTURE.widthPx * PICTURE.heightPx * 3).fill(GREY) };
  const recording = await openRecording(film, { fps: FILM_FPS });
  let tiles = 0;
  for await (const frame of recording.frames(new AbortController().signal)) {
    for (const group of (await networks.analyse(frame)).filter(isClear).slice(0, GROUPS - tiles)) {
      paste(frame, group.box, { picture, tile: tiles });
      tiles += 1;
    }
    recording.release(frame.pixels);
    if (tiles === GROUPS) return picture;
  }
  throw new Error(`${film}: shows ${tiles} clear rider groups, ${GROUPS} are needed; name another film with --film`);
}

function isClear({ label, confidence, box }: Detection): boolean {
  const isWhole = box.x > 0 && box.y > 0 && box.x + box.w < 1 && box.y + box.h < 1;
  return label === 'rider_group' && confidence >= MIN_SCORE && box.h >= MIN_HEIGHT && isWhole;
}

/** Scales the group with its surroundings to the height of the tile and keeps its shape. */
function paste(source: Picture, box: BoundingBox, to: { picture: Picture; tile: number }): void {
  const cut = expand(box, MARGIN);
  const rect = {
    x: cut.x * source.widthPx,
    y: cut.y * source.heightPx,
    w: cut.w * source.widthPx,
    h: cut.h * source.heightPx,
  };
  const scale = Math.min(TILE.widthPx / rect.w, TILE.heightPx / rect.h);
  const [widthPx, heightPx] = [Math.floor(rect.w * scale), Math.floor(rect.h * scale)];
  const column = to.tile % COLUMNS;
  const row = Math.floor(to.tile / COLUMNS);
  const offset = (row * TILE.heightPx * to.picture.widthPx + column * TILE.widthPx) * 3;
  resample(source, rect, { pixels: to.picture.pixels, offset, strideBytes: to.picture.widthPx * 3, widthPx, heightPx });
}

/** The same picture with grey where all but the first `groups` were. */
export function withGroups({ widthPx, heightPx, pixels }: Picture, groups: number): Picture {
  const fewer: Picture = { widthPx, heightPx, pixels: new Uint8Array(pixels.length).fill(GREY) };
  for (let tile = 0; tile < Math.min(groups, GROUPS); tile++) {
    const left = (tile % COLUMNS) * TILE.widthPx * 3;
    const top = Math.floor(tile / COLUMNS) * TILE.heightPx;
    for (let row = top; row < top + TILE.heightPx; row++) {
      const at = row * widthPx * 3 + left;
      fewer.pixels.set(pixels.subarray(at, at + TILE.widthPx * 3), at);
    }
  }
  return fewer;
}
