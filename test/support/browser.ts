/** A real Chromium on a phone or a laptop, which notes whatever a page must never do. */
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const CHROMIUM = '/usr/bin/chromium';
const SCREENSHOTS = join(__dirname, '../../dist/screenshots');
const AXE = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
const WAIT_MS = 30_000;

export const DEVICES = {
  phone: { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true },
  laptop: { viewport: { width: 1366, height: 768 }, deviceScaleFactor: 1, isMobile: false, hasTouch: false },
} as const;
export type Device = keyof typeof DEVICES;

export class TestBrowser implements AsyncDisposable {
  private constructor(private readonly browser: Browser) {}

  static async open(args: readonly string[] = []): Promise<TestBrowser> {
    if (!existsSync(CHROMIUM)) throw new Error(`${CHROMIUM} is missing: apt-get install chromium`);
    return new TestBrowser(
      await chromium.launch({ executablePath: CHROMIUM, chromiumSandbox: false, args: ['--no-sandbox', ...args] }),
    );
  }

  /** A browser of its own: no cookies, no cache, Chinese. */
  async device(device: Device, base: string): Promise<Sheet> {
    // As after somebody has looked at the fingerprint and gone on.
    const ignoreHTTPSErrors = base.startsWith('https:');
    const about = { baseURL: base, locale: 'zh-CN', ignoreHTTPSErrors };
    const context = await this.browser.newContext({ ...DEVICES[device], ...about });
    return Sheet.open(context, device, base);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.browser.close();
  }
}

/** One page, and what it did wrong. */
export class Sheet implements AsyncDisposable {
  readonly complaints: string[] = [];

  private constructor(
    readonly page: Page,
    readonly context: BrowserContext,
    private readonly device: Device,
  ) {}

  static async open(context: BrowserContext, device: Device, base: string): Promise<Sheet> {
    const page = await context.newPage();
    page.setDefaultTimeout(WAIT_MS);
    const sheet = new Sheet(page, context, device);
    const { host } = new URL(base);
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (!['data:', 'blob:'].includes(url.protocol) && url.host !== host)
        sheet.complaints.push(`another host: ${request.url()}`);
    });
    page.on('pageerror', (error) => sheet.complaints.push(`page: ${error.message}`));
    page.on('console', (message) => {
      // Chromium tells every answer that is not 2xx; what the page makes of it is tested by itself.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
        sheet.complaints.push(`console: ${message.text()}`);
    });
    return sheet;
  }

  /** Kept in dist/screenshots to be looked at. */
  async keep(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    // The header stays where the page is scrolled to.
    await this.page.evaluate('window.scrollTo(0, 0)');
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}-${this.device}.png`), fullPage: true });
  }

  /** What stands out of the page sideways: on a phone nobody finds it. */
  async overflowPx(): Promise<number> {
    return this.page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  }

  /** What axe finds against WCAG 2.2 AA, as sentences. */
  async accessibility(): Promise<readonly string[]> {
    await this.page.evaluate(AXE);
    const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
    return this.page.evaluate(
      `axe.run(document, { runOnly: ${JSON.stringify(tags)} }).then(({ violations }) =>
         violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => id + ': ' + html.slice(0, 200) + ' ' + failureSummary)))`,
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.context.close();
  }
}
