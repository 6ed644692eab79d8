/** Arguments: film, model folder, frames. Prints an InferenceFloor as JSON. CPU of this process alone, so run it by itself. */
import { InferenceSession, type InferenceSession as Session } from 'onnxruntime-node';
import { openRecording } from '../../src/camera/recording';
import { Networks } from '../../src/vision/networks';

type Run = () => Promise<unknown>;

/** The runs of the last frame, to be repeated without anything around them. */
const recorded: Run[] = [];
const WARM_UP_FRAMES = 5;
const ANALYSED_FPS = 5;

/** Every session made from now on keeps what it is fed. */
function recordRuns(): void {
  const create = InferenceSession.create.bind(InferenceSession);
  const createRecording = async (model: Uint8Array, options: Session.SessionOptions): Promise<Session> => {
    const session = await create(model, options);
    const run = session.run.bind(session);
    session.run = (feeds: Session.FeedsType) => {
      recorded.push(() => run(feeds));
      return run(feeds);
    };
    return session;
  };
  // create() has four overloads; the service uses this one.
  Reflect.set(InferenceSession, 'create', createRecording);
}

async function main([film = '', modelFolder = '', frames = '50']: readonly string[]): Promise<void> {
  recordRuns();
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
      for (const run of recorded) await run();
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
