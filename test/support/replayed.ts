/** Runs `anqi replay` as a user would and reads what it wrote. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type IncidentEvent, incidentEvent } from '../../src/mqtt/events';

const MAIN = join(__dirname, '../../dist/src/main.js');
/** Of output: a minute of film makes some hundred kilobytes. */
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

export interface Replayed {
  readonly events: readonly IncidentEvent[];
  readonly summary: {
    readonly frames: number;
    readonly incidents: number;
    readonly outcomes: Readonly<Record<string, number>>;
  };
  readonly tracks: readonly TrackedFrame[];
}

export interface TrackedFrame {
  readonly t: number;
  readonly frame: number;
  readonly riders: readonly {
    readonly trackId: number;
    readonly box: { x: number; y: number; w: number; h: number };
    readonly persons: readonly {
      readonly seat: string;
      readonly state: string;
      readonly votes: { worn: number; not_worn: number };
    }[];
  }[];
}

export async function replayed(input: string, ...flags: readonly string[]): Promise<Replayed> {
  const folder = await mkdtemp(join(tmpdir(), 'anqi-replay-'));
  try {
    const tracksFile = join(folder, 'tracks.jsonl');
    const args = [MAIN, 'replay', input, '--json', '--tracks', tracksFile, ...flags];
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: MAX_OUTPUT_BYTES });
    const lines = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    const tracks = (await readFile(tracksFile, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    return { events: lines.slice(0, -1).map((line) => incidentEvent.parse(line)), summary: lines.at(-1), tracks };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Seconds of the recording at which an event was made. */
export function recordingSecond(event: IncidentEvent): number {
  return Date.parse(event.time) / 1000;
}
