/**
 * The three networks in onnxruntime: rider detector on the whole picture, head finder on each rider group,
 * head classifier on each head. Runs inside the inference worker because session.run() blocks its thread.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { BoundingBox, Detection, DetectionLabel, HeadDetection } from '../domain';
import { FatalError, messageOf } from '../errors';
import { type Attention, plan } from './attention';
import { clothingColour, isChestHidden } from './colour';
import { lightOf } from './colour-light';
import {
  type Candidate,
  classifierCrop,
  decodeCandidates,
  decodeHeads,
  type FoundHead,
  headCrop,
  resolveCandidates,
  shareOutHeads,
  withProbabilities,
} from './decode';
import { type LoadedModel, loadModel, MODEL_NAMES, type ModelName } from './manifest';
import type { Examination, ModelIdentity, Provider, WorkerSettings } from './messages';
import { letterbox, type Picture, resample } from './preprocess';
import { sharpness } from './sharpness';
import { readThresholds, type Thresholds } from './thresholds';

interface Network {
  readonly session: InferenceSession;
  readonly manifest: LoadedModel['manifest'];
  readonly manifestPath: string;
}

/** Lowest scores worth keeping: candidates of the rider detector (`track`), heads of the head finder (`score`). */
interface Floors {
  readonly track: number;
  readonly score: number;
}

/** The evaluation follows its curves down to these scores, far below what the service looks at. */
const EXAMINED_DOWN_TO = { track: 0.05, score: 0.05 };
/** … and looks at so many groups: faint ones must not take the place of sure ones. */
const EXAMINED_GROUPS = 64;
/** Labelled crowds are classified this many at a time: memory has a bound. */
const EXAMINED_BATCH = 32;
/** TensorRT leaves what it cannot do to CUDA, and CUDA to the CPU. */
const PROVIDERS: Readonly<Record<Provider, readonly string[]>> = {
  cpu: ['cpu'],
  cuda: ['cuda', 'cpu'],
  tensorrt: ['tensorrt', 'cuda', 'cpu'],
};
const DETECTOR_LABELS: readonly DetectionLabel[] = ['rider_group', 'two_wheeler', 'person'];

export class Networks {
  /** Used again for every frame: one run at a time. */
  private readonly detectorInput: Uint8Array;

  private constructor(
    private readonly networks: Readonly<Record<ModelName, Network>>,
    readonly thresholds: Thresholds,
    /** Why the wanted provider is not used; null where it is. */
    readonly providerProblem: string | null,
  ) {
    const [, heightPx = 0, widthPx = 0, channels = 0] = networks['rider-detector'].manifest.input.shape;
    this.detectorInput = new Uint8Array(heightPx * widthPx * channels);
  }

  /**
   * On the CPU where the wanted provider refuses.
   * @throws FatalError model/* when a model is missing, damaged or not the one this version needs
   */
  static async load(settings: WorkerSettings): Promise<Networks> {
    const { provider = 'cpu' } = settings;
    if (provider === 'cpu') return Networks.loadOn(settings, null);
    try {
      return await Networks.loadOn(settings, null);
    } catch (error) {
      // Models that are no good for the CPU either are refused as such.
      const reason = messageOf(error instanceof FatalError ? (error.cause ?? error) : error);
      const cure = 'scripts/packaging/README.md says what a graphics card needs';
      const problem = `${provider} cannot be used (${reason}), the models run on the CPU: ${cure}`;
      return Networks.loadOn({ ...settings, provider: 'cpu' }, problem);
    }
  }

  private static async loadOn(settings: WorkerSettings, providerProblem: string | null): Promise<Networks> {
    const opened: InferenceSession[] = [];
    try {
      const networks = {
        'rider-detector': await open(settings, 'rider-detector', opened),
        'head-finder': await open(settings, 'head-finder', opened),
        'head-classifier': await open(settings, 'head-classifier', opened),
      };
      const thresholds = readThresholds((name) => {
        const { manifest, manifestPath } = networks[name];
        return { path: manifestPath, thresholds: manifest.thresholds };
      });
      return new Networks(networks, thresholds, providerProblem);
    } catch (error) {
      for (const session of opened) await session.release();
      throw error;
    }
  }

  get models(): ModelIdentity[] {
    return MODEL_NAMES.map((name) => {
      const { version, sha256 } = this.networks[name].manifest;
      return { name, version, sha256 };
    });
  }

  /** What the service sees, the heads of what `attention` asks for. */
  async analyse(picture: Picture, attention: readonly Attention[] = []): Promise<Detection[]> {
    const { track } = this.thresholds['rider-detector'];
    const { score, groupsPerFrame } = this.thresholds['head-finder'];
    const { recheckMs } = this.thresholds['head-classifier'];
    const floors = { track, score };
    const found = await this.detect(picture, floors);
    const groups = plan(this.groupsOf(found, picture), attention, { recheckMs, groupsPerFrame });
    return this.lookAtHeads(found, groups, { picture, floors });
  }

