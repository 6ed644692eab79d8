/** Serves evidence to whoever shows a signed link, in whole or in parts; every visit is told. Nothing else is there. */
import { createReadStream, type Stats } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { RecoverableError } from '../errors';
import { checkVisit } from './links';

export interface EvidenceServerOptions {
  readonly folder: string;
  readonly key: Buffer;
  readonly host: string;
  readonly port: number;
  /** Who looked at what, and whether they were let in. */
  readonly onVisit: (visit: { readonly from: string; readonly name: string; readonly status: number }) => void;
}

const TYPES: Readonly<Record<string, string>> = { '.jpg': 'image/jpeg', '.mp4': 'video/mp4' };
/** A visitor on a slow line may take a while; one that says nothing may not. */
const REQUEST_TIMEOUT_MS = 10_000;

/** Runs until `signal` aborts. `onListening` hears the port. Throws RecoverableError `evidence/unserved`. */
export async function serveEvidence(
  options: EvidenceServerOptions,
  onListening: (port: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const server = createServer((request, response) => {
    answer(options, request, response).catch(() => response.destroy());
  });
  server.requestTimeout = REQUEST_TIMEOUT_MS;
  server.headersTimeout = REQUEST_TIMEOUT_MS;
  await new Promise<void>((resolve, reject) => {
    server.on('error', (error) => reject(new RecoverableError('evidence/unserved', error.message, { cause: error })));
    server.listen(options.port, options.host, () => {
      const address = server.address();
      onListening(typeof address === 'object' && address !== null ? address.port : options.port);
    });
    const end = (): void => {
      server.close(() => resolve());
      server.closeAllConnections();
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}

async function answer(
  options: EvidenceServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { folder, key, onVisit } = options;
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  const visit = checkVisit(request.url ?? '', key, Date.now());
  const path = visit.ok ? join(folder, visit.name) : '';
  const file = visit.ok && isReading ? await stat(path).catch(() => undefined) : undefined;
  const range = file === undefined ? undefined : rangeOf(request.headers.range, file.size);
  const status = !isReading ? 405 : !visit.ok ? visit.status : statusOf(file, range);
  onVisit({ from: request.socket.remoteAddress ?? '', name: visit.ok ? visit.name : '', status });
  response.setHeader('Cache-Control', 'private, no-store');
  response.setHeader('X-Content-Type-Options', 'nosniff');
  if (file === undefined || range === undefined || range === 'impossible') {
    response.writeHead(status, file === undefined ? {} : { 'Content-Range': `bytes */${file.size}` }).end();
    return;
  }
  const { from, to } = range;
  response.writeHead(status, {
    'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream',
    'Content-Length': to - from + 1,
    'Accept-Ranges': 'bytes',
    ...(status === 206 ? { 'Content-Range': `bytes ${from}-${to}/${file.size}` } : {}),
  });
  if (request.method === 'HEAD' || file.size === 0) response.end();
  else await pipeline(createReadStream(path, { start: from, end: to }), response);
}

type Range = { readonly from: number; readonly to: number; readonly isPart: boolean };

function statusOf(file: Stats | undefined, range: Range | 'impossible' | undefined): number {
  if (file === undefined || range === undefined) return 404;
  if (range === 'impossible') return 416;
  return range.isPart ? 206 : 200;
}

/** One range as RFC 9110 §14 has it; several, or another unit, are answered with the whole. */
export function rangeOf(header: string | undefined, size: number): Range | 'impossible' {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (first === '' && last === '') return { from: 0, to: size - 1, isPart: false };
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  return from > to || from >= size ? 'impossible' : { from, to, isPart: true };
}
