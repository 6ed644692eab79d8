import type { Output } from '../contract';

/** Who is logged in, and where. */
export type Session = Output<'session'>;
