/** The ten minutes at a junction: from the set-up code to a heard prompt, on a phone, by touch. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Locator } from 'playwright-core';
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import { type Sheet, TestBrowser } from '../support/browser';
import { ConsoleBox, SITE, TECHNICIAN } from '../support/console';
import { type HeardSound, startPulse } from '../support/pulse';
import { bareHeadedFilm, type RiderFilm } from '../support/service-film';

jest.setTimeout(180_000);

const CREDENTIALS = { user: 'viewer', password: 'marker-90bc-password' };
const DECIDED_MS = 60_000;

let pulse: HeardSound;
let film: RiderFilm;
let camera: RtspCamera;
let browser: TestBrowser;
let box: ConsoleBox;
let sheet: Sheet;
beforeAll(async () => {
  pulse = await startPulse();
  film = bareHeadedFilm();
  camera = await RtspCamera.start({ film: film.path, credentials: CREDENTIALS });
  browser = await TestBrowser.open();
  box = await ConsoleBox.unpacked({ cameraNetworks: ['127.0.0.0/8'] });
  sheet = await browser.device('phone', box.base);
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await box[Symbol.asyncDispose]();
  await camera[Symbol.asyncDispose]();
  film[Symbol.dispose]();
  await pulse[Symbol.asyncDispose]();
});

async function expectSound(): Promise<void> {
  expect(await sheet.accessibility()).toEqual([]);
  expect(await sheet.overflowPx()).toBeLessThanOrEqual(0);
  expect(sheet.complaints).toEqual([]);
}

/** A finger on a place of the picture, 0–1. */
async function tap(canvas: Locator, [x, y]: readonly [number, number]): Promise<void> {
  const area = await canvas.boundingBox();
  if (area === null) throw new Error('the picture is not there');
  await sheet.page.touchscreen.tap(area.x + x * area.width, area.y + y * area.height);
}

async function open(name: string): Promise<void> {
  await sheet.page.getByRole('button', { name: '菜单' }).click();
  await sheet.page.getByRole('navigation').getByRole('link', { name, exact: true }).click();
  await sheet.page.getByRole('heading', { name, level: 1 }).waitFor();
}

it('sets the box up', async () => {
  const { page } = sheet;
  await page.goto('/');
  await page.getByRole('textbox', { name: '设置码' }).fill(box.code);
  await page.getByLabel('用户名').fill(TECHNICIAN.username);
  await page.getByLabel('密码（至少').fill(TECHNICIAN.password);
  await page.getByLabel('再输一次密码').fill(TECHNICIAN.password);
  await page.getByLabel('路口名称').fill(SITE.name);
  await page.getByLabel('本机编号').fill(SITE.nodeId);
  await page.getByRole('button', { name: '完成设置' }).click();
  await page.getByRole('heading', { name: '统计', level: 1 }).waitFor();
});

it('adds a camera: pasted with its login, wrong first, then tested and saved', async () => {
  const { page } = sheet;
  await open('摄像头');
  await page.getByRole('link', { name: '添加摄像头' }).click();
  await page.getByLabel('编号').fill('east');
  await page.getByLabel('名称').fill('东进口');
  await page.getByLabel('RTSP 地址').fill(camera.url.replace('rtsp://', 'rtsp://viewer:wrong@'));
  expect(await page.getByLabel('RTSP 地址').inputValue()).toBe(camera.url);
  await page.getByRole('button', { name: '测试' }).click();
  await page.getByRole('alert').getByText('用户名或密码不对').waitFor();
  await page.getByRole('textbox', { name: '摄像头密码' }).fill(CREDENTIALS.password);
  await page.getByRole('button', { name: '测试' }).click();
  await page.getByText('画面正常').waitFor();
  expect(
    await page.getByRole('img', { name: '摄像头画面' }).evaluate((image) => Reflect.get(image, 'naturalWidth')),
  ).toBeGreaterThan(100);
  await sheet.keep('camera-tested');
  await expectSound();
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByRole('heading', { name: '摄像头', level: 1 }).waitFor();
  await page.getByRole('heading', { name: '东进口' }).waitFor();
  await sheet.keep('cameras');
  await expectSound();
});

it('draws a zone by touch to the border, takes a corner back, moves one by keyboard, and keeps it', async () => {
  const { page } = sheet;
  await page.getByRole('link', { name: '画区域' }).click();
  const canvas = page.getByRole('group', { name: '摄像头画面' });
  await canvas.locator('image').waitFor();
  const corners = [
    [0.05, 0.3],
    [0.95, 0.3],
    [0.95, 0.985],
    [0.5, 0.6],
  ] as const;
  for (const corner of corners) await tap(canvas, corner);
  await page.getByRole('button', { name: '撤销' }).click();
  await tap(canvas, [0.05, 0.985]);
  await page.getByRole('button', { name: '完成' }).click();
  await page.getByText(/等候区.*1: 现在有 \d+ 位骑手/).waitFor();
  const corner = page.getByRole('button', { name: /第 1 个角/ });
  await corner.focus();
  await page.keyboard.press('ArrowDown');
  await page.getByText(/这里的头部约 \d+ 像素/).waitFor({ timeout: DECIDED_MS });
  await page.getByLabel('区域类型').selectOption('travel');
  await tap(canvas, [0.5, 0.35]);
  await tap(canvas, [0.5, 0.9]);
  await page.getByRole('button', { name: '完成' }).click();
  await page.getByRole('button', { name: /行驶方向.*第 2 个角/ }).waitFor();
  await sheet.keep('zones');
  await expectSound();
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('已生效').waitFor({ timeout: DECIDED_MS });
  const technician = box.visitor();
  await technician.login(TECHNICIAN.username, TECHNICIAN.password);
  const { json } = await technician.ask('GET', '/api/cameras');
  const [zone] = json.cameras[0].watch;
  const [from, to] = json.cameras[0].travel;
  expect([from[0], to[0]].map((x) => Math.round(x * 10))).toEqual([5, 5]);
  expect(to[1]).toBeGreaterThan(from[1]);
  expect(zone).toHaveLength(4);
  const wanted = [
    [0.05, 0.31],
    [0.95, 0.3],
    [0.95, 1],
    [0.05, 1],
  ];
  for (const [index, [x, y]] of wanted.entries()) {
    expect(zone[index][0]).toBeCloseTo(x ?? 0, 1);
    expect(zone[index][1]).toBeCloseTo(y ?? 0, 1);
  }
});

