/** The page in a headless Chromium that renders on the processor: bundled, opened, asked for frames, closed. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'esbuild';
import { chromium } from 'playwright-core';
import type { Purpose, RenderedFrame } from './labels';
import type { Scenario } from './scenario';
import type { Moment } from './timeline';

export interface Renderer extends AsyncDisposable {
  /** Changes with how things are drawn. */
  readonly version: string;
  /** Builds the scene; `streetSeed` chooses road, houses and trees. */
  load(scenario: Scenario, streetSeed: number): Promise<void>;
  /** JPEG at `quality` 0–1 with its labels. */
  render(moment: Moment, quality: number): Promise<RenderedFrame>;
}

const CHROMIUM_PATHS = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const FLAGS = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--use-gl=angle',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-default-apps',
  '--no-first-run',
  '--disable-dev-shm-usage',
];

/** Longest one frame may take before the render is given up. */
const FRAME_TIMEOUT_MS = 120_000;

export async function openRenderer(purpose: Purpose): Promise<Renderer> {
  const executablePath = CHROMIUM_PATHS.find((path) => existsSync(path));
  if (!executablePath) {
    throw new Error(`chromium is missing (looked for ${CHROMIUM_PATHS.join(', ')}): sudo apt-get install -y chromium`);
  }
  const script = await bundlePage();
  const browser = await chromium.launch({ executablePath, args: FLAGS, headless: true, chromiumSandbox: false });
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(FRAME_TIMEOUT_MS);
    const failures: string[] = [];
    page.on('pageerror', (error) => failures.push(error.message));
    await page.setContent('<!doctype html><html><body></body></html>');
    await page.addScriptTag({ content: script });
    if (failures.length > 0) throw new Error(`the page did not start: ${failures.join('; ')}`);
    await page.evaluate(`openStage(${JSON.stringify(purpose)})`);
    const call = <T>(method: string, values: readonly unknown[]): Promise<T> =>
      page.evaluate<T>(`stage.${method}(${values.map((value) => JSON.stringify(value)).join(',')})`);
    return {
      version: createHash('sha256').update(script).digest('hex'),
      load: (scenario, streetSeed) => call<void>('load', [scenario, streetSeed]),
      render: (moment, quality) => call<RenderedFrame>('render', [moment, quality]),
      [Symbol.asyncDispose]: () => browser.close(),
    };
  } catch (thrown) {
    await browser.close();
    throw thrown;
  }
}

async function bundlePage(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(sourceFolder(), 'page', 'stage.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2022',
    outdir: tmpdir(),
    logLevel: 'silent',
  });
  const text = outputFiles[0]?.text;
  if (!text) throw new Error('esbuild wrote nothing for the simulator page');
  return text;
}

/** The page stays TypeScript: it is bundled from the sources, also when this file runs from dist/. */
function sourceFolder(): string {
  const beside = resolve(__dirname);
  if (existsSync(join(beside, 'page', 'stage.ts'))) return beside;
  return resolve(__dirname, '..', '..', '..', 'scripts', 'simulator');
}
