/** The port every loudspeaker implements: it reports what it did, it does not throw. */
import { readFile } from 'node:fs/promises';
import type { PlaybackProof } from '../../domain';
import { AppError, messageOf } from '../../errors';
import { parseWav, type Sound, scaled } from '../sound/wav';

export type PlaybackVerdict = 'confirmed' | 'unconfirmed' | 'failed';

export interface Playback {
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly playback: PlaybackVerdict;
  /** Why it is not confirmed: a stable code, then a sentence. */
  readonly reason: string | null;
  /**
   * What confirms it; null when nothing does. `player`: it took as long as the sound and ended well. `sound`: heard on the
   * monitor of the sound card. `file`: read back. `device`: it answered that it took it. `receiver_report`: its own count of packets.
   */
  readonly proof: PlaybackProof | null;
  /** The file that was played; null when the speaker made none of its own. */
  readonly wavPath: string | null;
}

export interface PlayableSound {
  readonly wavPath: string;
  /** Names the file of a folder speaker, e.g. `zh-CN-base`. */
  readonly label: string;
  /** 0–100 % of the sound's own amplitude. */
  readonly volumePercent: number;
}

export interface Speaker {
  /** Null when it can play, else why not. */
  check(signal: AbortSignal): Promise<string | null>;
  play(sound: PlayableSound, signal: AbortSignal): Promise<Playback>;
  /** How it plays, for people: `paplay`, `aplay`, `folder …`, `axis 192.0.2.30`. */
  readonly description: string;
}

export function failed(reason: string, startedAtMs: number | null): Playback {
  const endedAtMs = startedAtMs === null ? null : Date.now();
  return { startedAtMs, endedAtMs, playback: 'failed', reason, proof: null, wavPath: null };
}

/** `code: sentence` of whatever was thrown. */
export function reasonOf(error: unknown, code: string): string {
  return `${error instanceof AppError ? error.code : code}: ${messageOf(error)}`;
}

/** The sound at the volume asked for. @throws Error saying what is wrong with the file */
export async function loadSound({ wavPath, volumePercent }: PlayableSound): Promise<Sound> {
  const sound = parseWav(await readFile(wavPath));
  return volumePercent === 100 ? sound : scaled(sound, volumePercent / 100);
}
