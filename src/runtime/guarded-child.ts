/**
 * Child processes that never outlive us. `setpriv --pdeathsig KILL` (util-linux, part of every Debian and Ubuntu) asks the
 * kernel to kill the child when its parent dies, SIGKILL and crash included; it needs no word from the child, so a child
 * that hangs in a read goes as well.
 */
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

/** Enough for an RTSP TEARDOWN. */
export const TERMINATE_GRACE_MS = 2_000;
/** ffmpeg takes the first SIGTERM as a wish that waits for its read to return, and the second as an order. */
const SECOND_SIGTERM_AFTER_MS = 300;

export type GuardedChild = ChildProcessByStdio<null, Readable, Readable>;
export type FedChild = ChildProcessByStdio<Writable, Readable, Readable>;

/** True where the kernel kills our children with us. Without it only an orderly stop does. */
export function canGuard(): boolean {
  return process.platform === 'linux' && findOnPath('setpriv') !== undefined;
}

/**
 * Starts `command` (an argument list, never a shell) with no stdin and piped stdout and stderr.
 * A missing command shows as an `error` event with code ENOENT, as with spawn.
 */
export function spawnGuarded(command: string, args: readonly string[]): GuardedChild {
  const [file, list] = guarded(command, args);
  return spawn(file, list, { stdio: ['ignore', 'pipe', 'pipe'], env: childEnv() });
}

export type PouringChild = ChildProcessByStdio<null, Readable | null, Readable>;

/** The same with a stdout that goes into an open file, if one is given; the child's `stdout` is null then. */
export function spawnInto(command: string, args: readonly string[], stdout: number | 'pipe'): PouringChild {
  const [file, list] = guarded(command, args);
  const child = spawn(file, list, { stdio: ['ignore', stdout, 'pipe'], env: childEnv() });
  return child as PouringChild; // stderr is a pipe
}

/** The same with a stdin to write to. */
export function spawnFed(command: string, args: readonly string[]): FedChild {
  const [file, list] = guarded(command, args);
  return spawn(file, list, { stdio: ['pipe', 'pipe', 'pipe'], env: childEnv() });
}

/** Without the allocator that `scripts/anqi` chose: it suits this process's pictures, not programs we know nothing of. */
function childEnv(): NodeJS.ProcessEnv {
  const { LD_PRELOAD = '', MALLOC_CONF, ...inherited } = process.env;
  const preloads = LD_PRELOAD.split(':').filter((library) => library !== '' && !library.includes('libjemalloc'));
  return { ...inherited, ...(preloads.length > 0 && { LD_PRELOAD: preloads.join(':') }), LC_ALL: 'C' };
}

function guarded(command: string, args: readonly string[]): [string, string[]] {
  const guard = canGuard() ? findOnPath('setpriv') : undefined;
  // A missing command must fail as ENOENT here and not as setpriv's exit code 127.
  return guard === undefined || findOnPath(command) === undefined
    ? [command, [...args]]
    : [guard, ['--pdeathsig', 'KILL', '--', command, ...args]];
}

/** Ends a child: SIGTERM, soon once more, after the grace SIGKILL; resolves when it is gone. */
export async function endChild(child: ChildProcess, graceMs = TERMINATE_GRACE_MS): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.kill('SIGTERM');
  const again = setTimeout(() => child.kill('SIGTERM'), SECOND_SIGTERM_AFTER_MS);
  const killer = setTimeout(() => child.kill('SIGKILL'), graceMs);
  await gone;
  clearTimeout(again);
  clearTimeout(killer);
}

function findOnPath(command: string): string | undefined {
  if (command.includes('/')) return command;
  return (process.env.PATH ?? '')
    .split(delimiter)
    .map((folder) => join(folder, command))
    .find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
