/** The command as a technician types it: exit codes, and words that say what, where and how to mend it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { anqi } from '../support/anqi';
import { makeFilm } from '../support/rtsp/films';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'anqi-cli-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const write = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};

describe('anqi', () => {
  it.each([
    [['--help']],
    [['--version']],
    [['run', '--help']],
    [['replay', '--help']],
    [['evaluate', '--help']],
    [['say', '--help']],
    [['phrases', '--help']],
    [['voices', 'check', '--help']],
  ])('%j is answered with exit 0', async (args) => {
    const { code, stdout } = await anqi(...args);
    expect(code).toBe(0);
    expect(stdout).not.toBe('');
  });

  it.each([
    [['frobnicate']],
    [['run']],
    [['replay']],
    [['replay', 'x.mp4', '--fps', 'many']],
    [['check', 'a', '--what']],
  ])('%j is a usage error: exit 2', async (args) => {
    const { code, stderr, stdout } = await anqi(...args);
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain('error');
  });
});

describe('anqi check', () => {
  it('tells every problem with its line, hides secrets, exit 2', async () => {
    const path = write(
      'bad.yaml',
      'version: 1\nnode: { id: "a b" }\ncameras:\n  - id: c1\n    url: http://192.0.2.1/\n    password: [marker-4711]\n    colour: red\n',
    );
    const { code, stderr } = await anqi('check', path);
    expect(code).toBe(2);
    for (const place of [
      `${path}:2: node.id`,
      `${path}:5: cameras[0].url`,
      `${path}:6: cameras[0].password`,
      `${path}:7: cameras[0].colour`,
    ]) {
      expect(stderr).toContain(place);
    }
    expect(stderr).not.toContain('marker-4711');
  });

  it('says that the example is good', async () => {
    expect((await anqi('check', join(__dirname, '../../config/anqi.example.yaml'))).code).toBe(0);
  });
});

describe('anqi doctor', () => {
  it('finds what is wrong with a box and lets the rest pass, exit 1', async () => {
    const silent = createServer();
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await new Promise((resolve) => silent.close(resolve));
    const config = write(
      'doctor.yaml',
      `version: 1
node: { id: d }
dataFolder: ${JSON.stringify(join(folder, 'data'))}
mqtt: { url: "mqtt://127.0.0.1:${port}" }
cameras: [{ id: c1, url: "rtsp://127.0.0.1:${port}/live" }]
speakers: [{ id: files, kind: folder, folder: ${JSON.stringify(join(folder, 'spoken'))} }]
`,
    );
    const { code, stdout } = await anqi('doctor', '--config', config, '--json');
    const verdicts = new Map(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .map((check) => [check.name, check.verdict]),
    );
    expect(code).toBe(1);
    expect(Object.fromEntries(verdicts)).toMatchObject({
      ffmpeg: 'pass',
      'espeak-ng': 'pass',
      models: 'pass',
      disk: 'pass',
      'speaker files': 'pass',
      broker: 'fail',
      'camera c1': 'fail',
    });
    expect(verdicts.has('clock')).toBe(true);
  }, 60_000);
});

describe('anqi replay', () => {
  it.each([
    ['a file that is not there', () => join(folder, 'none.mp4'), 'no such file'],
    ['a text file', () => write('words.mp4', 'not a film'), 'words.mp4'],
    ['an empty folder', () => mkdtempSync(join(folder, 'empty-')), 'no .jpg or .png'],
  ])('names %s, exit 1', async (_case, input, words) => {
    const { code, stderr, stdout } = await anqi('replay', input());
    expect(code).toBe(1);
    expect(stderr).toContain(words);
    expect(stdout).toBe('');
  });

  it('looks at a film without riders and says so in the summary', async () => {
    using film = makeFilm({ codec: 'libx264', seconds: 2 });
    const { code, stdout } = await anqi('replay', film.path, '--json', '--fps', '4');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      type: 'summary',
      frames: 8,
      videoSeconds: 2,
      incidents: 0,
      prompts: 0,
      outcomes: {},
    });
  }, 60_000);
});
