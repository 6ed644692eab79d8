/** A Mandarin voice of the site's own: real sherpa-onnx with a model of tones, and everything that can be wrong with it. */
import { copyFile, cp, mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { MAX_TRUE_PEAK_DBTP, TARGET_LUFS, TOLERANCE_LU } from '../../src/announcer/sound/levelling';
import { integratedLufs, truePeakDbtp } from '../../src/announcer/sound/loudness';
import { durationMs, parseWav } from '../../src/announcer/sound/wav';
import { findModel, renderNeural } from '../../src/announcer/voices/neural-voice';
import { Voices, wordingOf } from '../../src/announcer/voices/voices';
import { AUDIO_DIR, PHRASES, temporaryFolder, until } from '../support/announcing';
import { anqi } from '../support/anqi';

jest.setTimeout(120_000);

const TONES = path.join(__dirname, '../support/tone-voice');
const FOREIGN_MODEL = path.join(__dirname, '../../models/head-classifier.onnx');
const NEVER = new AbortController().signal;
const BASE = wordingOf(PHRASES, { phraseId: 'base', lang: 'zh-CN', slots: { colour: 'blue', seat: 'driver' } });
const DIALECT = wordingOf(PHRASES, { phraseId: 'base', lang: 'wuu', slots: { colour: 'blue', seat: 'driver' } });

const voicesIn = (folder: string, mandarinModel: string): Voices =>
  new Voices({ audioDir: AUDIO_DIR, cacheDir: path.join(folder, 'cache'), mandarinModel }, { warn: () => undefined });

async function ownVoice(folder: string): Promise<string> {
  const own = path.join(folder, 'own-voice');
  await cp(TONES, own, { recursive: true });
  return own;
}

it('speaks Mandarin with the model and dialect without it, evened and kept', async () => {
  await using home = await temporaryFolder();
  const voices = voicesIn(home.folder, TONES);
  const made = await voices.soundFor(BASE, NEVER);
  expect(made).toMatchObject({ voice: 'synthetic', voiceModel: 'tone-voice' });
  const sound = parseWav(await readFile(made.wavPath));
  expect(Math.abs(integratedLufs(sound) - TARGET_LUFS)).toBeLessThanOrEqual(TOLERANCE_LU);
  expect(truePeakDbtp(sound)).toBeLessThanOrEqual(MAX_TRUE_PEAK_DBTP);
  // 120 ms for each of its characters and pauses, but for the silence at both ends.
  const characters = [...made.text].length;
  expect(durationMs(sound)).toBeGreaterThan(120 * (characters - 3));
  expect(durationMs(sound)).toBeLessThan(120 * (characters + 3));
  expect(await voices.soundFor(BASE, NEVER, 'now')).toEqual(made);
  expect(await voices.soundFor(DIALECT, NEVER)).not.toHaveProperty('voiceModel');
  expect(voices.problem).toBeNull();
});

it('nobody waits for it: espeak-ng speaks what is not made yet, and the model the next time', async () => {
  await using home = await temporaryFolder();
  const voices = voicesIn(home.folder, TONES);
  const first = await voices.soundFor(BASE, NEVER, 'now');
  expect(first).not.toHaveProperty('voiceModel');
  const ahead = await voices.soundFor(BASE, NEVER, 'ahead');
  expect(ahead).toMatchObject({ text: first.text, voiceModel: 'tone-voice' });
  expect(await voices.soundFor(BASE, NEVER, 'now')).toEqual(ahead);
});

it('another model in the same folder speaks anew', async () => {
  await using home = await temporaryFolder();
  const own = await ownVoice(home.folder);
  const before = await voicesIn(home.folder, own).soundFor(BASE, NEVER);
  const lexicon = path.join(own, 'lexicon.txt');
  const lines = (await readFile(lexicon, 'utf8')).split('\n');
  await writeFile(lexicon, lines.map((line) => line.replace(/^请 .*/, '请 u9a91')).join('\n'));
  const after = await voicesIn(home.folder, own).soundFor(BASE, NEVER);
  expect(after.voiceModel).toBe('own-voice');
  expect(after.wavPath).not.toBe(before.wavPath);
});

describe('what is wrong with the model costs the better voice and nothing else', () => {
  it.each<[string, (own: string) => Promise<unknown>, RegExp]>([
    [
      'the folder is missing',
      (own) => rm(own, { recursive: true }),
      /^voice_model_missing: .*own-voice: the folder cannot/,
    ],
    [
      'no model is in it',
      (own) => rm(path.join(own, 'model.onnx')),
      /^voice_model_missing: .*exactly one .onnx .* none$/,
    ],
    [
      'two are',
      (own) => copyFile(FOREIGN_MODEL, path.join(own, 'b.onnx')),
      /^voice_model_missing: .*b.onnx, model.onnx$/,
    ],
    [
      'its tokens are missing',
      (own) => rm(path.join(own, 'tokens.txt')),
      /^voice_model_missing: .*tokens.txt is missing$/,
    ],
    ['its words are', (own) => rm(path.join(own, 'lexicon.txt')), /^voice_model_missing: .*lexicon.txt .* is missing$/],
    ['it is cut off', (own) => truncate(path.join(own, 'model.onnx'), 500), /^voice_model_failed: .*SIGABRT/],
    [
      'it is something else',
      (own) => copyFile(FOREIGN_MODEL, path.join(own, 'model.onnx')),
      /^voice_model_failed: .*ended/,
    ],
    [
      'it does not know a word',
      async (own) => {
        const lexicon = path.join(own, 'lexicon.txt');
        await writeFile(lexicon, (await readFile(lexicon, 'utf8')).replace(/^盔 .*\n/m, ''));
      },
      /^voice_skipped: .* has no word for 盔/,
    ],
  ])('%s', async (_case, damage, problem) => {
    await using home = await temporaryFolder();
    const own = await ownVoice(home.folder);
    await damage(own);
    const voices = voicesIn(home.folder, own);
    const made = await voices.soundFor(BASE, NEVER);
    expect(made).not.toHaveProperty('voiceModel');
    expect(durationMs(parseWav(await readFile(made.wavPath)))).toBeGreaterThan(1000);
    expect(voices.problem).toMatch(problem);
    // It is left alone for a while, even when it has been mended.
    await rm(own, { recursive: true, force: true });
    await ownVoice(home.folder);
    expect(await voices.soundFor(BASE, NEVER)).toEqual(made);
  });

  /** What every Node program that starts now does first. */
  async function preloaded(folder: string, script: string): Promise<Disposable> {
    const file = path.join(folder, 'preload.js');
    await writeFile(file, script);
    const earlier = process.env.NODE_OPTIONS;
    process.env.NODE_OPTIONS = `--require=${file}`;
    return {
      [Symbol.dispose]: () => {
        if (earlier === undefined) delete process.env.NODE_OPTIONS;
        else process.env.NODE_OPTIONS = earlier;
      },
    };
  }

  it('the package is not installed', async () => {
    await using home = await temporaryFolder();
    const script = `const { Module } = require('node:module');
      const load = Module._load;
      Module._load = (name, ...rest) => {
        if (name === 'sherpa-onnx-node') throw new Error('Cannot find module');
        return load(name, ...rest);
      };`;
    using _ = await preloaded(home.folder, script);
    const voices = voicesIn(home.folder, TONES);
    expect(await voices.soundFor(BASE, NEVER)).not.toHaveProperty('voiceModel');
    expect(voices.problem).toMatch(/^voice_package_missing: .*npm install sherpa-onnx-node/);
  });

  it('it hangs: it is ended, also when nobody waits for it any more', async () => {
    await using home = await temporaryFolder();
    const started = path.join(home.folder, 'started');
    const script = `require('node:fs').appendFileSync(${JSON.stringify(started)}, process.pid + '\\n');
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);`;
    using _ = await preloaded(home.folder, script);
    const [model, wavPath] = [await findModel(TONES), path.join(home.folder, 'x.wav')];
    const job = { model, text: '请戴好头盔', wavPath };
    await expect(renderNeural({ ...job, limitMs: 300 }, NEVER)).rejects.toMatchObject({
      ...{ code: 'voice_model_failed', message: 'the model was not done after 0.3 s' },
    });
    const gone = new AbortController();
    const waiting = renderNeural(job, gone.signal);
    const pids = async () => (await readFile(started, 'utf8').catch(() => '')).split('\n').filter(Boolean);
    let seen: string[] = [];
    await until('the second one has started', () => {
      void pids().then((now) => {
        seen = now;
      });
      return seen.length === 2;
    });
    gone.abort();
    await expect(waiting).rejects.toMatchObject({ name: 'AbortError' });
    for (const pid of seen) expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH');
  });
});

describe('the technician is told', () => {
  async function siteWith(folder: string, mandarinModel: string): Promise<string> {
    await mkdir(path.join(folder, 'data'), { recursive: true });
    const file = path.join(folder, 'anqi.yaml');
    const cameras = [{ id: 'east', url: 'rtsp://127.0.0.1/none', enabled: false }];
    const dataFolder = path.join(folder, 'data');
    await writeFile(
      file,
      JSON.stringify({ version: 1, node: { id: 'a' }, dataFolder, cameras, prompts: { mandarinModel } }),
    );
    return file;
  }

  it('by anqi check, doctor and say, of a voice that is good', async () => {
    await using home = await temporaryFolder();
    const file = await siteWith(home.folder, TONES);
    expect(await anqi('check', file)).toMatchObject({ code: 0 });
    const { stdout } = await anqi('doctor', '--quick', '--config', file);
    expect(stdout).toMatch(/^pass {2}Mandarin voice: .*model\.onnx: \d+ ms of sound made in \d+ ms$/m);
    const said = await anqi('say', '--phrase', 'thanks', '--config', file, '--out', path.join(home.folder, 'out.wav'));
    expect(said.stdout).toMatch(/\(tone-voice\)/);
  });

  it('and of one that is not there', async () => {
    await using home = await temporaryFolder();
    const nowhere = path.join(home.folder, 'nowhere');
    const file = await siteWith(home.folder, nowhere);
    expect(await anqi('check', file)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`prompts.mandarinModel: ${nowhere}: the folder cannot be read`),
    });
    const { stdout } = await anqi('doctor', '--quick', '--config', file);
    expect(stdout).toMatch(/^warn {2}Mandarin voice: .*nowhere.*espeak-ng speaks until this is mended$/m);
    const said = await anqi('say', '--phrase', 'thanks', '--config', file, '--out', path.join(home.folder, 'out.wav'));
    expect([said.code, said.stderr]).toEqual([
      0,
      expect.stringMatching(/espeak-ng speaks instead: voice_model_missing/),
    ]);
  });
});
