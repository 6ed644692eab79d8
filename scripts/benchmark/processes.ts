/** CPU time and memory of a process and all its children, read from /proc (proc(5)). */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** CPU seconds since the start, user and system, of all threads. */
export interface TreeSeconds {
  /** The process itself. */
  readonly own: number;
  /** Its running children of the given name. */
  readonly named: number;
  /** Everything else it started, ended children included. */
  readonly other: number;
}

interface Times {
  readonly pid: number;
  readonly parentPid: number;
  readonly name: string;
  /** Of the process itself. */
  readonly ownTicks: number;
  /** Of its children that have ended. */
  readonly endedTicks: number;
}

const TICKS_PER_SECOND = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** @param childName the kernel's name of the children told apart, such as ffmpeg */
export function treeSeconds(pid: number, childName: string): TreeSeconds {
  const all = readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? timesOf(Number(entry)) : []));
  const own = all.find((one) => one.pid === pid);
  if (own === undefined) throw new Error(`process ${pid} is gone`);
  const children = descendants(pid, all);
  const named = sum(children.filter((one) => one.name === childName).map((one) => one.ownTicks));
  const total = sum([own, ...children].map((one) => one.ownTicks + one.endedTicks));
  const inSeconds = (ticks: number): number => ticks / TICKS_PER_SECOND;
  return { own: inSeconds(own.ownTicks), named: inSeconds(named), other: inSeconds(total - own.ownTicks - named) };
}

/** Everything that it started and that still runs. */
export function childrenOf(pid: number): readonly number[] {
  const all = readdirSync('/proc').flatMap((entry) => (/^\d+$/.test(entry) ? timesOf(Number(entry)) : []));
  return descendants(pid, all).map((child) => child.pid);
}

/** Resident memory in MB (10⁶ bytes). */
export function residentMb(pid: number): number {
  const kibibytes = Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  return (kibibytes * 1024) / 1e6;
}

function descendants(pid: number, all: readonly Times[]): Times[] {
  const children = all.filter((one) => one.parentPid === pid);
  return [...children, ...children.flatMap((child) => descendants(child.pid, all))];
}

/** Empty when it ended while we looked. */
function timesOf(pid: number): Times[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
    // From field 3 (state) on: 4 = parent, 14 and 15 = own user and system time, 16 and 17 = those of ended children.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const field = (number: number): number => Number(fields[number - 3]);
    return [{ pid, name, parentPid: field(4), ownTicks: field(14) + field(15), endedTicks: field(16) + field(17) }];
  } catch {
    return [];
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
