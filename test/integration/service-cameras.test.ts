/** The service with two cameras, one of which fails in every way: what the platform reads, and that the other goes on. */
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import { Mosquitto } from '../support/mosquitto';
import { makeFilm } from '../support/rtsp/films';
import { brokerAccess, reached, ServiceProcess, Site, TOPICS } from '../support/service';
import { PluggedCamera } from '../support/service-camera';

jest.setTimeout(180_000);

const CREDENTIALS = { user: 'viewer', password: 'right' };
const EAST = TOPICS.camera('east').state;
const WEST = TOPICS.camera('west').state;

test('a camera that stalls, sends garbage, goes away, changes its password: each named, each mended; the other goes on', async () => {
  using film = makeFilm({ codec: 'libx264', seconds: 4 });
  await using site = await Site.make();
  await using broker = await Mosquitto.started();
  await using subscriber = await broker.subscribe(TOPICS.all);
  await using west = await RtspCamera.start({ film: film.path });
  await using plugged = await PluggedCamera.start(film.path, CREDENTIALS);
  const quick = { stallTimeoutMs: 1_000, username: CREDENTIALS.user, password: CREDENTIALS.password };
  const config = site.config({
    mqtt: brokerAccess(broker),
    cameras: [
      { id: 'east', url: plugged.url, ...quick },
      { id: 'west', url: west.url, stallTimeoutMs: 3_000 },
      { id: 'north', url: west.url, enabled: false },
    ],
  });
  await using service = ServiceProcess.run(await site.write(config));
  const east = (state: string, reason?: string): Promise<void> =>
    reached(subscriber, EAST, { state, ...(reason === undefined ? {} : { reason }) });
  await Promise.all([east('online'), reached(subscriber, WEST, { state: 'online' })]);
  await reached(subscriber, TOPICS.camera('north').state, { state: 'disabled' });
  plugged.camera.setFault('stall');
  await east('stalled', 'stalled');
  await health('degraded', ['camera:east']);
  plugged.camera.setFault('none');
  await east('online');
  await health('healthy', []);
  plugged.camera.setFault('garbage');
  // Corrupt, or stalled where a picture could be made of it: chance decides, but never for long that it is online.
  await health('degraded', ['camera:east']);
  plugged.camera.setFault('none');
  await east('online');
  await plugged.unplug();
  await east('offline', 'unreachable');
  await plugged.plugIn({ user: CREDENTIALS.user, password: 'changed' });
  await east('offline', 'unauthorized');
  plugged.camera.setCredentials(CREDENTIALS);
  await east('online');
  const westStates = subscriber.payloads(WEST).map((payload) => JSON.parse(payload).state);
  expect(westStates.at(-1)).toBe('online');
  expect(new Set(westStates)).toEqual(new Set(['connecting', 'online']));
  // Whoever subscribes later is told the same.
  await using latecomer = await broker.subscribe(TOPICS.all);
  await reached(latecomer, EAST, { state: 'online' });
  expect(latecomer.received.find(({ topic }) => topic === EAST)?.isRetained).toBe(true);
  expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });

  async function health(status: string, symptoms: readonly string[]): Promise<void> {
    await subscriber.until(() => {
      const payload = subscriber.payloads(TOPICS.health).at(-1);
      if (payload === undefined) return false;
      const now = JSON.parse(payload);
      return now.status === status && JSON.stringify(now.symptoms) === JSON.stringify(symptoms);
    });
  }
});

test('a camera without pictures and one with a wrong path are named, one with an old codec is looked at', async () => {
  using old = makeFilm({ codec: 'mpeg4', seconds: 4 });
  using sound = makeFilm({ codec: 'aac', seconds: 4 });
  await using site = await Site.make();
  await using broker = await Mosquitto.started();
  await using subscriber = await broker.subscribe(TOPICS.all);
  await using deaf = await RtspCamera.start({ film: sound.path, stream: 'audio' });
  await using fine = await RtspCamera.start({ film: old.path });
  const config = site.config({
    mqtt: brokerAccess(broker),
    cameras: [
      { id: 'east', url: deaf.url },
      { id: 'west', url: fine.url },
      { id: 'north', url: `${fine.url}-elsewhere` },
    ],
  });
  await using _ = ServiceProcess.run(await site.write(config));
  await reached(subscriber, EAST, { state: 'offline', reason: 'no_video' });
  await reached(subscriber, TOPICS.camera('north').state, { state: 'offline', reason: 'not_found' });
  await reached(subscriber, WEST, { state: 'online' });
});
