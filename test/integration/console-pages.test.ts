/** Every page of a box at work, on a phone and on a laptop, in both languages: to be read, to be read aloud, and to be looked at. */
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import { DEVICES, type Device, type Sheet, TestBrowser } from '../support/browser';
import { ConsoleBox, TECHNICIAN } from '../support/console';
import { STORY, seedIncidents } from '../support/incidents';
import { Mosquitto } from '../support/mosquitto';
import { brokerAccess } from '../support/service';
import { bareHeadedFilm, type RiderFilm } from '../support/service-film';

jest.setTimeout(300_000);

const MANY = 500;
const CREDENTIALS = { user: 'viewer', password: 'marker-pages-password' };

let film: RiderFilm;
let camera: RtspCamera;
let broker: Mosquitto;
let browser: TestBrowser;
let box: ConsoleBox;
beforeAll(async () => {
  film = bareHeadedFilm();
  camera = await RtspCamera.start({ film: film.path, credentials: CREDENTIALS });
  broker = await Mosquitto.started();
  browser = await TestBrowser.open();
  const { user: username, password } = CREDENTIALS;
  box = await ConsoleBox.configured(
    {
      node: { id: 'junction', name: '雉城街道长安路口', lat: 31.03, lon: 119.91 },
      cameras: [
        { id: 'east', name: '东进口', url: camera.url, username, password, speaker: 'horn' },
        { id: 'west', url: camera.url, enabled: false },
      ],
      mqtt: brokerAccess(broker),
    },
    (site) => seedIncidents(site, MANY),
  );
  await box.setUp();
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await box[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
  await camera[Symbol.asyncDispose]();
  film[Symbol.dispose]();
});

/** From the navigation: its word in both languages. */
const PLACES = [
  ['figures', '统计', 'Figures'],
  ['live', '实时画面', 'Live'],
  ['incidents', '事件', 'Incidents'],
  ['cameras', '摄像头', 'Cameras'],
  ['speakers', '喇叭', 'Loudspeakers'],
  ['recording', '录音室', 'Recording room'],
  ['health', '运行状态', 'Health'],
  ['config', '配置', 'Configuration'],
  ['accounts', '账号', 'Logins'],
  ['audit', '操作记录', 'Audit'],
] as const;
/** From one of those pages. */
const DEEPER = [
  ['incident', `/#/incidents/${STORY}`],
  ['camera', '/#/cameras/east/edit'],
  ['camera-new', '/#/cameras/new'],
  ['zones', '/#/cameras/east/zones'],
] as const;
type Language = 'zh' | 'en';

async function look(sheet: Sheet, name: string): Promise<void> {
  const { page } = sheet;
  await page.locator('.mantine-Loader-root').waitFor({ state: 'detached' });
  // The moving picture takes the place of the still.
  if (name.startsWith('live')) await page.locator('.live img').waitFor({ state: 'detached' });
  // Of the zones; it comes with the first frame that was analysed.
  if (name.startsWith('zones')) await page.locator('.zone-canvas image').waitFor();
  await page.evaluate(
    'Promise.all([...document.images].map((one) => one.complete || new Promise((done) => { one.onload = one.onerror = done; })))',
  );
  await sheet.keep(name);
  expect([name, await sheet.accessibility()]).toEqual([name, []]);
  expect([name, await sheet.overflowPx()]).toEqual([name, 0]);
  expect([name, sheet.complaints]).toEqual([name, []]);
}

const SIGHTS = Object.keys(DEVICES).flatMap((device) =>
  (['zh', 'en'] as const).map((language) => ({ device: device as Device, language })),
);

describe.each(SIGHTS)('on a $device in $language', ({ device, language }) => {
  let sheet: Sheet;
  beforeAll(async () => {
    sheet = await browser.device(device, box.base);
    const { page } = sheet;
    await page.goto('/');
    const [name, password, enter] = LOGIN[language];
    if (language === 'en') await page.getByRole('button', { name: 'English' }).click();
    await page.getByLabel(name).fill(TECHNICIAN.username);
    await page.getByLabel(password).first().fill(TECHNICIAN.password);
    await look(sheet, `login-${language}`);
    await page.getByRole('button', { name: enter }).click();
    await page.getByRole('navigation').waitFor({ state: 'attached' });
  });
  afterAll(() => sheet[Symbol.asyncDispose]());

  it.each(PLACES)('shows %s', async (name, zh, en) => {
    const { page } = sheet;
    const title = language === 'zh' ? zh : en;
    if (device === 'phone') await page.getByRole('button', { name: language === 'zh' ? '菜单' : 'Menu' }).click();
    await page.getByRole('navigation').getByRole('link', { name: title, exact: true }).click();
    await page.getByRole('heading', { name: title, level: 1 }).waitFor();
    await look(sheet, `${name}-${language}`);
  });

  it.each(DEEPER)('shows %s', async (name, address) => {
    const { page } = sheet;
    await page.goto(address);
    await page.getByRole('link', { name: language === 'zh' ? '返回' : 'Back' }).waitFor();
    await look(sheet, `${name}-${language}`);
  });
});

const LOGIN: Readonly<Record<Language, readonly [string, string, string]>> = {
  zh: ['用户名', '密码', '登录'],
  en: ['User name', 'Password', 'Log in'],
};
