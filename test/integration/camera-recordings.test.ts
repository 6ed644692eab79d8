/**
 * Recorded input: every frame in the recording's own time, and a clear word about files that are damaged.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import { openRecording, type Recording } from '../../src/camera/recording';
import { makeFilm, streetFilm } from '../support/rtsp/films';
import { processesWith } from '../support/rtsp/processes';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'recordings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const limit = (): AbortSignal => AbortSignal.timeout(50_000);

async function sizesAndTimes(recording: Recording): Promise<{ sizes: Set<string>; times: number[] }> {
  const sizes = new Set<string>();
  const times: number[] = [];
  for await (const { pixels, widthPx, heightPx, capturedAtMs } of recording.frames(limit())) {
    sizes.add(`${widthPx}x${heightPx}`);
    times.push(capturedAtMs);
    recording.release(pixels);
  }
  return { sizes, times };
}

/** A folder of one-colour pictures with these names and sizes. */
function album(name: string, pictures: Readonly<Record<string, string>>): string {
  const path = join(folder, name);
  mkdirSync(path);
  for (const [file, size] of Object.entries(pictures)) {
    const source = `testsrc2=s=${size}`;
    execFileSync('ffmpeg', [
      '-nostdin',
      '-v',
      'error',
      '-f',
      'lavfi',
      '-i',
      source,
      '-frames:v',
      '1',
      join(path, file),
    ]);
  }
  return path;
}

test('a film gives one frame for each 1/fps of its own time, however slowly it is read', async () => {
  using film = makeFilm({ codec: 'libx264', seconds: 4 });
  const recording = await openRecording(film.path, { fps: 5 });
  expect(recording.totalFrames).toBe(20);
  const times: number[] = [];
  for await (const { pixels, capturedAtMs } of recording.frames(limit())) {
    times.push(capturedAtMs);
    await new Promise((resolve) => setTimeout(resolve, 10));
    recording.release(pixels);
  }
  expect(times).toEqual(Array.from({ length: 20 }, (_, n) => n * 200));
  expect(recording.problem).toBeUndefined();
});

test('the street film', async () => {
  using film = streetFilm();
  const { sizes, times } = await sizesAndTimes(await openRecording(film.path, { fps: 10 }));
  expect(sizes).toEqual(new Set(['576x720']));
  expect(times.length).toBeGreaterThanOrEqual(40);
});

test('a film at a lower rate than asked for repeats frames, so that time stays true', async () => {
  using film = makeFilm({ codec: 'libx265', seconds: 2 });
  const { times } = await sizesAndTimes(await openRecording(film.path, { fps: 50, maxWidthPx: 320 }));
  expect(times.length).toBe(100);
});

test('a film that is cut off gives what it has and says so', async () => {
  using film = makeFilm({ codec: 'libx264', seconds: 8 });
  const bytes = readFileSync(film.path);
  const path = join(folder, 'cut off.mp4');
  writeFileSync(path, bytes.subarray(0, bytes.length / 2));
  const recording = await openRecording(path, { fps: 5 });
  const { times } = await sizesAndTimes(recording);
  expect(times.length).toBeGreaterThan(5);
  expect(times.length).toBeLessThan(38);
  expect(recording.problem).toContain(`${times.length} of 40`);
});

test('sound, text and nothing are refused with the file’s name', async () => {
  using sound = makeFilm({ codec: 'aac', seconds: 1 });
  writeFileSync(join(folder, 'notes.mp4'), 'not a film');
  const open = (path: string): Promise<Recording> => openRecording(path, { fps: 5 });
  await expect(open(sound.path)).rejects.toMatchObject({
    code: 'input_unreadable',
    message: expect.stringContaining('no video'),
  });
  await expect(open(join(folder, 'notes.mp4'))).rejects.toMatchObject({
    code: 'input_unreadable',
    message: expect.stringContaining('notes.mp4'),
  });
  await expect(open(join(folder, 'absent.mp4'))).rejects.toMatchObject({ code: 'input_missing' });
});

test('a folder of pictures: natural order, all in the size of the first', async () => {
  const path = album('mixed', { 'f2.png': '300x301', 'f10.jpg': '640x360', 'f1.jpg': '320x241' });
  writeFileSync(join(path, 'README.md'), 'not a picture');
  const recording = await openRecording(path, { fps: 2 });
  expect(recording.totalFrames).toBe(3);
  const { sizes, times } = await sizesAndTimes(recording);
  expect(sizes).toEqual(new Set(['320x240']));
  expect(times).toEqual([0, 500, 1000]);
});

test.each(['f2.jpg', 'f2.png'])('a broken %s is named, the pictures before it are delivered', async (broken) => {
  const path = album(`broken-${broken}`, { 'f1.jpg': '320x240', [broken]: '320x240' });
  const bytes = readFileSync(join(path, broken));
  writeFileSync(join(path, broken), bytes.subarray(0, bytes.length / 2));
  const recording = await openRecording(path, { fps: 2 });
  let frames = 0;
  const read = async (): Promise<void> => {
    for await (const _frame of recording.frames(limit())) frames += 1;
  };
  await expect(read()).rejects.toMatchObject({ code: 'input_unreadable', message: expect.stringContaining(broken) });
  expect(frames).toBe(1);
});

test('an empty folder is refused; one picture file is a recording of one frame', async () => {
  await expect(openRecording(album('empty', {}), { fps: 2 })).rejects.toMatchObject({ code: 'input_empty' });
  const one = join(album('one', { 'a.png': '320x240' }), 'a.png');
  expect((await sizesAndTimes(await openRecording(one, { fps: 2 }))).times).toEqual([0]);
});

test('a stream is a recording until the reader leaves, and its ffmpeg leaves with it', async () => {
  using film = makeFilm({ codec: 'libx264', seconds: 2 });
  await using camera = await RtspCamera.start({ film: film.path });
  const recording = await openRecording(camera.url, { fps: 5 });
  const times: number[] = [];
  for await (const { capturedAtMs } of recording.frames(limit())) {
    times.push(capturedAtMs);
    if (times.length === 12) break;
  }
  expect(times.at(-1)).toBe(2_200);
  expect(recording.totalFrames).toBeUndefined();
  expect(processesWith(camera.url).size).toBe(0);
});

test('an abort ends the reading', async () => {
  using film = makeFilm({ codec: 'libx264', seconds: 4 });
  const stop = new AbortController();
  const recording = await openRecording(film.path, { fps: 25 });
  for await (const { index } of recording.frames(stop.signal)) if (index === 3) stop.abort();
  expect(processesWith(film.path).size).toBe(0);
});
