/**
 * Arguments: film, model folder, from and until (seconds of the film). Prints an InferenceFloor as JSON: the service's own
 * pipeline on the film, and each run of a network once more by itself. CPU of this process alone, so run it by itself.
 */
import { openRecording } from '../../src/camera/recording';
import type { Frame } from '../../src/domain';
import type { FrameView } from '../../src/pipeline';
import { type RecordingRun, runRecording } from '../../src/replay';
import { bareConfig, chooseCamera } from '../../src/site-config';
import { Networks } from '../../src/vision/networks';
import { refuseTelemetry } from '../../src/vision/telemetry';
import type { InferenceFloor } from './floors';
import { recordRuns } from './recorded-runs';
import { ANALYSED_FPS } from './rounds';

async function main([film = '', modelFolder = '', fromS = '0', untilS = '0']: readonly string[]): Promise<void> {
  refuseTelemetry();
  const recorded = recordRuns();
  const networks = await Networks.load({ modelFolder, threads: 1 });
  const recording = await openRecording(film, { fps: ANALYSED_FPS });
  const config = bareConfig();
  const enough = new AbortController();
  const isMeant = ({ capturedAtMs }: Pick<Frame, 'capturedAtMs'>): boolean =>
    capturedAtMs >= 1000 * Number(fromS) && capturedAtMs < 1000 * Number(untilS);
  let [frames, visionUs, rawUs] = [0, 0, 0];
  const detect: RecordingRun['detector']['detect'] = async (frame, attention) => {
    recorded.length = 0;
    const before = process.cpuUsage();
    const detections = await networks.analyse(frame, attention);
    const vision = process.cpuUsage(before);
    if (!isMeant(frame)) return { detections, frame };
    const middle = process.cpuUsage();
    for (const { run, pixels } of [...recorded]) await run(pixels);
    const raw = process.cpuUsage(middle);
    visionUs += vision.user + vision.system;
    rawUs += raw.user + raw.system;
    return { detections, frame };
  };
  const told = {
    onEvent: () => undefined,
    // Pictures that the networks are spared count as well.
    onFrame: ({ frame }: FrameView) => {
      if (isMeant(frame)) frames += 1;
      if (frame.capturedAtMs >= 1000 * Number(untilS)) enough.abort();
    },
  };
  const camera = chooseCamera(config, undefined);
  await runRecording(recording, { config, camera, detector: { detect }, info: networks, ...told }, enough.signal);
  await networks.release();
  const perFrame = (microseconds: number): number => microseconds / 1000 / frames;
  const floor: InferenceFloor = { frames, rawMsPerFrame: perFrame(rawUs), visionMsPerFrame: perFrame(visionUs) };
  process.stdout.write(`${JSON.stringify(floor)}\n`);
}

main(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
