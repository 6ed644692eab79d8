/**
 * How quick the console is on this machine: `npm run bench:console`. The real service with one 1080p25 camera and a year of
 * incidents, a real Chromium with an empty cache on the same machine, and the live view with and without a viewer.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium } from 'playwright-core';
import { WebSocket } from 'ws';
import { messageOf } from '../../src/errors';
import { openDatabase } from '../../src/outbox/database';
import { CONSOLE_PAGE_FOLDER, PACKAGE_ROOT } from '../../src/places';
import { endChild } from '../../src/runtime/guarded-child';
import { percentile } from '../../src/runtime/percentile';
import { freePort } from '../lib/ports';
import { benchmarkFilm } from './film';
import { fillIncidents } from './incidents';
import { treeSeconds } from './processes';
import { formatRows, type Row } from './report';
import { startCamera } from './service';

const FOLDER = join(PACKAGE_ROOT, 'demo-output/bench-console');
const INCIDENTS = 100_000;
const PAGE_RUNS = 7;
const FIGURE_RUNS = 20;
const CPU_SECONDS = 20;
const CALM_MS = 10_000;
const CHROMIUM = '/usr/bin/chromium';
const WAIT_MS = 120_000;
const STOP_GRACE_MS = 10_000;
const GOAL = { pageMs: 1_500, scriptBytes: 300_000, figuresMs: 200 };
const ACCOUNT = { username: 'bench', password: 'only for this run' };

async function main(): Promise<void> {
  const film = await benchmarkFilm(
    join(PACKAGE_ROOT, 'test/clips/junction-demo.mp4'),
    join(PACKAGE_ROOT, 'demo-output/bench'),
  );
  await using camera = await startCamera(film);
  const port = await freePort();
  const file = await prepare(camera.url, port);
  const child = spawn(join(PACKAGE_ROOT, 'scripts/anqi'), ['run', '--config', file], { stdio: 'ignore' });
  try {
    const base = `http://127.0.0.1:${port}`;
    const cookie = await enter(base);
    const load = loadavg()[0] ?? 0;
    const rows = [...(await pageRows(base, cookie)), scriptRow(), ...(await figuresRows(base, cookie))];
    rows.push(...(await liveRows(child, { base, cookie, cameraUrl: camera.url })));
    const machine = `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}`;
    process.stdout.write(`${machine}; load ${load.toFixed(2)}\n\n${formatRows(rows)}\n`);
    if (rows.some(({ isMet }) => isMet === false)) process.exitCode = 1;
  } finally {
    await endChild(child, STOP_GRACE_MS);
  }
}

/** @returns the configuration of a box that has worked for a year */
async function prepare(cameraUrl: string, port: number): Promise<string> {
  await rm(FOLDER, { recursive: true, force: true });
  const dataFolder = join(FOLDER, 'data');
  await mkdir(dataFolder, { recursive: true });
  const nowMs = Date.now();
  const { database } = openDatabase({ path: join(dataFolder, 'outbox.db'), nowMs });
  fillIncidents(database, { count: INCIDENTS, days: 364, nowMs });
  database.close();
  const config = {
    version: 1,
    ...{ node: { id: 'bench' }, dataFolder, console: { host: '127.0.0.1', port } },
    cameras: [{ id: 'c1', url: cameraUrl, speaker: 'horn' }],
    speakers: [{ id: 'horn', kind: 'folder', folder: join(FOLDER, 'spoken') }],
  };
  const file = join(FOLDER, 'anqi.yaml');
  await writeFile(file, JSON.stringify(config, null, 2));
  return file;
}

/** Sets the box up and waits for its camera. @returns the cookie of a session */
async function enter(base: string): Promise<string> {
  const code = join(FOLDER, 'data/console/set-up-code');
  await until('the console is open', async () => existsSync(code) && (await fetch(`${base}/api/status`)).ok);
  const answer = await fetch(`${base}/api/set-up`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ code: readFileSync(code, 'utf8').trim(), ...ACCOUNT, site: null }),
  });
  const [cookie = ''] = (answer.headers.getSetCookie()[0] ?? '').split(';');
  await until('the camera is seen', async () => {
    const health = await (await fetch(`${base}/api/health`, { headers: { cookie } })).text();
    return health.includes('"state":"online"');
  });
  return cookie;
}

/** From the start of the navigation to the heading on the screen, each time with an empty cache. */
async function pageRows(base: string, cookie: string): Promise<Row[]> {
  const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  try {
    const login = await pageTimes(browser, { base, cookie: null, heading: '登录' });
    const figures = await pageTimes(browser, { base, cookie, heading: '统计' });
    const row = (name: string, times: readonly number[]): Row => {
      const value = percentile(times, 0.5);
      const worst = `worst of ${times.length}: ${Math.round(Math.max(...times))} ms`;
      return { name, value, unit: 'ms', target: `≤ ${GOAL.pageMs}`, isMet: value <= GOAL.pageMs, note: worst };
    };
    return [row('login page ready, cold cache', login), row('figures page ready, cold cache', figures)];
  } finally {
    await browser.close();
  }
}

