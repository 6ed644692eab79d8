/**
 * Arguments: film, model folder, frames, threads. Prints a CrowdFigures as JSON: one 1080p picture with twelve rider
 * groups, cut out of the film, looked at again and again. CPU of this process alone, so run it by itself.
 */
import { Tensor } from 'onnxruntime-node';
import { openRecording } from '../../src/camera/recording';
import type { BoundingBox, Detection } from '../../src/domain';
import { expand } from '../../src/geometry';
import { percentile } from '../../src/runtime/percentile';
import type { Attention } from '../../src/vision/attention';
import { Networks } from '../../src/vision/networks';
import { type Picture, resample } from '../../src/vision/preprocess';
import { refuseTelemetry } from '../../src/vision/telemetry';
import type { CrowdFigures } from './floors';
import { type RecordedRun, recordRuns } from './recorded-runs';

const GROUPS = 12;
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
const WARM_UP_FRAMES = 3;

async function main([film = '', modelFolder = '', frames = '20', threads = '1']: readonly string[]): Promise<void> {
  refuseTelemetry();
  const recorded = recordRuns();
  const networks = await Networks.load({ modelFolder, threads: Number(threads) });
  const picture = await crowdPicture(film, networks);
  const found = await networks.analyse(picture);
  const groups = found.filter((one) => one.label === 'rider_group');
  const measure = (attention: readonly Attention[]): Promise<Measured> =>
    measured(() => networks.analyse(picture, attention), recorded, Number(frames));
  const crowd = await measure([]);
  const settled = await measure(groups.map(({ box }) => ({ box, interest: 'settled', waitedMs: 0 })));
  const finder = crowd.runs.find((run) => run.input === 'crops');
  const figures: CrowdFigures = {
    threads: Number(threads),
    groups: groups.length,
    heads: groups.flatMap((one) => one.heads).length,
    frameMs: crowd.frameMs,
    detectorMs: crowd.msOf('frame'),
    finderMs: crowd.msOf('crops'),
    classifierMs: crowd.msOf('heads'),
    finderOneByOneMs: finder === undefined ? 0 : await oneByOneMs(finder, Number(frames)),
    settledFrameMs: settled.frameMs,
  };
  await networks.release();
  process.stdout.write(`${JSON.stringify(figures)}\n`);
}

/** Twelve tiles of the film, each with one rider group, in two rows. @throws Error when the film has too few */
async function crowdPicture(film: string, networks: Networks): Promise<Picture> {
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

interface Measured {
  readonly frameMs: number;
  /** Of the last frame. */
  readonly runs: readonly RecordedRun[];
  /** Median time of a network in a frame. */
  msOf(input: string): number;
}

async function measured(look: () => Promise<unknown>, recorded: RecordedRun[], frames: number): Promise<Measured> {
  const frameMs: number[] = [];
  const runMs = new Map<string, number[]>();
  for (let i = 0; i < WARM_UP_FRAMES + frames; i++) {
    recorded.length = 0;
    const startedMs = performance.now();
    await look();
    const ms = performance.now() - startedMs;
    if (i < WARM_UP_FRAMES) continue;
    frameMs.push(ms);
    for (const run of recorded) runMs.set(run.input, [...(runMs.get(run.input) ?? []), run.ms]);
  }
  return {
    frameMs: percentile(frameMs, 0.5),
    runs: [...recorded],
    msOf: (input) => percentile(runMs.get(input) ?? [], 0.5),
  };
}

/** The same crops without a batch. */
async function oneByOneMs({ pixels, run }: RecordedRun, frames: number): Promise<number> {
  const [count = 0, ...rest] = pixels.dims;
  const { data } = pixels;
  if (!(data instanceof Uint8Array)) throw new Error('the head finder is fed something else than pixels');
  const bytes = data.length / count;
  const crops = Array.from(
    { length: count },
    (_, i) => new Tensor('uint8', data.slice(i * bytes, (i + 1) * bytes), [1, ...rest]),
  );
  const times: number[] = [];
  for (let i = 0; i < WARM_UP_FRAMES + frames; i++) {
    const startedMs = performance.now();
    for (const crop of crops) await run(crop);
    if (i >= WARM_UP_FRAMES) times.push(performance.now() - startedMs);
  }
  return percentile(times, 0.5);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
