/**
 * Measures the models on labelled pictures along the service's own path: the same worker, models and rules.
 * A picture that cannot be judged is told and left out; the others are scored.
 */
import type { BoundingBox, Detection } from './domain';
import { AppError, FatalError } from './errors';
import { type LabelledPicture, readLabels } from './evaluation/coco';
import type { HeadProbabilities, JudgedPicture, PixelBox } from './evaluation/judged';
import { decodePicture } from './evaluation/pictures';
import { iou } from './geometry';
import { Detector } from './vision/detector';
import type { Examination, ModelIdentity } from './vision/messages';
import type { Thresholds } from './vision/thresholds';
import { wordOf } from './vision/word';

export interface EvaluateOptions {
  readonly labelFile: string;
  readonly modelFolder: string;
  readonly threads: number;
  /** What was left out of the labels; pictures that could not be judged. */
  readonly onProblem: (problem: string) => void;
  readonly onProgress: (donePictures: number, totalPictures: number) => void;
}

export interface Evaluated {
  readonly pictures: readonly JudgedPicture[];
  /** Pictures that could not be judged. */
  readonly failed: number;
  /** Where a judged picture lies, by its name in the labels. */
  readonly paths: ReadonlyMap<string, string>;
  readonly models: readonly ModelIdentity[];
  readonly thresholds: Thresholds;
}

/** @throws FatalError for labels or models that do not fit, when no picture can be judged, and when interrupted */
export async function evaluate(options: EvaluateOptions, signal: AbortSignal): Promise<Evaluated> {
  const { pictures: labelled, remarks } = readLabels(options.labelFile);
  for (const remark of remarks) options.onProblem(`${options.labelFile}: ${remark}`);
  const detector = new Detector({ modelFolder: options.modelFolder, threads: options.threads });
  try {
    const { models, thresholds } = await detector.start();
    const pictures: JudgedPicture[] = [];
    for (const [done, picture] of labelled.entries()) {
      if (signal.aborted) {
        throw new FatalError(
          'evaluate/interrupted',
          `stopped after ${done} of ${labelled.length} pictures: no figures`,
        );
      }
      try {
        pictures.push(await judge(picture, detector, thresholds));
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        options.onProblem(`${error.message} (${error.code})`);
      }
      options.onProgress(done + 1, labelled.length);
    }
    const failed = labelled.length - pictures.length;
    const paths = new Map(labelled.map(({ file, path }) => [file, path]));
    if (pictures.length > 0) return { pictures, failed, paths, models, thresholds };
    throw new FatalError('evaluate/nothing', `${options.labelFile}: none of its ${failed} pictures could be judged`);
  } finally {
    await detector.close();
  }
}

async function judge(picture: LabelledPicture, detector: Detector, thresholds: Thresholds): Promise<JudgedPicture> {
  const decoded = await decodePicture(picture.path, picture);
  const { widthPx, heightPx, file, scored, labels } = picture;
  const heads = [...labels.entries()].filter(
    ([, { category, isIgnored }]) => !isIgnored && (category === 'helmet' || category === 'bare_head'),
  );
  const unit = ({ x, y, w, h }: PixelBox): BoundingBox => ({
    x: x / widthPx,
    y: y / heightPx,
    w: w / widthPx,
    h: h / heightPx,
  });
  const examination = await detector.examine(
    decoded,
    heads.map(([, { box }]) => unit(box)),
  );
  return {
    file,
    widthPx,
    heightPx,
    scored,
    labels,
    ...found(examination, picture, thresholds),
    trueHeads: heads.flatMap(([label, { box }], index) => {
      const given = examination.given[index];
      if (given === undefined) return [];
      const probabilities = probabilitiesOf(given);
      return [{ label, ...probabilities, word: wordOfHead(probabilities, box.h, thresholds) }];
    }),
    analysedInMs: examination.analysedInMs,
  };
}

type Found = Pick<JudgedPicture, 'candidates' | 'heads'>;

/** What the service sees stands; what is seen at lower scores only is added below it. */
function found({ detections, faint }: Examination, picture: LabelledPicture, thresholds: Thresholds): Found {
  const { track } = thresholds['rider-detector'];
  const { sameHeadIou } = thresholds['head-finder'];
  const seen = detections.flatMap(({ heads }) => heads);
  const isNew = (head: { readonly box: BoundingBox }): boolean =>
    seen.every((other) => iou(other.box, head.box) <= sameHeadIou);
  const all = [...detections, ...faint.map((detection) => ({ ...detection, heads: detection.heads.filter(isNew) }))];
  return {
    candidates: [...detections, ...faint.filter(({ confidence }) => confidence < track)].map(
      ({ label, box, confidence }) => ({ label, box: inPixels(box, picture), score: confidence }),
    ),
    heads: all.flatMap((group) => headsOf(group, picture, thresholds)),
  };
}

type Size = Pick<LabelledPicture, 'widthPx' | 'heightPx'>;

/** The heads of one detection, each with the word that the service takes from this single look. */
export function headsOf(group: Detection, picture: Size, thresholds: Thresholds): Found['heads'] {
  const isBelieved = group.confidence >= thresholds['rider-detector'].confirm;
  return group.heads.map((head) => {
    const box = inPixels(head.box, picture);
    const probabilities = probabilitiesOf(head);
    const counts = isBelieved && head.confidence >= thresholds['head-finder'].score;
    const word = counts ? wordOfHead(probabilities, box.h, thresholds) : 'unknown';
    return { box, ...probabilities, groupScore: group.confidence, headScore: head.confidence, word };
  });
}

function wordOfHead(
  probabilities: HeadProbabilities,
  heightPx: number,
  thresholds: Thresholds,
): JudgedPicture['heads'][number]['word'] {
  const { minHeadPx, ...limits } = thresholds['head-classifier'];
  return heightPx < minHeadPx ? 'unknown' : wordOf(probabilities, limits);
}

function probabilitiesOf({
  worn,
  notWorn,
  unreadable,
}: {
  worn: number;
  notWorn: number;
  unreadable: number;
}): HeadProbabilities {
  return { worn, bare: notWorn, unreadable };
}

function inPixels({ x, y, w, h }: BoundingBox, { widthPx, heightPx }: Size): PixelBox {
  return { x: x * widthPx, y: y * heightPx, w: w * widthPx, h: h * heightPx };
}
