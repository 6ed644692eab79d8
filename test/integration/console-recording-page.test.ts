/** The recording room in a browser with a microphone that hears a file: recorded, advised, kept, heard, and used. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { unzipSync } from 'fflate';
import type { Page } from 'playwright-core';
import { encodeWav } from '../../src/announcer/sound/wav';
import { anqi } from '../support/anqi';
import { type Sheet, TestBrowser } from '../support/browser';
import { ConsoleBox, TECHNICIAN } from '../support/console';
import { type TakeParts, take } from '../support/takes';

jest.setTimeout(240_000);

const WORDS = '謝謝';
const SPEAKER = '臧阿姨';
const WAIT_MS = 30_000;
/** Seconds on the page once the voice, which begins after two, is over. */
const HEARD = /^(3\.[2-9]|[4-9]\.\d|\d\d\.\d) s/;

let folder: string;
let box: ConsoleBox;
let browser: TestBrowser;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'anqi-microphone-'));
  box = await ConsoleBox.configured({ cameras: [], console: {} });
  await box.setUp();
  browser = await TestBrowser.open([
    '--use-fake-device-for-media-stream',
    '--use-fake-ui-for-media-stream',
    `--use-file-for-fake-audio-capture=${join(folder, 'heard.wav')}%noloop`,
    // The box under a name instead of loopback: a page without https, which gets no microphone.
    '--host-resolver-rules=MAP anqi.test 127.0.0.1',
  ]);
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await box[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

/** What the microphone hears from its next opening on: two seconds of the room, for a slow machine to begin in. */
function microphoneHears(parts: TakeParts): void {
  writeFileSync(join(folder, 'heard.wav'), encodeWav(take({ beforeMs: 2_000, afterMs: 10_000, ...parts })));
}

async function enter(page: Page): Promise<void> {
  await page.goto('/#/recording');
  await page.getByLabel('用户名').fill(TECHNICIAN.username);
  await page.getByLabel('密码').first().fill(TECHNICIAN.password);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: '录音室', level: 1 }).waitFor();
}

async function expectSound(sheet: Sheet): Promise<void> {
  expect(await sheet.accessibility()).toEqual([]);
  expect(await sheet.overflowPx()).toBeLessThanOrEqual(0);
  // Chromium tells of every page without https that it has this header.
  expect(sheet.complaints.filter((one) => !one.includes('Cross-Origin-Opener-Policy'))).toEqual([]);
}

/** Presses Start, hears all of it and presses Done; `press` as this device does it. */
async function record(page: Page, start: string, press: (name: string) => Promise<void>): Promise<void> {
  await press(start);
  await page.getByText('请说', { exact: true }).waitFor();
  await page.getByText(HEARD).waitFor();
  await press('■ 结束');
}

async function missing(): Promise<number> {
  const { stdout } = await anqi('phrases', '--lang', 'wuu', '--missing', '--config', box.configFile);
  return stdout.trim().split('\n').length;
}

it('records on a phone: consent, a bad take, a good one, kept and used', async () => {
  await using sheet = await browser.device('phone', box.base);
  const { page } = sheet;
  const click = (name: string): Promise<void> => page.getByRole('button', { name, exact: true }).click();
  const before = await missing();
  await enter(page);
  const card = page.getByRole('article', { name: WORDS, exact: true });
  await card.waitFor();
  expect(await card.getByRole('button', { name: `录音 ${WORDS}` }).isDisabled()).toBe(true);
  await sheet.keep('recording-consent');
  await expectSound(sheet);

  expect(await page.getByRole('button', { name: '记下同意' }).isDisabled()).toBe(true);
  await page.getByLabel('发音人姓名').fill(SPEAKER);
  await page.getByRole('checkbox').check();
  await click('记下同意');
  await page.getByText('已录 0 条').waitFor();

  microphoneHears({ peak: 3 });
  await card.getByRole('button', { name: `录音 ${WORDS}` }).click();
  await record(page, '● 开始', click);
  await page.getByRole('alert').getByText('声音爆了').waitFor();
  expect(await page.getByRole('button', { name: '保存' }).count()).toBe(0);
  await card.scrollIntoViewIfNeeded();
  await sheet.keep('recording-bad');
  await expectSound(sheet);

  microphoneHears({ voiceMs: 600, noise: 0.001 });
  await click('● 再录一遍');
  await page.getByRole('meter').waitFor();
  await expectSound(sheet);
  await page.getByText(HEARD).waitFor();
  await click('■ 结束');
  await page.getByText('这一遍很好').waitFor();
  await page.getByText(/声音长 0\.[67] 秒/).waitFor();
  await sheet.keep('recording-good');
  await expectSound(sheet);
  await click('听 这一遍');
  await page.getByRole('button', { name: '停 这一遍' }).waitFor();
  await page.getByRole('button', { name: '听 这一遍' }).waitFor();

  await click('保存');
  await page.getByText(`已保存：${WORDS}`).waitFor();
  await card.waitFor({ state: 'detached' });
  expect(await missing()).toBe(before - 1);
  await page.getByText(`还差 ${before - 1} 条`).waitFor();
  await sheet.keep('recording-kept');

  await page.getByLabel('显示').selectOption({ label: '已录的' });
  await card.getByText(SPEAKER).waitFor();
  await card.getByRole('button', { name: `听 ${WORDS}` }).click();
  await card.getByRole('button', { name: `停 ${WORDS}` }).waitFor();
  await card.getByRole('button', { name: `听 ${WORDS}` }).waitFor();
  await sheet.keep('recording-recorded');
  await expectSound(sheet);

  await page.getByRole('tab', { name: '听提示语' }).click();
  await page.getByRole('button', { name: /^听 长兴话 大家/ }).click();
  await page.getByRole('button', { name: /^停 长兴话 大家/ }).waitFor();
  await page.getByRole('button', { name: /^听 长兴话 大家/ }).waitFor();
  await sheet.keep('recording-hear');
  await expectSound(sheet);
});

