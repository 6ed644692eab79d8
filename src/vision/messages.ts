/** What the inference worker and its handle say to each other. */
import type { Detection } from '../domain';

export interface WorkerSettings {
  readonly modelFolder: string;
  readonly threads: number;
}

export interface ModelIdentity {
  readonly name: string;
  readonly version: string;
  readonly sha256: string;
}

export type ToWorker =
  | {
      readonly type: 'analyse';
      readonly job: number;
      readonly widthPx: number;
      readonly heightPx: number;
      readonly pixels: Uint8Array;
    }
  | { readonly type: 'stop' };

export type FromWorker =
  | {
      readonly type: 'ready';
      readonly models: readonly ModelIdentity[];
      readonly thresholds: { readonly track: number; readonly confirm: number };
    }
  | { readonly type: 'refused'; readonly code: string; readonly message: string }
  | {
      readonly type: 'analysed';
      readonly job: number;
      readonly detections: readonly Detection[];
      readonly pixels: Uint8Array;
    }
  | { readonly type: 'failed'; readonly job: number; readonly message: string; readonly pixels: Uint8Array }
  | { readonly type: 'stopped' };
