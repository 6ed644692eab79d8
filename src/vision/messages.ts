/** What the inference worker and its handle say to each other. */
import type { BoundingBox, Detection, HeadDetection } from '../domain';
import type { Attention } from './attention';
import type { Thresholds } from './thresholds';

/** What the networks run on. */
export type Provider = 'cpu' | 'cuda' | 'tensorrt';

export interface WorkerSettings {
  readonly modelFolder: string;
  readonly threads: number;
  /** The wish, by default the CPU, which stands in where it cannot be met. */
  readonly provider?: Provider;
}

export interface ModelIdentity {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

/** One picture under the evaluation's eyes. */
export interface Examination {
  /** Exactly what the service sees. */
  readonly detections: readonly Detection[];
  /** The same picture at far lower scores: what a precision–recall curve needs below the service's thresholds. */
  readonly faint: readonly Detection[];
  /** The classifier on the boxes that were given, in their order. */
  readonly given: readonly HeadDetection[];
  /** Time of `detections` in the worker: no decoding of files, no waiting. */
  readonly analysedInMs: number;
}

export interface PictureJob {
  readonly job: number;
  readonly widthPx: number;
  readonly heightPx: number;
  readonly pixels: Uint8Array;
}

export type ToWorker =
  | (PictureJob & { readonly type: 'analyse'; readonly attention: readonly Attention[] })
  | (PictureJob & { readonly type: 'examine'; readonly heads: readonly BoundingBox[] })
  | { readonly type: 'stop' };

export type FromWorker =
  | {
      readonly type: 'ready';
      readonly models: readonly ModelIdentity[];
      readonly thresholds: Thresholds;
      /** Why the wanted provider is not used; null where it is. */
      readonly providerProblem: string | null;
    }
  | { readonly type: 'refused'; readonly code: string; readonly message: string }
  | {
      readonly type: 'analysed';
      readonly job: number;
      readonly detections: readonly Detection[];
      readonly pixels: Uint8Array;
    }
  | { readonly type: 'examined'; readonly job: number; readonly examination: Examination }
  | { readonly type: 'failed'; readonly job: number; readonly message: string; readonly pixels: Uint8Array }
  | { readonly type: 'stopped' };