  /** What the service would see, timed; what it would see at lower scores; and its classifier on boxes given by hand (0–1). */
  async examine(picture: Picture, heads: readonly BoundingBox[]): Promise<Examination> {
    const startedMs = performance.now();
    const detections = await this.analyse(picture);
    const analysedInMs = performance.now() - startedMs;
    const found = await this.detect(picture, EXAMINED_DOWN_TO);
    const groups = this.groupsOf(found, picture).slice(0, EXAMINED_GROUPS);
    const faint = await this.lookAtHeads(found, groups, { picture, floors: EXAMINED_DOWN_TO });
    const given: HeadDetection[] = [];
    for (let from = 0; from < heads.length; from += EXAMINED_BATCH) {
      const batch = heads.slice(from, from + EXAMINED_BATCH).map((box) => ({ box, confidence: 1 }));
      given.push(...(await this.classify(batch, picture)));
    }
    return { detections, faint, given, analysedInMs };
  }

  async release(): Promise<void> {
    for (const name of MODEL_NAMES) await this.networks[name].session.release();
  }

  private async detect(picture: Picture, downTo: Floors): Promise<Candidate[]> {
    const [, heightPx = 0, widthPx = 0] = this.networks['rider-detector'].manifest.input.shape;
    const { scale } = letterbox(picture, { pixels: this.detectorInput, widthPx, heightPx });
    const output = await this.run('rider-detector', this.detectorInput, 1);
    const candidates = decodeCandidates(output, DETECTOR_LABELS, { scale, picture, minScore: downTo.track });
    return resolveCandidates(candidates, this.thresholds['rider-detector']);
  }

  /** Large enough to have heads that can be judged; the surest first. */
  private groupsOf(candidates: readonly Candidate[], picture: Picture): Candidate[] {
    const minHeight = this.thresholds['rider-detector'].minGroupPx / picture.heightPx;
    return candidates
      .filter((one) => one.label === 'rider_group' && one.box.h >= minHeight)
      .sort((a, b) => b.confidence - a.confidence);
  }

  private async lookAtHeads(
    candidates: readonly Candidate[],
    groups: readonly Candidate[],
    at: { readonly picture: Picture; readonly floors: Floors },
  ): Promise<Detection[]> {
    const { picture } = at;
    const shared = shareOutHeads(await this.findHeads(groups, picture, at.floors), this.thresholds['head-finder']);
    const judged = await this.classify(shared.flat(), picture);
    const dressed = withColours(picture, judged, shared);
    const headsOf = new Map<Candidate, Detection['heads']>();
    let next = 0;
    groups.forEach((group, index) => {
      const count = shared[index]?.length ?? 0;
      headsOf.set(group, dressed.slice(next, next + count));
      next += count;
    });
    return candidates.map((one) => {
      const heads = headsOf.get(one);
      const isPassedOver = one.label === 'rider_group' && heads === undefined;
      return { ...one, heads: heads ?? [], ...(isPassedOver ? { isPassedOver } : {}) };
    });
  }

  private async findHeads(
    groups: readonly Candidate[],
    picture: Picture,
    downTo: Floors,
  ): Promise<(Candidate & { heads: FoundHead[] })[]> {
    if (groups.length === 0) return [];
    const [, heightPx = 0, widthPx = 0] = this.networks['head-finder'].manifest.input.shape;
    const crops = groups.map((group) => headCrop(group.box, picture, { widthPx, heightPx }));
    const bytes = widthPx * heightPx * 3;
    const pixels = new Uint8Array(bytes * crops.length);
    crops.forEach((crop, i) => {
      resample(picture, crop.rect, { pixels, offset: i * bytes, strideBytes: widthPx * 3, widthPx, heightPx });
    });
    const output = await this.run('head-finder', pixels, crops.length);
    const rowLength = output.length / crops.length;
    const at = { picture, minScore: downTo.score, nmsIou: this.thresholds['head-finder'].nmsIou };
    return groups.map((group, i) => {
      const crop = crops[i];
      return {
        ...group,
        heads: crop === undefined ? [] : decodeHeads(output.subarray(i * rowLength, (i + 1) * rowLength), crop, at),
      };
    });
  }

