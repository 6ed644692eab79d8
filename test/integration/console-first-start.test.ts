/** First start on a phone with the platform at hand: a mistyped broker is told while the form is open, or left for later. */
import { readFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { loadConfig } from '../../src/config/load';
import { type Sheet, TestBrowser } from '../support/browser';
import { ConsoleBox, SITE, TECHNICIAN } from '../support/console';
import { Mosquitto, PASSWORD, USER } from '../support/mosquitto';

jest.setTimeout(90_000);

/** Discard: nobody answers. */
const NOBODY = 'mqtt://127.0.0.1:9';

let broker: Mosquitto;
let browser: TestBrowser;
beforeAll(async () => {
  broker = await Mosquitto.started();
  browser = await TestBrowser.open();
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await broker[Symbol.asyncDispose]();
});

async function fillIn(page: Page, code: string): Promise<void> {
  await page.goto('/');
  await page.getByRole('textbox', { name: '设置码' }).fill(code);
  await page.getByLabel('用户名').fill(TECHNICIAN.username);
  await page.getByLabel('密码（至少').fill(TECHNICIAN.password);
  await page.getByLabel('再输一次密码').fill(TECHNICIAN.password);
  await page.getByLabel('路口名称').fill(SITE.name);
  await page.getByLabel('本机编号').fill(SITE.nodeId);
}

async function expectSound(sheet: Sheet): Promise<void> {
  expect(await sheet.accessibility()).toEqual([]);
  expect(await sheet.overflowPx()).toBeLessThanOrEqual(0);
  expect(sheet.complaints).toEqual([]);
}

function configurationOf(box: ConsoleBox) {
  const result = loadConfig(box.configFile, {});
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.config;
}

it('tells a broker that is not there from one that knows no such user, and sets up with the right one', async () => {
  await using box = await ConsoleBox.unpacked();
  await using sheet = await browser.device('phone', box.base);
  const { page } = sheet;
  await fillIn(page, box.code);
  await page.getByLabel('纬度').fill('31.0271');
  await page.getByLabel('经度').fill('119.9104');
  const platform = page.getByRole('group', { name: '平台（MQTT），可不填' });
  await platform.getByLabel('地址').fill(NOBODY);
  await platform.getByLabel('平台账号').fill(USER);
  await platform.getByRole('textbox', { name: '平台密码' }).fill('marker-first-password');
  const finish = page.getByRole('button', { name: '完成设置', exact: true });
  await finish.click();
  await page.getByRole('alert').getByText('连不上平台').waitFor();
  await page.getByRole('alert').getByText('ECONNREFUSED').waitFor();
  await sheet.keep('set-up-broker');
  await expectSound(sheet);
  await platform.getByLabel('地址').fill(broker.url);
  await finish.click();
  await page.getByRole('alert').getByText('平台不认这个用户名和密码').waitFor();
  expect(readFileSync(box.configFile, 'utf8')).not.toContain('mqtt');
  await platform.getByRole('textbox', { name: '平台密码' }).fill(PASSWORD);
  await finish.click();
  await page.getByRole('heading', { name: '统计', level: 1 }).waitFor();
  const { mqtt, node } = configurationOf(box);
  expect(mqtt).toMatchObject({ url: broker.url, username: USER, password: PASSWORD });
  expect(node).toMatchObject({ id: SITE.nodeId, name: SITE.name, lat: 31.0271, lon: 119.9104 });
  await page.goto('/#/health');
  await page.getByText('已连接').waitFor();
  expect(box.service.said).not.toContain('marker-first-password');
  expect(box.service.said).not.toContain(PASSWORD);
});

it('goes on without the platform where it is away', async () => {
  await using box = await ConsoleBox.unpacked();
  await using sheet = await browser.device('phone', box.base);
  const { page } = sheet;
  await fillIn(page, box.code);
  await page.getByLabel('地址').fill(NOBODY);
  await page.getByRole('button', { name: '完成设置', exact: true }).click();
  await page.getByRole('button', { name: '先不接平台，完成设置' }).click();
  await page.getByRole('heading', { name: '统计', level: 1 }).waitFor();
  expect(configurationOf(box).mqtt).toBeUndefined();
});
