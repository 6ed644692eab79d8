import type { Output } from '../contract';

/** A camera as the technician sees it. */
export type Camera = Output<'listCameras'>['cameras'][number];

export interface CameraFields {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly username: string;
  readonly password: string;
  readonly transport: 'tcp' | 'udp';
  readonly speaker: string;
  readonly direction: string;
  readonly lane: number;
}
