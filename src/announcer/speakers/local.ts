/**
 * The box's own sound card, USB or Bluetooth speaker, through paplay or aplay. The player's end confirms a sound, and where
 * PulseAudio lets us listen, the sound itself.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { finished } from 'node:stream/promises';
import { messageOf } from '../../errors';
import { endChild, spawnGuarded } from '../../runtime/guarded-child';
import { errorCode } from '../error-code';
import { durationMs, encodeWav, silence } from '../sound/wav';
import { type Hearing, Monitor } from './monitor';
import { failed, loadSound, type PlayableSound, type Playback, type Speaker } from './speaker';

interface Player {
  readonly command: string;
  readonly args: (wavPath: string, device: string | undefined) => string[];
  /** Whether what it plays can be listened to. */
  readonly hasMonitor: boolean;
}

const PLAYERS: readonly Player[] = [
  {
    command: 'paplay',
    args: (wav, device) => ['--client-name=anqi', ...(device === undefined ? [] : [`--device=${device}`]), wav],
    hasMonitor: true,
  },
  {
    command: 'aplay',
    args: (wav, device) => ['-q', ...(device === undefined ? [] : ['-D', device]), wav],
    hasMonitor: false,
  },
];

/** Time a player may take beyond the sound itself: opening a Bluetooth or USB device takes up to 2 s. */
const PLAYER_GRACE_MS = 3000;
/** A player stops within milliseconds of SIGTERM; one that hangs gets SIGKILL. */
const PLAYER_TERMINATE_GRACE_MS = 500;
const MAX_COMPLAINT_CHARACTERS = 300;
/** A player's last words arrive after its end; a grandchild that holds the pipe open is not waited for longer. */
const COMPLAINT_GRACE_MS = 1000;
/** Long enough to open the device, short enough not to be noticed. */
const CHECK_SOUND_MS = 50;
/** A player that is done before this share of the sound cannot have played all of it. */
const PLAYED_SHARE = 0.9;

export class LocalSpeaker implements Speaker {
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
    if (missing !== null || player === null)
      return failed(signal.aborted ? 'stopped' : (missing ?? 'no_speaker'), null);
    const scratch = path.join(this.scratchDir, `play-${randomUUID()}.tmp`);
    let startedAtMs: number | null = null;
    let monitor: Monitor | null = null;
    try {
      const content = await loadSound(sound);
      if (player.hasMonitor) monitor = new Monitor(this.device, content);
      const file = sound.volumePercent === 100 ? sound.wavPath : scratch;
      if (file === scratch) await writeFile(scratch, encodeWav(content));
      await monitor?.ready(signal);
      startedAtMs = Date.now();
      const lengthMs = durationMs(content);
      const tookMs = await playedFor(player.command, player.args(file, this.device), lengthMs, signal);
      const times = { startedAtMs, endedAtMs: Date.now(), wavPath: null };
      if (tookMs >= lengthMs * PLAYED_SHARE) return { ...times, ...verdictOf(await monitor?.hearing()) };
      const reason = `played_too_fast: ${Math.round(tookMs)} ms for a sound of ${Math.round(lengthMs)} ms`;
      return { ...times, playback: 'unconfirmed', reason, proof: null };
    } catch (error) {
      this.#player = null;
      if (signal.aborted) return failed('stopped', startedAtMs);
      return failed(error instanceof PlayerFault ? error.message : `player_failed: ${messageOf(error)}`, startedAtMs);
    } finally {
      await monitor?.close();
      await rm(scratch, { force: true }).catch(() => undefined);
    }
  }
}

/** After the player ended well; undefined where nobody listened. */
function verdictOf(hearing: Hearing | undefined): Pick<Playback, 'playback' | 'reason' | 'proof'> {
  if (hearing?.kind === 'not_heard') {
    return { playback: 'unconfirmed', reason: `not_heard: ${hearing.why}`, proof: null };
  }
  return { playback: 'confirmed', reason: null, proof: hearing?.kind === 'heard' ? 'sound' : 'player' };
}

/** How long the player was at it. @throws PlayerFault */
async function playedFor(
  command: string,
  args: readonly string[],
  lengthMs: number,
  signal: AbortSignal,
): Promise<number> {
  const beganMs = performance.now();
  const fault = await runPlayer(command, args, { limitMs: lengthMs + PLAYER_GRACE_MS }, signal);
  if (fault !== null) throw new PlayerFault(fault);
  return performance.now() - beganMs;
}

/** Its message is the reason of the report. */
class PlayerFault extends Error {}

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
    await finished(child.stderr, { signal: AbortSignal.timeout(COMPLAINT_GRACE_MS) }).catch(() => undefined);
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