async function pageTimes(
  browser: Browser,
  { base, cookie, heading }: { readonly base: string; readonly cookie: string | null; readonly heading: string },
): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < PAGE_RUNS; run++) {
    const context = await browser.newContext({ viewport: { width: 360, height: 740 }, locale: 'zh-CN' });
    const [name = '', value = ''] = cookie?.split('=') ?? [];
    if (cookie !== null) await context.addCookies([{ name, value, url: base }]);
    const page = await context.newPage();
    const startedMs = performance.now();
    await page.goto(base, { waitUntil: 'commit' });
    await page.getByRole('heading', { name: heading, level: 1 }).waitFor({ timeout: WAIT_MS });
    times.push(performance.now() - startedMs);
    await context.close();
  }
  return times;
}

function scriptRow(): Row {
  const folder = join(CONSOLE_PAGE_FOLDER, 'assets');
  const scripts = readdirSync(folder).filter((name) => name.endsWith('.js.gz'));
  const bytes = scripts.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  const isMet = bytes <= GOAL.scriptBytes;
  return { name: 'script, compressed', value: bytes / 1000, unit: 'kB', target: `≤ ${GOAL.scriptBytes / 1000}`, isMet };
}

/** Of a week, as the page opens, to everything that is there. */
async function figuresRows(base: string, cookie: string): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [name, days] of [
    ['a week', 7],
    ['a month', 30],
    [`a year (${INCIDENTS} incidents)`, 365],
  ] as const) {
    const times = await figuresTimes(days, { base, cookie });
    const value = percentile(times, 0.5);
    const note = `worst of ${times.length}: ${Math.round(Math.max(...times))} ms`;
    const target = `≤ ${GOAL.figuresMs}`;
    rows.push({ name: `figures of ${name}`, value, unit: 'ms', target, isMet: value <= GOAL.figuresMs, note });
  }
  return rows;
}

/** Each time another period, so that nothing is remembered. */
async function figuresTimes(
  days: number,
  { base, cookie }: { readonly base: string; readonly cookie: string },
): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < FIGURE_RUNS; run++) {
    const startedMs = performance.now();
    const answer = await fetch(`${base}/api/figures?since=${24 * days + run}h`, { headers: { cookie } });
    await answer.text();
    if (!answer.ok) throw new Error(`figures: ${answer.status}`);
    times.push(performance.now() - startedMs);
  }
  return times;
}

/** What the live view costs the box: nothing while nobody watches. */
async function liveRows(
  child: ChildProcess,
  { base, cookie, cameraUrl }: { readonly base: string; readonly cookie: string; readonly cameraUrl: string },
): Promise<Row[]> {
  await untilRendered();
  const address = `${base.replace('http', 'ws')}/api/cameras/c1/live/video`;
  const viewer = new WebSocket(address, { headers: { cookie, origin: base } });
  await once(viewer, 'message', { signal: AbortSignal.timeout(WAIT_MS) });
  const during = await cpuPercent(child);
  viewer.close();
  await until('the preview ends', async () => encoders(cameraUrl) === 0);
  const alone = await cpuPercent(child);
  const row = (name: string, value: number): Row => ({ name, value, unit: '% of a core', target: null, isMet: null });
  return [
    row('box, one viewer of the live view', during),
    row('box, nobody watching', alone),
    {
      ...{ name: 'video encoders with nobody watching', value: encoders(cameraUrl), unit: '', target: '0' },
      isMet: encoders(cameraUrl) === 0,
    },
  ];
}

async function cpuPercent({ pid = 0 }: ChildProcess): Promise<number> {
  const total = (): number => Object.values(treeSeconds(pid, 'ffmpeg')).reduce((sum, one) => sum + one, 0);
  const [before, startedMs] = [total(), performance.now()];
  await sleep(CPU_SECONDS * 1000);
  return (100 * (total() - before)) / ((performance.now() - startedMs) / 1000);
}

/** Programs that make the moving picture of this camera. */
function encoders(cameraUrl: string): number {
  return readdirSync('/proc').filter((entry) => {
    try {
      const line = /^\d+$/.test(entry) ? readFileSync(`/proc/${entry}/cmdline`, 'utf8') : '';
      return line.includes('mpeg1video') && line.includes(cameraUrl);
    } catch {
      return false;
    }
  }).length;
}

/** A new box makes its sentences first. */
async function untilRendered(): Promise<void> {
  const folder = join(FOLDER, 'data/prompt-cache');
  let [count, sinceMs] = [-1, performance.now()];
  await until('the sentences are made', async () => {
    const now = readdirSync(folder).length;
    if (now !== count) [count, sinceMs] = [now, performance.now()];
    return performance.now() - sinceMs > CALM_MS;
  });
}

async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + WAIT_MS;
  while (!(await isSo().catch(() => false))) {
    if (performance.now() > giveUpAtMs) throw new Error(`waited in vain: ${what}`);
    await sleep(200);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`bench:console: ${messageOf(error)}\n`);
  process.exitCode = 1;
});
