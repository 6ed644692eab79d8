/** What happens to the other parts: inference thread, loudspeaker, broker, disk, clock. */
import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../src/places';
import { ServiceProcess } from '../../test/support/service';
import type { Junction, JunctionOptions } from './junction';
import { course, type Fault } from './measure';

const HOOK = join(PACKAGE_ROOT, 'test/support/worker-fault.cjs');
const SMALL_DISK_BYTES = 24_000_000;
const HOUR_MS = 3_600_000;

/** Pictures judged since something happened. */
class Looks {
  #before = 0;

  mark(junction: Junction): void {
    this.#before = junction.looks('east').length;
  }

  goOn(junction: Junction): boolean {
    return junction.looks('east').length > this.#before;
  }
}

const hasSaid =
  (code: string) =>
  (junction: Junction): boolean =>
    junction.lines().some(({ err }) => err?.code === code);

/** By then the thread has shown how quick it is, and gets no more time than it needs. */
const LOOKS_BEFORE = 15;

/** Something to do with the inference thread, told to it by a file. */
export class WorkerOrder {
  #file = '';

  readonly options = async (): Promise<{ readonly environment: NodeJS.ProcessEnv }> => {
    this.#file = join(await mkdtemp(join(tmpdir(), 'anqi-worker-')), 'order');
    return { environment: { NODE_OPTIONS: `--require=${HOOK}`, ANQI_TEST_WORKER_FAULT: this.#file } };
  };

  /** `hang`: turns in a circle; `freeze`: waits outside of JavaScript, where nothing can end it. */
  give(order: 'die' | 'hang' | 'freeze'): void {
    writeFileSync(`${this.#file}.new`, order);
    renameSync(`${this.#file}.new`, this.#file);
  }
}

const isQuick = (junction: Junction): boolean =>
  junction.looks('east').length > LOOKS_BEFORE && junction.looks('west').length > LOOKS_BEFORE;

export function untilQuick(junction: Junction): Promise<number> {
  return junction.until('the inference thread is quick', () => isQuick(junction));
}

function worker(order: 'die' | 'hang'): Fault {
  const toWorker = new WorkerOrder();
  const looks = new Looks();
  return course({
    name: order === 'die' ? 'worker-killed' : 'worker-hanging',
    goals: { detectedS: 5, recoveredS: 5 },
    options: toWorker.options,
    isReady: isQuick,
    strike: () => toWorker.give(order),
    isNoticed: hasSaid(order === 'die' ? 'vision/worker-died' : 'vision/worker-hung'),
    mend: (junction) => looks.mark(junction),
    isOver: (junction) => looks.goOn(junction),
    note: 'both cameras share the thread and wait for the new one',
  });
}

/** A player that ends well, or hangs while the file is there. */
function speakerHanging(): Fault {
  let hang = '';
  const prompts = (junction: Junction, isHung: boolean): number =>
    junction.subscriber.received.filter(
      ({ topic, payload }) => topic.endsWith('/event/prompt') && payload.includes('player_hung') === isHung,
    ).length;
  let before = 0;
  return course({
    name: 'speaker-hanging',
    // A sentence lasts up to 8 s and a player gets 3 s more.
    goals: { detectedS: 25, recoveredS: 20 },
    options: async () => {
      const folder = await mkdtemp(join(tmpdir(), 'anqi-player-'));
      hang = join(folder, 'hang');
      const script = `#!/bin/sh\n[ -e '${hang}' ] && exec sleep 600\nexit 0\n`;
      for (const name of ['paplay', 'aplay']) writeFileSync(join(folder, name), script, { mode: 0o755 });
      return {
        parts: { speakers: [{ id: 'horn', kind: 'local' }] },
        environment: { PATH: `${folder}:${process.env.PATH ?? ''}` },
      };
    },
    strike: () => writeFileSync(hang, ''),
    isNoticed: (junction) => prompts(junction, true) > 0,
    mend: (junction) => {
      rmSync(hang);
      before = prompts(junction, false);
    },
    isOver: (junction) => prompts(junction, false) > before,
    note: 'until the prompt is reported as failed (its own length and 3 s), and until the next one is played',
  });
}

/** A tmpfs in the service's own mount namespace. */
export const onSmallDisk: Omit<JunctionOptions, 'film'> = {
  run: (configFile, site) => {
    const disk = { folder: site.dataFolder, bytes: SMALL_DISK_BYTES };
    const service = ServiceProcess.runOnSmallDisk(configFile, disk);
    if (service === undefined) throw new Error('this machine allows no mount namespace');
    return service;
  },
  beforeStart: (site) => mkdir(site.dataFolder, { recursive: true }),
};

const filler = ({ service, site }: Junction): string => join(`/proc/${service.pid}/root`, site.dataFolder, 'filler');

/** From outside. */
export function fillDisk(junction: Junction): void {
  fill(filler(junction));
}

function diskFull(): Fault {
  return course({
    name: 'disk-full',
    // Health is told every half minute; an event has to meet the full disk first.
    goals: { detectedS: 45, recoveredS: 45 },
    options: async () => onSmallDisk,
    strike: fillDisk,
    isNoticed: (junction) => junction.isSpilling,
    mend: (junction) => rmSync(filler(junction)),
    isOver: (junction) => !junction.isSpilling,
    note: 'events go on from memory with their numbers, and return to the disk',
  });
}

function fill(path: string): void {
  const file = openSync(path, 'w');
  try {
    for (let bytes = 1 << 20; bytes >= 512; ) {
      try {
        writeSync(file, Buffer.alloc(bytes));
      } catch {
        bytes >>= 1;
      }
    }
  } finally {
    closeSync(file);
  }
}

/** Of the wall clock alone, as NTP or a person sets it; libfaketime reads the offset from a file. */
function clockJump(name: string, offsetMs: number): Fault {
  let file = '';
  const events = (junction: Junction): number =>
    junction.subscriber.received.filter(({ topic }) => topic.endsWith('/event/prompt')).length;
  let before = 0;
  return course({
    name,
    goals: { detectedS: 5, recoveredS: 30 },
    options: async () => {
      file = join(await mkdtemp(join(tmpdir(), 'anqi-clock-')), 'offset');
      writeFileSync(file, '+0s');
      const fake = { FAKETIME_TIMESTAMP_FILE: file, FAKETIME_NO_CACHE: '1', FAKETIME_DONT_FAKE_MONOTONIC: '1' };
      return { environment: { LD_PRELOAD: '/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1', ...fake } };
    },
    strike: () => {
      writeFileSync(`${file}.new`, `${offsetMs > 0 ? '+' : '-'}${Math.abs(offsetMs) / 1000}s`);
      renameSync(`${file}.new`, file);
    },
    // Its own log shows the new time.
    isNoticed: (junction) =>
      junction.lines().some(({ time }) => Math.abs(Date.parse(time) - Date.now() - offsetMs) < HOUR_MS / 10),
    mend: (junction) => {
      before = events(junction);
    },
    isOver: (junction) => events(junction) > before + 1,
    note: 'over when riders are spoken to again',
  });
}

function brokerHanging(): Fault {
  let lines = 0;
  let events = 0;
  const eventsOf = (junction: Junction): number =>
    junction.subscriber.received.filter(({ topic }) => topic.includes('/event/')).length;
  return course({
    name: 'broker-hanging',
    // An event that is not acknowledged is given back after 10 s.
    goals: { detectedS: 40, recoveredS: 15 },
    strike: (junction) => {
      lines = junction.lines().length;
      junction.broker.freeze();
    },
    isNoticed: (junction) =>
      junction
        .lines()
        .slice(lines)
        .some(({ room }) => room === 'mqtt' || room === 'relay'),
    mend: (junction) => {
      events = eventsOf(junction);
      junction.broker.resume();
    },
    isOver: (junction) => eventsOf(junction) > events,
    note: 'stopped in its tracks, connections open; over when events arrive again',
  });
}

export const partFaults: readonly Fault[] = [
  worker('die'),
  worker('hang'),
  speakerHanging(),
  brokerHanging(),
  diskFull(),
  clockJump('clock-jumps-ahead', 26 * HOUR_MS),
  clockJump('clock-jumps-back', -2 * HOUR_MS),
];
