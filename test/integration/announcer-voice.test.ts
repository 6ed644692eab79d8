/** The machine voice through the real espeak-ng, the cache, and one sentence at a time, on a folder speaker. */
import { existsSync } from 'node:fs';
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AnnounceRequest } from '../../src/announcer/announcer';
import { LANGUAGES, PHRASE_IDS, type PhraseBook, spokenDurationMs } from '../../src/announcer/phrases';
import { MAX_TRUE_PEAK_DBTP, TARGET_LUFS, TOLERANCE_LU } from '../../src/announcer/sound/levelling';
import { integratedLufs, truePeakDbtp } from '../../src/announcer/sound/loudness';
import { durationMs, encodeWav, parseWav, type Sound } from '../../src/announcer/sound/wav';
import { CLOTHING_COLOURS } from '../../src/domain';
import { AUDIO_DIR, commands, PHRASES, startAnnouncing, temporaryFolder, until } from '../support/announcing';

const THANKS: AnnounceRequest = { incidentId: 'i1', phraseId: 'thanks', lang: 'zh-CN', slots: {} };
const FALLBACK: AnnounceRequest = { ...THANKS, phraseId: 'fallback' };

jest.setTimeout(120_000);

async function soundOf(wavPath: string | null): Promise<Sound> {
  return parseWav(await readFile(wavPath ?? 'no WAV'));
}

/** The book with one sentence that the loader would have refused. */
function bookSaying(text: string): PhraseBook {
  return { ...PHRASES, phrases: { ...PHRASES.phrases, thanks: { 'zh-CN': { text }, wuu: { text } } } };
}

