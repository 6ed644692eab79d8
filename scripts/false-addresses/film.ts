/** One film through the service's own path: who would be spoken to after a single look, and who is after the vote. */
import { openRecording, type Recording } from '../../src/camera/recording';
import { configSchema } from '../../src/config/schema';
import type { Detection } from '../../src/domain';
import { headsOf } from '../../src/evaluate';
import { addressesIn } from '../../src/evaluation/addresses';
import type { EventDraft } from '../../src/mqtt/events';
import { CameraPipeline } from '../../src/pipeline';
import { pipelineOptions } from '../../src/pipeline-options';
import type { Detector, DetectorInfo } from '../../src/vision/detector';
import { bareRiders, labelsOf, meantBy, momentAt, readTruth, SCORED, type Truth } from './truth';

export interface FilmCount {
  readonly film: string;
  readonly frames: number;
  /** Heads called bare in one look that are no bare-headed rider's. */
  readonly wrongLooks: number;
  /** Violations that mean nobody, or somebody else. */
  readonly wrongVoted: readonly { readonly atS: number; readonly trackId: number }[];
  /** Riders without a helmet in the film, and those of them who were spoken to. */
  readonly bareRiders: number;
  readonly addressed: number;
}

export interface Eyes {
  readonly detector: Detector;
  readonly info: DetectorInfo;
  readonly onFrame: (done: number, total: number | null) => void;
}

/** The service without any setting of a site. */
const CONFIG = configSchema.parse({
  version: 1,
  node: { id: 'count' },
  cameras: [{ id: 'count', url: 'rtsp://127.0.0.1/count' }],
});

export async function countFilm(film: string, eyes: Eyes, signal: AbortSignal): Promise<FilmCount> {
  const truth = await readTruth(film);
  const recording = await openRecording(film, { fps: CONFIG.cameras[0]?.analysedFps ?? 5 });
  const tally = new Tally(truth);
  const pipeline = pipelineOf(recording, eyes, tally);
  let [frames, lastMs] = [0, 0];
  for await (const frame of recording.frames(signal)) {
    lastMs = frame.capturedAtMs;
    await pipeline.look(frame);
    await pipeline.settled();
    frames += 1;
    eyes.onFrame(frames, recording.totalFrames ?? null);
  }
  await pipeline.finish(lastMs);
  if (recording.problem !== undefined) throw new Error(`${film}: ${recording.problem}`);
  const { wrongLooks, wrongVoted, addressed } = tally;
  return { film, frames, wrongLooks, wrongVoted, bareRiders: bareRiders(truth).size, addressed: addressed.size };
}

function pipelineOf(recording: Recording, { detector, info }: Eyes, tally: Tally): CameraPipeline {
  const [camera] = CONFIG.cameras;
  if (camera === undefined) throw new Error('the configuration has no camera');
  let incidents = 0;
  return new CameraPipeline(pipelineOptions(CONFIG, camera, info), {
    analyse: async (frame, attention) => {
      const analysis = await detector.detect(frame, attention);
      tally.look(analysis.detections, frame, info);
      return analysis;
    },
    release: (pixels) => recording.release(pixels),
    saveEvidence: null,
    record: (draft) => tally.record(draft),
    wording: () => '',
    speaker: null,
    newId: () => `${++incidents}`,
    onProblem: (_what, error) => {
      throw error;
    },
  });
}

/** Everything that can be judged in a simulated picture is labelled in it. */
const JUDGED = { file: '', scored: SCORED, candidates: [], trueHeads: [], analysedInMs: 0 };

class Tally {
  wrongLooks = 0;
  readonly wrongVoted: { atS: number; trackId: number }[] = [];
  readonly addressed = new Set<string>();

  constructor(private readonly truth: Truth) {}

  look(
    detections: readonly Detection[],
    { capturedAtMs, ...size }: { readonly capturedAtMs: number; readonly widthPx: number; readonly heightPx: number },
    { thresholds }: DetectorInfo,
  ): void {
    const labels = labelsOf(momentAt(this.truth, capturedAtMs), size);
    const heads = detections.flatMap((one) => headsOf(one, size, thresholds));
    this.wrongLooks += addressesIn({ ...JUDGED, ...size, labels, heads }).filter((one) => !one.isRightful).length;
  }

  record(draft: EventDraft): void {
    if (draft.kind !== 'violation') return;
    const { vehicle, persons } = draft.data;
    const person = meantBy(momentAt(this.truth, draft.atMs), { box: vehicle.box, seat: persons[0]?.seat });
    if (person === null) this.wrongVoted.push({ atS: draft.atMs / 1000, trackId: vehicle.trackId });
    else this.addressed.add(person.id);
  }
}
