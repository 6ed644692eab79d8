/**
 * The whole service, killed again and again while four cameras show riders: `node dist/scripts/delivery-faults/service-kills.js
 * --kills 60`. Every number that its log gave an event must arrive, none twice with another event, none missing in between.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command } from 'commander';
import { PACKAGE_ROOT } from '../../src/places';
import { endChild } from '../../src/runtime/guarded-child';
import { mosquitto } from '../fleet/brokers';
import { judge } from '../lib/delivery';
import { RtspCamera } from '../rtsp-camera/rtsp-camera';
import { Listener, NODE } from './box';

/** Two bare-headed riders come into view at once; the first violations are made after some three seconds. */
const FILM = join(PACKAGE_ROOT, 'test/clips/two-in-blue.mp4');
const CAMERAS = ['a', 'b', 'c', 'd'] as const;
const SETTLE_MS = 60_000;
const STOP_GRACE_MS = 10_000;

async function main(): Promise<void> {
  const { kills } = new Command('service-kills')
    .option('--kills <n>', 'SIGKILLs', '60')
    .parse()
    .opts<{ kills: string }>();
  const folder = await mkdtemp(join(tmpdir(), 'anqi-kills-'));
  await using broker = await mosquitto(folder);
  const [{ url }] = broker.nodes;
  await using listener = await Listener.start(url);
  await using camera = await RtspCamera.start({ film: FILM });
  const file = join(folder, 'anqi.json');
  const config = {
    ...{ version: 1, node: { id: NODE }, dataFolder: join(folder, 'data'), console: null, mqtt: { url } },
    cameras: CAMERAS.map((id) => ({ id, url: camera.url, speaker: 'horn' })),
    speakers: [{ id: 'horn', kind: 'folder', folder: join(folder, 'spoken') }],
    prompts: { quietHours: null, reactionMs: 1_000, reminders: 0, minGapMs: 0, maxPerHour: 600 },
  };
  await writeFile(file, JSON.stringify(config));
  const logged = new Set<number>();
  const startedMs = performance.now();
  for (let kill = 0; kill < Number(kills); kill++) {
    const service = start(file, logged);
    await sleep(4_000 + Math.random() * 4_000);
    const gone = once(service, 'close');
    service.kill('SIGKILL');
    await gone;
  }
  const last = start(file, logged);
  const deadlineMs = performance.now() + SETTLE_MS;
  const missing = (): number[] => [...logged].filter((one) => !listener.got.some(({ sequence }) => sequence === one));
  while (missing().length > 0 && performance.now() < deadlineMs) await sleep(500);
  await endChild(last, STOP_GRACE_MS);
  const { received, repeated, changed, givenTwice, gaps } = judge([], listener.got);
  const seconds = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(
    `${kills} SIGKILLs of the service in ${seconds} s: logged ${logged.size}, received ${received}, repeated ${repeated}, ` +
      `lost ${missing().length}, gaps ${gaps}, id changed ${changed}, number twice ${givenTwice}\n`,
  );
  if (missing().length + gaps + changed + givenTwice > 0 || received === 0) process.exitCode = 1;
  await rm(folder, { recursive: true });
}

function start(file: string, logged: Set<number>): ChildProcess {
  const service = spawn(join(PACKAGE_ROOT, 'scripts/anqi'), ['run', '--config', file], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  createInterface({ input: service.stderr }).on('line', (line) => {
    const [, sequence] = /"sequence":(\d+)/.exec(line) ?? [];
    if (sequence !== undefined) logged.add(Number(sequence));
  });
  return service;
}

void main();
