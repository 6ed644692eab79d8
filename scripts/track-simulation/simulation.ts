/**
 * Many light cycles through the service's own tracker, riders, votes, incidents and manners, without pictures: what it
 * publishes beside what was true.
 */
import { readPhraseBook } from '../../src/announcer/phrase-book';
import { spokenDurationMs } from '../../src/announcer/phrases';
import { configSchema } from '../../src/config/schema';
import type { BoundingBox } from '../../src/domain';
import { entryOf, siteClock } from '../../src/figures';
import { iou } from '../../src/geometry';
import { type Counts, type Ended, figures } from '../../src/incident/rate';
import { Loudspeaker, type SpeakRequest, type Voice } from '../../src/loudspeaker';
import { CameraPipeline } from '../../src/pipeline';
import { pipelineOptions, turnPolicy } from '../../src/pipeline-options';
import { PHRASES_FILE } from '../../src/places';
import { wording } from '../../src/speech';
import type { Thresholds } from '../../src/vision/thresholds';
import { Chance } from './chance';
import type { Noise } from './noise';
import { boxAt, buildStreet, type Eyes, type Human, hasCorrected, hear, look, type Vehicle } from './street';

const FRAME_MS = 200;
const CYCLE_MS = 56_000;
const NOON_MINUTE = 720;
const config = configSchema.parse({
  version: 1,
  node: { id: 'simulated' },
  cameras: [{ id: 'simulated', url: 'rtsp://127.0.0.1/simulated' }],
});

export interface Score {
  readonly riders: number;
  readonly published: Counts;
  /** Who truly heard a prompt, and put the helmet on after it before leaving. */
  readonly trueReminded: number;
  readonly trueCorrected: number;
  /** Published as corrected or not corrected although the opposite was true, or of somebody else. */
  readonly falselyCorrected: number;
  readonly falselyNotCorrected: number;
}

export async function simulate(
  { riders, seed, noise, thresholds }: { riders: number; seed: number; noise: Noise; thresholds: Thresholds },
  onProgress: (riders: number) => void,
): Promise<Score> {
  const chance = new Chance(seed);
  const ended: Ended[] = [];
  const people: Human[] = [];
  const wrong = { corrected: 0, notCorrected: 0 };
  while (people.length < riders) {
    const cycle = new Cycle(new Chance(Math.floor(chance.next() * 2 ** 32)), noise, thresholds);
    await cycle.run();
    ended.push(...cycle.ended);
    people.push(...cycle.humans);
    for (const { result, human } of cycle.verdicts) {
      const isTrue = human !== undefined && hasCorrected(human);
      if (result === 'corrected' && !isTrue) wrong.corrected += 1;
      if (result === 'not_corrected' && isTrue) wrong.notCorrected += 1;
    }
    onProgress(Math.min(riders, people.length));
  }
  const reminded = people.filter(({ firstHeardMs }) => firstHeardMs !== null);
  return {
    riders: people.length,
    published: figures(ended, [], siteClock('UTC')).total,
    trueReminded: reminded.length,
    trueCorrected: reminded.filter(hasCorrected).length,
    falselyCorrected: wrong.corrected,
    falselyNotCorrected: wrong.notCorrected,
  };
}

/** Per cent; the published rate minus the true one, in points. */
export function ratesOf({ published, trueCorrected, trueReminded }: Score) {
  const trueRate = (100 * trueCorrected) / Math.max(1, trueReminded);
  return { trueRate, publishedRate: published.correctionRate ?? 0, error: (published.correctionRate ?? 0) - trueRate };
}

/** One red light. */
class Cycle {
  readonly ended: Ended[] = [];
  readonly verdicts: { readonly result: Ended['result']; readonly human: Human | undefined }[] = [];
  private readonly street: Vehicle[];
  private readonly pipeline: CameraPipeline;
  private readonly desk: Loudspeaker;
  private readonly incidents = new Map<string, Human>();
  private readonly vehicleOfTrack = new Map<number, Vehicle>();
  private readonly trackOfIncident = new Map<string, number>();
  private speech: { readonly endsAtMs: number; readonly end: () => void } | null = null;
  private readonly eyes: Eyes;
  private nowMs = 0;
  private ids = 0;

