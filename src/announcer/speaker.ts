/**
 * Where sound comes out. `local`: the box's own sound card or USB speaker, through paplay or aplay.
 * `folder`: WAV files for a demo, a test or an outside player. A speaker reports what it did; it does not throw.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { assertNever } from '../domain';
import { messageOf } from '../errors';
import { endChild, spawnGuarded } from '../runtime/guarded-child';
import { errorCode } from './error-code';
import { durationMs, encodeWav, parseWav, type Sound, scaled, silence } from './wav';

export type SpeakerOptions =
  /** `device`: a PulseAudio sink (paplay) or ALSA device (aplay); the system's default when absent. */
  | { readonly kind: 'local'; readonly device?: string | undefined }
  /** `paced`: playing takes as long as the sound lasts, as it would on a real speaker. */
  | { readonly kind: 'folder'; readonly directory: string; readonly paced?: boolean | undefined };

export type PlaybackVerdict = 'confirmed' | 'unconfirmed' | 'failed';

export interface Playback {
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  readonly playback: PlaybackVerdict;
  /** Why it is not confirmed: a stable code, then a sentence. */
  readonly reason: string | null;
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
  /** How it plays, for people: `paplay`, `aplay`, `folder …`. */
  readonly description: string;
}

/** `scratchDir`: short-lived files for volume and for trying the player; made when missing. */
export function createSpeaker(options: SpeakerOptions, scratchDir: string): Speaker {
  switch (options.kind) {
    case 'local':
      return new LocalSpeaker(options.device, scratchDir);
    case 'folder':
      return new FolderSpeaker(options.directory, options.paced ?? false);
    default:
      return assertNever(options);
  }
}

interface Player {
  readonly command: string;
  readonly args: (wavPath: string, device: string | undefined) => string[];
}

const PLAYERS: readonly Player[] = [
  {
    command: 'paplay',
    args: (wav, device) => ['--client-name=anqi', ...(device === undefined ? [] : [`--device=${device}`]), wav],
  },
  { command: 'aplay', args: (wav, device) => ['-q', ...(device === undefined ? [] : ['-D', device]), wav] },
];

/** Time a player may take beyond the sound itself: opening a Bluetooth or USB device takes up to 2 s. */
const PLAYER_GRACE_MS = 3000;
/** A player stops within milliseconds of SIGTERM; one that hangs gets SIGKILL. */
const PLAYER_TERMINATE_GRACE_MS = 500;
const MAX_COMPLAINT_CHARACTERS = 300;
/** Long enough to open the device, short enough not to be noticed. */
const CHECK_SOUND_MS = 50;
/** A player that is done before this share of the sound cannot have played all of it. */
const PLAYED_SHARE = 0.9;

class LocalSpeaker implements Speaker {
  #player: Player | null = null;

  constructor(
    private readonly device: string | undefined,
    private readonly scratchDir: string,
  ) {}

  get description(): string {
    const device = this.device === undefined ? '' : ` ${this.device}`;
    return `${this.#player?.command ?? 'no player'}${device}`;
  }

