/**
 * An optional Mandarin voice: a model of sherpa-onnx (VITS) in a folder of the site. Whatever is wrong with it costs the
 * site its better voice and nothing else: espeak-ng speaks, the reason is kept, and it is tried again later.
 */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { messageOf, RecoverableError } from '../../errors';
import { endChild, spawnFed } from '../../runtime/guarded-child';
import { trimmed } from '../sound/joining';
import { levelled } from '../sound/levelling';
import { durationMs, parseWav, rmsRatio, type Sound } from '../sound/wav';
import { cacheKey, type SoundCache } from './cache';
import { type NeuralJob, NO_SHERPA } from './neural-program';

/** `now`: somebody is waiting to be spoken to. `ahead`: nobody is. */
export type Urgency = 'now' | 'ahead';

export type NeuralModel = Omit<NeuralJob, 'text' | 'wavPath'> & {
  /** Changes with any of its files. */
  readonly identity: string;
};

/** Compiled beside this file; from the sources (tests) the build's copy is used. */
const COMPILED = path.join(__dirname, 'neural-program.js');
const PROGRAM = existsSync(COMPILED)
  ? COMPILED
  : path.join(__dirname, '../../../dist/src/announcer/voices/neural-program.js');
/** Loading 100 MB and speaking ten seconds take 5 s on two slow cores. */
const RENDER_LIMIT_MS = 20_000;
const MAX_COMPLAINT_CHARACTERS = 2_000;
const SILENT_RMS_RATIO = 0.001;
/** Fast speech has about 120 ms a syllable; less than half of that is a voice that skipped characters. */
const MIN_CHARACTER_MS = 60;
const MAX_CHARACTER_MS = 1_000;
const RETRY_MS = { first: 60_000, longest: 3_600_000 };

/** @throws RecoverableError `voice_model_missing` naming what is not there */
export async function findModel(folder: string): Promise<NeuralModel> {
  const missing = (what: string): RecoverableError =>
    new RecoverableError('voice_model_missing', `prompts.mandarinModel: ${folder}: ${what}`);
  const names = await readdir(folder).catch((error: unknown) => {
    throw missing(`the folder cannot be read (${messageOf(error)})`);
  });
  const models = names.filter((name) => name.endsWith('.onnx'));
  const [model] = models;
  if (model === undefined || models.length > 1) {
    throw missing(`exactly one .onnx file is expected, found ${models.length === 0 ? 'none' : models.join(', ')}`);
  }
  if (!names.includes('tokens.txt')) throw missing('tokens.txt is missing');
  const [hasLexicon, hasData] = [names.includes('lexicon.txt'), names.includes('espeak-ng-data')];
  if (!hasLexicon && !hasData) throw missing('lexicon.txt (or the folder espeak-ng-data) is missing');
  const rules = names.filter((name) => name.endsWith('.fst')).sort();
  const files = [model, 'tokens.txt', ...(hasLexicon ? ['lexicon.txt'] : []), ...rules];
  const facts = await Promise.all(files.map((name) => stat(path.join(folder, name))));
  return {
    model: path.join(folder, model),
    tokens: path.join(folder, 'tokens.txt'),
    lexicon: hasLexicon ? path.join(folder, 'lexicon.txt') : '',
    dataDir: hasData ? path.join(folder, 'espeak-ng-data') : '',
    ruleFsts: rules.map((name) => path.join(folder, name)).join(','),
    identity: files.map((name, i) => `${name}:${facts[i]?.size}:${facts[i]?.mtimeMs}`).join(' '),
  };
}

/**
 * One text as a sound, not levelled yet; `wavPath` is a path it may use.
 * @throws RecoverableError `voice_package_missing`, `voice_model_failed` (refused, crashed, hung), `voice_skipped`
 * (characters without a sound), `voice_silent`, `voice_length`
 */
