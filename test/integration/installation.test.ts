/** The installed service: files where the unit expects them, updates that keep what is the site's, the way back, systemd told. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import type { IncidentEvent } from '../../src/mqtt/events';
import { rows } from '../../src/outbox/database';
import { Mosquitto } from '../support/mosquitto';
import { brokerAccess, eventsIn, ServiceProcess, Site, TOPICS } from '../support/service';
import { bareHeadedFilm } from '../support/service-film';

const ROOT = join(__dirname, '../..');
const UNIT = join(ROOT, 'scripts/packaging/anqi.service');
const run = promisify(execFile);

jest.setTimeout(300_000);

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
    const newer = await newerThan(release, place.path);
    const { version } = JSON.parse(await readFile(join(release, 'package.json'), 'utf8'));
    await install(newer);
    expect([await current(), await readFile(settings(), 'utf8')]).toEqual(['99.0.0', 'the site has changed this']);
    await install(newer, '--roll-back');
    expect(await current()).toBe(version);
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

  it('the release says what is in it: a bill of materials, and every package with a licence that asks for nothing but its text', async () => {
    const listed = await readFile(join(release, 'LICENSES.txt'), 'utf8');
    const { components } = JSON.parse(await readFile(join(release, 'sbom.cdx.json'), 'utf8'));
    const billed = new Set(components.map((one: { group?: string; name: string; version: string }) => nameOf(one)));
    const present = await packagesIn(join(release, 'node_modules'));
    expect(present.length).toBeGreaterThan(100);
    expect(present.filter((one) => !billed.has(one))).toEqual([]);
    const licences = new Map(
      [...listed.matchAll(/^(\S+ \d\S*) · ([^·\n]+?)(?: · .*)?$/gm)].map(([, one, said]) => [one, said]),
    );
    expect(present.filter((one) => !licences.has(one))).toEqual([]);
    const asking = [...licences].filter(([, said = '']) => !PERMISSIVE.has(said));
    // A shared library beside the program, that anybody may replace by their own.
    expect(asking.map(([one = '', said]) => `${one.split(' ')[0]} ${said}`)).toEqual([
      `@img/sharp-libvips-linux-${process.arch} LGPL-3.0-or-later`,
    ]);
    await run('sha256sum', ['--check', `${release}.tar.gz.sha256`], { cwd: join(place.path, 'release') });
  });

  it('an update and the way back keep configuration, data and waiting events, and the numbers go on', async () => {
    using film = bareHeadedFilm();
    await using camera = await RtspCamera.start({ film: film.path });
    await using broker = await Mosquitto.prepare();
    await using site = await Site.make();
    target = join(place.path, 'running');
    const { version } = JSON.parse(await readFile(join(release, 'package.json'), 'utf8'));
    const newer = await newerThan(release, place.path);
    const heard: IncidentEvent[] = [];

    await install(release);
    const cameras = [{ id: 'east', url: camera.url }];
    const written = JSON.stringify(site.config({ mqtt: brokerAccess(broker), cameras, speakers: [] }));
    await writeFile(settings(), written);
    const first = await recordOne();
    await install(newer);
    await deliver('99.0.0', first);
    const second = await recordOne();
    await install(newer, '--roll-back');
    await deliver(version, second);
    expect(await readFile(settings(), 'utf8')).toBe(written);

    // A newer release may have other tables: the older one leaves them alone, says so, and they are there for the next update.
    const third = await recordOne();
    const tables = await tablesAre(99);
    await broker.start();
    {
      await using subscriber = await broker.subscribe(TOPICS.all);
      await using service = start();
      await subscriber.until(() => subscriber.payloads(TOPICS.health).some((one) => one.includes('outbox:memory')));
      await service.end('SIGTERM');
      expect(service.said).toMatch(/written by a newer release \(version 99, this one knows \d+\)/);
    }
    await broker.stop();
    await tablesAre(tables);
    await install(newer, '--roll-back');
    await deliver('99.0.0', third);

    const numbers = [...new Set(heard.map(({ sequence }) => Number(sequence)))].sort((a, b) => a - b);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    expect(new Set(heard.map(({ epoch }) => epoch)).size).toBe(1);
    const pictures = heard.flatMap(({ data }) => ('evidence' in data ? data.evidence : []));
    for (const { url } of pictures) await stat(fileURLToPath(url));
    expect(pictures.length).toBeGreaterThan(0);

    function start(): ServiceProcess {
      return ServiceProcess.runBy(join(target, 'opt/anqi/current/scripts/anqi'), settings());
    }

    /** Runs without a broker until there is an event. @returns the number of the last one */
    async function recordOne(): Promise<number> {
      await using service = start();
      await service.until('an event', () => lastRecorded(service) > 0);
      expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
      return lastRecorded(service);
    }

    /** Runs with the broker until this version is there and the event of that number has arrived. */
    async function deliver(by: string, last: number): Promise<void> {
      await broker.start();
      await using subscriber = await broker.subscribe(TOPICS.all);
      await using service = start();
      await subscriber.until((so) => {
        const info = subscriber.payloads(TOPICS.info).at(-1);
        return (
          info?.includes(`"version":"${by}"`) === true && eventsIn(so).some((one) => Number(one.sequence) === last)
        );
      });
      await service.end('SIGTERM');
      heard.push(...eventsIn(subscriber.received));
      await broker.stop();
    }

    /** @returns the version that the tables had before */
    async function tablesAre(now: number): Promise<number> {
      const { default: Libsql } = await import('libsql');
      const database = new Libsql(join(site.dataFolder, 'outbox.db'));
      const [before] = rows(database.pragma('user_version'));
      database.pragma(`user_version = ${now}`);
      database.close();
      return Number(before?.user_version);
    }
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

/** Anything else in a licence has to be looked at by a person first. */
const PERMISSIVE = new Set(['MIT', 'ISC', 'BSD-3-Clause', '0BSD', 'BlueOak-1.0.0', 'Apache-2.0', '(MIT OR CC0-1.0)']);

function nameOf({
  group,
  name,
  version,
}: {
  readonly group?: string;
  readonly name: string;
  readonly version: string;
}) {
  return `${group === undefined ? '' : `${group}/`}${name} ${version}`;
}

/** Every package below a node_modules, as "name version". */
async function packagesIn(nodeModules: string): Promise<string[]> {
  const files = (await readdir(nodeModules, { recursive: true })).filter((file) =>
    /(^|node_modules\/)(@[^/]+\/)?[^/@]+\/package\.json$/.test(file),
  );
  const read = async (file: string) => nameOf(JSON.parse(await readFile(join(nodeModules, file), 'utf8')));
  return [...new Set(await Promise.all(files.map(read)))];
}

/** The same release with a higher number. @returns its folder */
async function newerThan(release: string, inFolder: string): Promise<string> {
  const newer = join(inFolder, 'newer');
  await cp(release, newer, { recursive: true, verbatimSymlinks: true });
  const json = JSON.parse(await readFile(join(newer, 'package.json'), 'utf8'));
  await writeFile(join(newer, 'package.json'), JSON.stringify({ ...json, version: '99.0.0' }));
  return newer;
}

/** The number of the last event that the service has put on disk; 0 before the first. */
function lastRecorded({ said }: ServiceProcess): number {
  return Math.max(0, ...[...said.matchAll(/"sequence":(\d+)/g)].map(([, number]) => Number(number)));
}

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
