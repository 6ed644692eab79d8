import type { Output } from '../../contract';

/** What the recording room knows of a box. */
export type Room = Output<'listRecordings'>;
export type Item = Room['words'][number];
