/** Recorded voices through the announcer: whole sentences, joined words, what is missing, and recordings that cannot be used. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { phraseParts } from '../../src/announcer/phrases';
import { MAX_TRUE_PEAK_DBTP, TARGET_LUFS, TOLERANCE_LU } from '../../src/announcer/sound/levelling';
import { integratedLufs, truePeakDbtp } from '../../src/announcer/sound/loudness';
import { durationMs, encodeWav, parseWav, type Sound } from '../../src/announcer/sound/wav';
import { atomsOf } from '../../src/announcer/voices/recorded-words';
import { Voices, wordingOf } from '../../src/announcer/voices/voices';
import { AUDIO_DIR, PHRASES, temporaryFolder } from '../support/announcing';

jest.setTimeout(120_000);

const BASE = { phraseId: 'base', lang: 'wuu', slots: { colour: 'blue', garment: 'shirt' } } as const;
const BASE_TEXT = '着藍襯衫個師傅，請擔頭盔戴戴好，謝謝！';
const NEUTRAL_TEXT = '騎電瓶車個朋友，請頭盔戴戴好再走，謝謝！';
const NEUTRAL_FILE = '騎電瓶車個朋友請頭盔戴戴好再走謝謝';
const ATOMS = atomsOf(phraseParts(PHRASES, BASE)).map(({ text }) => text);

interface ToneOptions {
  readonly hz?: number;
  readonly amplitude?: number;
  readonly sampleRateHz?: number;
  readonly channels?: number;
}

/** A tone between 200 ms of silence, as somebody would record a word. */
function word(lengthMs: number, options: ToneOptions = {}): Sound {
  const { hz = 300, amplitude = 3000, sampleRateHz = 16000, channels = 1 } = options;
  const { PI, floor, round, sin } = Math;
  const quiet = round(0.2 * sampleRateHz);
  const loud = round((lengthMs / 1000) * sampleRateHz);
  const samples = Int16Array.from({ length: (2 * quiet + loud) * channels }, (_, i) => {
    const at = floor(i / channels) - quiet;
    return at < 0 || at >= loud ? 0 : round(amplitude * sin((2 * PI * hz * at) / sampleRateHz));
  });
  return { sampleRateHz, channels, samples };
}

interface Recorded {
  readonly files: Readonly<Record<string, Sound | Buffer>>;
  readonly folder: string;
}

