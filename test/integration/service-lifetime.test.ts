/** How the service begins and ends, as the platform and the process table see it. */
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import { Mosquitto } from '../support/mosquitto';
import { makeFilm } from '../support/rtsp/films';
import { goneWithin, processesWith } from '../support/rtsp/processes';
import { brokerAccess, reached, ServiceProcess, Site, TOPICS } from '../support/service';

jest.setTimeout(120_000);

const CAMERA = TOPICS.camera('east').state;
/** The kernel ends ffmpeg with the service; the rest is the scheduler of a busy machine. */
const ORPHAN_LIMIT_MS = 5_000;

test.each([
  { signal: 'SIGTERM', left: 'stopped', exit: { code: 0, signal: null } },
  { signal: 'SIGINT', left: 'stopped', exit: { code: 0, signal: null } },
  { signal: 'SIGKILL', left: 'offline', exit: { code: null, signal: 'SIGKILL' } },
] as const)('$signal leaves `$left` at the broker and no ffmpeg behind', async ({ signal, left, exit }) => {
  using film = makeFilm({ codec: 'libx264', seconds: 4 });
  await using site = await Site.make();
  await using broker = await Mosquitto.started();
  await using subscriber = await broker.subscribe(TOPICS.all);
  await using camera = await RtspCamera.start({ film: film.path });
  const config = site.config({ mqtt: brokerAccess(broker), cameras: [{ id: 'east', url: camera.url }] });
  await using service = ServiceProcess.run(await site.write(config));
  await reached(subscriber, CAMERA, { state: 'online' });
  await reached(subscriber, TOPICS.state, 'online');
  expect(processesWith(camera.url).size).toBe(1);
  expect(await service.end(signal)).toEqual(exit);
  await reached(subscriber, TOPICS.state, left);
  await goneWithin(camera.url, ORPHAN_LIMIT_MS);
  await using latecomer = await broker.subscribe(TOPICS.state);
  await reached(latecomer, TOPICS.state, left);
});

test('SIGKILL while the camera stalls leaves no ffmpeg behind', async () => {
  using film = makeFilm({ codec: 'libx264', seconds: 4 });
  await using site = await Site.make();
  await using camera = await RtspCamera.start({ film: film.path });
  camera.setFault('stall');
  await using service = ServiceProcess.run(
    await site.write(site.config({ cameras: [{ id: 'east', url: camera.url }] })),
  );
  await service.until('ffmpeg waits at the camera', () => processesWith(camera.url).size === 1);
  await service.end('SIGKILL');
  await goneWithin(camera.url, ORPHAN_LIMIT_MS);
});

test('SIGTERM while camera and broker are away ends it all the same', async () => {
  await using site = await Site.make();
  await using broker = await Mosquitto.prepare();
  const config = site.config({
    mqtt: brokerAccess(broker),
    cameras: [{ id: 'east', url: 'rtsp://127.0.0.1:9/live', speaker: 'horn' }],
  });
  await using service = ServiceProcess.run(await site.write(config));
  await service.until('the camera was tried', () => service.said.includes('unreachable'));
  expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
});

test('after a SIGKILL it starts again on the same data folder and says online', async () => {
  await using site = await Site.make();
  await using broker = await Mosquitto.started();
  await using subscriber = await broker.subscribe(TOPICS.state);
  const file = await site.write(
    site.config({ mqtt: brokerAccess(broker), cameras: [{ id: 'east', url: 'rtsp://127.0.0.1:9/live' }] }),
  );
  {
    await using first = ServiceProcess.run(file);
    await reached(subscriber, TOPICS.state, 'online');
    await first.end('SIGKILL');
    await reached(subscriber, TOPICS.state, 'offline');
  }
  await using _second = ServiceProcess.run(file);
  await reached(subscriber, TOPICS.state, 'online');
});