export async function renderNeural(
  request: {
    readonly model: NeuralModel;
    readonly text: string;
    readonly wavPath: string;
    readonly limitMs?: number;
  },
  signal: AbortSignal,
): Promise<Sound> {
  const { model, text, wavPath, limitMs = RENDER_LIMIT_MS } = request;
  const { identity: _, ...files } = model;
  const job: NeuralJob = { ...files, text, wavPath };
  const { code, said } = await runProgram(JSON.stringify(job), limitMs, signal);
  if (code === NO_SHERPA) {
    const cure = 'npm install sherpa-onnx-node in the program’s folder';
    throw new RecoverableError('voice_package_missing', `sherpa-onnx-node is not installed: ${cure} (${said})`);
  }
  if (code !== 0) throw new RecoverableError('voice_model_failed', `${model.model}: ended with ${code}: ${said}`);
  const skipped = /OOV (\S+?)\.? Ignore/.exec(said)?.[1];
  if (skipped !== undefined) throw new RecoverableError('voice_skipped', `${model.lexicon} has no word for ${skipped}`);
  return checked(await readFile(wavPath), text);
}

function checked(file: Buffer, text: string): Sound {
  const sound = parseWav(file);
  if (rmsRatio(sound) < SILENT_RMS_RATIO) throw new RecoverableError('voice_silent', 'the sound is silent');
  const lengthMs = Math.round(durationMs(sound));
  const characters = [...text.matchAll(/\p{Script=Han}/gu)].length;
  if (lengthMs < characters * MIN_CHARACTER_MS || lengthMs > Math.max(1, characters) * MAX_CHARACTER_MS)
    throw new RecoverableError('voice_length', `${lengthMs} ms for ${characters} characters`);
  return sound;
}

async function runProgram(
  job: string,
  limitMs: number,
  signal: AbortSignal,
): Promise<{ readonly code: number | string; readonly said: string }> {
  const child = spawnFed(process.execPath, [PROGRAM]);
  let said = '';
  child.stdout.resume();
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString('utf8')}`.slice(-MAX_COMPLAINT_CHARACTERS);
  });
  child.stdin.on('error', () => undefined); // its end says why
  child.stdin.end(job);
  const limit = AbortSignal.timeout(limitMs);
  try {
    const [code, killSignal] = await once(child, 'close', { signal: AbortSignal.any([signal, limit]) });
    return { code: code ?? killSignal, said: said.trim().replaceAll(/\s+/gu, ' ').slice(0, 300) };
  } catch (error) {
    signal.throwIfAborted();
    if (!limit.aborted) throw error;
    throw new RecoverableError('voice_model_failed', `the model was not done after ${limitMs / 1000} s`);
  } finally {
    await endChild(child, 0);
  }
}

export class NeuralVoice {
  readonly name: string;
  /** Why it does not speak; null while it does. */
  problem: string | null = null;
  #model: NeuralModel | null = null;
  #failures = 0;
  #retryAtMs = 0;
  #isMaking = false;

  constructor(
    private readonly folder: string,
    private readonly cache: SoundCache,
    private readonly version: number,
  ) {
    this.name = path.basename(folder);
  }

  /**
   * The sound of the text, or null where another voice must speak: something is wrong (`problem`), or somebody waits and
   * it is not made yet; then it is made for the next time.
   */
  async file(text: string, urgency: Urgency, signal: AbortSignal): Promise<string | null> {
    if (performance.now() < this.#retryAtMs) return null;
    try {
      this.#model ??= await findModel(this.folder);
      const model = this.#model;
      const key = cacheKey(this.version, 'neural', model.identity, text);
      const made = await this.cache.find(key);
      if (made !== null) return made;
      const make = (): Promise<string> =>
        this.cache.file(key, async (wavPath) =>
          levelled(trimmed(await renderNeural({ model, text, wavPath }, signal))),
        );
      if (urgency === 'now') {
        if (!this.#isMaking) void this.#make(make, signal);
        return null;
      }
      return await this.#make(make, signal);
    } catch (error) {
      this.#fail(error);
      return null;
    }
  }

  async #make(make: () => Promise<string>, signal: AbortSignal): Promise<string | null> {
    this.#isMaking = true;
    try {
      const made = await make();
      this.#failures = 0;
      this.problem = null;
      return made;
    } catch (error) {
      if (!signal.aborted) this.#fail(error);
      return null;
    } finally {
      this.#isMaking = false;
    }
  }

  #fail(error: unknown): void {
    const code = error instanceof RecoverableError ? error.code : 'voice_model_failed';
    this.problem = `${code}: ${messageOf(error)}`;
    this.#model = null;
    this.#retryAtMs = performance.now() + Math.min(RETRY_MS.longest, RETRY_MS.first * 2 ** this.#failures);
    this.#failures += 1;
  }
}