  async check(signal: AbortSignal): Promise<string | null> {
    if (this.#player !== null) return null;
    const complaints: string[] = [];
    const wavPath = path.join(this.scratchDir, `check-${randomUUID()}.tmp`);
    try {
      await mkdir(this.scratchDir, { recursive: true });
      await writeFile(wavPath, encodeWav(silence(CHECK_SOUND_MS, 22050)));
      for (const player of PLAYERS) {
        const limit = { limitMs: CHECK_SOUND_MS + PLAYER_GRACE_MS };
        const fault = await runPlayer(player.command, player.args(wavPath, this.device), limit, signal);
        if (fault === null) {
          this.#player = player;
          return null;
        }
        complaints.push(fault);
      }
    } catch (error) {
      complaints.push(messageOf(error));
    } finally {
      await rm(wavPath, { force: true }).catch(() => undefined);
    }
    return `no_speaker: ${complaints.join('; ')}`;
  }

  async play(sound: PlayableSound, signal: AbortSignal): Promise<Playback> {
    const missing = await this.check(signal);
    const player = this.#player;
    if (missing !== null || player === null) return failed(missing ?? 'no_speaker', null);
    const scratch = path.join(this.scratchDir, `play-${randomUUID()}.tmp`);
    let startedAtMs: number | null = null;
    try {
      const content = await loadSound(sound);
      const file = sound.volumePercent === 100 ? sound.wavPath : scratch;
      if (file === scratch) await writeFile(scratch, encodeWav(content));
      const lengthMs = durationMs(content);
      startedAtMs = Date.now();
      const began = performance.now();
      const limit = { limitMs: lengthMs + PLAYER_GRACE_MS };
      const fault = await runPlayer(player.command, player.args(file, this.device), limit, signal);
      const tookMs = performance.now() - began;
      if (fault !== null) {
        this.#player = null;
        return failed(fault, startedAtMs);
      }
      const times = { startedAtMs, endedAtMs: Date.now(), wavPath: null };
      if (tookMs >= lengthMs * PLAYED_SHARE) return { ...times, playback: 'confirmed', reason: null };
      const reason = `played_too_fast: ${Math.round(tookMs)} ms for a sound of ${Math.round(lengthMs)} ms`;
      return { ...times, playback: 'unconfirmed', reason };
    } catch (error) {
      return failed(`player_failed: ${messageOf(error)}`, startedAtMs);
    } finally {
      await rm(scratch, { force: true }).catch(() => undefined);
    }
  }
}

class FolderSpeaker implements Speaker {
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
      return { startedAtMs, endedAtMs, playback: 'confirmed', reason: null, wavPath };
    } catch (error) {
      await rm(`${wavPath}.tmp`, { force: true }).catch(() => undefined);
      return failed(signal.aborted ? 'stopped' : `folder_failed: ${messageOf(error)}`, startedAtMs);
    }
  }
}

function failed(reason: string, startedAtMs: number | null): Playback {
  return {
    startedAtMs,
    endedAtMs: startedAtMs === null ? null : Date.now(),
    playback: 'failed',
    reason,
    wavPath: null,
  };
}

async function loadSound({ wavPath, volumePercent }: PlayableSound): Promise<Sound> {
  const sound = parseWav(await readFile(wavPath));
  return volumePercent === 100 ? sound : scaled(sound, volumePercent / 100);
}

/** Null when the player ended with 0. It is ended at the limit or when the signal aborts. */
async function runPlayer(
  command: string,
  args: readonly string[],
  { limitMs }: { readonly limitMs: number },
  signal: AbortSignal,
): Promise<string | null> {
  if (signal.aborted) return 'stopped';
  const child = spawnGuarded(command, args);
  let complaint = '';
  let killedFor: string | null = null;
  child.stdout.resume();
  child.stderr.on('data', (data: Buffer) => {
    complaint = `${complaint}${data.toString('utf8')}`.slice(-MAX_COMPLAINT_CHARACTERS);
  });
  const end = (reason: string) => {
    killedFor ??= reason;
    void endChild(child, PLAYER_TERMINATE_GRACE_MS);
  };
  const onAbort = () => end('stopped');
  const timer = setTimeout(() => end(`player_hung: ${command} killed after ${Math.round(limitMs)} ms`), limitMs);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const [code, killSignal] = await once(child, 'exit');
    if (killedFor !== null) return killedFor;
    if (code === 0) return null;
    const said = complaint.trim().split('\n').at(-1) ?? ''; // ALSA precedes it with its own call trace
    return `player_failed: ${command} ended with ${code ?? killSignal}${said && `: ${said}`}`;
  } catch (error) {
    return errorCode(error) === 'ENOENT'
      ? `${command} is not installed`
      : `player_failed: ${command}: ${messageOf(error)}`;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    child.stderr.destroy(); // a grandchild may still hold it open
    child.stdout.destroy();
  }
}
