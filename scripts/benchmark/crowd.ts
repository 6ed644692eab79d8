/**
 * Arguments: film, model folder, frames, threads. Prints a CrowdFigures as JSON: one 1080p picture with twelve rider
 * groups, cut out of the film, looked at again and again. CPU of this process alone, so run it by itself.
 */
import { Tensor } from 'onnxruntime-node';
import { percentile } from '../../src/runtime/percentile';
import type { Attention } from '../../src/vision/attention';
import { Networks } from '../../src/vision/networks';
import { refuseTelemetry } from '../../src/vision/telemetry';
import { crowdPicture } from './crowd-picture';
import type { CrowdFigures } from './floors';
import { type RecordedRun, recordRuns } from './recorded-runs';

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
