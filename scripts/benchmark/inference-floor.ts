/** Arguments: film, model folder, frames. Prints an InferenceFloor as JSON. CPU of this process alone, so run it by itself. */
import { openRecording } from '../../src/camera/recording';
import { Networks } from '../../src/vision/networks';
import { recordRuns } from './recorded-runs';

const WARM_UP_FRAMES = 5;
const ANALYSED_FPS = 5;

async function main([film = '', modelFolder = '', frames = '50']: readonly string[]): Promise<void> {
  const recorded = recordRuns();
  const networks = await Networks.load({ modelFolder, threads: 1 });
  const recording = await openRecording(film, { fps: ANALYSED_FPS });
  const stop = new AbortController();
  let visionUs = 0;
  let rawUs = 0;
  let seen = 0;
  for await (const frame of recording.frames(stop.signal)) {
    recorded.length = 0;
    const vision = await cpuMicroseconds(() => networks.analyse(frame));
    const raw = await cpuMicroseconds(async () => {
      for (const { run, pixels } of [...recorded]) await run(pixels);
    });
    recording.release(frame.pixels);
    seen += 1;
    if (seen <= WARM_UP_FRAMES) continue;
    visionUs += vision;
    rawUs += raw;
    if (seen >= WARM_UP_FRAMES + Number(frames)) break;
  }
  await networks.release();
  const counted = seen - WARM_UP_FRAMES;
  const perFrame = (microseconds: number): number => microseconds / 1000 / counted;
  const floor = { frames: counted, rawMsPerFrame: perFrame(rawUs), visionMsPerFrame: perFrame(visionUs) };
  process.stdout.write(`${JSON.stringify(floor)}\n`);
}

async function cpuMicroseconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
