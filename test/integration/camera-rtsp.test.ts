/**
 * Cameras that work: a third-party RTSP server and our own, H.264 and H.265, TCP and UDP, with user and password.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import { CameraSource } from '../../src/camera/camera-source';
import { createLogger } from '../../src/runtime/logger';
import { makeFilm, streetFilm } from '../support/rtsp/films';
import { GstreamerServer } from '../support/rtsp/gstreamer-server';
import { goneWithin, processesWith } from '../support/rtsp/processes';
import { WatchedCamera } from '../support/rtsp/watched-camera';

jest.setTimeout(90_000);

const CREDENTIALS = { user: 'admin', password: 'p@ss:w/o%rd' };
const TRANSPORTS = ['tcp', 'udp'] as const;

describe.each(TRANSPORTS)('over %s', (transport) => {
  test('the street film comes from GStreamer’s server with user and password, again and again', async () => {
    using film = streetFilm();
    await using server = await GstreamerServer.start({ film: film.path, credentials: CREDENTIALS });
    await using camera = new WatchedCamera({ url: server.url, ...CREDENTIALS, transport, maxWidthPx: 400 });
    const sights = await camera.sees(10);
    expect(new Set(sights.map(({ widthPx, heightPx }) => `${widthPx}x${heightPx}`))).toEqual(new Set(['400x500']));
    expect(sights.every(({ pixelBytes }) => pixelBytes === 400 * 500 * 3)).toBe(true);
    // The film ends after four seconds; the camera is asked again and the count of frames goes on.
    await camera.reaches('offline', 'ended');
    await camera.reaches('online');
    await camera.sees(3);
    expect(camera.sights.map(({ index }) => index)).toEqual([...camera.sights.keys()]);
  });

  test('H.265 comes from GStreamer’s server', async () => {
    using film = makeFilm({ codec: 'libx265', seconds: 4 });
    await using server = await GstreamerServer.start({ film: film.path, codec: 'h265', credentials: CREDENTIALS });
    await using camera = new WatchedCamera({ url: server.url, ...CREDENTIALS, transport });
    expect(await camera.sees(8)).toContainEqual(expect.objectContaining({ widthPx: 640, heightPx: 360 }));
  });

  test.each(['libx264', 'libx265'] as const)(
    'our own camera shows %s and goes on past the end of the film',
    async (codec) => {
      using film = makeFilm({ codec, seconds: 2 });
      await using server = await RtspCamera.start({ film: film.path, credentials: CREDENTIALS });
      await using camera = new WatchedCamera({ url: server.url, ...CREDENTIALS, transport });
      const sights = await camera.sees(20);
      expect(camera.states).toEqual([{ state: 'connecting' }, { state: 'online' }]);
      expect(sights.map(({ index }) => index)).toEqual([...sights.keys()]);
      const spanMs = (sights.at(-1)?.capturedAtMs ?? 0) - (sights.at(0)?.capturedAtMs ?? 0);
      // 20 frames at 5 a second: four seconds, that is, past the end of a film of two.
      expect(spanMs).toBeGreaterThan(2_500);
    },
  );
});

test('Basic authentication', async () => {
  using film = makeFilm({ codec: 'libx264', seconds: 2 });
  await using server = await RtspCamera.start({ film: film.path, credentials: CREDENTIALS, authScheme: 'basic' });
  await using camera = new WatchedCamera({ url: server.url, ...CREDENTIALS });
  await camera.sees(2);
});

test('a small picture is not made larger', async () => {
  using film = makeFilm({ codec: 'libx264', seconds: 2, size: '320x180' });
  await using server = await RtspCamera.start({ film: film.path });
  await using camera = new WatchedCamera({ url: server.url, maxWidthPx: 1920 });
  expect(await camera.sees(1)).toMatchObject([{ widthPx: 320, heightPx: 180 }]);
});

test('every ffmpeg is gone when the camera is left, ours and the viewer’s', async () => {
  using film = makeFilm({ codec: 'libx264', seconds: 2 });
  await using server = await RtspCamera.start({ film: film.path });
  {
    await using camera = new WatchedCamera({ url: server.url });
    await camera.sees(1);
    expect(processesWith(server.url).size).toBe(1);
  }
  expect(processesWith(server.url).size).toBe(0);
  await goneWithin(film.path, 5_000);
});

test('a slow consumer gets the newest frame, and the others are counted', async () => {
  using film = makeFilm({ codec: 'libx264', seconds: 2 });
  await using server = await RtspCamera.start({ film: film.path });
  const source = new CameraSource(
    { id: 'c1', url: server.url, transport: 'tcp', fps: 25 },
    { log: createLogger({ level: 'silent' }), onState: () => undefined },
  );
  const indices: number[] = [];
  for await (const frame of source.frames(AbortSignal.timeout(60_000))) {
    indices.push(frame.index);
    expect(source.stats.framesDropped).toBe(frame.index + 1 - indices.length);
    source.release(frame.pixels);
    if (indices.length === 4) break;
    const enough = source.stats.framesRead + 5;
    while (source.stats.framesRead < enough) await sleep(5);
  }
  expect(indices.length).toBe(4);
  expect(indices.slice(1).every((index, n) => index - (indices[n] ?? 0) >= 5)).toBe(true);
});
