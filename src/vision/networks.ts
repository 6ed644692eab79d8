/**
 * The three networks in onnxruntime: rider detector on the whole picture, head finder on each rider group,
 * head classifier on each head. Runs inside the inference worker because session.run() blocks its thread.
 */
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { Detection, DetectionLabel, HeadDetection } from '../domain';
import { FatalError, messageOf } from '../errors';
import { clothingColour, isChestHidden } from './colour';
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
import type { ModelIdentity, WorkerSettings } from './messages';
import { letterbox, type Picture, resample } from './preprocess';

interface Network {
  readonly session: InferenceSession;
  readonly manifest: LoadedModel['manifest'];
}

/** The nearest groups are judged first; a picture with more than this is a crowd nobody is picked out of. */
const MAX_GROUPS = 16;
/** Groups lower than this many source pixels have heads below 12 px: nothing to judge. */
const MIN_GROUP_HEIGHT_PX = 60;
const DETECTOR_LABELS: readonly DetectionLabel[] = ['rider_group', 'two_wheeler', 'person'];

export class Networks {
  /** Used again for every frame: one run at a time. */
  private readonly detectorInput: Uint8Array;

  private constructor(private readonly networks: Readonly<Record<ModelName, Network>>) {
    const [, heightPx = 0, widthPx = 0, channels = 0] = networks['rider-detector'].manifest.input.shape;
    this.detectorInput = new Uint8Array(heightPx * widthPx * channels);
  }

  /** @throws FatalError model/* when a model is missing, damaged or not the one this version needs */
  static async load(settings: WorkerSettings): Promise<Networks> {
    return new Networks({
      'rider-detector': await open(settings, 'rider-detector'),
      'head-finder': await open(settings, 'head-finder'),
      'head-classifier': await open(settings, 'head-classifier'),
    });
  }

  get models(): ModelIdentity[] {
    return MODEL_NAMES.map((name) => {
      const { version, sha256 } = this.networks[name].manifest;
      return { name, version, sha256 };
    });
  }

  get thresholds(): { track: number; confirm: number } {
    return { track: this.threshold('rider-detector', 'track'), confirm: this.threshold('rider-detector', 'confirm') };
  }

  async analyse(picture: Picture): Promise<Detection[]> {
    return this.lookAtHeads(await this.detect(picture), picture);
  }

  async release(): Promise<void> {
    for (const name of MODEL_NAMES) await this.networks[name].session.release();
  }

  private threshold(name: ModelName, key: string): number {
    return this.networks[name].manifest.thresholds[key] ?? 0;
  }

  private async detect(picture: Picture): Promise<Candidate[]> {
    const [, heightPx = 0, widthPx = 0] = this.networks['rider-detector'].manifest.input.shape;
    const { scale } = letterbox(picture, { pixels: this.detectorInput, widthPx, heightPx });
    const output = await this.run('rider-detector', this.detectorInput, 1);
    const minScore = this.threshold('rider-detector', 'track');
    const candidates = decodeCandidates(output, DETECTOR_LABELS, { scale, picture, minScore });
    return resolveCandidates(candidates, this.threshold('rider-detector', 'nmsIou'));
  }

  private async lookAtHeads(candidates: readonly Candidate[], picture: Picture): Promise<Detection[]> {
    const isJudged = (one: Candidate): boolean =>
      one.label === 'rider_group' && one.box.h * picture.heightPx >= MIN_GROUP_HEIGHT_PX;
    const groups = candidates
      .filter(isJudged)
      .sort((a, b) => b.box.h - a.box.h)
      .slice(0, MAX_GROUPS);
    const shared = shareOutHeads(await this.findHeads(groups, picture));
    const judged = (await this.classify(shared.flat(), picture)).map((head) => withColour(picture, head, shared));
    const headsOf = new Map<Candidate, Detection['heads']>();
    let next = 0;
    groups.forEach((group, index) => {
      const count = shared[index]?.length ?? 0;
      headsOf.set(group, judged.slice(next, next + count));
      next += count;
    });
    return candidates.map((one) => ({ ...one, heads: headsOf.get(one) ?? [] }));
  }

  private async findHeads(
    groups: readonly Candidate[],
    picture: Picture,
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
    const at = {
      picture,
      minScore: this.threshold('head-finder', 'score'),
      nmsIou: this.threshold('head-finder', 'nmsIou'),
    };
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
    heads.forEach((head, i) => {
      resample(picture, classifierCrop(head.box, picture), {
        pixels,
        offset: i * bytes,
        strideBytes: widthPx * 3,
        widthPx,
        heightPx,
      });
    });
    const output = await this.run('head-classifier', pixels, heads.length);
    return withProbabilities(heads, output);
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

/** The colour of the clothes below the head, where they can be seen and it is clear. */
function withColour(picture: Picture, head: HeadDetection, groups: readonly (readonly FoundHead[])[]): HeadDetection {
  const companions = groups.find((heads) => heads.some((one) => one.box === head.box)) ?? [];
  if (
    isChestHidden(
      head.box,
      companions.map((one) => one.box),
    )
  )
    return head;
  const upperColour = clothingColour(picture, head.box);
  return upperColour === null ? head : { ...head, upperColour };
}

async function open(settings: WorkerSettings, name: ModelName): Promise<Network> {
  const { manifest, bytes } = loadModel(settings.modelFolder, name);
  let session: InferenceSession;
  try {
    session = await InferenceSession.create(bytes, {
      executionProviders: ['cpu'],
      intraOpNumThreads: settings.threads,
      interOpNumThreads: 1,
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
  } catch (error) {
    throw new FatalError(
      'model/unreadable',
      `${manifest.file}: onnxruntime cannot load it (${messageOf(error)}). Use models of the same release.`,
      {
        cause: error,
      },
    );
  }
  const hasInput = session.inputNames.includes(manifest.input.name);
  if (!hasInput || !session.outputNames.includes(manifest.output.name)) {
    throw new FatalError(
      'model/contract',
      `${manifest.file}: has inputs ${session.inputNames} and outputs ${session.outputNames}, the manifest names ${manifest.input.name} and ${manifest.output.name}.`,
    );
  }
  checkInputShape(session, manifest);
  return { session, manifest };
}

function checkInputShape(session: InferenceSession, manifest: LoadedModel['manifest']): void {
  const metadata = session.inputMetadata.find((one) => one.name === manifest.input.name);
  if (metadata === undefined || !metadata.isTensor) return;
  const matches = metadata.shape.every(
    (side, i) => typeof side === 'string' || side === -1 || side === manifest.input.shape[i],
  );
  if (matches && metadata.type === 'uint8') return;
  throw new FatalError(
    'model/contract',
    `${manifest.file}: takes ${metadata.type} [${metadata.shape}], its manifest says uint8 [${manifest.input.shape}]. Copy both files anew from the same release.`,
  );
}
