/** The console in a real browser: from the code in the log to the figures, on a phone and on a laptop, in both languages. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { CONSOLE_PAGE_FOLDER } from '../../src/places';
import { type Sheet, TestBrowser } from '../support/browser';
import { ConsoleBox, SITE, TECHNICIAN } from '../support/console';

jest.setTimeout(90_000);

let browser: TestBrowser;
let box: ConsoleBox;
beforeAll(async () => {
  browser = await TestBrowser.open();
  box = await ConsoleBox.unpacked();
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await box[Symbol.asyncDispose]();
});

async function expectSound(sheet: Sheet): Promise<void> {
  expect(await sheet.accessibility()).toEqual([]);
  expect(await sheet.overflowPx()).toBeLessThanOrEqual(0);
  expect(sheet.complaints).toEqual([]);
}

it('is set up on a phone with the code from the log', async () => {
  await using sheet = await browser.device('phone', box.base);
  const { page } = sheet;
  await page.goto('/');
  await page.getByRole('heading', { name: '首次设置' }).waitFor();
  await expectSound(sheet);
  await page.getByRole('textbox', { name: '设置码' }).fill('AAAAA-AAAAA');
  await page.getByLabel('用户名').fill(TECHNICIAN.username);
  await page.getByLabel('密码（至少').fill(TECHNICIAN.password);
  await page.getByLabel('再输一次密码').fill('another password');
  await page.getByLabel('路口名称').fill(SITE.name);
  await page.getByLabel('本机编号').fill(SITE.nodeId);
  await page.getByRole('button', { name: '完成设置' }).click();
  await page.getByText('两次输入的密码不一致').waitFor();
  await page.getByLabel('再输一次密码').fill(TECHNICIAN.password);
  await page.getByRole('button', { name: '完成设置' }).click();
  await page.getByRole('alert').getByText('设置码不对').waitFor();
  await sheet.keep('set-up');
  await expectSound(sheet);
  await page.getByRole('textbox', { name: '设置码' }).fill(box.code.toLowerCase());
  await page.getByRole('button', { name: '完成设置' }).click();
  await page.getByRole('heading', { name: '统计', level: 1 }).waitFor();
  await page.getByText(SITE.name).waitFor();
  await sheet.keep('figures-empty');
  await expectSound(sheet);
});

it('refuses a wrong password in the reader’s language', async () => {
  await using sheet = await browser.device('laptop', box.base);
  const { page } = sheet;
  await page.goto('/');
  await page.getByLabel('用户名').fill(TECHNICIAN.username);
  await page.getByLabel('密码').first().fill('not this one');
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('alert').getByText('用户名或密码不对').waitFor();
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('alert').getByText('Name or password is wrong').waitFor();
  await sheet.keep('login-en');
  await expectSound(sheet);
});

it('shows a viewer the figures and nothing to change', async () => {
  const technician = box.visitor();
  await technician.login(TECHNICIAN.username, TECHNICIAN.password);
  await technician.ask('POST', '/api/accounts', { username: 'wang', password: 'viewer password', role: 'viewer' });
  await using sheet = await browser.device('laptop', box.base);
  const { page } = sheet;
  await page.goto('/');
  await page.getByLabel('用户名').fill('wang');
  await page.getByLabel('密码').first().fill('viewer password');
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('heading', { name: '统计', level: 1 }).waitFor();
  expect(await page.getByRole('navigation').getByRole('link').allTextContents()).toEqual([
    '统计',
    '实时画面',
    '运行状态',
    '账号',
    expect.stringContaining('API'),
  ]);
});

it('weighs at most 300 kB of compressed script', () => {
  const folder = join(CONSOLE_PAGE_FOLDER, 'assets');
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js.gz'));
  const bytes = scripts.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThanOrEqual(300_000);
});
