/** What can be seen of a running service: its processes in /proc, its log, its data folder. */
import { readdirSync, statSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { childrenOf, residentMb, treeSeconds } from '../benchmark/processes';

/** One minute, as one line of the soak's file. */
export interface Reading {
  readonly kind: 'reading';
  /** Since the service was up. */
  readonly atH: number;
  /** MB of 10⁶ bytes; the lowest and the highest of the minute. */
  readonly rssMb: readonly [lowest: number, highest: number];
  readonly heapMb: number;
  readonly handles: number;
  readonly fds: number;
  readonly loopDelayP99Ms: number;
  readonly ffmpegs: number;
  readonly ffmpegMb: number;
  /** Of one core, children included. */
  readonly cores: number;
  /** Since the reading before. */
  readonly analysed: number;
  readonly dropped: number;
  readonly events: number;
  readonly outbox: number;
  readonly dataMb: number;
  /** Of the machine. */
  readonly load: number;
}

export type LogLine = Readonly<Record<string, unknown>>;

/** What the service's log told, summed up. */
export class LogTally {
  analysed = 0;
  dropped = 0;
  heapMb = 0;
  handles = 0;
  loopDelayP99Ms = 0;
  /** Numbers that it gave to events. */
  readonly sequences = new Set<number>();
  readonly unhandled: string[] = [];
  /** Pictures of each camera, by its last `frames` line. */
  readonly looks = new Map<string, number>();

  read(text: string): void {
    if (/unhandled ?rejection|uncaught/i.test(text)) this.unhandled.push(text.slice(0, 300));
    if (!text.startsWith('{')) return;
    const line: LogLine = JSON.parse(text);
    if (typeof line.sequence === 'number') this.sequences.add(line.sequence);
    if (line.msg === 'frames') {
      this.analysed += Number(line.analysed);
      this.dropped += Number(line.dropped);
      this.looks.set(String(line.camera), Number(line.analysed));
    }
    if (line.msg === 'process') {
      this.heapMb = Number(line.heapMb);
      this.loopDelayP99Ms = Number(line.loopDelayP99Ms);
      this.handles = Object.values(Object(line.handles)).reduce((sum: number, count) => sum + Number(count), 0);
    }
  }
}

export interface Watched {
  readonly pid: number;
  readonly dataFolder: string;
  readonly log: LogTally;
  /** Events at the broker. */
  readonly received: () => number;
  readonly outbox: () => number;
}

/** Takes readings; asked for the memory more often than for the rest. */
export class Readings {
  readonly #startedMs = performance.now();
  #rss: number[] = [];
  #before: { atMs: number; cpuS: number; analysed: number; dropped: number; events: number };

  constructor(private readonly watched: Watched) {
    this.#before = this.#counters();
  }

  sampleMemory(): void {
    this.#rss.push(residentMb(this.watched.pid));
  }

  take(): Reading {
    this.sampleMemory();
    const { pid, log, dataFolder, outbox } = this.watched;
    const [before, now] = [this.#before, this.#counters()];
    const rss = this.#rss;
    this.#before = now;
    this.#rss = [];
    const children = childrenOf(pid).map(memoryOf);
    return {
      kind: 'reading',
      atH: (now.atMs - this.#startedMs) / 3_600_000,
      rssMb: [Math.min(...rss), Math.max(...rss)],
      heapMb: log.heapMb,
      handles: log.handles,
      fds: readdirSync(`/proc/${pid}/fd`).length,
      loopDelayP99Ms: log.loopDelayP99Ms,
      ffmpegs: children.length,
      ffmpegMb: children.reduce((sum, mb) => sum + mb, 0),
      cores: ((now.cpuS - before.cpuS) * 1000) / (now.atMs - before.atMs),
      analysed: now.analysed - before.analysed,
      dropped: now.dropped - before.dropped,
      events: now.events - before.events,
      outbox: outbox(),
      dataMb: bytesIn(dataFolder) / 1e6,
      load: loadavg()[0] ?? 0,
    };
  }

  #counters(): { atMs: number; cpuS: number; analysed: number; dropped: number; events: number } {
    const { pid, log, received } = this.watched;
    const { own, named, other } = treeSeconds(pid, 'ffmpeg');
    const { analysed, dropped } = log;
    return { atMs: performance.now(), cpuS: own + named + other, analysed, dropped, events: received() };
  }
}

function memoryOf(pid: number): number {
  try {
    return residentMb(pid);
  } catch {
    return 0; // It ended while we looked.
  }
}

/** Of all files below; what goes while we look counts nothing. */
function bytesIn(folder: string): number {
  let bytes = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    try {
      bytes += statSync(join(entry.parentPath, entry.name)).size;
    } catch {}
  }
  return bytes;
}