async function recordedVoices({ files, folder }: Recorded) {
  const clipsDir = path.join(folder, 'clips');
  await mkdir(path.join(clipsDir, 'wuu'), { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const bytes = Buffer.isBuffer(content) ? content : encodeWav(content);
    await writeFile(path.join(clipsDir, 'wuu', `${name}.wav`), bytes);
  }
  const warnings: unknown[] = [];
  const options = { audioDir: AUDIO_DIR, clipsDir, cacheDir: path.join(folder, 'cache') };
  const voices = new Voices(options, { warn: (facts) => warnings.push(facts) });
  const say = async (prompt: Parameters<typeof wordingOf>[1] = BASE) => {
    const made = await voices.soundFor(wordingOf(PHRASES, prompt), new AbortController().signal);
    return { ...made, sound: parseWav(await readFile(made.wavPath)) };
  };
  return { say, warnings, clipsDir };
}

const each = (names: readonly string[], sound: (name: string, index: number) => Sound) =>
  Object.fromEntries(names.map((name, index) => [name, sound(name, index)]));

function expectLevelled(sound: Sound): void {
  expect(Math.abs(integratedLufs(sound) - TARGET_LUFS)).toBeLessThanOrEqual(TOLERANCE_LU);
  expect(truePeakDbtp(sound)).toBeLessThanOrEqual(MAX_TRUE_PEAK_DBTP);
}

test('words of different loudness, rate and channels become one even sentence with rests at its marks', async () => {
  await using home = await temporaryFolder();
  const files = each(ATOMS, (_, i) =>
    word(300, {
      amplitude: 1500 * (1 + (i % 4)),
      sampleRateHz: [16000, 44100, 22050][i % 3] ?? 16000,
      channels: 1 + (i % 2),
    }),
  );
  const { say, warnings } = await recordedVoices({ ...home, files });
  const { text, voice, sound } = await say();
  expect({ text, voice, warnings }).toEqual({ text: BASE_TEXT, voice: 'recorded', warnings: [] });
  expect(sound).toMatchObject({ sampleRateHz: 44100, channels: 1 });
  expectLevelled(sound);
  const heardMs = ATOMS.length * 300 + 2 * 280;
  expect(durationMs(sound)).toBeGreaterThan(heardMs);
  expect(durationMs(sound)).toBeLessThan(heardMs + ATOMS.length * 60);
});

test('the whole sentence in one recording is taken before its words', async () => {
  await using home = await temporaryFolder();
  const whole = BASE_TEXT.replaceAll(/[，！]/gu, '');
  const files = { ...each(ATOMS, () => word(300)), [whole]: word(1000) };
  const { text, voice, sound } = await (await recordedVoices({ ...home, files })).say();
  expect({ text, voice }).toEqual({ text: BASE_TEXT, voice: 'recorded' });
  expect(durationMs(sound)).toBeLessThan(1100);
});

test('one word missing: never mixed, the machine voice says all of it, and what is missing is told once', async () => {
  await using home = await temporaryFolder();
  const files = each(
    ATOMS.filter((text) => text !== '藍'),
    () => word(300),
  );
  const { say, warnings } = await recordedVoices({ ...home, files });
  expect(await say()).toMatchObject({ text: BASE_TEXT, voice: 'synthetic' });
  expect(await say()).toMatchObject({ text: BASE_TEXT, voice: 'synthetic' });
  expect(warnings).toContainEqual({ lang: 'wuu', missing: ['藍'] });
  expect(new Set(warnings.map((facts) => JSON.stringify(facts))).size).toBe(warnings.length);
});

test('a language in which nothing is recorded is machine-made without a word', async () => {
  await using home = await temporaryFolder();
  const { say, warnings } = await recordedVoices({ ...home, files: {} });
  expect(await say()).toMatchObject({ voice: 'synthetic' });
  expect(warnings).toEqual([]);
});

test('only the impersonal sentence is recorded: it is said, and the report has its text', async () => {
  await using home = await temporaryFolder();
  const { say } = await recordedVoices({ ...home, files: { [NEUTRAL_FILE]: word(1000) } });
  const { text, voice, sound } = await say();
  expect({ text, voice }).toEqual({ text: NEUTRAL_TEXT, voice: 'recorded' });
  expectLevelled(sound);
});

test("the site's own recordings come before those of the release, and a new one is heard at once", async () => {
  await using home = await temporaryFolder();
  const { say, clipsDir } = await recordedVoices({ ...home, files: { [NEUTRAL_FILE]: word(1000) } });
  const before = await say();
  await writeFile(path.join(clipsDir, 'wuu', `${NEUTRAL_FILE}.wav`), encodeWav(word(2000)));
  const after = await say();
  expect(Math.round((durationMs(after.sound) - durationMs(before.sound)) / 100)).toBe(10);
});

test.each<[string, Sound | Buffer, string]>([
  ['no WAV', Buffer.from('not a WAV'), 'clip_unreadable: not a WAV file'],
  ['empty', Buffer.alloc(0), 'clip_unreadable: not a WAV file'],
  ['cut off', encodeWav(word(1000)).subarray(0, 5000), 'clip_unreadable: WAV cut off: 4956 of 44800 bytes of sound'],
  ['silent', word(1000, { amplitude: 0 }), 'clip_silent: nothing can be heard'],
  ['ten minutes long', word(600_000, { sampleRateHz: 8000 }), 'clip_too_long: 600 s; at most 30 s'],
  ['larger than is ever read', word(600_000, { sampleRateHz: 16000 }), 'clip_too_long: 19 MB; at most 30 s'],
])('a recording that is %s is named with its reason and passed over', async (_case, content, reason) => {
  await using home = await temporaryFolder();
  const { say, warnings, clipsDir } = await recordedVoices({ ...home, files: { [NEUTRAL_FILE]: content } });
  expect(await say()).toMatchObject({ text: BASE_TEXT, voice: 'synthetic' });
  expect(warnings).toContainEqual({ file: path.join(clipsDir, 'wuu', `${NEUTRAL_FILE}.wav`), reason });
});

test('a broken stretch is replaced by its words', async () => {
  await using home = await temporaryFolder();
  const files = { ...each(ATOMS, () => word(300)), 着藍: Buffer.from('broken') };
  const { say, warnings } = await recordedVoices({ ...home, files });
  expect(await say()).toMatchObject({ text: BASE_TEXT, voice: 'recorded' });
  expect(warnings).toHaveLength(1);
});
