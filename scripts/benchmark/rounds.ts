/** What one round measures, and what many rounds say together (pure). */
import { percentile } from '../../src/runtime/percentile';
import type { Stages } from './processes';

/** The service on its cameras for one window. */
export interface ServiceRound {
  readonly cameras: number;
  readonly seconds: number;
  /** CPU seconds. */
  readonly cpu: Stages;
  /** One a camera. */
  readonly analysedPerS: readonly number[];
  readonly analysed: number;
  /** Came out of ffmpeg and were replaced by a newer one. */
  readonly dropped: number;
  readonly decidedAfterMs: readonly number[];
  readonly firstDecisionMs: number;
  /** From confirmed violations to the first sound, where the loudspeaker was free, since the start. */
  readonly soundMs: readonly number[];
  /** Largest seen: the Node process alone; with all that it started. */
  readonly nodeMb: number;
  readonly allMb: number;
  /** Cores that other programs of this machine took meanwhile, but for cameras and broker. */
  readonly othersCores: number;
}

export interface PeerRound {
  readonly seconds: number;
  /** CPU seconds with children. */
  readonly cpu: number;
  readonly analysed: number;
  /** Boxes a picture: that it sees what the others see. */
  readonly found: number;
  readonly allMb: number;
  readonly othersCores: number;
}

/** CPU ms an analysed picture. */
interface FloorRound {
  readonly ffmpegMs: number;
  readonly onnxruntimeMs: number;
  /** Scaling, runs, decoding. */
  readonly visionMs: number;
}

export interface Round {
  readonly floor: FloorRound;
  readonly opencv: PeerRound;
  readonly node: PeerRound;
  /** In the order of SETUPS. */
  readonly services: readonly ServiceRound[];
}

/** Which cameras the service is given. */
export interface Setup {
  readonly name: string;
  readonly cameras: number;
  readonly film: 'film-1080p25' | 'film-1080p25-h265' | 'film-1080p25-idle';
}

const SETUP_OF_H264 = [1, 2, 4, 6, 8].map(
  (cameras): Setup => ({ name: `${cameras} × H.264`, cameras, film: 'film-1080p25' }),
);

export const SETUPS: readonly Setup[] = [
  ...SETUP_OF_H264,
  { name: '4 × H.265', cameras: 4, film: 'film-1080p25-h265' },
  { name: '1 × idle', cameras: 1, film: 'film-1080p25-idle' },
];

export const ANALYSED_FPS = 5;
/** Of which every fifth is analysed. */
const CAMERA_FPS = 25;

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function totalOf(cpu: Stages): number {
  return cpu.ffmpeg + cpu.inference + cpu.main + cpu.helpers + cpu.voices;
}

/** Pictures of 25-a-second cameras handled by one core in a second, every fifth of them analysed. */
export function framesPerCore(analysed: number, cpuSeconds: number): number {
  return (analysed * CAMERA_FPS) / ANALYSED_FPS / cpuSeconds;
}

/** CPU ms an analysed picture. */
export function msPerPicture({ cpu, analysed }: ServiceRound): number {
  return (1000 * totalOf(cpu)) / analysed;
}

/** What the whole service takes ÷ what ffmpeg and onnxruntime would take by themselves. */
export function overFloor({ floor, services }: Round): number {
  const one = services[0];
  return one === undefined ? Number.NaN : msPerPicture(one) / (floor.ffmpegMs + floor.onnxruntimeMs);
}

/** What an idle junction costs ÷ a busy one. */
export function idleShare({ services }: Round): number {
  const of = (name: string): number => {
    const found = services.find((_, index) => SETUPS[index]?.name === name);
    return found === undefined ? Number.NaN : totalOf(found.cpu) / found.seconds;
  };
  return of('1 × idle') / of('1 × H.264');
}

/**
 * Events per second within a window: from the first to the last of them, so that one more or less at its edges does not
 * count; where they leave out more than a fifth of it, all of them over the whole of it.
 * @param atMs in order
 */
export function rateOf(atMs: readonly number[], windowS: number): number {
  const spanS = ((atMs.at(-1) ?? 0) - (atMs[0] ?? 0)) / 1000;
  return atMs.length > 1 && spanS > 0.8 * windowS ? (atMs.length - 1) / spanS : atMs.length / windowS;
}
