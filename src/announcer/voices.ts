/**
 * From wording to a WAV file: a recorded clip where there is one, else the machine voice, rendered once and kept in
 * a bounded cache. Every sound is brought to the same peak.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, statfs, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { PromptLanguage } from '../domain';
import { messageOf, RecoverableError } from '../errors';
import { DialectVoice } from './dialect';
import { errorCode } from './error-code';
import { mandarinScript } from './mandarin';
import { renderSpeech, type VoiceFile } from './say-voice';
import { durationMs, encodeWav, normalised, parseWav, rmsRatio, type Sound } from './wav';

export interface VoicesOptions {
  /** The project's audio folder: voice/ and wuu/ (machine voice), clips/<lang>/<phraseId>.wav. */
  readonly audioDir: string;
  /** Recorded clips of the site, looked at before audioDir/clips. */
  readonly clipsDir?: string | undefined;
  /** Rendered sounds; made when missing. Several announcers may share it; nothing else may live there. */
  readonly cacheDir: string;
  /** Default 64 MiB: about 280 prompts of 5 s. */
  readonly cacheMaxBytes?: number | undefined;
}

/** A prompt in words; `neutralText` is what a recorded clip of the phrase says. */
export interface Wording {
  readonly phraseId: string;
  readonly lang: PromptLanguage;
  readonly text: string;
  readonly neutralText: string;
}

export interface PromptSound {
  readonly wavPath: string;
  readonly voice: 'synthetic' | 'recorded';
  readonly text: string;
}

/** −3 dBFS: loud, with room for the horn's own filters. */
const PEAK_RATIO = 10 ** (-3 / 20);
/** Quieter than this (−60 dBFS) nobody would hear anything: a broken voice or clip. */
const SILENT_RMS_RATIO = 0.001;
/** Fast speech has about 120 ms a syllable; less than half of that is a voice that skipped characters. */
const MIN_CHARACTER_MS = 60;
/** Part of every cache key: raise it when the way from text to sound changes. */
const CACHE_VERSION = 1;
/** File in audioDir/voice. */
const VOICE_NAME = 'anqi';
const GONE = { size: 0, mtimeMs: 0 };
/** Two copies of a long prompt take 1 MB while it is made. */
const MIN_FREE_BYTES = 2_000_000;
const DEFAULT_CACHE_MAX_BYTES = 64 * 1024 * 1024;

export class Voices {
  readonly #rendering = new Map<string, Promise<void>>();
  readonly #dialect: DialectVoice;

  constructor(
    private readonly options: VoicesOptions,
    private readonly log: { warn(facts: object, message: string): void },
  ) {
    this.#dialect = new DialectVoice(path.join(options.audioDir, 'wuu'));
  }

  /** @throws RecoverableError with a code that says what is missing: `voice_…`, `text_…`, `lexicon_…`, `cache_…`. */
  async soundFor(wording: Wording, signal: AbortSignal): Promise<PromptSound> {
    const clip = await this.#clip(wording, signal);
    if (clip !== null) return { wavPath: clip, voice: 'recorded', text: wording.neutralText };
    const script = wording.lang === 'zh-CN' ? mandarinScript(wording.text) : await this.#dialect.script(wording.text);
    const voice = { folder: path.resolve(this.options.audioDir, 'voice'), name: VOICE_NAME };
    const key = hashOf(JSON.stringify([CACHE_VERSION, script, await voiceContent(voice)]));
    const wavPath = await this.#cached(key, (temporary) =>
      renderChecked({ script, voice, wavPath: temporary }, signal),
    );
    return { wavPath, voice: 'synthetic', text: wording.text };
  }

  /** A recorded clip, levelled; null when there is none or when it cannot be used, which is logged. */
  async #clip({ lang, phraseId }: Wording, signal: AbortSignal): Promise<string | null> {
    const folders = [this.options.clipsDir, path.join(this.options.audioDir, 'clips')];
    for (const folder of folders.filter((each) => each !== undefined)) {
      const file = path.join(folder, lang, `${phraseId}.wav`);
      try {
        const bytes = await readFile(file, { signal });
        return await this.#cached(hashOf(bytes), async () => parseWav(bytes));
      } catch (error) {
        if (signal.aborted) throw error;
        if (errorCode(error) !== 'ENOENT')
          this.log.warn({ file, reason: messageOf(error) }, 'recorded clip cannot be used');
      }
    }
    return null;
  }

  /** The cached file of this key, made first if it is missing or damaged. */
  async #cached(key: string, make: (temporary: string) => Promise<Sound>): Promise<string> {
    const wavPath = path.resolve(this.options.cacheDir, `${key}.wav`);
    if (await isUsable(wavPath)) return wavPath;
    const running = this.#rendering.get(key) ?? this.#fill(wavPath, make).finally(() => this.#rendering.delete(key));
    this.#rendering.set(key, running);
    await running;
    return wavPath;
  }

  async #fill(wavPath: string, make: (temporary: string) => Promise<Sound>): Promise<void> {
    const temporary = path.resolve(this.options.cacheDir, `${randomUUID()}.tmp`);
    try {
      await mkdir(this.options.cacheDir, { recursive: true });
      await checkRoom(this.options.cacheDir);
      const sound = await make(temporary);
      if (rmsRatio(sound) < SILENT_RMS_RATIO) throw new RecoverableError('voice_silent', 'the sound is silent');
      await writeFile(temporary, encodeWav(normalised(sound, PEAK_RATIO)));
      await rename(temporary, wavPath);
      await this.#trim(wavPath);
    } catch (cause) {
      if (cause instanceof RecoverableError) throw cause;
      throw new RecoverableError('cache_failed', `${wavPath}: ${messageOf(cause)}`, { cause });
    } finally {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  /** Deletes the longest unused sounds until the cache is within its bound; `keep` stays. */
  async #trim(keep: string): Promise<void> {
    const { cacheDir, cacheMaxBytes = DEFAULT_CACHE_MAX_BYTES } = this.options;
    const names = await readdir(cacheDir); // what a killed process left half-made counts, and goes, like the rest
    const files = await Promise.all(
      names.map(async (name) => {
        const file = path.join(cacheDir, name);
        const { size, mtimeMs } = await stat(file).catch(() => GONE); // another speaker trims the same folder
        return { file, size, usedAtMs: mtimeMs };
      }),
    );
    let bytes = files.reduce((sum, { size }) => sum + size, 0);
    for (const { file, size } of files.sort((a, b) => a.usedAtMs - b.usedAtMs)) {
      if (bytes <= cacheMaxBytes) return;
      if (file === keep) continue;
      await rm(file, { force: true });
      bytes -= size;
    }
  }
}

/** espeak-ng says nothing of a full disk and leaves half a sentence. */
async function checkRoom(folder: string): Promise<void> {
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= MIN_FREE_BYTES) return;
  throw new RecoverableError('cache_disk_full', `${folder}: less than 2 MB are free, make room`);
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

/** Present and whole; marks it as used now, so that trimming takes others first. */
async function isUsable(wavPath: string): Promise<boolean> {
  try {
    parseWav(await readFile(wavPath));
    await utimes(wavPath, new Date(), new Date());
    return true;
  } catch {
    return false;
  }
}

function hashOf(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex').slice(0, 32);
}
