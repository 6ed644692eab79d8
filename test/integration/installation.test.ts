/** The installed service: files where the unit expects them, updates that keep what is the site's, the way back, systemd told. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { ServiceProcess, Site } from '../support/service';

const ROOT = join(__dirname, '../..');
const UNIT = join(ROOT, 'scripts/packaging/anqi.service');
const run = promisify(execFile);

jest.setTimeout(180_000);

describe('the unit', () => {
  it('is understood by systemd, which rates its exposure OK', async () => {
    await using place = await folder();
    const unit = join(place.path, 'anqi.service');
    // The program is not installed on this machine.
    await writeFile(unit, (await readFile(UNIT, 'utf8')).replace(/^ExecStart=.*$/m, 'ExecStart=/bin/true'));
    const verified = await run('systemd-analyze', ['verify', unit]);
    expect(verified.stdout + verified.stderr).toBe('');
    // Exposure is 0–10; above the threshold of 2.5 it ends with an error.
    await run('systemd-analyze', ['security', '--offline=true', '--threshold=25', unit]);
  });
});

describe('scripts/install', () => {
  let place: Awaited<ReturnType<typeof folder>>;
  let release: string;
  let target: string;
  beforeAll(async () => {
    place = await folder();
    const { stdout } = await run(join(ROOT, 'scripts/release'), ['--out', join(place.path, 'release')]);
    release = stdout.trim().replace(/\.tar\.gz$/, '');
    target = join(place.path, 'box');
  });
  afterAll(async () => place[Symbol.asyncDispose]());

  const install = (from: string, ...args: string[]) => run(join(from, 'scripts/install'), ['--root', target, ...args]);
  const current = () => readlink(join(target, 'opt/anqi/current'));
  const settings = () => join(target, 'etc/anqi/anqi.yaml');

  it('lays out a program that runs, an example that is good, and the unit, and leaves the set-up to the console', async () => {
    await install(release);
    const { version } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    expect(await current()).toBe(version);
    const anqi = join(target, 'opt/anqi/current/scripts/anqi');
    expect((await run(anqi, ['--version'])).stdout.trim()).toBe(version);
    expect((await run(anqi, ['check', join(target, 'etc/anqi/anqi.example.yaml')])).stdout).toMatch(/good/);
    await expect(stat(settings())).rejects.toThrow('ENOENT');
    await stat(join(target, 'opt/anqi/current/dist/console-web/index.html'));
    expect((await stat(join(target, 'etc/anqi/secrets.env'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(target, 'etc/systemd/system/anqi.service'), 'utf8')).toBe(await readFile(UNIT, 'utf8'));
    expect(await readlink(join(target, 'usr/local/bin/anqi'))).toBe('/opt/anqi/current/scripts/anqi');
  });

  it('an update keeps the configuration and the version before, and the way back leads there and forth', async () => {
    await writeFile(settings(), 'the site has changed this');
    const newer = join(place.path, 'newer');
    await cp(release, newer, { recursive: true, verbatimSymlinks: true });
    const json = JSON.parse(await readFile(join(newer, 'package.json'), 'utf8'));
    await writeFile(join(newer, 'package.json'), JSON.stringify({ ...json, version: '99.0.0' }));
    await install(newer);
    expect([await current(), await readFile(settings(), 'utf8')]).toEqual(['99.0.0', 'the site has changed this']);
    await install(newer, '--roll-back');
    expect(await current()).toBe(json.version);
    await install(newer, '--roll-back');
    expect(await current()).toBe('99.0.0');
    await install(newer, '--remove');
    await expect(stat(join(target, 'opt/anqi'))).rejects.toThrow('ENOENT');
    expect(await readFile(settings(), 'utf8')).toBe('the site has changed this');
  });

  it('without a version before there is no way back, and it says so', async () => {
    await expect(install(release, '--roll-back')).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/no version before/),
    });
    await expect(install(release, '--rollback')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/unknown option --rollback/),
    });
  });

  it('the release says what is in it: every package with its licence, and a bill of materials', async () => {
    const listed = await readFile(join(release, 'LICENSES.txt'), 'utf8');
    const { components } = JSON.parse(await readFile(join(release, 'sbom.cdx.json'), 'utf8'));
    const names = components.map((one: { readonly name: string }) => one.name);
    for (const name of ['onnxruntime-node', 'sharp', 'fluent-ffmpeg', 'node-rtsp-stream', 'say', 'mqtt', 'pino']) {
      expect(names).toContain(name);
      expect(listed).toMatch(new RegExp(`^${name} \\d`, 'm'));
    }
    expect(listed).not.toMatch(/· not stated/);
    await run('sha256sum', ['--check', `${release}.tar.gz.sha256`], { cwd: join(place.path, 'release') });
  });
});

it('systemd hears that the service is ready, that it lives, and that it stops', async () => {
  await using site = await Site.make();
  await using systemd = await notifySocket(site.folder);
  const environment = { NOTIFY_SOCKET: systemd.path, WATCHDOG_USEC: String(600_000) };
  const cameras = [{ id: 'east', url: 'rtsp://127.0.0.1/none', enabled: false }];
  await using service = ServiceProcess.run(await site.write(site.config({ cameras })), environment);
  await systemd.until((so) => so.filter((one) => one === 'WATCHDOG=1').length >= 3);
  expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
  await systemd.until((so) => so.includes('STOPPING=1'));
  expect(systemd.heard.filter((one) => one === 'READY=1')).toHaveLength(1);
  expect(systemd.heard.filter((one) => one !== 'BARRIER=1').at(-1)).toBe('STOPPING=1');
});

/** What systemd listens on; Node has no datagram sockets, so Python's stand in. */
async function notifySocket(inFolder: string) {
  const path = join(inFolder, 'notify');
  const program = [
    'import socket, sys',
    's = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)',
    's.bind(sys.argv[1])',
    'print("ready", flush=True)',
    'while True: print(s.recv(4096).decode(), flush=True)',
  ].join('\n');
  const child = spawn('python3', ['-c', program, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  const heard: string[] = [];
  const changed = new EventTarget();
  createInterface({ input: child.stdout }).on('line', (line) => {
    heard.push(line);
    changed.dispatchEvent(new Event('heard'));
  });
  const until = async (isSo: (heard: readonly string[]) => boolean): Promise<void> => {
    const limit = AbortSignal.timeout(30_000);
    while (!isSo(heard)) {
      limit.throwIfAborted();
      await once(changed, 'heard', { signal: limit });
    }
  };
  await until((so) => so.includes('ready'));
  const end = async (): Promise<void> => {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  return { path, heard, until, [Symbol.asyncDispose]: end };
}

async function folder() {
  const path = await mkdtemp(join(tmpdir(), 'anqi-install-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}
