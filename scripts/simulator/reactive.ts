/**
 * The reactive run: simulated riders hear what the service says to them. Frame by frame in lockstep: a frame is drawn when
 * the service has dealt with the last one and all that it caused, so that cause and effect are tested and not a fixed film.
 */
import sharp from 'sharp';
import type { CameraConfig, Config } from '../../src/config/schema';
import type { Frame } from '../../src/domain';
import type { IncidentEvent } from '../../src/mqtt/events';
import { runRecording, trackedFrame } from '../../src/replay';
import { clipOf, secondOf, violationOf } from '../../src/score';
import type { TrackedFrame } from '../../src/scoring/clip';
import { frameAt, personOn, vehicleOf } from '../../src/scoring/match';
import type { Detector, DetectorInfo } from '../../src/vision/detector';
import { type Frames, frameCount } from './frames';
import { Hearing } from './hearing';
import type { Scenario } from './scenario';
import { type TruthFrame, truthOf } from './truth';

export interface ReactiveOptions {
  readonly scenario: Scenario;
  /** The scenario's file, named in the truth. */
  readonly source: string;
  readonly frames: Frames;
  readonly config: Config;
  readonly camera: CameraConfig;
  readonly detector: Detector;
  readonly info: DetectorInfo;
  readonly onFrame: (done: number, total: number) => void;
}

export interface ReactiveRun {
  readonly truth: ReturnType<typeof truthOf>;
  readonly events: readonly IncidentEvent[];
  readonly tracks: readonly (TrackedFrame & ReturnType<typeof trackedFrame>)[];
  /** As the camera delivered them. */
  readonly jpegs: readonly Buffer[];
}

export async function runReactively(options: ReactiveOptions, signal: AbortSignal): Promise<ReactiveRun> {
  const { scenario, source, frames, onFrame, ...service } = options;
  const hearing = new Hearing(scenario);
  const truths: TruthFrame[] = [];
  const jpegs: Buffer[] = [];
  const events: IncidentEvent[] = [];
  const tracks: ReturnType<typeof trackedFrame>[] = [];
  const total = frameCount(scenario);
  async function* draw(): AsyncGenerator<Frame, void, undefined> {
    for (let index = 0; index < total && !signal.aborted; index += 1) {
      const { jpeg, truth } = await frames.frame(scenario, index, hearing.reactions);
      jpegs.push(jpeg);
      truths.push(truth);
      yield await decoded(jpeg, { index, capturedAtMs: (index * 1000) / scenario.fps, cameraId: service.camera.id });
      onFrame(index + 1, total);
    }
  }
  await runRecording(
    { frames: draw, release: () => undefined },
    {
      ...service,
      onFrame: (view) => tracks.push(trackedFrame(view)),
      onEvent: (event) => {
        events.push(event);
        if (event.type === 'cn.anqi.helmet.violation.v1') hearing.meet(event.data.incidentId, addressee(event, truths));
        if (event.type === 'cn.anqi.helmet.prompt.v1') hearing.hear(event.data.incidentId, playedUntil(event));
      },
    },
    signal,
  );
  const video = `${scenario.name}.mp4`;
  return {
    truth: truthOf(scenario, { source, video, frames: truths, reactions: hearing.reactions }),
    events,
    tracks,
    jpegs,
  };
}

/** Who is really there where the service saw a violation. */
function addressee(
  event: Extract<IncidentEvent, { type: 'cn.anqi.helmet.violation.v1' }>,
  frames: readonly TruthFrame[],
): string | null {
  const { atS, box, seat } = violationOf(event);
  const frame = frameAt({ frames }, atS);
  const vehicle = frame === null ? null : vehicleOf(frame, box);
  return vehicle === null ? null : (personOn(vehicle, seat)?.id ?? null);
}

/** Second at which a prompt that asks for a helmet fell silent; null where none sounded. */
function playedUntil({
  data: { prompt },
}: Extract<IncidentEvent, { type: 'cn.anqi.helmet.prompt.v1' }>): number | null {
  if (prompt.playback === 'failed' || prompt.phrase === 'thanks' || prompt.endedAt === undefined) return null;
  return secondOf(prompt.endedAt);
}

async function decoded(jpeg: Buffer, when: Pick<Frame, 'index' | 'capturedAtMs' | 'cameraId'>): Promise<Frame> {
  const { data, info } = await sharp(jpeg).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  // The worker takes the pixels' memory for good: it must be theirs alone.
  return { ...when, widthPx: info.width, heightPx: info.height, pixels: new Uint8Array(data) };
}

export function clipOfRun(name: string, { truth, events, tracks }: ReactiveRun) {
  return clipOf(name, { truth, events, tracks });
}
