/** The recording room through its API: what is missing, takes, consent, what is heard, and recordings that travel as a ZIP. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { strFromU8, strToU8, unzipSync, type Zippable, zipSync } from 'fflate';
import { durationMs, encodeWav, parseWav } from '../../src/announcer/sound/wav';
import { anqi } from '../support/anqi';
import { type Answered, ConsoleBox, type Visitor } from '../support/console';
import { type TakeParts, take } from '../support/takes';

jest.setTimeout(90_000);

const SPEAKER = '臧阿姨';
const WORDS = '謝謝';
const WAV = { 'content-type': 'audio/wav' };
const ZIP = { 'content-type': 'application/zip' };
const MAX_TAKE_BYTES = 6 * 1024 * 1024;

let box: ConsoleBox;
let technician: Visitor;
let viewer: Visitor;
beforeAll(async () => {
  box = await ConsoleBox.configured({ cameras: [], console: {} });
  technician = await box.setUp();
  const account = { username: 'wang', password: 'viewer password', role: 'viewer' };
  await technician.ask('POST', '/api/accounts', account);
  viewer = box.visitor();
  await viewer.login(account.username, account.password);
});
afterAll(() => box[Symbol.asyncDispose]());

const at = (words: string, rest = ''): string => `/api/recordings/${encodeURIComponent(words)}${rest}`;
const wav = (parts: TakeParts = {}): Buffer => encodeWav(take(parts));
const keep = (words: string, bytes: Uint8Array, speaker = SPEAKER, who = technician): Promise<Answered> =>
  who.ask('PUT', at(words, `?speaker=${encodeURIComponent(speaker)}`), bytes, WAV);
const listed = async () => (await technician.ask('GET', '/api/recordings')).json;
const wordsNow = async (words: string) => (await listed()).words.find((one: { words: string }) => one.words === words);
const clips = (...names: string[]): string => join(box.site.dataFolder, 'clips', ...names);
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describe('the list', () => {
  it('has every word of the dialect with its meaning, draft and IPA, as anqi phrases has it', async () => {
    const { words, consent } = await listed();
    const { stdout } = await anqi('phrases', '--lang', 'wuu', '--missing', '--config', box.configFile);
    const files = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t')[2]);
    expect(words.map((one: { words: string }) => `wuu/${one.words}.wav`)).toEqual(files);
    expect(words.find((one: { words: string }) => one.words === '藍')).toMatchObject({
      ...{ kind: 'slot', uses: ['colour=blue'], state: 'machine', mandarin: '蓝色', recording: null },
      ipa: expect.stringMatching(/^\S+\d+$/u),
    });
    expect(words.filter((one: { mandarin: string }) => one.mandarin === '')).toEqual([]);
    expect(consent).toContain('撤回');
  });

  it('has every phrase in both languages, and says which voice speaks it', async () => {
    const { phrases } = await listed();
    expect(phrases[0]).toMatchObject({
      id: 'base',
      sentences: [
        { lang: 'zh-CN', text: expect.stringContaining('蓝色衬衫'), voice: 'synthetic' },
        { lang: 'wuu', text: expect.stringContaining('藍襯衫'), voice: 'synthetic' },
      ],
    });
  });
});

describe('consent', () => {
  it('comes before any recording', async () => {
    const { status, json } = await keep(WORDS, wav());
    expect([status, json.error.code]).toEqual([422, 'refused']);
    expect(json.error.detail).toContain('has not agreed');
    expect(existsSync(clips('wuu'))).toBe(false);
  });

  it.each([
    ['not given', { name: SPEAKER, consent: false }],
    ['of nobody', { name: '  ', consent: true }],
    ['without a word', { name: SPEAKER }],
    ['of two lines', { name: 'a\nb', consent: true }],
  ])('%s is none', async (_, body) => {
    expect((await technician.ask('POST', '/api/voice-speakers', body)).status).toBe(400);
  });

  it('is written down with its date, its words and who wrote it down', async () => {
    const { status } = await technician.ask('POST', '/api/voice-speakers', { name: SPEAKER, consent: true });
    expect(status).toBe(204);
    const { speakers } = await listed();
    expect(speakers).toMatchObject([{ name: SPEAKER, recordings: 0 }]);
    const { consent } = await listed();
    const book = JSON.parse(readFileSync(clips('recordings.json'), 'utf8'));
    expect(book.speakers).toMatchObject([{ name: SPEAKER, consent, notedBy: 'li' }]);
    expect(Date.now() - Date.parse(book.speakers[0].consentedAt)).toBeLessThan(60_000);
  });
});

describe('a take', () => {
  it.each<[string, TakeParts, readonly string[]]>([
    ['good', {}, []],
    ['clipped', { peak: 1.6 }, ['clipped']],
    ['far away', { peak: 0.008 }, ['quiet']],
    ['noisy', { noise: 0.03 }, ['noisy']],
    ['silent', { peak: 0 }, ['silent']],
  ])('%s is judged, and not kept', async (_, parts, codes) => {
    const { status, json } = await technician.ask('POST', at(WORDS, '/check'), wav(parts), WAV);
    expect([status, json.advice.map(({ code }: { code: string }) => code)]).toEqual([200, codes]);
    expect(existsSync(clips('wuu'))).toBe(false);
  });

  it.each<[string, Buffer, string]>([
    ['no sound at all', Buffer.from('not a sound'), 'unreadable'],
    ['a WAV cut off in its header', wav().subarray(0, 30), 'unreadable'],
    ['a list of other files', Buffer.from('ffconcat version 1.0\nfile /etc/passwd\n'), 'unreadable'],
    ['a playlist', Buffer.from('#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:9/x.ts\n'), 'unreadable'],
    ['half a minute and more', wav({ voiceMs: 30_000, rateHz: 16_000 }), 'too_long'],
    ['too loud', wav({ peak: 1.6 }), 'clipped'],
  ])('%s is not kept', async (_, bytes, code) => {
    const checked = await technician.ask('POST', at(WORDS, '/check'), bytes, WAV);
    expect(checked.json.advice).toMatchObject([{ code, isSerious: true }]);
    const { status, json } = await keep(WORDS, bytes);
    expect([status, json.error.detail]).toEqual([422, `record it again: ${code}`]);
    expect(existsSync(clips('wuu'))).toBe(false);
  });

  it('of a telephone is decoded: AAC in an MP4, Opus in a WebM', async () => {
    for (const [type, codec, format] of [
      ['audio/mp4', 'aac', 'ipod'],
      ['audio/webm', 'libopus', 'webm'],
    ] as const) {
      const file = join(box.site.folder, `take.${format}`);
      const args = ['-v', 'error', '-y', '-i', 'pipe:0', '-c:a', codec, '-f', format, file];
      expect(spawnSync('ffmpeg', args, { input: wav({ noise: 0.001 }) }).status).toBe(0);
      const answer = await technician.ask('POST', at(WORDS, '/check'), readFileSync(file), { 'content-type': type });
      expect([answer.status, answer.json.advice]).toEqual([200, []]);
      expect(Math.abs(answer.json.startMs - 300)).toBeLessThan(60);
    }
    expect(readdirSync(join(box.site.dataFolder, 'takes'))).toEqual([]);
  });

  it('larger than any is refused unread', async () => {
    const { status } = await technician.ask('POST', at(WORDS, '/check'), Buffer.alloc(MAX_TAKE_BYTES + 1), WAV);
    expect(status).toBe(413);
  });

  it.each(['你好', '../../x', '..%2f..%2fx', 'x%00', '謝'.repeat(61), '謝謝.wav'])(
    'of %s has no place',
    async (words) => {
      const path = `/api/recordings/${words.includes('%') ? words : encodeURIComponent(words)}`;
      const { status } = await technician.ask('PUT', `${path}?speaker=${encodeURIComponent(SPEAKER)}`, wav(), WAV);
      expect([400, 404]).toContain(status);
    },
  );

  it('is nothing that a viewer may send, hear, delete or take away', async () => {
    const answers = [
      await keep(WORDS, wav(), SPEAKER, viewer),
      await viewer.ask('GET', '/api/recordings'),
      await viewer.ask('GET', '/api/recordings.zip'),
      await viewer.ask('POST', '/api/recordings.zip', Buffer.from('PK'), ZIP),
      await viewer.ask('POST', '/api/voice-speakers', { name: 'x', consent: true }),
      await viewer.ask('DELETE', at(WORDS)),
    ];
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 403));
  });

  it('that is good is kept, cut to the voice, and listed as recorded', async () => {
    const sound = take({ beforeMs: 1_500, voiceMs: 600, afterMs: 1_200, noise: 0.002 });
    const { status, json } = await keep(WORDS, encodeWav(sound));
    expect([status, json.advice]).toEqual([200, []]);
    const kept = parseWav(readFileSync(clips('wuu', `${WORDS}.wav`)));
    const lengthMs = kept.samples.length / 48;
    expect(lengthMs).toBeGreaterThan(600 + 400);
    expect(lengthMs).toBeLessThan(600 + 600);
    expect(await wordsNow(WORDS)).toMatchObject({ state: 'recorded', recording: { speaker: SPEAKER } });
    const { stdout } = await anqi('phrases', '--lang', 'wuu', '--missing', '--config', box.configFile);
    expect(stdout).not.toContain(`wuu/${WORDS}.wav`);
    expect((await anqi('voices', 'check', clips())).stdout).toContain('1 good 可用, 0 to be seen to');
  });

  it('is kept with mild advice, where somebody hears that it is good all the same', async () => {
    const { status, json } = await keep('藍', wav({ noise: 0.03 }));
    expect([status, json.advice]).toMatchObject([200, [{ code: 'noisy', isSerious: false }]]);
  });
});

describe('what is heard', () => {
  it('is the recording, or the machine voice where there is none', async () => {
    const recorded = await technician.ask('GET', at(WORDS, '/sound'));
    const machine = await technician.ask('GET', at('紅', '/sound'));
    for (const { status, headers, bytes } of [recorded, machine]) {
      expect([status, headers.get('content-type')]).toEqual([200, 'audio/wav']);
      expect(parseWav(bytes).samples.length).toBeGreaterThan(0);
    }
    expect((await technician.ask('GET', at('你好', '/sound'))).status).toBe(404);
  });

  it.each(['zh-CN', 'wuu'])('is every phrase: %s', async (lang) => {
    const { status, bytes } = await technician.ask('GET', `/api/phrases/base/${lang}/sound`);
    expect(status).toBe(200);
    expect(parseWav(bytes).samples.length).toBeGreaterThan(0);
    expect((await technician.ask('GET', `/api/phrases/nothing/${lang}/sound`)).status).toBe(404);
  });

  it('changes with the recordings: a loudspeaker says the next prompt with them', async () => {
    const cap = '帽子弗好當頭盔個請擔頭盔戴戴好謝謝';
    const before = await technician.ask('GET', '/api/phrases/cap/wuu/sound');
    expect((await keep(cap, wav({ voiceMs: 3_000 }))).status).toBe(200);
    const after = await technician.ask('GET', '/api/phrases/cap/wuu/sound');
    expect(sha256(after.bytes)).not.toBe(sha256(before.bytes));
    const { phrases, words } = await listed();
    const { sentences } = phrases.find(({ id }: { id: string }) => id === 'cap');
    expect(sentences[1]).toMatchObject({ lang: 'wuu', voice: 'recorded' });
    expect(words.find((one: { words: string }) => one.words === cap)).toMatchObject({ kind: 'other' });
    expect((await technician.ask('DELETE', at(cap))).status).toBe(204);
    expect(sha256((await technician.ask('GET', '/api/phrases/cap/wuu/sound')).bytes)).toBe(sha256(before.bytes));
    expect((await technician.ask('DELETE', at(cap))).status).toBe(404);
  });
});

describe('the loudspeaker', () => {
  const neutral = '騎電瓶車個朋友請頭盔戴戴好再走謝謝';
  const spoken = async (): Promise<{ readonly name: string; readonly lengthMs: number }> => {
    const before = new Set(box.site.spoken);
    const { json } = await technician.ask('POST', '/api/speakers/horn/test', { lang: 'wuu' });
    expect(json.playback).toBe('confirmed');
    const name = box.site.spoken.find((one) => !before.has(one)) ?? '';
    return { name, lengthMs: durationMs(parseWav(readFileSync(join(box.site.spokenFolder, name)))) };
  };

  it('says the next prompt with a recording that was just kept, and the one after its end without it', async () => {
    const machine = await spoken();
    expect((await keep(neutral, wav({ voiceMs: 2_400 }))).status).toBe(200);
    const recorded = await spoken();
    expect(Math.abs(recorded.lengthMs - 2_400)).toBeLessThan(150);
    expect((await technician.ask('DELETE', at(neutral))).status).toBe(204);
    expect((await spoken()).lengthMs).toBe(machine.lengthMs);
    expect(Math.abs(machine.lengthMs - 2_400)).toBeGreaterThan(500);
  });
});

describe('recordings on their way', () => {
  let exported: Buffer;
  const files = (): Record<string, Uint8Array> => unzipSync(exported);
  const send = (zip: Uint8Array): Promise<Answered> => technician.ask('POST', '/api/recordings.zip', zip, ZIP);
  const sendFiles = (changed: Zippable): Promise<Answered> => send(zipSync({ ...files(), ...changed }));
  const stateOnDisk = (): string =>
    readdirSync(clips('wuu'))
      .sort()
      .map((name) => `${name} ${sha256(readFileSync(clips('wuu', name)))}`)
      .join('\n');

  beforeAll(async () => {
    exported = (await technician.ask('GET', '/api/recordings.zip')).bytes;
  });

  it('leave with their book: who, when, consent and sum', () => {
    const { 'recordings.json': text, ...sounds } = files();
    const book = JSON.parse(strFromU8(text ?? new Uint8Array()));
    expect(Object.keys(sounds).sort()).toEqual(['wuu/藍.wav', 'wuu/謝謝.wav'].sort());
    for (const { words, speaker, sha256: sum } of book.recordings)
      expect([speaker, sum]).toEqual([SPEAKER, sha256(sounds[`wuu/${words}.wav`] ?? new Uint8Array())]);
    expect(book.speakers).toMatchObject([{ name: SPEAKER, consentedAt: expect.any(String) }]);
  });

  it('leave without those that were put there by hand', async () => {
    writeFileSync(clips('wuu', '紅.wav'), wav());
    expect(await wordsNow('紅')).toMatchObject({ state: 'recorded', recording: { speaker: null } });
    const zip = unzipSync((await technician.ask('GET', '/api/recordings.zip')).bytes);
    expect(Object.keys(zip)).not.toContain('wuu/紅.wav');
    expect((await technician.ask('DELETE', at('紅'))).status).toBe(204);
  });

  const bookOf = (change: (book: { recordings: object[]; speakers: object[] }) => object): Zippable => ({
    'recordings.json': strToU8(
      JSON.stringify(change(JSON.parse(strFromU8(files()['recordings.json'] ?? strToU8(''))))),
    ),
  });

  it.each<[string, () => Zippable, readonly object[]]>([
    ['one of them is changed', () => ({ 'wuu/藍.wav': wav() }), [{ name: 'wuu/藍.wav', code: 'changed' }]],
    ['one of them is in no book', () => ({ 'wuu/紅.wav': wav() }), [{ name: 'wuu/紅.wav', code: 'not_booked' }]],
    [
      'nobody has agreed',
      () => bookOf((book) => ({ ...book, speakers: [] })),
      [{ code: 'no_consent' }, { code: 'no_consent' }],
    ],
    ['the book is none', () => ({ 'recordings.json': strToU8('{}') }), [{ code: 'book' }]],
    ['the book is of a later kind', () => bookOf((book) => ({ ...book, version: 2 })), [{ code: 'book' }]],
    [
      'the book names a place of its own',
      () => bookOf((book) => ({ ...book, recordings: book.recordings.map((one) => ({ ...one, words: '../../x' })) })),
      [{ code: 'book' }],
    ],
    [
      'one is no sound, or a bad one',
      () => {
        const bad = { 紅: Buffer.from('not a sound'), 黃: wav({ peak: 1.6 }) };
        const entries = Object.entries(bad).map(([words, bytes]) => {
          const facts = { words, speaker: SPEAKER, recordedAt: '2026-11-30T08:00:00+08:00' };
          return { ...facts, sha256: sha256(bytes) };
        });
        const sounds = Object.fromEntries(Object.entries(bad).map(([words, bytes]) => [`wuu/${words}.wav`, bytes]));
        return { ...sounds, ...bookOf((book) => ({ ...book, recordings: [...book.recordings, ...entries] })) };
      },
      [
        { name: 'wuu/紅.wav', code: 'take', advice: [{ code: 'unreadable' }] },
        { name: 'wuu/黃.wav', code: 'take', advice: [{ code: 'clipped' }] },
      ],
    ],
  ])('come in wholly or not at all: %s', async (_, changed, problems) => {
    const before = stateOnDisk();
    const { status, json } = await sendFiles(changed());
    expect(status).toBe(200);
    expect(json).toMatchObject({ imported: 0, problems });
    expect(stateOnDisk()).toBe(before);
  });

  it.each<[string, () => Zippable]>([
    ['climbs out of the folder', () => ({ '../../evil.wav': wav() })],
    ['climbs out under a language', () => ({ 'wuu/../../evil.wav': wav() })],
    ['starts at the root', () => ({ '/etc/evil.wav': wav() })],
    ['is of Windows', () => ({ 'wuu\\..\\evil.wav': wav() })],
    ['is of another kind', () => ({ 'wuu/謝.sh': strToU8('#!/bin/sh') })],
    ['is no name', () => ({ 'wuu/a b.wav': wav() })],
    ['unpacks to too much', () => ({ 'wuu/大.wav': [new Uint8Array(20_000_000), { level: 9 }] })],
  ])('are refused as a whole where a name or a size %s', async (_, added) => {
    const before = stateOnDisk();
    const { status, json } = await sendFiles(added());
    expect([status, json.error.code]).toEqual([400, 'bad_request']);
    expect(stateOnDisk()).toBe(before);
    expect(existsSync(join(box.site.folder, 'evil.wav'))).toBe(false);
  });

  it('are refused in crowds, in pieces, and when something else is sent', async () => {
    const crowd = Object.fromEntries(
      Array.from({ length: 520 }, (_, i) => [`wuu/${String.fromCodePoint(0x4e00 + i)}.wav`, new Uint8Array(1)]),
    );
    for (const zip of [zipSync(crowd), exported.subarray(0, exported.length - 30), Buffer.from('not a ZIP')])
      expect((await send(zip)).status).toBe(400);
    expect((await send(Buffer.alloc(1, 'x'))).status).toBe(400);
  });

  it('come to another box byte by byte as they left', async () => {
    await using other = await ConsoleBox.configured({ cameras: [], console: {} });
    const there = await other.setUp();
    const { json } = await there.ask('POST', '/api/recordings.zip', exported, ZIP);
    expect(json).toEqual({ imported: 2, problems: [] });
    for (const name of ['藍.wav', '謝謝.wav']) {
      const copy = readFileSync(join(other.site.dataFolder, 'clips/wuu', name));
      expect(sha256(copy)).toBe(sha256(readFileSync(clips('wuu', name))));
    }
    const again = unzipSync((await there.ask('GET', '/api/recordings.zip')).bytes);
    expect(Object.entries(again).map(([name, bytes]) => `${name} ${sha256(bytes)}`)).toEqual(
      Object.entries(files()).map(([name, bytes]) => `${name} ${sha256(bytes)}`),
    );
  });
});

describe('consent taken back', () => {
  it('takes the recordings with it, and the sentences made of them', async () => {
    const neutral = '騎電瓶車個朋友請頭盔戴戴好再走謝謝';
    expect((await keep(neutral, wav({ voiceMs: 3_000 }))).status).toBe(200);
    const sentence = sha256((await technician.ask('GET', '/api/phrases/fallback/wuu/sound')).bytes);
    const cache = join(box.site.dataFolder, 'prompt-cache');
    const cached = (): readonly string[] =>
      readdirSync(cache)
        .filter((name) => name.endsWith('.wav'))
        .map((name) => sha256(readFileSync(join(cache, name))));
    expect(cached()).toContain(sentence);
    const { status, json } = await technician.ask('DELETE', `/api/voice-speakers/${encodeURIComponent(SPEAKER)}`);
    expect([status, json]).toEqual([200, { deleted: 3 }]);
    expect(readdirSync(clips('wuu'))).toEqual([]);
    expect(cached()).not.toContain(sentence);
    expect((await listed()).speakers).toEqual([]);
    expect((await technician.ask('GET', '/api/recordings.zip')).status).toBe(404);
    expect((await keep(WORDS, wav())).status).toBe(422);
  });

  it('has its rows in the audit, like everything before', async () => {
    const { rows } = (await technician.ask('GET', '/api/audit')).json;
    const told = rows.map(({ by, action, detail }: Record<string, string>) => `${by} ${action} ${detail}`);
    for (const row of [
      `li console.voice.consent ${SPEAKER}`,
      `li console.recording.keep ${WORDS} ${SPEAKER}`,
      'li console.recordings.export ',
      `li console.voice.withdraw ${SPEAKER}: 3 deleted`,
    ])
      expect(told).toContain(row);
  });

  it('overwrites no book that it cannot read', async () => {
    mkdirSync(clips(), { recursive: true });
    writeFileSync(clips('recordings.json'), '{ half');
    const { status, json } = await technician.ask('POST', '/api/voice-speakers', { name: 'x', consent: true });
    expect([status, json.error.detail]).toEqual([422, expect.stringContaining('recordings_unreadable')]);
    expect(readFileSync(clips('recordings.json'), 'utf8')).toBe('{ half');
  });
});
