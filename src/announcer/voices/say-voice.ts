/**
 * The machine voice: the platform base of the `say` package, driving espeak-ng. The text goes to its standard input,
 * the sound to a WAV file. No text is ever part of a command line.
 */
import SayPlatformBase from 'say/platform/base.js';
import { messageOf, RecoverableError } from '../../errors';

/** What espeak-ng gets: ASCII only (pinyin or phonemes, `<break time="…ms"/>` for a rest), and how to speak it with the project's voice. */
export interface SpeechScript {
  readonly input: string;
  /** Characters spoken, to tell a voice that skipped some. */
  readonly syllables: number;
  /** Words per minute in espeak-ng's sense; 175 is its default. */
  readonly speed: number;
  /** 0–99; 50 is espeak-ng's default. */
  readonly pitch: number;
}

/** Rendering takes 30–150 ms on two slow cores; this only ends a voice that hangs. */
const RENDER_LIMIT_MS = 10_000;
const ASCII = /^[\x20-\x7e]+$/;

/** A voice file of espeak-ng: its folder and name. */
export interface VoiceFile {
  readonly folder: string;
  readonly name: string;
}

/**
 * Writes the speech to `wavPath`, an absolute path.
 * @throws RecoverableError `voice_missing` (no espeak-ng), `voice_failed` (non-zero exit, killed, hung).
 */
export function renderSpeech(
  { script, voice, wavPath }: { readonly script: SpeechScript; readonly voice: VoiceFile; readonly wavPath: string },
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (!ASCII.test(script.input)) return reject(new RecoverableError('voice_failed', 'nothing that could be spoken'));
    const platform = new EspeakPlatform(script, voice.folder, signal);
    let complaint = '';
    platform.export(script.input, voice.name, null, wavPath, (error) => {
      if (error) complaint = `: ${error.message.trim().replaceAll(/\s+/gu, ' ').slice(0, 300)}`;
    });
    const child = platform.child;
    if (child === null) return reject(new RecoverableError('voice_failed', `espeak-ng was not started${complaint}`));
    child.stdin?.on('error', () => undefined); // a voice that dies early also ends with a code: that is what counts
    child.on('error', (error: NodeJS.ErrnoException) => {
      const isMissing = error.code === 'ENOENT';
      const message = isMissing ? 'espeak-ng is not installed (Debian: apt-get install espeak-ng)' : messageOf(error);
      reject(new RecoverableError(isMissing ? 'voice_missing' : 'voice_failed', message, { cause: error }));
    });
    child.on('close', (code, killSignal) => {
      if (code === 0) return resolve();
      const end = code ?? `${killSignal} after ${RENDER_LIMIT_MS} ms at most`;
      reject(new RecoverableError('voice_failed', `espeak-ng ended with ${end}${complaint}`));
    });
  });
}

/** One rendering: `say` keeps a single child per platform object. */
class EspeakPlatform extends SayPlatformBase {
  constructor(
    private readonly script: SpeechScript,
    private readonly voiceFolder: string,
    private readonly signal: AbortSignal,
  ) {
    super();
  }

  override buildExportCommand({ text, voice, filename }: { text: string; voice: string; filename: string }) {
    const { speed, pitch } = this.script;
    const manner = ['-s', String(speed), '-p', String(pitch), '-z', '-m'];
    const args = ['--load', '-v', voice, ...manner, '-b', '1', '-w', filename, '--stdin'];
    const limits = { timeout: RENDER_LIMIT_MS, killSignal: 'SIGKILL' as const, signal: this.signal };
    return {
      command: 'espeak-ng',
      args,
      pipedData: text,
      options: { ...limits, cwd: this.voiceFolder, env: process.env },
    };
  }
}
