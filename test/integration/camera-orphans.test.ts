/**
 * No ffmpeg outlives the service, however it dies. The hardest case: the camera stalls, so that ffmpeg never writes to its
 * broken pipe, and ffmpeg itself is stopped, so that it cannot end by itself.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { build } from 'esbuild';
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import { liveArguments, probeFfmpeg } from '../../src/camera/ffmpeg';
import { canGuard, endChild, spawnGuarded } from '../../src/runtime/guarded-child';
import { makeFilm } from '../support/rtsp/films';
import { goneWithin, processesWith } from '../support/rtsp/processes';

jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'orphans-'));
const script = join(folder, 'camera-process.cjs');

beforeAll(async () => {
  const entry = join(__dirname, '../support/rtsp/camera-process.ts');
  await build({
    entryPoints: [entry],
    outfile: script,
    bundle: true,
    platform: 'node',
    packages: 'external',
    logLevel: 'error',
  });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('this system can guard children (setpriv of util-linux is there)', () => {
  expect(canGuard()).toBe(true);
});

test.each(['SIGKILL', 'SIGABRT'] as const)(
  '%s of the service takes a stalled, stopped ffmpeg with it',
  async (signal) => {
    using film = makeFilm({ codec: 'libx264', seconds: 2 });
    await using camera = await RtspCamera.start({ film: film.path });
    const service = spawn(process.execPath, [script], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, CAMERA_URL: camera.url, NODE_PATH: join(__dirname, '../../node_modules') },
    });
    for await (const state of createInterface({ input: service.stdout })) {
      if (state === 'online') break;
    }
    camera.setFault('stall');
    const [pid] = [...processesWith(camera.url).keys()];
    if (pid === undefined) throw new Error('the service runs no ffmpeg');
    process.kill(pid, 'SIGSTOP');
    const ended = once(service, 'exit');
    service.kill(signal);
    await ended;
    await goneWithin(camera.url, 3_000);
  },
);

test('a stalled ffmpeg that is asked to end says goodbye and need not be killed', async () => {
  using film = makeFilm({ codec: 'libx264', seconds: 2 });
  await using camera = await RtspCamera.start({ film: film.path });
  const request = { url: camera.url, transport: 'tcp', fps: 5, maxWidthPx: 640 } as const;
  const child = spawnGuarded('ffmpeg', liveArguments(request, await probeFfmpeg()));
  child.stderr.resume();
  await once(child.stdout, 'data');
  child.stdout.resume();
  camera.setFault('stall');
  // Less than the five seconds after which ffmpeg gives up by itself.
  await endChild(child, 3_000);
  expect(child.signalCode).not.toBe('SIGKILL');
});
