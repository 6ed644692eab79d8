/** The live view: behind the login, for as long as somebody watches, with the camera's password nowhere. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import { TestBrowser } from '../support/browser';
import { ConsoleBox, TECHNICIAN, type Visitor } from '../support/console';
import { processesWith } from '../support/rtsp/processes';
import { bareHeadedFilm, type RiderFilm } from '../support/service-film';

jest.setTimeout(90_000);

const CREDENTIALS = { user: 'viewer', password: 'marker-live-password' };
const { user: username, password } = CREDENTIALS;

let film: RiderFilm;
let camera: RtspCamera;
let box: ConsoleBox;
let technician: Visitor;
beforeAll(async () => {
  film = bareHeadedFilm();
  camera = await RtspCamera.start({ film: film.path, credentials: CREDENTIALS });
  const cameras = [
    { id: 'east', name: '东进口', url: camera.url, username, password },
    { id: 'west', url: camera.url, enabled: false },
  ];
  box = await ConsoleBox.configured({ cameras });
  technician = await box.setUp();
});
afterAll(async () => {
  await box[Symbol.asyncDispose]();
  await camera[Symbol.asyncDispose]();
  film[Symbol.dispose]();
});

function open(path: string, headers: Readonly<Record<string, string>> = {}): WebSocket {
  return new WebSocket(`${box.base.replace('http', 'ws')}${path}`, { headers });
}

const ours = () => ({ cookie: technician.cookie, origin: box.base });

/** The answer to an upgrade that is refused. */
async function refusal(socket: WebSocket): Promise<number> {
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response', { signal: AbortSignal.timeout(10_000) });
  response.destroy();
  return response.statusCode;
}

/** The ffmpegs that make MPEG-1 of this very camera. */
const previews = (): number[] =>
  [...processesWith('mpeg1video')].filter(([, line]) => line.includes(`:${camera.port}/`)).map(([pid]) => pid);

async function untilPreviews(count: number): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while (previews().length !== count && performance.now() < deadlineMs) await sleep(100);
  expect(previews()).toHaveLength(count);
}

it.each(['video', 'tracks'])(
  'opens no %s without a session, with one that is over, or from a foreign site',
  async (kind) => {
    const path = `/api/cameras/east/live/${kind}`;
    expect(await refusal(open(path))).toBe(401);
    expect(await refusal(open(path, { cookie: 'anqi_session=nonsense' }))).toBe(401);
    expect(await refusal(open(path, { ...ours(), origin: 'http://evil.example' }))).toBe(403);
  },
);

it.each(['west', 'nowhere', '..%2feast'])('closes at once for a camera that has no picture: %s', async (id) => {
  const socket = open(`/api/cameras/${id}/live/video`, ours());
  socket.on('error', () => undefined);
  const [code] = await once(socket, 'close', { signal: AbortSignal.timeout(10_000) });
  expect([4404, 1006]).toContain(code);
});

it('starts one stream with the first viewer, shares it, and ends it after the last', async () => {
  expect(previews()).toHaveLength(0);
  const viewers = [open('/api/cameras/east/live/video', ours()), open('/api/cameras/east/live/video', ours())];
  for (const viewer of viewers) {
    const [chunk] = await once(viewer, 'message', { signal: AbortSignal.timeout(20_000) });
    // Every packet of an MPEG transport stream begins so.
    expect(Buffer.from(chunk)[0]).toBe(0x47);
  }
  await untilPreviews(1);
  viewers[0]?.close();
  await sleep(500);
  expect(previews()).toHaveLength(1);
  viewers[1]?.close();
  await untilPreviews(0);
});

it('begins anew by itself when its ffmpeg dies', async () => {
  const viewer = open('/api/cameras/east/live/video', ours());
  await once(viewer, 'message', { signal: AbortSignal.timeout(20_000) });
  for (const pid of previews()) process.kill(pid, 'SIGKILL');
  await once(viewer, 'message', { signal: AbortSignal.timeout(20_000) });
  await untilPreviews(1);
  viewer.close();
  await untilPreviews(0);
});

it('tells who is seen, frame by frame', async () => {
  const socket = open('/api/cameras/east/live/tracks', ours());
  const deadline = AbortSignal.timeout(40_000);
  let riders: readonly { persons: readonly object[] }[] = [];
  // A two-wheeler is there before the heads on it.
  while (riders.every(({ persons }) => persons.length === 0)) {
    const [text] = await once(socket, 'message', { signal: deadline });
    riders = JSON.parse(String(text)).riders;
  }
  expect(riders.flatMap(({ persons }) => persons)[0]).toMatchObject({
    seat: expect.any(String),
    votes: { worn: expect.any(Number) },
  });
  socket.close();
});

it('ends with the session', async () => {
  const visitor = box.visitor();
  await visitor.login(TECHNICIAN.username, TECHNICIAN.password);
  const socket = open('/api/cameras/east/live/tracks', { cookie: visitor.cookie, origin: box.base });
  await once(socket, 'open');
  await visitor.ask('POST', '/api/logout', {});
  const [code] = await once(socket, 'close', { signal: AbortSignal.timeout(20_000) });
  expect(code).toBe(4401);
});

it('moves in a browser, with boxes, and its password is in no log', async () => {
  await using browser = await TestBrowser.open();
  await using sheet = await browser.device('phone', box.base);
  const { page } = sheet;
  await page.goto('/#/live');
  await page.getByLabel('用户名').fill(TECHNICIAN.username);
  await page.getByLabel('密码').first().fill(TECHNICIAN.password);
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('heading', { name: '实时画面', level: 1 }).waitFor();
  const canvas = page.locator('.live canvas');
  const widthPx = (): Promise<number> => canvas.evaluate((element) => Reflect.get(element, 'width'));
  const deadlineMs = performance.now() + 20_000;
  // A canvas without a picture is 300 wide.
  while ((await widthPx()) === 300 && performance.now() < deadlineMs) await sleep(100);
  expect(await widthPx()).toBeGreaterThan(300);
  await page.locator('.live rect').first().waitFor({ state: 'attached', timeout: 30_000 });
  await sheet.keep('live');
  expect(await sheet.accessibility()).toEqual([]);
  expect(await sheet.overflowPx()).toBeLessThanOrEqual(0);
  expect(sheet.complaints).toEqual([]);
  await page.getByRole('switch').click();
  await page.locator('.live img').waitFor();
  await untilPreviews(0);
  expect(box.service.said).not.toContain('marker-live');
});
