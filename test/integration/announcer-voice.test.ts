/** The machine voice through the real espeak-ng, the cache, recorded clips and the queue, on a folder speaker. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type AnnounceRequest, QUEUE_LIMIT } from '../../src/announcer/announcer';
import { LANGUAGES, PHRASE_IDS, type PhraseBook, spokenDurationMs } from '../../src/announcer/phrases';
import { durationMs, encodeWav, parseWav, peakRatio, rmsRatio, type Sound } from '../../src/announcer/wav';
import { CLOTHING_COLOURS } from '../../src/domain';
import { AUDIO_DIR, commands, PHRASES, startAnnouncing, temporaryFolder, until } from '../support/announcing';

const THANKS: AnnounceRequest = { incidentId: 'i1', phraseId: 'thanks', lang: 'zh-CN', slots: {} };
const FALLBACK: AnnounceRequest = { ...THANKS, phraseId: 'fallback' };
const MINUS_3_DBFS = 0.708;

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
        expect(peakRatio(sound)).toBeCloseTo(MINUS_3_DBFS, 2);
        expect(rmsRatio(sound)).toBeGreaterThan(0.05);
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
    expect(await readdir(path.join(AUDIO_DIR, 'voice'))).toEqual(['anqi']);
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

describe('a recorded clip', () => {
  const clip = {
    sampleRateHz: 16000,
    channels: 1,
    samples: new Int16Array(16000).map((_, i) => 500 * Math.sin(i / 5)),
  };

  test.each([
    [
      'is played instead of the machine voice, levelled, and says the phrase without slots',
      encodeWav(clip),
      'recorded',
    ],
    ['that is no WAV is passed over', Buffer.from('not a WAV'), 'synthetic'],
    ['that is silent is passed over', encodeWav({ ...clip, samples: new Int16Array(16000) }), 'synthetic'],
  ] as const)('%s', async (_case, bytes, voice) => {
    await using home = await temporaryFolder();
    const clipsDir = path.join(home.folder, 'clips');
    await mkdir(path.join(clipsDir, 'wuu'), { recursive: true });
    await writeFile(path.join(clipsDir, 'wuu/base.wav'), bytes);
    await using speaking = startAnnouncing({ ...home, voices: { clipsDir } });
    const request = { ...THANKS, phraseId: 'base', lang: 'wuu', slots: { colour: 'red' } } as const;
    const report = await speaking.announcer.announce(request);
    const isRecorded = voice === 'recorded';
    const text = isRecorded ? '騎電瓶車個朋友，請頭盔戴戴好再走，謝謝！' : '着紅衣裳個師傅，請擔頭盔戴戴好，謝謝！';
    expect(report).toMatchObject({ voice, text, playback: 'confirmed' });
    const sound = await soundOf(report.wavPath);
    expect(peakRatio(sound)).toBeCloseTo(MINUS_3_DBFS, 2);
    if (isRecorded) expect(durationMs(sound)).toBe(1000);
  });
});

describe('the queue', () => {
  test('speaks one at a time, in order, taking as long as the sound when paced', async () => {
    await using home = await temporaryFolder();
    const directory = path.join(home.folder, 'played');
    await using speaking = startAnnouncing({ ...home, speaker: { kind: 'folder', directory, paced: true } });
    const requests = [THANKS, { ...THANKS, phraseId: 'group' } as const];
    const [first, second] = await Promise.all(requests.map((each) => speaking.announcer.announce(each)));
    expect(first).toMatchObject({ playback: 'confirmed' });
    expect(Number(second?.startedAtMs)).toBeGreaterThanOrEqual(Number(first?.endedAtMs));
    const files = (await readdir(directory)).sort();
    expect(files.map((file) => file.replace(/^\d+-/, ''))).toEqual(['0001-zh-CN-thanks.wav', '0002-zh-CN-group.wav']);
  });

  test('refuses what is too much, too late, called off or muted, and says so at once', async () => {
    await using home = await temporaryFolder();
    await using speaking = startAnnouncing(home);
    const { announcer } = speaking;
    const late = announcer.announce({ ...THANKS, expiresAtMs: Date.now() - 1 });
    const muted = announcer.announce({ ...THANKS, volumePercent: 0 });
    const called = announcer.announce({ ...THANKS, incidentId: 'gone' });
    const others = Array.from({ length: QUEUE_LIMIT - 3 }, () => announcer.announce(THANKS));
    const full = announcer.announce(THANKS);
    announcer.cancel('gone');
    expect(await full).toMatchObject({
      playback: 'failed',
      reason: 'queue_full',
      text: '谢谢配合，头盔戴好了，路上当心！',
    });
    expect(await called).toMatchObject({ incidentId: 'gone', playback: 'failed', reason: 'cancelled' });
    expect(await late).toMatchObject({ playback: 'failed', reason: 'expired' });
    expect(await muted).toMatchObject({ playback: 'failed', reason: 'volume_zero' });
    for (const report of await Promise.all(others)) expect(report).toMatchObject({ playback: 'confirmed' });
  });

  test('a stop lets the sentence end, drops the rest and refuses what comes later', async () => {
    await using home = await temporaryFolder();
    await using speaking = startAnnouncing(home);
    await speaking.announcer.prerender([THANKS], new AbortController().signal);
    const reports = [speaking.announcer.announce(THANKS), speaking.announcer.announce(THANKS)];
    await until('the first is being spoken', () => speaking.announcer.state().isSpeaking);
    await speaking.stop();
    const [first, second] = await Promise.all(reports);
    expect(first?.playback).toBe('confirmed');
    expect(second).toMatchObject({ playback: 'failed', reason: 'stopped' });
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
