/** Riders without a helmet through the whole service: RTSP in, prompts and events out, while parts of it are missing. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';
import type { IncidentEvent } from '../../src/mqtt/events';
import { Mosquitto, PASSWORD, type Received } from '../support/mosquitto';
import { GstreamerServer } from '../support/rtsp/gstreamer-server';
import { processesWith } from '../support/rtsp/processes';
import { brokerAccess, eventsIn, eventually, reached, ServiceProcess, Site, TOPICS } from '../support/service';
import { bareHeadedFilm, type RiderFilm } from '../support/service-film';

jest.setTimeout(120_000);

const CAMERA = TOPICS.camera('east');
const FULL_DISK_BYTES = 100_000;
const CREDENTIALS = { user: 'viewer', password: 'marker-51c9-password' };

let film: RiderFilm;
beforeAll(() => {
  film = bareHeadedFilm();
});
afterAll(() => film[Symbol.dispose]());

type Kind = 'violation' | 'prompt' | 'outcome';

function ofKind(received: readonly Received[], kind: Kind): IncidentEvent[] {
  return eventsIn(received).filter((event) => event.type === `cn.anqi.helmet.${kind}.v1`);
}

function hasEach(received: readonly Received[]): boolean {
  const topics = new Set(received.map(({ topic }) => topic));
  return (['violation', 'prompt', 'outcome'] as const).every((kind) => topics.has(CAMERA.event(kind)));
}

/** Numbers without a gap from 1 on, and the same incident told in its order. */
function expectSound(events: readonly IncidentEvent[]): void {
  expect(events.map(({ sequence }) => Number(sequence))).toEqual(events.map((_, index) => index + 1));
  for (const { data, type } of events) {
    const story = events.filter((one) => one.data.incidentId === data.incidentId);
    expect(story[0]?.type).toBe('cn.anqi.helmet.violation.v1');
    if (type === 'cn.anqi.helmet.outcome.v1') expect(story.filter((one) => one.type === type)).toHaveLength(1);
  }
}

test.each(['tcp', 'udp'])(
  'both riders of the film become violations through GStreamer’s camera over %s, with pictures and a spoken prompt',
  async (transport) => {
    await using site = await Site.make();
    await using broker = await Mosquitto.started();
    await using subscriber = await broker.subscribe(TOPICS.all);
    await using camera = await GstreamerServer.start({ film: film.path, credentials: CREDENTIALS });
    const { user: username, password } = CREDENTIALS;
    const config = site.config({
      mqtt: brokerAccess(broker),
      cameras: [{ id: 'east', url: camera.url, username, password, transport, speaker: 'horn' }],
      prompts: { quietHours: null },
    });
    await using service = ServiceProcess.run(await site.write(config));
    const received = await eventually(
      subscriber,
      (so) => ofKind(so, 'violation').length >= film.bareHeads && ofKind(so, 'prompt').length >= 1,
    );
    const evidence = ofKind(received, 'violation').flatMap(({ data }) => ('evidence' in data ? data.evidence : []));
    expect(evidence.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['full', 'crop']));
    for (const { url } of evidence)
      expect((await readFile(fileURLToPath(url))).subarray(0, 2).toString('hex')).toBe('ffd8');
    const [prompt] = ofKind(received, 'prompt');
    expect(prompt?.data).toMatchObject({ prompt: { lang: 'zh-CN', playback: 'confirmed', proof: 'file', number: 1 } });
    expect(site.spoken.length).toBeGreaterThan(0);
    expect(received.filter(({ topic, isRetained }) => topic.includes('/event/') && isRetained)).toEqual([]);
    expect(await service.end('SIGTERM')).toEqual({ code: 0, signal: null });
    await reached(subscriber, TOPICS.state, 'stopped');
    expectSound(eventsIn(subscriber.received));
    await expectClips(ofKind(subscriber.received, 'outcome'));
  },
);

/** Every outcome names the film of its incident, which lies on the disk as it says. */
async function expectClips(outcomes: ReturnType<typeof ofKind>): Promise<void> {
  expect(outcomes.length).toBeGreaterThan(0);
  for (const { data } of outcomes) {
    const clips = 'evidence' in data ? data.evidence.filter(({ kind }) => kind === 'clip') : [];
    expect(clips).toHaveLength(1);
    for (const { url, sha256 } of clips) {
      const file = await readFile(fileURLToPath(url));
      expect(file.subarray(4, 8).toString('latin1')).toBe('ftyp');
      expect(createHash('sha256').update(file).digest('hex')).toBe(sha256);
    }
  }
}

test('events of a time without a broker wait, survive SIGKILL, and are delivered once there is one', async () => {
  await using site = await Site.make();
  await using broker = await Mosquitto.prepare();
  await using camera = await RtspCamera.start({ film: film.path });
  const cameras = [{ id: 'east', url: camera.url, speaker: 'horn' }];
  const file = await site.write(site.config({ mqtt: brokerAccess(broker), cameras }));
  {
    await using first = ServiceProcess.run(file);
    await first.until('a violation was recorded', () => first.said.includes('"msg":"violation"'));
    await first.end('SIGKILL');
  }
  const silent = {
    ...site.config({ mqtt: brokerAccess(broker) }),
    cameras: [{ id: 'east', url: camera.url, enabled: false }],
  };
  await using second = ServiceProcess.run(await site.write(silent));
  await second.until('the broker was missed', () => second.said.includes('unreachable'));
  const startedAtMs = Date.now();
  await broker.start();
  await using subscriber = await broker.subscribe(TOPICS.all);
  await reached(subscriber, TOPICS.state, 'online');
  const received = await subscriber.until((so) => ofKind(so, 'violation').length > 0);
  const [violation] = ofKind(received, 'violation');
  expect(violation?.sequence).toBe('0000000001');
  expect(Date.parse(violation?.time ?? '')).toBeLessThan(startedAtMs);
  // What is still due is sent before the service says goodbye.
  await second.end('SIGTERM');
  await reached(subscriber, TOPICS.state, 'stopped');
  expectSound(eventsIn(subscriber.received));
});

