/** Cameras through the console: tested, added, changed, looked through, removed; never into other networks, never a password. */
import { readFileSync } from 'node:fs';
import { freePort } from '../../scripts/lib/ports';
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import { ConsoleBox, type Visitor } from '../support/console';
import { type MadeFilm, makeFilm } from '../support/rtsp/films';

jest.setTimeout(90_000);

const CREDENTIALS = { user: 'viewer', password: 'marker-77aa-password' };
const { user: username, password } = CREDENTIALS;
const LOOPBACK = ['127.0.0.0/8'];
const TEST = { username, password, transport: 'tcp', as: null };
const ZONE = [
  [0.1, 0.5],
  [0.9, 0.5],
  [0.5, 0.95],
];

let film: MadeFilm;
let camera: RtspCamera;
let box: ConsoleBox;
let technician: Visitor;
beforeAll(async () => {
  film = makeFilm({ codec: 'libx264', seconds: 4 });
  camera = await RtspCamera.start({ film: film.path, credentials: CREDENTIALS });
  box = await ConsoleBox.unpacked({ cameraNetworks: LOOPBACK });
  technician = await box.setUp();
});
afterAll(async () => {
  await box[Symbol.asyncDispose]();
  await camera[Symbol.asyncDispose]();
  film[Symbol.dispose]();
});

describe('the test of a camera', () => {
  const test = (body: object) => technician.ask('POST', '/api/cameras/test', { ...TEST, url: camera.url, ...body });

  it('shows a picture and says what it is', async () => {
    const { json } = await test({});
    expect(json).toMatchObject({ result: 'good', reason: null, codec: 'h264', widthPx: 640, heightPx: 360, fps: 25 });
    expect(Buffer.from(json.picture, 'base64').subarray(0, 3).toString('hex')).toBe('ffd8ff');
    expect(json.firstPictureMs).toBeGreaterThan(0);
  });

  it.each<[string, object | (() => Promise<object>), string]>([
    ['a wrong password', { password: 'wrong' }, 'unauthorized'],
    ['a wrong path', () => Promise.resolve({ url: `${camera.url}-no` }), 'not_found'],
    ['nobody there', async () => ({ url: `rtsp://127.0.0.1:${await freePort()}/live` }), 'unreachable'],
  ])('names the reason: %s', async (_, change, reason) => {
    const { status, json } = await test(typeof change === 'function' ? await change() : change);
    expect([status, json.result, json.reason]).toEqual([200, 'bad', reason]);
    expect(json.detail).not.toBe('');
  });

  it.each<[string, string, number]>([
    ['another network', 'rtsp://192.0.2.1/live', 422],
    ['a name that leads nowhere', 'rtsp://no-such-host.invalid/live', 422],
    ['the metadata service of a cloud', 'rtsp://169.254.169.254/latest', 422],
    ['an IPv6 form of another network', 'rtsp://[::ffff:8.8.8.8]/live', 422],
    ['a number instead of an address', 'rtsp://134744072/live', 422],
    ['http', 'http://127.0.0.1/', 400],
    ['a file', 'file:///etc/passwd', 400],
    ['a file in ffmpeg’s own words', 'rtsp://127.0.0.1/ -i /etc/passwd', 400],
    ['a password in the address', 'rtsp://u:p@127.0.0.1/live', 400],
  ])('goes nowhere else: %s', async (_, url, expected) => {
    expect((await test({ url })).status).toBe(expected);
  });

  it.each(['http://192.0.2.1/onvif', 'http://169.254.169.254/latest/meta-data', 'http://[::1]:22/'])(
    'asks no ONVIF service outside: %s',
    async (service) => {
      const { status } = await technician.ask('POST', '/api/cameras/streams', {
        service,
        username: 'a',
        password: 'b',
      });
      expect(status).toBe(422);
    },
  );
});

describe('a camera', () => {
  const change = async (method: string, path: string, body?: object): Promise<void> => {
    const { status, json, text } = await technician.ask(method, path, body);
    expect([status, text]).toEqual([200, expect.any(String)]);
    expect(await box.decided(technician, json)).toEqual({ state: 'in_force', detail: '' });
  };
  const listed = async () => (await technician.ask('GET', '/api/cameras')).json.cameras;

  it('is added, comes up, and shows its picture', async () => {
    const body = { id: 'east', name: '东进口', url: camera.url, username, password, speaker: 'horn' };
    await change('POST', '/api/cameras', body);
    expect(await listed()).toMatchObject([
      { id: 'east', name: '东进口', username, hasPassword: true, speaker: 'horn' },
    ]);
    await box.service.until('the camera is online', () =>
      /"state":"online","msg":"camera state"/.test(box.service.said),
    );
    const picture = await technician.ask('GET', '/api/cameras/east/picture.jpg');
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    const view = await technician.ask('GET', '/api/cameras/east/view');
    expect(view.json).toMatchObject({
      camera: 'east',
      widthPx: 640,
      heightPx: 360,
      riders: [],
      minHeadPx: expect.any(Number),
    });
  });

  it('is tested with the password that is kept', async () => {
    const body = { ...TEST, url: camera.url, username: null, password: null, as: 'east' };
    expect((await technician.ask('POST', '/api/cameras/test', body)).json.result).toBe('good');
  });

  it('gets zones, and keeps its password', async () => {
    await change('PUT', '/api/cameras/east', { watch: [ZONE], ignore: [] });
    expect(await listed()).toMatchObject([{ watch: [ZONE], hasPassword: true }]);
    expect(readFileSync(box.configFile, 'utf8')).toContain(password);
  });

  it.each<[string, object]>([
    ['two points', { watch: [ZONE.slice(0, 2)] }],
    ['21 points', { watch: [Array.from({ length: 21 }, (_, index) => [index / 30, 0.5])] }],
    [
      'a point outside',
      {
        watch: [
          [
            [0, 0],
            [1.2, 0],
            [1, 1],
          ],
        ],
      },
    ],
    ['a key that is no camera’s', { dataFolder: '/tmp' }],
  ])('takes no %s', async (_, body) => {
    expect((await technician.ask('PUT', '/api/cameras/east', body)).status).toBe(400);
  });

  it('takes no second one of its id, no speaker that is not there, and leaves the file alone', async () => {
    const before = readFileSync(box.configFile, 'utf8');
    expect((await technician.ask('POST', '/api/cameras', { id: 'east', url: camera.url })).status).toBe(409);
    const refused = await technician.ask('PUT', '/api/cameras/east', { speaker: 'nowhere' });
    expect([refused.status, refused.json.error.detail]).toEqual([422, expect.stringContaining('speaker')]);
    expect(readFileSync(box.configFile, 'utf8')).toBe(before);
  });

  it('shows its password in no answer and no log', async () => {
    const paths = [
      '/api/cameras',
      '/api/config',
      '/api/health',
      '/api/audit',
      '/api/diagnosis.zip',
      '/api/cameras/east/view',
    ];
    for (const path of paths) {
      const { status, text } = await technician.ask('GET', path);
      expect(status).toBe(200);
      expect(text).not.toContain('marker-77aa');
    }
    expect(box.service.said).not.toContain('marker-77aa');
  });

  it('is removed', async () => {
    await change('DELETE', '/api/cameras/east');
    expect(await listed()).toEqual([]);
    expect((await technician.ask('DELETE', '/api/cameras/east')).status).toBe(404);
  });
});
