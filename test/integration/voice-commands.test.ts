/** anqi say, phrases and voices check as a technician types them. */
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { durationMs, encodeWav, parseWav, type Sound } from '../../src/announcer/sound/wav';
import { checkRecordings } from '../../src/recordings';
import { PHRASES, temporaryFolder } from '../support/announcing';
import { anqi } from '../support/anqi';

jest.setTimeout(120_000);

/** A hum between silences, as long as `words` would take. */
function recording(words: string, { amplitude = 6000, sampleRateHz = 16000, edgeMs = 200 } = {}): Sound {
  const { max, min, PI, round, sin } = Math;
  const edge = (edgeMs / 1000) * sampleRateHz;
  const loud = [...words].length * 0.25 * sampleRateHz;
  const samples = Int16Array.from({ length: 2 * edge + loud }, (_, i) =>
    i < edge || i >= edge + loud
      ? 0
      : max(-32767, min(32767, round(amplitude * sin((2 * PI * 300 * (i - edge)) / sampleRateHz)))),
  );
  return { sampleRateHz, channels: 1, samples };
}

async function configFile(folder: string, speakers: string): Promise<string> {
  const file = path.join(folder, 'site.yaml');
  const camera = '{ id: gate, url: "rtsp://127.0.0.1/x" }';
  await writeFile(
    file,
    `version: 1\nnode: { id: box }\ndataFolder: ${folder}\ncameras: [${camera}]\nspeakers: ${speakers}\n`,
  );
  return file;
}