  constructor(
    private readonly chance: Chance,
    noise: Noise,
    thresholds: Thresholds,
  ) {
    this.street = buildStreet(chance, noise);
    const fromMs = chance.happens(noise.crossings) ? chance.between(12_000, 30_000) : Infinity;
    const left = chance.between(0, 0.6);
    this.eyes = { chance, noise, bus: { fromMs, toMs: fromMs + chance.between(400, 4500), left, right: left + 0.4 } };
    const book = readPhraseBook(PHRASES_FILE, {});
    const camera = config.cameras[0];
    if (camera === undefined) throw new Error('the configuration has no camera');
    this.desk = new Loudspeaker(
      {
        policy: turnPolicy(config.prompts),
        minuteOfDay: () => NOON_MINUTE,
        groupText: () => '等红灯的各位，骑车请戴好头盔。',
      },
      this.voice,
    );
    const detector = { models: [], thresholds, providerProblem: null };
    this.pipeline = new CameraPipeline(pipelineOptions(config, camera, detector), {
      analyse: async (frame) => ({ frame, detections: look(this.street, this.nowMs, this.eyes) }),
      release: () => undefined,
      saveEvidence: null,
      record: (draft) => this.note(draft),
      wording: (request) => wording(book, request),
      speaker: {
        speak: (request, nowMs) => this.desk.speak(this.heard(request), nowMs),
        cancel: (taken, nowMs) => this.desk.cancel(taken, nowMs),
        tick: (nowMs) => this.desk.tick(nowMs),
      },
      newId: () => `i${++this.ids}`,
      onProblem: (_what, error) => {
        throw error;
      },
      onFrame: ({ riders }) => {
        for (const { trackId, box, isVisible } of riders)
          if (isVisible) this.vehicleOfTrack.set(trackId, this.nearest(box));
      },
    });
  }

  get humans(): readonly Human[] {
    return this.street.flatMap(({ humans }) => humans);
  }

  async run(): Promise<void> {
    const size = { widthPx: 1920, heightPx: 1080, pixels: new Uint8Array(0) };
    for (let index = 0; this.nowMs < CYCLE_MS; index++, this.nowMs += FRAME_MS) {
      if (this.speech !== null && this.nowMs >= this.speech.endsAtMs) this.endSpeech();
      await this.pipeline.look({ cameraId: 'simulated', index, capturedAtMs: this.nowMs, ...size });
      await this.pipeline.settled();
    }
    this.endSpeech();
    await this.pipeline.finish(this.nowMs);
  }

  private readonly voice: Voice = ({ text, lang }, startedAtMs, done) => {
    const endedAtMs = startedAtMs + spokenDurationMs(text, lang);
    const spoken = { text, voice: 'synthetic', startedAtMs, endedAtMs, playback: 'unconfirmed' } as const;
    const proof = { reason: 'simulated', wavPath: null, proof: null };
    this.speech = { endsAtMs: endedAtMs, end: () => done({ ...spoken, ...proof }, endedAtMs) };
  };

  private endSpeech(): void {
    const { speech } = this;
    this.speech = null;
    speech?.end();
  }

  /** Its words pick out the one it is about, by their clothes; what is said to all on a vehicle is heard by all of them. */
  private heard(request: SpeakRequest): SpeakRequest {
    return {
      ...request,
      onReport: (report) => {
        const track = this.trackOfIncident.get(request.incidentId) ?? -1;
        const there = this.vehicleOfTrack.get(track)?.humans ?? [];
        const subject = this.incidents.get(request.incidentId);
        const isForOne = request.violators === 1 && subject !== undefined && there.includes(subject);
        const { startedAtMs } = report;
        if (startedAtMs !== null && request.violators > 0)
          for (const human of isForOne ? [subject] : there) hear(human, startedAtMs, this.chance);
        request.onReport(report);
      },
    };
  }

  private note(draft: Parameters<typeof entryOf>[0]): void {
    const { incidentId } = draft.data;
    if (draft.kind === 'violation') {
      const vehicle = this.nearest(draft.data.vehicle.box);
      const isDriver = draft.data.persons[0]?.seat === 'driver';
      const human = vehicle.humans.find((one) => one.isDriver === isDriver) ?? vehicle.humans[0];
      if (human !== undefined) this.incidents.set(incidentId, human);
      this.trackOfIncident.set(incidentId, draft.data.vehicle.trackId);
    }
    const entry = entryOf(draft);
    if (entry.kind !== 'ended') return;
    this.ended.push(entry.ended);
    if (entry.ended.heard.length > 0)
      this.verdicts.push({ result: entry.ended.result, human: this.incidents.get(incidentId) });
  }

  private nearest(box: BoundingBox): Vehicle {
    const overlap = (vehicle: Vehicle): number => {
      const there = boxAt(vehicle, this.nowMs);
      return there === null ? 0 : iou(there, box);
    };
    return this.street.reduce((best, one) => (overlap(one) > overlap(best) ? one : best));
  }
}
