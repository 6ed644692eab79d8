/**
 * A child whose stdout is read into one buffer that is used again. Node makes a new buffer for every read of a plain
 * child's stdout: 31 MB of garbage a second for one 1080p camera. Beside the films of incidents V8 then collects its
 * whole heap once a second.
 * Node makes no pipes, but opens FIFOs.
 */
import { execFile } from 'node:child_process';
import { closeSync, constants, open } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { type PouringChild, spawnInto } from './guarded-child';

/** What a pipe of the kernel holds. */
const BUFFER_BYTES = 65_536;
const MKFIFO_LIMIT_MS = 5_000;

export interface Pouring {
  readonly child: PouringChild;
  /** Resolves at the end of its stdout; rejects with what `onBytes` threw, after which nothing more is read. */
  readonly poured: Promise<void>;
}

/** Starts `command` as spawnGuarded does. `onBytes` gets all of its stdout; the bytes are good until it returns. */
export async function spawnPouring(
  command: string,
  args: readonly string[],
  onBytes: (bytes: Uint8Array) => void,
): Promise<Pouring> {
  // Where none can be made, as on a full disk, the garbage is the smaller evil.
  const fifo = await openFifo().catch(() => null);
  const child = spawnInto(command, args, fifo?.writer ?? 'pipe');
  if (fifo === null) return { child, poured: pourStream(child.stdout, onBytes) };
  closeSync(fifo.writer); // at once: whoever waits for the child must not miss its first word
  return { child, poured: pourFile(fifo.reader, onBytes) };
}

/** File descriptors of its two ends; nobody else can find it any more. */
async function openFifo(): Promise<{ readonly reader: number; readonly writer: number }> {
  const folder = await mkdtemp(join(tmpdir(), 'anqi-'));
  try {
    const path = join(folder, 'stdout');
    await promisify(execFile)('mkfifo', ['-m', '600', path], { timeout: MKFIFO_LIMIT_MS });
    // First a reader, which does not wait for a writer; then the writer finds its reader.
    const reader = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return { reader, writer: await promisify(open)(path, constants.O_WRONLY) };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function pourFile(fd: number, onBytes: (bytes: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const callback = (count: number, buffer: Uint8Array): boolean => {
      try {
        onBytes(buffer.subarray(0, count));
        return true;
      } catch (error) {
        reject(error);
        socket.destroy();
        return false;
      }
    };
    const options = { fd, readable: true, writable: false, onread: { buffer: Buffer.alloc(BUFFER_BYTES), callback } };
    const socket = new Socket(options);
    socket.once('error', reject).once('close', () => resolve());
    socket.resume();
  });
}

async function pourStream(stream: Readable | null, onBytes: (bytes: Uint8Array) => void): Promise<void> {
  for await (const chunk of stream ?? []) onBytes(chunk);
}
