/**
 * Cameras that fail: each failure has its name, the camera comes back by itself, and the others do not notice.
 */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { portOf } from '../../scripts/rtsp-camera/film';
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import { type MadeFilm, makeFilm, withParameterSets } from '../support/rtsp/films';
import { GstreamerServer } from '../support/rtsp/gstreamer-server';
import { processesWith } from '../support/rtsp/processes';
import { WatchedCamera } from '../support/rtsp/watched-camera';

jest.setTimeout(120_000);

const CREDENTIALS = { user: 'admin', password: 'right' };
const QUICK = { stallTimeoutMs: 1_000, firstFrameTimeoutMs: 4_000, maxRetryDelayMs: 1_000 };

let film: MadeFilm;
beforeAll(() => {
  film = makeFilm({ codec: 'libx264', seconds: 6 });
});
afterAll(() => film[Symbol.dispose]());

test('a wrong password is named, shown nowhere, and mended when the camera accepts it', async () => {
  await using server = await RtspCamera.start({ film: film.path, credentials: CREDENTIALS });
  await using camera = new WatchedCamera({ ...QUICK, url: server.url, user: 'admin', password: 'MARKED' });
  await camera.reaches('offline', 'unauthorized');
  server.setCredentials({ user: 'admin', password: 'MARKED' });
  await camera.reaches('online');
  expect(JSON.stringify([camera.states, camera.log])).not.toContain('MARKED');
  expect(camera.source.stats.restarts).toBeGreaterThan(0);
});

test('GStreamer’s server says no to a wrong password, too', async () => {
  await using server = await GstreamerServer.start({ film: film.path, credentials: CREDENTIALS });
  await using camera = new WatchedCamera({ ...QUICK, url: server.url, user: 'admin', password: 'wrong' });
  await camera.reaches('offline', 'unauthorized');
});

test('a wrong path is not_found', async () => {
  await using server = await RtspCamera.start({ film: film.path });
  await using camera = new WatchedCamera({ ...QUICK, url: `${server.url}-no` });
  await camera.reaches('offline', 'not_found');
});

test('a camera that is killed is offline, unreachable while away, and online when it is back on its port', async () => {
  const first = await GstreamerServer.start({ film: film.path });
  await using camera = new WatchedCamera({ ...QUICK, url: first.url });
  await camera.reaches('online');
  await first[Symbol.asyncDispose]();
  await camera.reaches('offline', 'ended');
  await camera.reaches('offline', 'unreachable');
  await using _second = await GstreamerServer.start({ film: film.path, port: first.port });
  await camera.reaches('online');
});

test.each(['tcp', 'udp'] as const)('a stall over %s is noticed, and over when frames flow again', async (transport) => {
  await using server = await RtspCamera.start({ film: film.path });
  await using camera = new WatchedCamera({ ...QUICK, url: server.url, transport });
  await camera.reaches('online');
  server.setFault('stall');
  await camera.reaches('stalled', 'stalled');
  server.setFault('none');
  await camera.reaches('online');
  expect(processesWith(server.url).size).toBe(1);
});

test('a camera that accepts but never sends is stalled', async () => {
  await using server = await RtspCamera.start({ film: film.path });
  server.setFault('stall');
  await using camera = new WatchedCamera({ ...QUICK, url: server.url });
  await camera.reaches('stalled', 'stalled');
});

test.each(['libx264', 'libx265'] as const)(
  'garbage instead of %s is corrupt, and online when it is mended',
  async (codec) => {
    using made = makeFilm({ codec, seconds: 4 });
    await using server = await RtspCamera.start({ film: made.path });
    server.setFault('garbage');
    await using camera = new WatchedCamera({ ...QUICK, url: server.url });
    await camera.reaches('offline', 'corrupt');
    server.setFault('none');
    await camera.reaches('online');
  },
);

test('a stream that turns to garbage midway is noticed and recovers', async () => {
  await using server = await RtspCamera.start({ film: film.path });
  await using camera = new WatchedCamera({ ...QUICK, url: server.url });
  await camera.sees(3);
  server.setFault('garbage');
  await camera.reaches('stalled');
  server.setFault('none');
  await camera.reaches('online');
  await camera.sees(3);
});

test.each(['libx264', 'libx265'] as const)(
  '%s in another size inside of the same connection is shown in that size',
  async (codec) => {
    using wide = makeFilm({ codec, seconds: 4, size: '320x240' });
    using before = withParameterSets(film.path);
    using after = withParameterSets(wide.path);
    await using server = await RtspCamera.start({ film: before.path });
    await using camera = new WatchedCamera({ ...QUICK, url: server.url });
    const [first] = await camera.sees(1);
    expect(first).toMatchObject({ widthPx: 640, heightPx: 360 });
    await server.changeFilm(after.path);
    await camera.reaches(codec === 'libx264' ? 'offline' : 'stalled');
    await camera.reaches('online');
    const [then] = await camera.sees(1);
    expect(then).toMatchObject({ widthPx: 320, heightPx: 240 });
  },
);

test('a camera whose next keyframe is 5 s away is waited for', async () => {
  using far = makeFilm({ codec: 'libx264', seconds: 12, keyframeEveryS: 5 });
  await using server = await RtspCamera.start({ film: far.path });
  server.setFault('late');
  await using camera = new WatchedCamera({ url: server.url });
  await camera.sees(3);
  expect(camera.states).toEqual([{ state: 'connecting' }, { state: 'online' }]);
});

test('sound without a picture is no_video', async () => {
  using sound = makeFilm({ codec: 'aac', seconds: 3 });
  await using server = await RtspCamera.start({ film: sound.path, stream: 'audio' });
  await using camera = new WatchedCamera({ ...QUICK, url: server.url });
  await camera.reaches('offline', 'no_video');
});

test('a web server is not_rtsp', async () => {
  const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  // Also when the camera below does not do as it should.
  server.unref();
  await using camera = new WatchedCamera({ ...QUICK, url: `rtsp://127.0.0.1:${portOf(server)}/live` });
  await camera.reaches('offline', 'not_rtsp');
  server.close();
});

test('a failing camera leaves its neighbour alone', async () => {
  await using good = await RtspCamera.start({ film: film.path });
  await using bad = await RtspCamera.start({ film: film.path });
  await using neighbour = new WatchedCamera({ ...QUICK, id: 'good', url: good.url });
  await using failing = new WatchedCamera({ ...QUICK, id: 'bad', url: bad.url });
  await Promise.all([neighbour.reaches('online'), failing.reaches('online')]);
  bad.setFault('stall');
  await failing.reaches('stalled', 'stalled');
  await bad[Symbol.asyncDispose]();
  await failing.reaches('offline', 'unreachable');
  await neighbour.sees(3);
  expect(neighbour.states).toEqual([{ state: 'connecting' }, { state: 'online' }]);
  expect(neighbour.source.stats.restarts).toBe(0);
});

test('an ffmpeg that goes away while it is needed is named, and found again', async () => {
  await using server = await RtspCamera.start({ film: film.path });
  await using camera = new WatchedCamera({ ...QUICK, url: server.url });
  await camera.sees(1);
  const path = process.env.PATH;
  process.env.PATH = '/nowhere';
  try {
    await server.disconnectViewers();
    await camera.reaches('offline', 'ffmpeg_missing');
  } finally {
    process.env.PATH = path;
  }
  await camera.reaches('online');
});