test('without espeak-ng the prompt says failed and why; violation and outcome come all the same', async () => {
  await using site = await Site.make();
  await using broker = await Mosquitto.started();
  await using subscriber = await broker.subscribe(TOPICS.all);
  await using camera = await RtspCamera.start({ film: film.path });
  const path = await site.path({ ffmpeg: 'system', setpriv: 'system' });
  const config = site.config({
    mqtt: brokerAccess(broker),
    cameras: [{ id: 'east', url: camera.url, speaker: 'horn' }],
  });
  await using service = ServiceProcess.run(await site.write(config), { PATH: path });
  const received = await eventually(subscriber, hasEach);
  const [prompt] = ofKind(received, 'prompt');
  expect(prompt?.data).toMatchObject({
    prompt: { playback: 'failed', reason: expect.stringMatching(/espeak-ng is not installed/) },
  });
  expect(site.spoken).toEqual([]);
  expect(service.isRunning).toBe(true);
});

test('without a usable data folder it goes on, says so, and the events come without pictures', async () => {
  await using site = await Site.make();
  await using broker = await Mosquitto.started();
  await using subscriber = await broker.subscribe(TOPICS.all);
  await using camera = await RtspCamera.start({ film: film.path });
  const file = join(site.folder, 'a-file');
  await writeFile(file, 'no folder');
  const config = site.config({
    dataFolder: join(file, 'data'),
    mqtt: brokerAccess(broker),
    cameras: [{ id: 'east', url: camera.url, speaker: 'horn' }],
  });
  await using service = ServiceProcess.run(await site.write(config));
  const received = await eventually(subscriber, hasEach);
  expect(ofKind(received, 'violation')[0]?.data).toMatchObject({ evidence: [] });
  expect(ofKind(received, 'prompt')[0]?.data).toMatchObject({
    prompt: { playback: 'failed', reason: expect.stringMatching(/cache_failed/) },
  });
  await subscriber.until(() => subscriber.payloads(TOPICS.health).at(-1)?.includes('outbox:memory') === true);
  const errors = service.said.split('\n').filter((line) => line.includes('"level":"error"'));
  expect(errors.some((line) => line.includes(join(file, 'data')))).toBe(true);
  expect(service.isRunning).toBe(true);
});

test('on a full disk it goes on, says so, and the events come without pictures', async () => {
  await using site = await Site.make();
  await using broker = await Mosquitto.started();
  await using subscriber = await broker.subscribe(TOPICS.all);
  await using camera = await RtspCamera.start({ film: film.path });
  const file = await site.write(
    site.config({ mqtt: brokerAccess(broker), cameras: [{ id: 'east', url: camera.url, speaker: 'horn' }] }),
  );
  await mkdir(site.dataFolder);
  // Room for the empty outbox, not for a prompt or a picture.
  const disk = { folder: site.dataFolder, bytes: FULL_DISK_BYTES };
  await using service = ServiceProcess.runOnSmallDisk(file, disk);
  if (service === undefined) {
    process.stderr.write('this machine allows no mounts: the full disk of the whole service was not tried\n');
    return;
  }
  const received = await eventually(subscriber, hasEach);
  expect(ofKind(received, 'violation')[0]?.data).toMatchObject({ evidence: [] });
  expect(ofKind(received, 'prompt')[0]?.data).toMatchObject({
    prompt: { playback: 'failed', reason: expect.stringMatching(/^cache_disk_full: /) },
  });
  expectSound(eventsIn(received));
  await subscriber.until(() => subscriber.payloads(TOPICS.health).some((health) => health.includes('outbox:memory')));
  expect(service.isRunning).toBe(true);
});

test('passwords of camera and broker are in no message, no log line and no command line of the service', async () => {
  await using site = await Site.make();
  await using broker = await Mosquitto.started();
  await using subscriber = await broker.subscribe(TOPICS.all);
  await using camera = await RtspCamera.start({ film: film.path, credentials: CREDENTIALS });
  const { user: username, password } = CREDENTIALS;
  const config = site.config({
    mqtt: brokerAccess(broker),
    cameras: [
      { id: 'east', url: camera.url, username, password, speaker: 'horn' },
      // Refused: the words of ffmpeg about it are logged.
      { id: 'west', url: camera.url, username: 'stranger', password },
    ],
  });
  await using service = ServiceProcess.run(await site.write(config));
  await reached(subscriber, TOPICS.camera('west').state, { state: 'offline', reason: 'unauthorized' });
  await eventually(subscriber, hasEach);
  await broker.stop();
  await service.until('the broker was missed', () => service.said.includes('unreachable'));
  const shown = `${service.said}${JSON.stringify(subscriber.received)}${processesWith('main.js').get(service.pid)}`;
  expect(processesWith('main.js').has(service.pid)).toBe(true);
  expect(existsSync(site.dataFolder)).toBe(true);
  expect(shown).not.toContain(password);
  expect(shown).not.toContain(PASSWORD);
});