describe('the machine voice', () => {
  test('speaks every phrase in both languages: about as long as estimated, loud, never clipped', async () => {
    await using home = await temporaryFolder();
    await using speaking = startAnnouncing(home);
    for (const [index, phraseId] of PHRASE_IDS.entries()) {
      for (const lang of LANGUAGES) {
        const slots = { colour: CLOTHING_COLOURS[index % CLOTHING_COLOURS.length], garment: 'shirt' } as const;
        const report = await speaking.announcer.announce({ incidentId: 'i1', phraseId, lang, slots });
        expect(report).toMatchObject({ phraseId, lang, voice: 'synthetic', playback: 'confirmed', reason: null });
        const sound = await soundOf(report.wavPath);
        const lengthMs = durationMs(sound);
        expect(Math.abs(lengthMs / spokenDurationMs(report.text, lang) - 1)).toBeLessThan(0.2);
        expect(Number(report.endedAtMs) - Number(report.startedAtMs)).toBe(Math.round(lengthMs));
        expect(Math.abs(integratedLufs(sound) - TARGET_LUFS)).toBeLessThanOrEqual(TOLERANCE_LU);
        expect(truePeakDbtp(sound)).toBeLessThanOrEqual(MAX_TRUE_PEAK_DBTP);
      }
    }
  });

  test('a rendered prompt needs no voice any more', async () => {
    await using home = await temporaryFolder();
    await using speaking = startAnnouncing(home);
    const signal = new AbortController().signal;
    expect(await speaking.announcer.prerender([THANKS], signal)).toEqual({ ready: 1, failed: 0 });
    using _ = await commands(home.folder, {}, 'nothing-else');
    expect(await speaking.announcer.announce(THANKS)).toMatchObject({ playback: 'confirmed' });
    expect(await speaking.announcer.prerender([THANKS, FALLBACK], signal)).toEqual({ ready: 1, failed: 1 });
  });

  test.each([
    ['is missing', undefined, 'voice_missing: espeak-ng is not installed (Debian: apt-get install espeak-ng)'],
    ['fails', 'echo "no such voice" >&2; exit 3', 'voice_failed: espeak-ng ended with 3: no such voice'],
    ['is killed', 'kill -9 $$', 'voice_failed: espeak-ng ended with SIGKILL'],
    ['writes nothing', 'exit 0', 'voice_failed: espeak-ng wrote no usable WAV'],
    [
      'skips characters',
      'for f; do case "$f" in *.tmp) cat "$SHORT_WAV" > "$f";; esac; done',
      'voice_short: 100 ms for 13',
    ],
    ['is silent', 'for f; do case "$f" in *.tmp) cat "$SILENT_WAV" > "$f";; esac; done', 'voice_silent'],
  ])('one that %s is reported, and the next prompt is tried again', async (_case, script, reason) => {
    await using home = await temporaryFolder();
    process.env.SHORT_WAV = path.join(home.folder, 'short.wav');
    process.env.SILENT_WAV = path.join(home.folder, 'silent.wav');
    const noise = (lengthMs: number, amplitude: number) =>
      encodeWav({ sampleRateHz: 8000, channels: 1, samples: new Int16Array(lengthMs * 8).fill(amplitude) });
    await writeFile(process.env.SHORT_WAV, noise(100, 9000));
    await writeFile(process.env.SILENT_WAV, noise(5000, 0));
    await using speaking = startAnnouncing(home);
    const broken =
      script === undefined
        ? await commands(home.folder, {}, 'nothing-else')
        : await commands(home.folder, { 'espeak-ng': script });
    const report = await speaking.announcer.announce(THANKS);
    broken[Symbol.dispose]();
    expect(report).toMatchObject({ playback: 'failed', startedAtMs: null, endedAtMs: null, wavPath: null });
    expect(report.reason).toContain(reason);
    expect(await speaking.announcer.announce(THANKS)).toMatchObject({ playback: 'confirmed' });
  });

  test('one that hangs ends with the service', async () => {
    await using home = await temporaryFolder();
    const pidFile = path.join(home.folder, 'pid');
    using _ = await commands(home.folder, {
      'espeak-ng': `echo $$ > ${pidFile}.new; mv ${pidFile}.new ${pidFile}; exec sleep 60`,
    });
    await using speaking = startAnnouncing(home);
    const report = speaking.announcer.announce(THANKS);
    await until('the voice hangs', () => existsSync(pidFile));
    await speaking.stop();
    expect(await report).toMatchObject({ playback: 'failed', startedAtMs: null });
    const pid = Number(await readFile(pidFile, 'utf8'));
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  test.each([
    ['Latin', '请戴头盔 OK'],
    ['digits', '请戴2个头盔'],
    ['an emoji', '请戴头盔😀'],
    ['markup', '<speak>请戴</speak>'],
    ['quotes', '请戴"头盔"\'\''],
    ['a shell expression', '请$(touch pwned)戴`touch pwned`;touch pwned'],
    ['an option', '-w /etc/passwd'],
    ['500 characters', '请'.repeat(500)],
    ['nothing', ''],
  ])('a sentence with %s is refused by name in both languages and harms nothing', async (_case, text) => {
    await using home = await temporaryFolder();
    await using speaking = startAnnouncing({ ...home, phrases: bookSaying(text) });
    for (const lang of LANGUAGES) {
      const report = await speaking.announcer.announce({ ...THANKS, lang });
      expect(report).toMatchObject({ text, playback: 'failed' });
      expect(report.reason).toMatch(/^text_(unspeakable|too_long|empty): /);
    }
    expect(await readdir(home.folder)).toEqual(['played']);
    expect(await readdir(path.join(AUDIO_DIR, 'voice'))).toEqual(['anqi', 'anqi-flat']);
  });
});

describe('the cache', () => {
  test('stays within its bound and keeps the newest', async () => {
    await using home = await temporaryFolder();
    const cacheMaxBytes = 400_000;
    await using speaking = startAnnouncing({ ...home, voices: { cacheMaxBytes } });
    for (const phraseId of ['thanks', 'group', 'cap', 'fallback'] as const) {
      expect(await speaking.announcer.announce({ ...THANKS, phraseId })).toMatchObject({ playback: 'confirmed' });
    }
    const names = await readdir(speaking.cacheDir);
    const sizes = await Promise.all(names.map(async (name) => (await stat(path.join(speaking.cacheDir, name))).size));
    expect(names.length).toBeGreaterThan(0);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(cacheMaxBytes);
    using _ = await commands(home.folder, {}, 'nothing-else');
    expect(await speaking.announcer.announce(FALLBACK)).toMatchObject({ playback: 'confirmed' });
  });

  test('a file cut off by a power failure is rendered again', async () => {
    await using home = await temporaryFolder();
    await using speaking = startAnnouncing(home);
    const before = await soundOf((await speaking.announcer.announce(THANKS)).wavPath);
    const [name = ''] = await readdir(speaking.cacheDir);
    await truncate(path.join(speaking.cacheDir, name), 1000);
    const report = await speaking.announcer.announce(THANKS);
    expect(report).toMatchObject({ playback: 'confirmed' });
    expect(await soundOf(report.wavPath)).toEqual(before);
  });

  test('no room for it: the prompt fails with the reason', async () => {
    await using home = await temporaryFolder();
    await writeFile(path.join(home.folder, 'file'), '');
    const cacheDir = path.join(home.folder, 'file/cache');
    await using speaking = startAnnouncing({ ...home, voices: { cacheDir } });
    const report = await speaking.announcer.announce(THANKS);
    expect(report).toMatchObject({ playback: 'failed', reason: expect.stringContaining('cache_failed: ') });
  });
});

describe('speaking', () => {
  test('takes as long as the sound when paced, and files are numbered in order', async () => {
    await using home = await temporaryFolder();
    const directory = path.join(home.folder, 'played');
    await using speaking = startAnnouncing({ ...home, speaker: { kind: 'folder', directory, paced: true } });
    const first = await speaking.announcer.announce(THANKS);
    const second = await speaking.announcer.announce({ ...THANKS, phraseId: 'group' });
    expect([first.playback, second.playback]).toEqual(['confirmed', 'confirmed']);
    const lengthMs = durationMs(await soundOf(first.wavPath));
    expect(Number(first.endedAtMs) - Number(first.startedAtMs)).toBeGreaterThanOrEqual(Math.floor(lengthMs));
    const files = (await readdir(directory)).sort();
    expect(files.map((file) => file.replace(/^\d+-/, ''))).toEqual(['0001-zh-CN-thanks.wav', '0002-zh-CN-group.wav']);
  });

  test('two at the same time never: the second is refused at once', async () => {
    await using home = await temporaryFolder();
    await using speaking = startAnnouncing(home);
    const first = speaking.announcer.announce(THANKS);
    expect(await speaking.announcer.announce(FALLBACK)).toMatchObject({ playback: 'failed', reason: 'busy' });
    expect(await first).toMatchObject({ playback: 'confirmed' });
  });

  test('a stop lets the sentence end and refuses what comes later', async () => {
    await using home = await temporaryFolder();
    await using speaking = startAnnouncing(home);
    await speaking.announcer.prerender([THANKS], new AbortController().signal);
    const report = speaking.announcer.announce(THANKS);
    await speaking.stop();
    expect(await report).toMatchObject({ playback: 'confirmed' });
    expect(await speaking.announcer.announce(THANKS)).toMatchObject({ playback: 'failed', reason: 'stopped' });
  });

  test('a folder that cannot be written is a named failure', async () => {
    await using home = await temporaryFolder();
    await writeFile(path.join(home.folder, 'played'), 'in the way');
    await using speaking = startAnnouncing(home);
    expect(await speaking.announcer.announce(THANKS)).toMatchObject({
      playback: 'failed',
      reason: expect.stringContaining('folder_failed: '),
    });
    expect(speaking.announcer.state().speaker).toBe('failed');
  });
});
