/** Finding ONVIF cameras and asking for their streams. */
import { findOnvifCameras } from '../../src/camera/onvif-search';
import { onvifStreams } from '../../src/camera/onvif-streams';
import { onvifDevice } from '../support/onvif-device';

const LOGIN = { user: 'admin', password: 'marker-<&"-password' };
const signal = (): AbortSignal => AbortSignal.timeout(10_000);

test('a camera that answers the search is found once, at the address it answers from', async () => {
  await using device = await onvifDevice(LOGIN);
  const found = await findOnvifCameras({ to: device.search, listenMs: 600 }, signal());
  expect(found).toEqual([{ address: '127.0.0.1', service: device.service, name: '东', hardware: 'DS-2CD' }]);
});

test('its streams are told to whoever knows the password, the largest first, whatever its clock says', async () => {
  await using device = await onvifDevice(LOGIN);
  const { user: username, password } = LOGIN;
  expect(await onvifStreams({ service: device.service, username, password }, signal())).toEqual([
    { name: 'main', url: 'rtsp://127.0.0.1:554/main?a=1&b=2', codec: 'H264', widthPx: 1920, heightPx: 1080 },
    { name: '子码流 & small', url: 'rtsp://127.0.0.1:554/sub?a=1&b=2', codec: 'H264', widthPx: 640, heightPx: 360 },
  ]);
  for (const body of device.asked) expect(body).not.toContain('marker');
});

test('a wrong password is named', async () => {
  await using device = await onvifDevice(LOGIN);
  const asking = onvifStreams({ service: device.service, username: 'admin', password: 'wrong' }, signal());
  await expect(asking).rejects.toMatchObject({ code: 'onvif/unauthorized' });
});

test('a camera that names another host is still asked at its own', async () => {
  await using device = await onvifDevice(LOGIN, '203.0.113.9');
  const { user: username, password } = LOGIN;
  const [main] = await onvifStreams({ service: device.service, username, password }, signal());
  expect(main?.url).toBe('rtsp://127.0.0.1:554/main?a=1&b=2');
});

test('nobody there is unreachable', async () => {
  const asking = onvifStreams({ service: 'http://127.0.0.1:9/', username: 'a', password: 'b' }, signal());
  await expect(asking).rejects.toMatchObject({ code: 'onvif/unreachable' });
});
