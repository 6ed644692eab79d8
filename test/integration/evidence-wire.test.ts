/** Evidence on its way to the platform: signed links of the box over real HTTP, and uploads to a real nginx that dies in between. */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readKey, signedLink } from '../../src/evidence/links';
import { serveEvidence } from '../../src/evidence/server';
import { uploadEvidence } from '../../src/evidence/upload';
import { openDatabase } from '../../src/outbox/database';
import { Uploads } from '../../src/outbox/uploads';
import { createLogger } from '../../src/runtime/logger';
import { DavStore } from '../support/dav-store';

jest.setTimeout(60_000);

const NAME = '2026-11-23/i-1-512-full.jpg';
const WAIT_MS = 30_000;
const log = createLogger({ level: 'silent' });

async function place() {
  const folder = await mkdtemp(join(tmpdir(), 'anqi-wire-'));
  mkdirSync(join(folder, 'evidence', '2026-11-23'), { recursive: true });
  return {
    folder: join(folder, 'evidence'),
    root: folder,
    /** Whole or not at all, as the service writes evidence: an upload may be reading. */
    write: (name: string, bytes: Buffer) => {
      const path = join(folder, 'evidence', name);
      writeFileSync(`${path}.new`, bytes);
      renameSync(`${path}.new`, path);
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true }),
  };
}

async function until(what: string, isSo: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + WAIT_MS;
  while (!isSo()) {
    if (Date.now() > deadlineMs) throw new Error(`never reached: ${what}`);
    await sleep(5);
  }
}

async function server(folder: string, key: Buffer) {
  const stop = new AbortController();
  const visits: { readonly name: string; readonly status: number }[] = [];
  let running: Promise<void> = Promise.resolve();
  const port = await new Promise<number>((resolve, reject) => {
    const options = {
      folder,
      key,
      host: '127.0.0.1',
      port: 0,
      onVisit: (visit: { name: string; status: number }) => void visits.push(visit),
    };
    running = serveEvidence(options, resolve, stop.signal);
    running.catch(reject);
  });
  const end = async () => {
    stop.abort();
    await running;
  };
  return { base: `http://127.0.0.1:${port}`, visits, [Symbol.asyncDispose]: end };
}

describe('a signed link', () => {
  it('shows the picture, whole or in parts, and every visit is told', async () => {
    await using home = await place();
    const picture = randomBytes(100_000);
    home.write(NAME, picture);
    const key = readKey(join(home.root, 'key'));
    expect(readKey(join(home.root, 'key'))).toEqual(key);
    await using box = await server(home.folder, key);
    const link = signedLink(box.base, { name: NAME, expiresAtMs: Date.now() + 60_000 }, key);
    const whole = await fetch(link);
    expect([whole.status, whole.headers.get('content-type')]).toEqual([200, 'image/jpeg']);
    expect(Buffer.from(await whole.arrayBuffer())).toEqual(picture);
    const part = await fetch(link, { headers: { Range: 'bytes=99990-' } });
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 99990-99999/100000']);
    expect(Buffer.from(await part.arrayBuffer())).toEqual(picture.subarray(99_990));
    expect((await fetch(link, { headers: { Range: 'bytes=100000-' } })).status).toBe(416);
    expect((await fetch(link, { method: 'HEAD' })).headers.get('content-length')).toBe('100000');
    expect(box.visits.map(({ name, status }) => [name, status])).toEqual(
      [200, 206, 416, 200].map((status) => [NAME, status]),
    );
  });

  it('shows nothing when it has expired, was changed, or leads elsewhere', async () => {
    await using home = await place();
    home.write(NAME, Buffer.from('picture'));
    writeFileSync(join(home.root, 'outbox.db'), 'secret');
    const key = randomBytes(32);
    await using box = await server(home.folder, key);
    const good = (name: string, ms = 60_000) => signedLink(box.base, { name, expiresAtMs: Date.now() + ms }, key);
    const status = async (link: string, method = 'GET') => (await fetch(link, { method })).status;
    expect(await status(good(NAME))).toBe(200);
    expect(await status(good(NAME, -2_000))).toBe(410);
    expect(await status(good(NAME).replace('full', 'crop'))).toBe(403);
    expect(await status(good(NAME).replace(/expires=\d+/, 'expires=99999999999'))).toBe(403);
    expect(await status(good(NAME).replace(/signature=.*/, 'signature='))).toBe(403);
    expect(await status(signedLink(box.base, { name: NAME, expiresAtMs: Date.now() + 60_000 }, randomBytes(32)))).toBe(
      403,
    );
    expect(await status(good('2026-11-23/none.jpg'))).toBe(404);
    expect(await status(good('../outbox.db'))).toBe(400);
    expect(await status(good('..%2Foutbox.db'))).toBe(400);
    expect(await status(`${box.base}/`)).toBe(400);
    expect(await status(good(NAME), 'DELETE')).toBe(405);
    expect(existsSync(join(home.folder, NAME))).toBe(true);
  });
});