  private async classify(heads: readonly FoundHead[], picture: Picture): Promise<HeadDetection[]> {
    if (heads.length === 0) return [];
    const [, heightPx = 0, widthPx = 0] = this.networks['head-classifier'].manifest.input.shape;
    const bytes = widthPx * heightPx * 3;
    const pixels = new Uint8Array(bytes * heads.length);
    const measured = heads.map((head, i) => {
      const rect = classifierCrop(head.box, picture);
      const offset = i * bytes;
      resample(picture, rect, { pixels, offset, strideBytes: widthPx * 3, widthPx, heightPx });
      return { ...head, sharpness: sharpness({ pixels, offset, sidePx: widthPx, enlargement: widthPx / rect.w }) };
    });
    const output = await this.run('head-classifier', pixels, heads.length);
    return withProbabilities(measured, output);
  }

  private async run(name: ModelName, pixels: Uint8Array, batch: number): Promise<Float32Array> {
    const { session, manifest } = this.networks[name];
    const tensor = new Tensor('uint8', pixels, [batch, ...manifest.input.shape.slice(1)]);
    const outputs = await session.run({ [manifest.input.name]: tensor });
    const data = outputs[manifest.output.name]?.data;
    if (data instanceof Float32Array) return data;
    throw new FatalError('model/output', `${manifest.file}: output ${manifest.output.name} is not float32`);
  }
}

/** The colour of the clothes below each head, where they can be seen and it is clear. */
function withColours(
  picture: Picture,
  heads: readonly HeadDetection[],
  groups: readonly (readonly FoundHead[])[],
): HeadDetection[] {
  if (heads.length === 0) return [];
  const light = lightOf(picture);
  const boxes = groups.map((group) => group.map((one) => one.box));
  return heads.map((head) => {
    const companions = boxes.find((group) => group.includes(head.box)) ?? [];
    if (isChestHidden(head.box, companions)) return head;
    const upperColour = clothingColour(picture, head.box, light);
    return upperColour === null ? head : { ...head, upperColour };
  });
}

/** @throws FatalError model/* naming file and cure */
async function open(settings: WorkerSettings, name: ModelName, opened: InferenceSession[]): Promise<Network> {
  const { manifest, manifestPath, modelPath, bytes } = loadModel(settings.modelFolder, name);
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(bytes, {
      executionProviders: PROVIDERS[settings.provider ?? 'cpu'],
      intraOpNumThreads: settings.threads,
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (error) {
    throw unloadable(modelPath, error);
  }
  opened.push(session);
  const found = await shapeOf(session, manifest, modelPath);
  const wanted = describeShape(manifest);
  if (found !== wanted) {
    throw new FatalError(
      'model/contract',
      `${modelPath}: is ${found}, but ${manifestPath} says ${wanted}. Copy both files anew from the same release.`,
    );
  }
  return { session, manifest, manifestPath };
}

function unloadable(modelPath: string, error: unknown): FatalError {
  const reason = messageOf(error);
  const isTooNew = /opset|ir_version|IR version/i.test(reason);
  return new FatalError(
    isTooNew ? 'model/opset' : 'model/unreadable',
    isTooNew
      ? `${modelPath}: made for a newer onnxruntime than this one (${reason}). Export it for opset 13, as scripts/train/export.py does, or use the models of this release.`
      : `${modelPath}: onnxruntime cannot load it (${reason}). Copy it and its manifest anew from the same release.`,
    { cause: error },
  );
}

function describeShape({ input, output }: LoadedModel['manifest']): string {
  const ofOne = (shape: readonly number[]): string => `[${[1, ...shape.slice(1)]}]`;
  return `uint8 ${input.name} ${ofOne(input.shape)} → float32 ${output.name} ${ofOne(output.shape)}`;
}

/** What the network really takes and gives, by running it once: some outputs tell their size only then. */
async function shapeOf(
  session: InferenceSession,
  manifest: LoadedModel['manifest'],
  modelPath: string,
): Promise<string> {
  const { input, output } = manifest;
  const dims = [1, ...input.shape.slice(1)];
  const metadata = session.inputMetadata.find((one) => one.name === input.name);
  if (metadata === undefined || !metadata.isTensor) return `${session.inputNames} → ${session.outputNames}`;
  const isFitting = metadata.shape.every((side, i) => typeof side === 'string' || side === -1 || side === dims[i]);
  const taken = `${metadata.type} ${input.name} [${isFitting ? dims : metadata.shape}]`;
  if (metadata.type !== 'uint8' || !isFitting) return `${taken} → ${session.outputNames}`;
  const pixels = new Uint8Array(dims.reduce((product, side) => product * side, 1));
  const outputs = await session.run({ [input.name]: new Tensor('uint8', pixels, dims) }).catch((error: unknown) => {
    throw unloadable(modelPath, error);
  });
  const given = outputs[output.name];
  return given === undefined
    ? `${taken} → ${session.outputNames}`
    : `${taken} → ${given.type} ${output.name} [${given.dims}]`;
}
