/**
 * From wording to a WAV file: recordings where they say all of it, else the machine voice; made once and kept.
 * Every sound is brought to the same loudness.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { PromptLanguage } from '../../domain';
import { messageOf, RecoverableError } from '../../errors';
import { neutralText, type PhraseBook, type PhrasePart, type PromptWording, phraseParts } from '../phrases';
import { trimmed } from '../sound/joining';
import { levelled } from '../sound/levelling';
import { durationMs, parseWav, rmsRatio, type Sound } from '../sound/wav';
import { cacheKey, SoundCache } from './cache';
import { Clips, type RecordedSentence } from './clips';
import { DialectVoice, spoken } from './dialect';
import { mandarinScript } from './mandarin';
import { NeuralVoice, type Urgency } from './neural-voice';
import { renderSpeech, type VoiceFile } from './say-voice';

export interface VoicesOptions {
  /** The project's audio folder: voice/ and wuu/ (machine voice), clips/<lang>/<words>.wav. */
  readonly audioDir: string;
  /** Recorded clips of the site, looked at before audioDir/clips. */
  readonly clipsDir?: string | undefined;
  /** Folder of a sherpa-onnx model that speaks Mandarin instead of espeak-ng. */
  readonly mandarinModel?: string | undefined;
  /** Finished sounds; made when missing. Several announcers may share it; nothing else may live there. */
  readonly cacheDir: string;
  /** Default 64 MiB: about 280 prompts of 5 s. */
  readonly cacheMaxBytes?: number | undefined;
}

/** A prompt in words; the neutral sentence is said where only that one is recorded. */
export interface Wording {
  readonly lang: PromptLanguage;
  readonly parts: readonly PhrasePart[];
  readonly neutralText: string;
}

export interface PromptSound {
  readonly wavPath: string;
  readonly voice: 'synthetic' | 'recorded';
  /** The site's own model, where it spoke. */
  readonly voiceModel?: string;
  readonly text: string;
}

/** Quieter than this (−60 dBFS) nobody would hear anything: a broken voice. */
const SILENT_RMS_RATIO = 0.001;
/** Fast speech has about 120 ms a syllable; less than half of that is a voice that skipped characters. */
const MIN_CHARACTER_MS = 60;
/** Part of every cache key: raise it when the way from text to sound changes. */
const CACHE_VERSION = 3;
/** Files in audioDir/voice. */
const VOICE_NAME = 'anqi';
/** The same on one pitch, for tones that are put on afterwards. */
const FLAT_VOICE_NAME = 'anqi-flat';
const DEFAULT_CACHE_MAX_BYTES = 64 * 1024 * 1024;

export class Voices {
  readonly #cache: SoundCache;
  readonly #clips: Clips;
  readonly #dialect: DialectVoice;
  readonly #neural: NeuralVoice | null;

  constructor(
    private readonly options: VoicesOptions,
    log: { warn(facts: object, message: string): void },
  ) {
    const { audioDir, clipsDir, cacheDir, cacheMaxBytes = DEFAULT_CACHE_MAX_BYTES } = options;
    this.#cache = new SoundCache({ folder: cacheDir, maxBytes: cacheMaxBytes });
    this.#clips = new Clips(clipFolders(audioDir, clipsDir), log);
    this.#dialect = new DialectVoice(path.join(audioDir, 'wuu'));
    const { mandarinModel: folder } = options;
    this.#neural = folder === undefined ? null : new NeuralVoice(folder, this.#cache, CACHE_VERSION);
  }

  /** Why the site's own Mandarin voice does not speak; null where it does, or where there is none. */
  get problem(): string | null {
    return this.#neural?.problem ?? null;
  }

  /** @throws RecoverableError with a code that says what is missing: `voice_…`, `text_…`, `lexicon_…`, `cache_…`. */
  async soundFor(wording: Wording, signal: AbortSignal, urgency: Urgency = 'ahead'): Promise<PromptSound> {
    const text = wording.parts.map((part) => part.text).join('');
    for (const recorded of [{ text, parts: wording.parts }, wholeSentence(wording.neutralText)]) {
      const sentence = await this.#clips.sentence(wording.lang, recorded.parts);
      if (sentence === null) continue;
      return { wavPath: await this.#joined(sentence), voice: 'recorded', text: recorded.text };
    }
    const neural = wording.lang === 'zh-CN' ? this.#neural : null;
    const wavPath = (await neural?.file(text, urgency, signal)) ?? null;
    if (neural !== null && wavPath !== null) return { wavPath, voice: 'synthetic', voiceModel: neural.name, text };
    return { wavPath: await this.#spoken(text, wording.lang, signal), voice: 'synthetic', text };
  }

  #joined({ content, sound }: RecordedSentence): Promise<string> {
    return this.#cache.file(cacheKey(CACHE_VERSION, ...content), async () => levelled(sound()));
  }

  async #spoken(text: string, lang: PromptLanguage, signal: AbortSignal): Promise<string> {
    const dialect = lang === 'wuu' ? await this.#dialect.speech(text) : null;
    const script = dialect?.script ?? mandarinScript(text);
    const name = dialect === null ? VOICE_NAME : FLAT_VOICE_NAME;
    const voice = { folder: path.resolve(this.options.audioDir, 'voice'), name };
    const key = cacheKey(CACHE_VERSION, JSON.stringify([script, dialect]), await voiceContent(voice));
    return this.#cache.file(key, async (temporary) => {
      const sound = await renderChecked({ script, voice, wavPath: temporary }, signal);
      return levelled(trimmed(dialect === null ? sound : spoken(dialect, sound).sound));
    });
  }
}

export function wordingOf(book: PhraseBook, prompt: PromptWording): Wording {
  const { lang, phraseId } = prompt;
  return { lang, parts: phraseParts(book, prompt), neutralText: neutralText(book, phraseId, lang) };
}

/** Where recordings lie, the site's own first. */
export function clipFolders(audioDir: string, clipsDir?: string | undefined): readonly string[] {
  return [clipsDir, path.join(audioDir, 'clips')].filter((folder) => folder !== undefined);
}

function wholeSentence(text: string): Pick<Wording, 'parts'> & { readonly text: string } {
  return { text, parts: [{ kind: 'fixed', text }] };
}

async function renderChecked(job: Parameters<typeof renderSpeech>[0], signal: AbortSignal): Promise<Sound> {
  const { script, wavPath } = job;
  await renderSpeech(job, signal);
  let sound: Sound;
  try {
    sound = parseWav(await readFile(wavPath));
  } catch (cause) {
    throw new RecoverableError('voice_failed', `espeak-ng wrote no usable WAV: ${messageOf(cause)}`, { cause });
  }
  if (rmsRatio(sound) < SILENT_RMS_RATIO) throw new RecoverableError('voice_silent', 'the sound is silent');
  const lengthMs = Math.round(durationMs(sound));
  if (lengthMs < script.syllables * MIN_CHARACTER_MS) {
    throw new RecoverableError('voice_short', `${lengthMs} ms for ${script.syllables} syllables`);
  }
  return sound;
}

/** Part of the cache key, and the proof that the file is there: espeak-ng would speak with another voice instead. */
async function voiceContent({ folder, name }: VoiceFile): Promise<string> {
  try {
    return await readFile(path.join(folder, name), 'utf8');
  } catch (cause) {
    throw new RecoverableError('voice_missing', `${path.join(folder, name)}: ${messageOf(cause)}`, { cause });
  }
}