describe('the upload', () => {
  const retry = { minDelayMs: 50, maxDelayMs: 200, healthyAfterMs: 60_000 };
  const FAST = 100_000_000;

  it('brings a clip whole although the store dies in the middle, and never shows half of it', async () => {
    await using home = await place();
    await using store = await DavStore.start();
    const clip = randomBytes(600_000);
    home.write('2026-11-23/i-1-clip.mp4', clip);
    await using queue = openQueue(home.root);
    queue.uploads.add('2026-11-23/i-1-clip.mp4', 0);
    await using _slow = running({ folder: home.folder, url: `${store.url}/box`, maxBytesPerS: 300_000 }, queue.uploads);
    await until('the body is under way', () => store.isReceiving);
    await store.kill();
    expect(existsSync(store.path('box/2026-11-23/i-1-clip.mp4'))).toBe(false);
    expect(queue.uploads.depth()).toBe(1);
    await store.resume();
    await until('the clip is there', () => queue.uploads.depth() === 0);
    const sha = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
    expect(sha(readFileSync(store.path('box/2026-11-23/i-1-clip.mp4')))).toBe(sha(clip));
  });

  it('goes on after a restart with what was waiting, oldest first, and leaves out what was deleted meanwhile', async () => {
    await using home = await place();
    await using store = await DavStore.start();
    await store.kill();
    {
      await using before = openQueue(home.root);
      for (const name of ['a', 'gone', 'b']) before.uploads.add(`2026-11-23/${name}.jpg`, 0);
    }
    for (const name of ['a', 'b']) home.write(`2026-11-23/${name}.jpg`, Buffer.from(name));
    await using after = openQueue(home.root);
    expect(after.uploads.oldest()).toBe('2026-11-23/a.jpg');
    await using _run = running({ folder: home.folder, url: store.url, maxBytesPerS: FAST }, after.uploads);
    await store.resume();
    await until('all is there', () => after.uploads.depth() === 0);
    expect(['a', 'b'].map((name) => readFileSync(store.path(`2026-11-23/${name}.jpg`), 'utf8'))).toEqual(['a', 'b']);
  });

  it('one file that the store refuses does not hold up the others, and is tried again', async () => {
    await using home = await place();
    await using store = await DavStore.start();
    home.write('2026-11-23/too-big.jpg', randomBytes(1_200_000));
    home.write('2026-11-23/good.jpg', Buffer.from('good'));
    await using queue = openQueue(home.root);
    for (const name of ['too-big', 'good']) queue.uploads.add(`2026-11-23/${name}.jpg`, 0);
    await using _run = running({ folder: home.folder, url: store.url, maxBytesPerS: FAST }, queue.uploads);
    await until('the good one is there', () => existsSync(store.path('2026-11-23/good.jpg')));
    await until('only the other waits', () => queue.uploads.depth() === 1);
    expect(queue.uploads.oldest()).toBe('2026-11-23/too-big.jpg');
    home.write('2026-11-23/too-big.jpg', Buffer.from('small now'));
    await until('it is there, too', () => queue.uploads.depth() === 0);
    expect(readFileSync(store.path('2026-11-23/too-big.jpg'), 'utf8')).toBe('small now');
  });

  it('is not faster than the uplink can spare', async () => {
    await using home = await place();
    await using store = await DavStore.start();
    home.write('2026-11-23/big.jpg', randomBytes(200_000));
    await using queue = openQueue(home.root);
    queue.uploads.add('2026-11-23/big.jpg', 0);
    const startedMs = performance.now();
    await using _run = running({ folder: home.folder, url: store.url, maxBytesPerS: 200_000 }, queue.uploads);
    await until('it is there', () => queue.uploads.depth() === 0);
    // A bound from below: a busy machine only makes it slower.
    expect(performance.now() - startedMs).toBeGreaterThan(900);
  });

  function openQueue(root: string) {
    const { database } = openDatabase({ path: join(root, 'outbox.db'), nowMs: 0 });
    return { uploads: new Uploads(database), [Symbol.asyncDispose]: async () => void database.close() };
  }

  function running(options: Parameters<typeof uploadEvidence>[0], queue: Uploads) {
    const stop = new AbortController();
    const done = uploadEvidence(options, { queue, log, retry }, stop.signal);
    const end = async () => {
      stop.abort();
      await done;
    };
    return { [Symbol.asyncDispose]: end };
  }
});
