/** WAV files in a folder, for a demo, a test or an outside player: each is read back before it counts as played. */
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from '../../errors';
import { durationMs, encodeWav } from '../sound/wav';
import { failed, loadSound, type PlayableSound, type Playback, type Speaker } from './speaker';

export class FolderSpeaker implements Speaker {
  #count = 0;

  constructor(
    private readonly directory: string,
    private readonly paced: boolean,
  ) {}

  get description(): string {
    return `folder ${this.directory}`;
  }

  async check(): Promise<string | null> {
    try {
      await mkdir(this.directory, { recursive: true });
      return null;
    } catch (error) {
      return `no_speaker: ${messageOf(error)}`;
    }
  }

  async play(sound: PlayableSound, signal: AbortSignal): Promise<Playback> {
    const startedAtMs = Date.now();
    this.#count += 1;
    const name = `${startedAtMs}-${String(this.#count).padStart(4, '0')}-${sound.label}.wav`;
    const wavPath = path.join(this.directory, name);
    try {
      const content = await loadSound(sound);
      const bytes = encodeWav(content);
      await mkdir(this.directory, { recursive: true });
      await writeFile(`${wavPath}.tmp`, bytes);
      if (!bytes.equals(await readFile(`${wavPath}.tmp`))) throw new Error(`${wavPath}: read back different`);
      await rename(`${wavPath}.tmp`, wavPath);
      const endedAtMs = startedAtMs + Math.round(durationMs(content));
      if (this.paced) await delay(Math.max(0, endedAtMs - Date.now()), undefined, { signal });
      return { startedAtMs, endedAtMs, playback: 'confirmed', reason: null, proof: 'file', wavPath };
    } catch (error) {
      await rm(`${wavPath}.tmp`, { force: true }).catch(() => undefined);
      return failed(signal.aborted ? 'stopped' : `folder_failed: ${messageOf(error)}`, startedAtMs);
    }
  }
}
