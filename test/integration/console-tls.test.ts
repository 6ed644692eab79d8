/** The console over https with the certificate that the box makes: what it says, who may read the key, what a browser gets. */
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { anqi } from '../support/anqi';
import { TestBrowser } from '../support/browser';
import { ConsoleBox, TECHNICIAN } from '../support/console';
import { ServiceProcess } from '../support/service';

jest.setTimeout(90_000);

const DAY_MS = 86_400_000;

let box: ConsoleBox;
beforeAll(async () => {
  box = await ConsoleBox.configured({ cameras: [], console: { tls: 'self_signed' } });
});
afterAll(() => box[Symbol.asyncDispose]());

const certificate = () => readFileSync(join(box.site.dataFolder, 'console/certificate.pem'), 'utf8');

/** As somebody asks who trusts this very certificate and nothing else. */
async function ask(method: string, path: string, body?: unknown) {
  const asked = request(`${box.base.replace('127.0.0.1', 'localhost')}${path}`, {
    method,
    ca: certificate(),
    headers: { 'content-type': 'application/json' },
    agent: false,
    signal: AbortSignal.timeout(20_000),
  });
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  const [response] = await once(asked, 'response');
  return { status: response.statusCode, headers: response.headers, text: await text(response) };
}

it('answers whoever trusts its certificate, and says to use nothing but https', async () => {
  const { status, headers } = await ask('GET', '/api/status');
  expect(status).toBe(200);
  expect(headers['strict-transport-security']).toContain('max-age=');
});

it('names the box, lasts for ten years and is no authority for others', () => {
  const made = new X509Certificate(certificate());
  for (const host of ['localhost', hostname()]) expect(made.checkHost(host)).toBeDefined();
  for (const address of ['127.0.0.1', '::1']) expect(made.checkIP(address)).toBeDefined();
  expect(Date.parse(made.validTo) - Date.now()).toBeGreaterThan(3_640 * DAY_MS);
  expect(Date.parse(made.validFrom)).toBeLessThan(Date.now());
  expect([made.ca, made.verify(made.publicKey)]).toEqual([false, true]);
});

it('keeps its key to the service', () => {
  const { mode } = statSync(join(box.site.dataFolder, 'console/certificate-key.pem'));
  expect(mode & 0o777).toBe(0o600);
  expect(box.service.said).not.toContain('PRIVATE KEY');
});

it('tells its fingerprint in the log and beside the set-up code', async () => {
  const { fingerprint256 } = new X509Certificate(certificate());
  expect(box.service.said).toContain(fingerprint256);
  const { stdout } = await anqi('setup-code', '--config', box.configFile);
  expect(stdout).toContain(fingerprint256);
  expect(stdout.trim().split('\n').at(-1)).toBe(box.code);
});

it('gives its cookie to https only', async () => {
  const { status, headers } = await ask('POST', '/api/set-up', { code: box.code, ...TECHNICIAN, site: null });
  expect(status).toBe(200);
  expect(headers['set-cookie']?.[0]).toContain('; Secure');
});

it('is a safe place to a browser: page, socket of the live view and microphone', async () => {
  await using browser = await TestBrowser.open();
  await using sheet = await browser.device('phone', box.base);
  const { page } = sheet;
  await page.goto('/');
  await page.getByLabel('用户名').fill(TECHNICIAN.username);
  await page.getByLabel('密码').first().fill(TECHNICIAN.password);
  await page.getByRole('button', { name: '登录' }).click();
  await page.getByRole('heading', { name: '统计', level: 1 }).waitFor();
  expect(await page.evaluate('isSecureContext && typeof navigator.mediaDevices.getUserMedia')).toBe('function');
  const [cookie] = await sheet.context.cookies();
  expect(cookie).toMatchObject({ secure: true, httpOnly: true });
  // No such camera: closed by the box (4404), which a socket that was refused its certificate is not.
  const closed = `new Promise((done) => {
    new WebSocket('wss://' + location.host + '/api/cameras/nowhere/live/video').onclose = ({ code }) => done(code);
  })`;
  expect(await page.evaluate(closed)).toBe(4404);
  expect(sheet.complaints).toEqual([]);
});

it('keeps the certificate over a restart, and makes another where it is broken', async () => {
  const restart = async (): Promise<string> => {
    const service = ServiceProcess.run(box.configFile);
    await service.until('the console is open', () => service.said.includes('the console is open'));
    await service.end('SIGTERM');
    return certificate();
  };
  const before = certificate();
  await box.service.end('SIGTERM');
  expect(await restart()).toBe(before);
  writeFileSync(join(box.site.dataFolder, 'console/certificate.pem'), 'half a cert');
  const { fingerprint256 } = new X509Certificate(await restart());
  expect(fingerprint256).not.toBe(new X509Certificate(before).fingerprint256);
});
