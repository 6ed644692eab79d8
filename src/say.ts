/** One prompt on request: rendered as the service would, into a file or through a loudspeaker. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PhraseBook, type PromptWording, phraseText } from './announcer/phrases';
import { integratedLufs, truePeakDbtp } from './announcer/sound/loudness';
import { durationMs, parseWav } from './announcer/sound/wav';
import { createSpeaker, type SpeakerOptions } from './announcer/speakers/create';
import type { Playback } from './announcer/speakers/speaker';
import { type PromptSound, Voices, wordingOf } from './announcer/voices/voices';
import type { Config } from './config/schema';
import { FatalError, messageOf } from './errors';
import { volumeOf } from './pipeline-options';
import { AUDIO_FOLDER } from './places';
import { speakerOptions } from './room-options';

export interface SayRequest {
  readonly prompt: PromptWording;
  readonly book: PhraseBook;
  /** The site's own recordings, where a configuration names a data folder. */
  readonly clipsDir?: string | undefined;
  readonly to:
    | { readonly kind: 'file'; readonly file: string }
    | { readonly kind: 'speaker'; readonly speaker: SpeakerOptions; readonly volumePercent: number };
  readonly warn: (facts: object, message: string) => void;
  readonly mandarinModel?: string | undefined;
}

export interface Said {
  readonly text: string;
  readonly voice: PromptSound['voice'];
  readonly voiceModel?: string;
  /** Slots were given, but the sentence cannot say them all: the neutral one was said. */
  readonly isNeutral: boolean;
  readonly lengthMs: number;
  readonly lufs: number;
  readonly dbtp: number;
  /** Null when it went into a file. */
  readonly playback: (Playback & { readonly player: string }) | null;
}

/** @throws RecoverableError when it cannot be rendered, FatalError `out_failed` when the file cannot be written. */
export async function say(request: SayRequest, signal: AbortSignal): Promise<Said> {
  const { book, prompt, clipsDir, warn } = request;
  const scratch = await mkdtemp(join(tmpdir(), 'anqi-say-'));
  try {
    const { mandarinModel } = request;
    const voices = new Voices({ audioDir: AUDIO_FOLDER, clipsDir, cacheDir: scratch, mandarinModel }, { warn });
    const { wavPath, voice, voiceModel, text } = await voices.soundFor(wordingOf(book, prompt), signal);
    if (voices.problem !== null) warn({ reason: voices.problem }, 'espeak-ng speaks instead');
    const sound = parseWav(await readFile(wavPath));
    const playback = await deliver(wavPath, { ...request, scratch }, signal);
    return {
      text,
      voice,
      ...(voiceModel === undefined ? {} : { voiceModel }),
      isNeutral: Object.keys(prompt.slots).length > 0 && !phraseText(book, prompt).personal,
      lengthMs: durationMs(sound),
      lufs: integratedLufs(sound),
      dbtp: truePeakDbtp(sound),
      playback,
    };
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function deliver(
  wavPath: string,
  { to, prompt, scratch }: SayRequest & { readonly scratch: string },
  signal: AbortSignal,
): Promise<Said['playback']> {
  if (to.kind === 'file') {
    await writeFile(to.file, await readFile(wavPath)).catch((cause) => {
      throw new FatalError('out_failed', `${to.file}: cannot be written: ${messageOf(cause)}`, { cause });
    });
    return null;
  }
  const speaker = createSpeaker(to.speaker, scratch);
  const label = `${prompt.lang}-${prompt.phraseId}`;
  const played = await speaker.play({ wavPath, label, volumePercent: to.volumePercent }, signal);
  return { ...played, player: speaker.description };
}

/**
 * The speaker of that name in the configuration, or without a name the box's own.
 * @throws FatalError `speaker_unknown`.
 */
export function chosenSpeaker(config: Config | null, id: string | undefined): SayRequest['to'] {
  if (id === undefined) return { kind: 'speaker', speaker: { kind: 'local' }, volumePercent: 100 };
  if (config === null) throw new FatalError('speaker_unknown', `${id}: give --config, which names the speakers`);
  const speaker = config.speakers.find((one) => one.id === id);
  if (speaker !== undefined)
    return { kind: 'speaker', speaker: speakerOptions(speaker), volumePercent: volumeOf(speaker) };
  const known = config.speakers.map((one) => one.id).join(', ') || 'none';
  throw new FatalError('speaker_unknown', `${id}: no such speaker in the configuration (it has ${known})`);
}

/** For people: what was said, by which voice, and where it went. */
export function describeSaid(said: Said, { lang, phraseId }: PromptWording): string {
  const voice =
    said.voice === 'recorded'
      ? 'recorded 真人录音'
      : `machine voice 机器合成${said.voiceModel === undefined ? '' : ` (${said.voiceModel})`}`;
  const measures = `${(said.lengthMs / 1000).toFixed(1)} s, ${said.lufs.toFixed(1)} LUFS, ${said.dbtp.toFixed(1)} dBTP`;
  const lines = [said.text, `${lang} ${phraseId}: ${voice}, ${measures}`];
  if (said.isNeutral)
    lines.push('this sentence has no place for all these words: the neutral one was said 句中没有位置，改说通用句');
  const { playback } = said;
  if (playback !== null) {
    const reason = playback.reason === null ? '' : ` (${playback.reason})`;
    lines.push(`${playback.player}: ${playback.playback}${reason}`);
  }
  return lines.join('\n');
}
