/**
 * RTSP 1.0 on the wire (RFC 2326): requests and interleaved `$` frames out of a TCP stream, responses into text.
 */

export interface RtspRequest {
  readonly kind: 'request';
  readonly method: string;
  readonly url: string;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** RTP or RTCP inside the RTSP connection (RFC 2326 §10.12). */
export interface InterleavedPacket {
  readonly kind: 'packet';
  readonly channel: number;
  readonly payload: Buffer;
}

/** A client that sends more than this without ending a request is not an RTSP client. */
const MAX_REQUEST_BYTES = 64 * 1024;
const DOLLAR = 0x24;
const FRAME_HEADER_BYTES = 4;

export class RtspReader {
  #pending: Buffer = Buffer.alloc(0);

  /** Everything complete in what has arrived so far. Throws when the other side does not speak RTSP. */
  *read(chunk: Buffer): Generator<RtspRequest | InterleavedPacket> {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#pending = this.#pending.subarray(next.bytes);
      yield next.item;
    }
    if (this.#pending.length > MAX_REQUEST_BYTES * 2) throw new Error('RTSP request too long');
  }

  #next(): { readonly item: RtspRequest | InterleavedPacket; readonly bytes: number } | undefined {
    const data = this.#pending;
    if (data.length < FRAME_HEADER_BYTES) return undefined;
    if (data[0] === DOLLAR) {
      const bytes = FRAME_HEADER_BYTES + data.readUInt16BE(2);
      if (data.length < bytes) return undefined;
      return {
        item: { kind: 'packet', channel: data.readUInt8(1), payload: data.subarray(FRAME_HEADER_BYTES, bytes) },
        bytes,
      };
    }
    const end = data.indexOf('\r\n\r\n');
    if (end < 0) return undefined;
    const request = parseRequest(data.toString('latin1', 0, end));
    const bytes = end + 4 + Number(request.headers.get('content-length') ?? 0);
    return data.length < bytes ? undefined : { item: request, bytes };
  }
}

function parseRequest(head: string): RtspRequest {
  const [first = '', ...lines] = head.split('\r\n');
  const match = /^([A-Z_]+) (\S+) RTSP\/1\.\d$/.exec(first);
  if (match === null) throw new Error('not an RTSP request');
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()];
  });
  return { kind: 'request', method: match[1] ?? '', url: match[2] ?? '', headers: new Map(headers) };
}

const REASONS: Readonly<Record<number, string>> = {
  200: 'OK',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  453: 'Not Enough Bandwidth',
  455: 'Method Not Valid in This State',
  461: 'Unsupported Transport',
};

export interface RtspAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The bytes of an answer to `request`. */
export function formatAnswer(request: RtspRequest, { status, headers = {}, body = '' }: RtspAnswer): string {
  const lines = Object.entries({
    CSeq: request.headers.get('cseq') ?? '0',
    ...headers,
    ...(body === '' ? {} : { 'Content-Length': String(Buffer.byteLength(body)) }),
  }).map(([name, value]) => `${name}: ${value}`);
  return [`RTSP/1.0 ${status} ${REASONS[status] ?? 'Error'}`, ...lines, '', body].join('\r\n');
}

/** One interleaved frame around an RTP or RTCP packet. */
export function frameHeader(channel: number, payloadBytes: number): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt8(DOLLAR, 0);
  header.writeUInt8(channel, 1);
  header.writeUInt16BE(payloadBytes, 2);
  return header;
}