it('records by keyboard alone on a laptop, in English, and hears the machine voice', async () => {
  await using sheet = await browser.device('laptop', box.base);
  const { page } = sheet;
  await enter(page);
  await page.getByRole('button', { name: 'English' }).click();
  await page.getByRole('heading', { name: 'Recording room', level: 1 }).waitFor();
  const focused = (): Promise<string> => page.evaluate('document.activeElement?.innerText ?? ""');
  const press = async (name: string): Promise<void> => {
    const deadlineMs = performance.now() + WAIT_MS;
    while ((await focused()) !== name) {
      if (performance.now() > deadlineMs) throw new Error(`the focus is on ${await focused()}, not on ${name}`);
      await sleep(50);
    }
    await page.keyboard.press('Enter');
  };
  microphoneHears({ noise: 0.03 });
  await page.getByRole('button', { name: /^Show \d+ more$/ }).click();
  const card = page.getByRole('article', { name: '藍', exact: true });
  await card.getByRole('button', { name: 'Play 藍' }).focus();
  await page.keyboard.press('Enter');
  await card.getByRole('button', { name: 'Stop 藍' }).waitFor();
  await card.getByRole('button', { name: 'Play 藍' }).waitFor();
  await page.keyboard.press('Tab');
  await press('Record');
  await press('● Start');
  await page.getByText('Speak now', { exact: true }).waitFor();
  await page.getByText(HEARD).waitFor();
  await press('■ Done');
  await page.getByText('The room is noisy').waitFor();
  await sheet.keep('recording-en');
  await expectSound(sheet);
  await press('I heard it, it is good: keep');
  await page.getByText('Kept: 藍').waitFor();
  expect(await focused()).toBe('● Start');
});

it('says plainly where there is no microphone, and takes a file from the phone instead', async () => {
  const base = box.base.replace('127.0.0.1', 'anqi.test');
  await using sheet = await browser.device('phone', base);
  const { page } = sheet;
  await enter(page);
  await page.getByText('浏览器在这个网址上不开放话筒').waitFor();
  await page.getByText('console.tls').waitFor();
  await page.getByRole('button', { name: /^再显示 \d+ 条$/ }).click();
  const card = page.getByRole('article', { name: '紅', exact: true });
  await card.getByRole('button', { name: '录音 紅' }).click();
  expect(await card.getByRole('button', { name: '● 开始' }).count()).toBe(0);
  const [chooser] = await Promise.all([
    page.waitForEvent('filechooser'),
    card.getByRole('button', { name: '选择录音文件' }).click(),
  ]);
  await chooser.setFiles({ name: '红.wav', mimeType: 'audio/wav', buffer: encodeWav(take({ noise: 0.001 })) });
  await card.getByText('这一遍很好').waitFor();
  await sheet.keep('recording-file');
  await expectSound(sheet);
  await card.getByRole('button', { name: '保存' }).click();
  await page.getByText('已保存：紅').waitFor();
});

it('carries recordings over as a ZIP', async () => {
  await using sheet = await browser.device('laptop', box.base);
  const { page } = sheet;
  await enter(page);
  await page.getByRole('tab', { name: '备份' }).click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: '导出压缩包' }).click(),
  ]);
  const zip = join(folder, 'recordings.zip');
  await download.saveAs(zip);
  const upload = async (files: Parameters<Page['setInputFiles']>[1]): Promise<void> => {
    const [chooser] = await Promise.all([
      page.waitForEvent('filechooser'),
      page.getByRole('button', { name: '导入压缩包' }).click(),
    ]);
    await chooser.setFiles(files);
  };
  await upload(zip);
  const carried = Object.keys(unzipSync(readFileSync(zip))).filter((name) => name.endsWith('.wav'));
  expect(carried).toContain(`wuu/${WORDS}.wav`);
  await page.getByText(`已导入 ${carried.length} 条录音`).waitFor();
  await upload({ name: 'x.zip', mimeType: 'application/zip', buffer: Buffer.from('not a ZIP') });
  await page.getByRole('alert').getByText('not a ZIP').waitFor();
  await expectSound(sheet);
});
