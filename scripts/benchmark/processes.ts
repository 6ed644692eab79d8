/** CPU time and memory of processes, their threads and their children, read from /proc (proc(5)). */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { cpus } from 'node:os';

/** CPU seconds since the start, user and system, of all threads. */
export interface TreeSeconds {
  /** The process itself. */
  readonly own: number;
  /** Its running children of the given name. */
  readonly named: number;
  /** Everything else it started, ended children included. */
  readonly other: number;
}

/** CPU seconds of the service by what it does. */
export interface Stages {
  /** Decoding and scaling, in processes of their own. */
  readonly ffmpeg: number;
  readonly inference: number;
  /** Reading pictures, tracking, deciding, recording, sending. */
  readonly main: number;
  /** The process's other threads: garbage collection, database, files, pictures. */
  readonly helpers: number;
  /** Programs that came and went: voices, players, the encoder of evidence films. */
  readonly voices: number;
}

interface Times {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  /** Of the process or thread itself. */
  readonly ownTicks: number;
  /** Of its children that have ended. */
  readonly endedTicks: number;
}

/** As src/vision/worker.ts calls its thread; those that it starts inherit the name. */
const INFERENCE_THREAD = 'anqi-inference';
const FFMPEG = 'ffmpeg';
/** "The service on two cores": a larger machine's others are left to cameras and broker. */
const CORES = 2;
const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** @param childName the kernel's name of the children told apart, such as ffmpeg */
export function treeSeconds(pid: number, childName: string): TreeSeconds {
  const { own, children } = family(pid);
  const named = sum(children.filter((one) => one.name === childName).map((one) => one.ownTicks));
  const total = sum([own, ...children].map((one) => one.ownTicks + one.endedTicks));
  return { own: inSeconds(own.ownTicks), named: inSeconds(named), other: inSeconds(total - own.ownTicks - named) };
}

/** CPU seconds of a process and everything it started. */
export function allSeconds(pid: number): number {
  const { own, named, other } = treeSeconds(pid, FFMPEG);
  return own + named + other;
}

/** CPU ticks of a service since its start, before they are told apart. */
export interface Snapshot {
  readonly all: number;
  readonly process: number;
  readonly main: number;
  readonly inference: number;
  /** By process: an ended one counts among the voices. */
  readonly ffmpeg: ReadonlyMap<number, number>;
}

export function snapshot(pid: number): Snapshot {
  const { own, children } = family(pid);
  const threads = readdirSync(`/proc/${pid}/task`).flatMap((thread) => timesIn(`/proc/${pid}/task/${thread}/stat`));
  const of = (isMeant: (thread: Times) => boolean): number =>
    sum(threads.filter(isMeant).map((thread) => thread.ownTicks));
  return {
    all: sum([own, ...children].map((one) => one.ownTicks + one.endedTicks)),
    process: own.ownTicks,
    main: of((thread) => thread.pid === pid),
    inference: of((thread) => thread.name === INFERENCE_THREAD),
    ffmpeg: new Map(children.filter(({ name }) => name === FFMPEG).map((one) => [one.pid, one.ownTicks])),
  };
}

export function stagesBetween(before: Snapshot, after: Snapshot): Stages {
  const since = (read: (one: Snapshot) => number): number => inSeconds(read(after) - read(before));
  const ffmpeg = inSeconds(sum([...after.ffmpeg].map(([pid, ticks]) => ticks - (before.ffmpeg.get(pid) ?? 0))));
  const main = since((one) => one.main);
  const inference = since((one) => one.inference);
  const process = since((one) => one.process);
  // Ticks are read one after the other: a rest may come out a tick below nothing.
  const helpers = Math.max(0, process - main - inference);
  return { ffmpeg, inference, main, helpers, voices: Math.max(0, since((one) => one.all) - process - ffmpeg) };
}

/** Everything this machine has computed since it started, in CPU seconds. */
export function machineSeconds(): number {
  // user, nice, system, idle, iowait, irq, softirq; guests count as user.
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    /^cpu +([\d ]+)/.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? ''
  )
    .split(' ')
    .map(Number);
  return inSeconds(user + nice + system + irq + softirq);
}

/** Everything that it started and that still runs. */
export function childrenOf(pid: number): readonly number[] {
  return family(pid).children.map((child) => child.pid);
}

/** Resident memory in MB (10⁶ bytes). */
export function residentMb(pid: number): number {
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  return (kibibytes * 1024) / 1e6;
}

/** Memory of a process and its children in MB (10⁶ bytes), what they share with others counted in part (Pss). */
export function treeMb(pid: number): number {
  const { own, children } = family(pid);
  const kibibytes = [own, ...children].map((one) => Number(/^Pss:\s+(\d+) kB/m.exec(rollup(one.pid))?.[1] ?? 0));
  return (sum(kibibytes) * 1024) / 1e6;
}

/** A command line that runs on the first two cores that this process may use. */
export function onTwoCores(command: string, args: readonly string[]): [string, string[]] {
  if (cpus().length <= CORES) return [command, [...args]];
  const allowed = /^Cpus_allowed_list:\s*(\S+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? '';
  return ['taskset', ['-c', coresOf(allowed).slice(0, CORES).join(','), command, ...args]];
}

/** @param list as the kernel writes it: `0-3,7` */
export function coresOf(list: string): number[] {
  return list.split(',').flatMap((part) => {
    const [first = 0, last = first] = part.split('-').map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}

function rollup(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  } catch {
    return '';
  }
}

/** @throws Error when the process is gone */
function family(pid: number): { readonly own: Times; readonly children: readonly Times[] } {
  const all = readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? timesIn(`/proc/${entry}/stat`) : []));
  const own = all.find((one) => one.pid === pid);
  if (own === undefined) throw new Error(`process ${pid} is gone`);
  return { own, children: descendants(pid, all) };
}

function descendants(pid: number, all: readonly Times[]): Times[] {
  const children = all.filter((one) => one.parentPid === pid);
  return [...children, ...children.flatMap((child) => descendants(child.pid, all))];
}

/** Empty when it ended while we looked. */
function timesIn(file: string): Times[] {
  try {
    const stat = readFileSync(file, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    // From field 3 (state) on: 4 = parent, 14 and 15 = own user and system time, 16 and 17 = those of ended children.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const field = (number: number): number => Number(fields[number - 3]);
    const times = { ownTicks: field(14) + field(15), endedTicks: field(16) + field(17) };
    return [{ pid: Number.parseInt(stat, 10), name, parentPid: field(4), ...times }];
  } catch {
    return [];
  }
}

const inSeconds = (ticks: number): number => ticks / TICKS_PER_SECOND;

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