it('switches quiet hours off and hears a test phrase from the sound card', async () => {
  const { page } = sheet;
  await open('喇叭');
  await page.getByRole('switch', { name: '静音时段：完全不播报' }).click();
  await sheet.keep('speakers');
  await expectSound();
  await page.getByRole('button', { name: '保存' }).click();
  await page.getByText('已生效').waitFor({ timeout: DECIDED_MS });
  await page.getByRole('button', { name: '试播：普通话' }).click();
  await page.getByText('已播放，并已确认').waitFor({ timeout: DECIDED_MS });
  await sheet.keep('speaker-heard');
  const { samples } = await pulse.heard();
  expect(samples.reduce((loudest, sample) => Math.max(loudest, Math.abs(sample)), 0)).toBeGreaterThan(0.05);
});

it('hears the box speak to the riders of the film', async () => {
  const technician = box.visitor();
  await technician.login(TECHNICIAN.username, TECHNICIAN.password);
  const spoken = async (): Promise<number> => (await technician.ask('GET', '/api/health')).json.speakers[0].spoken;
  const before = await spoken();
  const deadlineMs = performance.now() + DECIDED_MS;
  while ((await spoken()) === before && performance.now() < deadlineMs) await sleep(500);
  expect(await spoken()).toBeGreaterThan(before);
});

afterEach(async () => {
  await sheet.keep('last');
});

it('edits the configuration: mistakes by line, the changes shown, saved, and the earlier text at hand', async () => {
  const { page } = sheet;
  await open('配置');
  const editor = page.getByRole('textbox', { name: '配置文件' });
  const text = await editor.inputValue();
  expect(text).toContain('••••••');
  await editor.fill(`${text}decision:\n  lostForMs: five\n`);
  await page
    .getByRole('alert')
    .getByText(/第 \d+ 行 decision\.lostForMs/)
    .waitFor();
  await sheet.keep('config-problem');
  await expectSound();
  await editor.fill(`${text}decision:\n  lostForMs: 2500\n`);
  await page.getByText('没有问题').waitFor();
  await page.getByRole('button', { name: '查看改动' }).click();
  await page.getByText('+   lostForMs: 2500').waitFor();
  await sheet.keep('config-diff');
  await expectSound();
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await page.getByText('已生效').waitFor({ timeout: DECIDED_MS });
  const technician = box.visitor();
  await technician.login(TECHNICIAN.username, TECHNICIAN.password);
  expect((await technician.ask('GET', '/api/config')).json.text).toContain('lostForMs: 2500');
  expect(readFileSync(box.configFile, 'utf8')).toContain(CREDENTIALS.password);
});

it('keeps a copy of the configuration, returns to the one before, and brings the copy back', async () => {
  const { page } = sheet;
  const rollBack = page.getByRole('button', { name: '恢复上一版…' });
  await page.getByRole('button', { name: '下载（带密码）…' }).click();
  await page.getByRole('textbox', { name: '您在本控制台的密码' }).fill('not this one');
  await page.getByRole('button', { name: '下载带密码的文件' }).click();
  await page.getByRole('alert').getByText('用户名或密码不对').waitFor();
  await sheet.keep('config-backup');
  await expectSound();
  await page.getByRole('textbox', { name: '您在本控制台的密码' }).fill(TECHNICIAN.password);
  const coming = page.waitForEvent('download');
  await page.getByRole('button', { name: '下载带密码的文件' }).click();
  const copy = await (await coming).path();
  expect(readFileSync(copy, 'utf8')).toBe(readFileSync(box.configFile, 'utf8'));
  await rollBack.click();
  await page.getByText('−   lostForMs: 2500').waitFor();
  await sheet.keep('config-roll-back');
  await expectSound();
  await page.getByRole('button', { name: '确认恢复上一版' }).click();
  await page.getByText('−   lostForMs: 2500').waitFor({ state: 'detached', timeout: DECIDED_MS });
  await page.getByText('已生效').waitFor();
  expect(readFileSync(box.configFile, 'utf8')).not.toContain('lostForMs');
  await page.locator('input[type=file]').setInputFiles(copy);
  await page.getByText('+   lostForMs: 2500').waitFor();
  await page.getByRole('button', { name: '保存', exact: true }).click();
  await page.getByText('+   lostForMs: 2500').waitFor({ state: 'detached', timeout: DECIDED_MS });
  expect(readFileSync(box.configFile, 'utf8')).toBe(readFileSync(copy, 'utf8'));
});