describe('anqi say', () => {
  test('writes the sentence with the slot words as WAV and says how it is', async () => {
    await using home = await temporaryFolder();
    const out = path.join(home.folder, 'a.wav');
    const slots = ['--slots', 'colour=blue', 'garment=shirt', 'side=left'];
    const { code, stdout, stderr } = await anqi('say', '--lang', 'zh-CN', '--phrase', 'base', ...slots, '--out', out);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('靠左边这位穿蓝色衬衫的骑手朋友，请把头盔戴好，谢谢！');
    expect(stdout).toMatch(/zh-CN base: machine voice 机器合成, \d\.\d s, -1[567]\.\d LUFS, -\d\.\d dBTP\n/u);
    expect(durationMs(parseWav(await readFile(out)))).toBeGreaterThan(4000);
  });

  test("speaks through the configuration's speaker, with the site's recordings, and reports the playback", async () => {
    await using home = await temporaryFolder();
    const played = path.join(home.folder, 'played');
    const config = await configFile(home.folder, `[{ id: horn, kind: folder, folder: ${played} }]`);
    await mkdir(path.join(home.folder, 'clips/wuu'), { recursive: true });
    const words = '大家𠏕忘記出門騎車頭盔戴戴好';
    await writeFile(path.join(home.folder, `clips/wuu/${words}.wav`), encodeWav(recording('一二')));
    const args = ['say', '--lang', 'wuu', '--phrase', 'group', '--speaker', 'horn', '--config', config];
    const { code, stdout } = await anqi(...args);
    expect(code).toBe(0);
    expect(stdout).toContain('wuu group: recorded 真人录音');
    expect(stdout).toContain(`folder ${played}: confirmed`);
    expect(await readdir(played)).toHaveLength(1);
  });

  test('words that the sentence has no place for: the neutral one is said, and that is told', async () => {
    await using home = await temporaryFolder();
    const out = path.join(home.folder, 'a.wav');
    const { code, stdout } = await anqi('say', '--phrase', 'cap', '--slots', 'colour=blue', '--out', out);
    expect(code).toBe(0);
    expect(stdout).toContain('no place for all these words');
  });

  test.each<[string, readonly string[], string]>([
    ['no phrase', [], "required option '--phrase <id>' not specified"],
    ['an unknown phrase', ['--phrase', 'hello'], 'no phrase "hello"; phrases: base, captured'],
    ['an unknown language', ['--phrase', 'base', '--lang', 'fr'], 'Allowed choices are zh-CN, wuu'],
    ['a wrong slot', ['--phrase', 'base', '--slots', 'age=old'], '--slots: no slot age; slots: colour, garment'],
    ['two targets', ['--phrase', 'base', '--out', 'a.wav', '--speaker', 'horn'], 'cannot be used with option'],
    ['a speaker without configuration', ['--phrase', 'base', '--speaker', 'horn'], '--speaker: horn: give --config'],
    ['a configuration that is not there', ['--phrase', 'base', '--config', '/nowhere.yaml'], '/nowhere.yaml'],
  ])('%s is a usage error: exit 2', async (_case, args, message) => {
    const { code, stdout, stderr } = await anqi('say', ...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });

  test('a speaker that the configuration does not have is named with those it has: exit 2', async () => {
    await using home = await temporaryFolder();
    const config = await configFile(home.folder, '[{ id: horn, kind: local }]');
    const { code, stderr } = await anqi('say', '--phrase', 'base', '--speaker', 'bell', '--config', config);
    expect(code).toBe(2);
    expect(stderr).toContain('bell: no such speaker in the configuration (it has horn)');
  });

  test('a file that cannot be written: exit 1, nothing left behind', async () => {
    await using home = await temporaryFolder();
    const out = path.join(home.folder, 'no/such/a.wav');
    const { code, stderr } = await anqi('say', '--phrase', 'thanks', '--out', out);
    expect(code).toBe(1);
    expect(stderr).toContain(`${out}: cannot be written: ENOENT`);
    expect(existsSync(out)).toBe(false);
  });
});

describe('anqi phrases', () => {
  test('lists what is recorded and what is not; --missing leaves out what is recorded', async () => {
    await using home = await temporaryFolder();
    const config = await configFile(home.folder, '[]');
    await mkdir(path.join(home.folder, 'clips/wuu'), { recursive: true });
    await writeFile(path.join(home.folder, 'clips/wuu/藍.wav'), encodeWav(recording('藍')));
    await writeFile(path.join(home.folder, 'clips/wuu/綠.wav'), 'broken');
    const all = await anqi('phrases', '--lang', 'wuu', '--config', config);
    expect(all.code).toBe(0);
    expect(all.stdout).toContain('wuu\trecorded\twuu/藍.wav\tcolour=blue\n');
    expect(all.stdout).toContain('wuu\tmachine\twuu/綠.wav\tcolour=green\tnot used: not a WAV file\n');
    expect(all.stdout).toMatch(/^wuu\tmachine\twuu\/謝謝\.wav\tbase .*fallback$/mu);
    expect(all.stderr).toMatch(/^wuu: 1 recorded 已录, \d+ machine-made 机器合成, 0 missing 缺\n$/u);
    const rest = await anqi('phrases', '--lang', 'wuu', '--missing', '--config', config);
    expect(rest.stdout.split('\n').length).toBe(all.stdout.split('\n').length - 1);
    expect(rest.stdout).not.toContain('藍.wav');
    expect((await anqi('phrases')).stdout).toContain('zh-CN\tmachine\tzh-CN/蓝色.wav\tcolour=blue\n');
  });
});

describe('anqi voices check', () => {
  async function filled(folder: string, files: Readonly<Record<string, Sound | string>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, typeof content === 'string' ? content : encodeWav(content));
    }
  }

  test('good recordings: exit 0', async () => {
    const files = {
      'wuu/藍.wav': recording('藍'),
      'zh-CN/谢谢.wav': recording('谢谢'),
      'wuu/着藍衣裳.wav': recording('着藍衣裳'),
    };
    await using home = await temporaryFolder();
    await filled(home.folder, files);
    const { code, stdout } = await anqi('voices', 'check', home.folder);
    expect(stdout).toContain('good  wuu/藍.wav  0.7 s, 16000 Hz, -2');
    expect(stdout).toContain('3 good 可用, 0 to be seen to 需处理');
    expect(code).toBe(0);
  });

  test.each<[string, string, Sound | string, readonly string[]]>([
    ['a mistyped name', 'wuu/謝射.wav', recording('謝謝'), ['perhaps "謝謝.wav"?', '是不是“謝謝.wav”？']],
    ['a name of nothing', 'wuu/take 1.wav', recording('謝謝'), ['anqi phrases lists all of them']],
    ['another kind of file', 'wuu/謝謝.mp3', 'ID3', ['save it as .wav', '另存为']],
    ['a broken file', 'wuu/謝謝.wav', 'RIFF', ['cannot be read (not a WAV file)', '读不出来']],
    ['ten minutes', 'wuu/謝謝.wav', recording('一'.repeat(2400), { sampleRateHz: 8000 }), ['too long (at most 30 s)']],
    ['silence', 'wuu/謝謝.wav', recording('謝謝', { amplitude: 0 }), ['nothing can be heard', '没有声音']],
    ['telephone quality', 'wuu/謝謝.wav', recording('謝謝', { sampleRateHz: 8000 }), ['only 8000 Hz', '像电话音']],
    ['clipping', 'wuu/謝謝.wav', recording('謝謝', { amplitude: 60_000 }), ['distorted', '声音爆了']],
    ['a far voice', 'wuu/謝謝.wav', recording('謝謝', { amplitude: 150 }), ['too quiet (-5', '太轻']],
    [
      'a cut-off word',
      'wuu/謝謝.wav',
      recording('謝謝', { edgeMs: 0 }),
      ['no silence at the start', 'no silence at the end', '开头没有安静'],
    ],
    ['too few words', 'wuu/請擔頭盔戴戴好.wav', recording('請'), ['only 0.3 s, too short', '漏了字']],
    ['too many words', 'wuu/藍.wav', recording('請擔頭盔戴戴好謝謝'), ['2.3 s, too long', '多了字']],
  ])('%s: told in both languages what to do about it', async (_case, name, content, words) => {
    await using home = await temporaryFolder();
    await filled(home.folder, { [name]: content, 'wuu/紅.wav': recording('紅') });
    const lines: string[] = [];
    const options = { book: PHRASES, tell: (line: string) => void lines.push(line) };
    expect(await checkRecordings(home.folder, options, new AbortController().signal)).toBe(false);
    const told = lines.join('\n');
    expect(told).toContain(`AGAIN  ${name}`);
    expect(told).toContain('1 good 可用, 1 to be seen to 需处理');
    for (const each of words) expect(told).toContain(each);
  });

  test('something to be recorded again: exit 1', async () => {
    await using home = await temporaryFolder();
    await filled(home.folder, { 'wuu/謝謝.wav': 'RIFF' });
    const { code, stdout } = await anqi('voices', 'check', home.folder);
    expect(code).toBe(1);
    expect(stdout).toContain('AGAIN  wuu/謝謝.wav');
  });

  test.each([
    ['that is not there', '/nowhere', '/nowhere: cannot be read'],
    ['without a language', __dirname, 'recordings belong in'],
  ])('a folder %s is a usage error: exit 2', async (_case, folder, message) => {
    const { code, stdout, stderr } = await anqi('voices', 'check', folder);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
