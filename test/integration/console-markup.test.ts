/** Script in every text that is kept and shown: a browser shows it as the text it is, and runs nothing of it. */
import { copyFile } from 'node:fs/promises';
import { type Sheet, TestBrowser } from '../support/browser';
import { ConsoleBox, TECHNICIAN, type Visitor } from '../support/console';
import { STORY, seedIncidents } from '../support/incidents';

jest.setTimeout(120_000);

/** What browsers would run if it were markup; each place has its own word in front. */
const markup = (place: string): string => `${place}<script>alert(1)</script><img src=x onerror=alert(1)>`;
/** Of an address: without blanks. */
const PATH = '/<svg/onload=alert(1)><img/src=x/onerror=alert(1)>';

let browser: TestBrowser;
let box: ConsoleBox;
let technician: Visitor;
let sheet: Sheet;
const dialogs: string[] = [];
beforeAll(async () => {
  browser = await TestBrowser.open();
  box = await ConsoleBox.configured(
    {
      node: { id: 'junction', name: markup('site') },
      cameras: [
        {
          ...{ id: 'east', name: markup('camera'), url: `rtsp://127.0.0.1:9${PATH}` },
          ...{ username: markup('user'), password: 'marker' },
        },
      ],
      mqtt: { url: `mqtt://127.0.0.1:9${PATH}`, username: markup('broker') },
      prompts: { quietHours: null, noiseSensitive: true, approvalNumber: markup('approval') },
    },
    (site) => seedIncidents(site, 1),
  );
  technician = await box.setUp();
  await technician.ask('PUT', `/api/incidents/${STORY}/mark`, { reason: 'other', note: markup('note') });
  // Anybody who reaches the box may write this into its audit.
  await box.visitor().login(markup('stranger').slice(0, 64), 'no such password');
  // The file before the last change is shown beside the new one.
  await copyFile(box.configFile, `${box.configFile}.previous`);
  const { text, revision } = (await technician.ask('GET', '/api/config')).json;
  const saved = await technician.ask('PUT', '/api/config', { revision, text: `# ${markup('comment')}\n${text}` });
  expect(await box.decided(technician, saved.json)).toMatchObject({ state: 'in_force' });
  sheet = await browser.device('laptop', box.base);
  sheet.page.on('dialog', (dialog) => {
    dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  const { page } = sheet;
  await page.goto('/');
  await page.getByLabel('用户名').fill(TECHNICIAN.username);
  await page.getByLabel('密码').first().fill(TECHNICIAN.password);
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByText(markup('site')).waitFor();
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await box[Symbol.asyncDispose]();
});

/** No dialog, no element made of a text, no request elsewhere, nothing that the policy of the page had to stop. */
async function expectNothingRan(): Promise<void> {
  const made = `document.querySelectorAll('script:not([src]), img[src="x"], [onload], [onerror]').length`;
  expect([await sheet.page.evaluate(made), dialogs, sheet.complaints]).toEqual([0, [], []]);
}

it.each([
  ['live', '/#/live', [markup('camera')]],
  ['cameras', '/#/cameras', [markup('camera'), PATH]],
  ['health', '/#/health', [markup('camera')]],
  ['an incident', `/#/incidents/${STORY}`, [markup('note')]],
  ['audit', '/#/audit', [markup('stranger').slice(0, 64)]],
])('shows as text: %s', async (_, address, texts) => {
  const { page } = sheet;
  await page.goto(address);
  await page.locator('.mantine-Loader-root').waitFor({ state: 'detached' });
  for (const text of texts) await page.getByText(text).first().waitFor();
  await expectNothingRan();
});

it.each([
  ['a camera’s name', '/#/cameras/east/edit', '名称', markup('camera')],
  ['a camera’s user', '/#/cameras/east/edit', '摄像头用户名', markup('user')],
  ['the broker’s user', '/#/config', '用户名', markup('broker')],
  ['the approval number', '/#/speakers', '批准文号', markup('approval')],
  ['the note of a mark', `/#/incidents/${STORY}`, '备注', markup('note')],
])('keeps in its field: %s', async (_, address, label, value) => {
  const { page } = sheet;
  await page.goto(address);
  const field = page.getByLabel(label, { exact: false }).first();
  await field.waitFor();
  expect(await page.getByRole('textbox').evaluateAll((all) => all.map((one) => Reflect.get(one, 'value')))).toContain(
    value,
  );
  await expectNothingRan();
});

it('shows it in the configuration, its problems, its differences and the earlier text', async () => {
  const { page } = sheet;
  await page.goto('/#/config');
  const editor = page.getByRole('textbox', { name: '配置文件' });
  const text = await editor.inputValue();
  expect(text).toContain(markup('comment'));
  const value = '<img src=x onerror=alert(1)>';
  await editor.fill(text.replace('"quietHours": null', `"quietHours": "${value}"`));
  await page.getByRole('alert').getByText(value).waitFor();
  await page.getByRole('button', { name: '查看改动' }).click();
  await page.locator('.diff-new').getByText(value).waitFor();
  await page.getByRole('button', { name: '恢复上一版…' }).click();
  await page.locator('.diff-gone').getByText(markup('comment')).waitFor();
  await expectNothingRan();
});

it.each(['', 'cameras/', 'incidents/'])('takes it as an address that leads nowhere: #/%s…', async (where) => {
  await sheet.page.goto(`/#/${where}${encodeURIComponent(markup('address'))}`);
  await sheet.page.getByRole('heading', { level: 1 }).waitFor();
  await sheet.page.locator('.mantine-Loader-root').waitFor({ state: 'detached' });
  await expectNothingRan();
});

it('has a page whose policy would stop it even as markup', async () => {
  const { page } = sheet;
  const plant = `new Promise((done) => {
    document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(markup('planted'))});
    document.querySelector('img[src="x"]').addEventListener('error', () => done());
  })`;
  await page.evaluate(plant);
  expect(dialogs).toEqual([]);
  // The trap of this test: an alert would have been seen.
  await page.evaluate('alert("seen")');
  expect(dialogs).toEqual(['seen']);
});
