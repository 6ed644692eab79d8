/**
 * Brings evidence to a store by HTTP PUT, oldest first, one at a time, not faster than allowed. A file that was cut off is
 * sent again from its beginning: stores make it visible only when it is whole.
 */
import { open, stat } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf, RecoverableError } from '../errors';
import type { Logger } from '../runtime/logger';
import { supervise } from '../runtime/supervise';
import { osCodeOf } from './os-error';

export interface UploadOptions {
  /** Where the evidence lies. */
  readonly folder: string;
  /** Files go to {url}/{day}/{file}. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** What the uplink can spare. */
  readonly maxBytesPerS: number;
}

/** The part of the list that the uploader needs. */
export interface UploadQueue {
  oldest(): string | undefined;
  done(name: string): void;
  postpone(name: string): void;
  onAdd(listener: () => void): () => void;
}

const CHUNK_BYTES = 16 * 1024;
/** A store that says nothing for so long is away. */
const SILENCE_MS = 30_000;
const RETRY = { minDelayMs: 2_000, maxDelayMs: 300_000, healthyAfterMs: 60_000 };

/** Until `signal` aborts. Never throws: what cannot be sent waits. */
export async function uploadEvidence(
  options: UploadOptions,
  parts: { readonly queue: UploadQueue; readonly log: Logger; readonly retry?: typeof RETRY },
  signal: AbortSignal,
): Promise<void> {
  const { queue, log, retry = RETRY } = parts;
  let told = '';
  const bring = async (name: string): Promise<void> => {
    try {
      if (await put(options, name, signal)) told = '';
      else log.warn({ name }, 'evidence was deleted before the store had it');
      queue.done(name);
    } catch (error) {
      if (error instanceof RecoverableError && error.code === 'evidence/refused') queue.postpone(name);
      throw error;
    }
  };
  const work = async (): Promise<void> => {
    for (;;) {
      const name = queue.oldest();
      if (name === undefined) await added(queue, signal);
      else await bring(name);
      signal.throwIfAborted();
    }
  };
  const onRetry = ({ error }: { readonly error: unknown }): void => {
    const reason = messageOf(error);
    if (reason !== told) log.warn({ err: error }, 'evidence waits for the store');
    told = reason;
  };
  await supervise(work, { ...retry, onRetry }, signal);
}

/** @returns false when the file is not there any more */
async function put(options: UploadOptions, name: string, signal: AbortSignal): Promise<boolean> {
  const path = join(options.folder, name);
  const found = await stat(path).catch((error: unknown) => {
    if (osCodeOf(error) === 'ENOENT') return undefined;
    throw error;
  });
  if (found === undefined) return false;
  const { username, password = '' } = options;
  const headers = { 'Content-Length': found.size, 'Content-Type': 'application/octet-stream' };
  const login = username === undefined ? {} : { auth: `${username}:${password}` };
  const status = await send(
    `${options.url.replace(/\/$/, '')}/${name}`,
    throttled(path, options.maxBytesPerS, signal),
    {
      ...{ method: 'PUT', headers, signal, timeout: SILENCE_MS, ...login },
    },
  );
  if (status >= 200 && status < 300) return true;
  const code = isAboutTheFile(status) ? 'evidence/refused' : 'evidence/not-stored';
  throw new RecoverableError(code, `the store answers ${status} to ${name}`);
}

/** 4xx but for what concerns every file alike: the login, the right, the rate, the moment. */
function isAboutTheFile(status: number): boolean {
  return status >= 400 && status < 500 && ![401, 403, 407, 408, 425, 429].includes(status);
}

async function send(url: string, body: AsyncIterable<Buffer>, options: RequestOptions): Promise<number> {
  const request = (url.startsWith('https:') ? httpsRequest : httpRequest)(url, options);
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    request.on('response', resolve).on('error', reject);
    request.on('timeout', () => request.destroy(new Error(`the store said nothing for ${SILENCE_MS} ms`)));
  });
  // A store may answer (no room, no right) before it has read everything: its answer counts.
  const [response] = await Promise.all([answered, pipeline(Readable.from(body), request).catch(() => undefined)]);
  response.resume();
  return response.statusCode ?? 0;
}

async function* throttled(path: string, maxBytesPerS: number, signal: AbortSignal): AsyncGenerator<Buffer> {
  const file = await open(path);
  try {
    const startedMs = performance.now();
    let sent = 0;
    for (;;) {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      sent += bytesRead;
      const aheadMs = (sent / maxBytesPerS) * 1000 - (performance.now() - startedMs);
      if (aheadMs > 0) await sleep(aheadMs, undefined, { signal });
    }
  } finally {
    await file.close();
  }
}

async function added(queue: UploadQueue, signal: AbortSignal): Promise<void> {
  let unsubscribe: () => void = () => undefined;
  await new Promise<void>((resolve) => {
    unsubscribe = queue.onAdd(resolve);
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  unsubscribe();
}
