/**
 * One RTSP connection (RFC 2326) that sends RTP inside itself: requests with login, answers, and frames interleaved with
 * both. Every wait has an end; what arrives is bounded.
 */
import { once } from 'node:events';
import net from 'node:net';
import { messageOf, RecoverableError } from '../../errors';
import { deadline } from '../../runtime/deadline';
import type { Answer } from './http-device';
import type { Login } from './login';
import { drained } from './pacing';

export interface RtspAnswer extends Answer {
  /** Names in lower case; several lines of one name in their order. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

const ANSWER_LIMIT_MS = 5000;
const MAX_TRIES = 3;
const RTSP_PORT = 554;
/** A description of a camera with all its streams is a few kilobytes; a frame has at most 65535 bytes. */
const MAX_PENDING_BYTES = 256 * 1024;
const FRAME_SIGN = 0x24;
const FRAME_HEAD_BYTES = 4;

export class RtspSession {
  readonly #socket = new net.Socket();
  #pending = Buffer.alloc(0);
  #sequence = 0;
  #take: ((answer: RtspAnswer) => void) | null = null;
  readonly #ended = new AbortController();
  #fault: unknown = null;

  /** `url`: without user and password. The login outlives the connection, so that its nonce can be used again. */
  constructor(
    private readonly url: URL,
    private readonly login: Login,
  ) {
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('error', (error) => this.#end(error));
    this.#socket.on('close', () => this.#end(new Error('closed by the device')));
  }

  /** Aborted when the connection is over. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  get fault(): string {
    return messageOf(this.#fault);
  }

  /** @throws RecoverableError `unreachable`; AbortError */
  async connect(signal: AbortSignal): Promise<void> {
    const limit = deadline(ANSWER_LIMIT_MS, signal, this.ended);
    this.#socket.setNoDelay(true);
    this.#socket.connect(Number(this.url.port || RTSP_PORT), this.url.hostname.replace(/^\[|\]$/g, ''));
    try {
      await once(this.#socket, 'connect', { signal: limit });
    } catch (error) {
      if (signal.aborted) throw error;
      const why = this.#fault === null ? `no connection within ${ANSWER_LIMIT_MS} ms` : this.fault;
      throw new RecoverableError('unreachable', `${this.url.host}: ${why}`, { cause: error });
    }
  }

  /** @throws RecoverableError `no_answer`, `cut_off`, `wrong_password`; AbortError */
  async request(
    { method, uri, headers }: { method: string; uri: string; headers: Readonly<Record<string, string>> },
    signal: AbortSignal,
  ): Promise<RtspAnswer> {
    for (let tries = 1; ; tries += 1) {
      const sent = this.login.header(method, uri);
      const lines = { CSeq: String(++this.#sequence), ...headers, ...(sent === null ? {} : { Authorization: sent }) };
      const text = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`);
      this.#socket.write(`${method} ${uri} RTSP/1.0\r\n${text.join('')}\r\n`);
      const answer = await this.#answer(method, signal);
      if (answer.status !== 401 || tries === MAX_TRIES) return answer;
      this.login.challenged(answer.headers.get('www-authenticate') ?? [], sent);
    }
  }

  /** One RTP or RTCP packet. @throws RecoverableError `too_slow` */
  async sendFrame(channel: number, packet: Buffer, signal: AbortSignal): Promise<void> {
    const frame = Buffer.allocUnsafe(FRAME_HEAD_BYTES + packet.length);
    frame[0] = FRAME_SIGN;
    frame[1] = channel;
    frame.writeUInt16BE(packet.length, 2);
    packet.copy(frame, FRAME_HEAD_BYTES);
    if (!this.#socket.write(frame)) await drained(this.#socket, signal);
  }

  close(): void {
    this.#socket.destroy();
  }

  async #answer(method: string, signal: AbortSignal): Promise<RtspAnswer> {
    const limit = deadline(ANSWER_LIMIT_MS, signal, this.ended);
    try {
      return await new Promise<RtspAnswer>((resolve, reject) => {
        this.#take = resolve;
        limit.throwIfAborted();
        limit.addEventListener('abort', () => reject(limit.reason), { once: true });
      });
    } catch (error) {
      if (signal.aborted) throw error;
      const address = this.url.host;
      if (this.#fault !== null) throw new RecoverableError('cut_off', `${address}, ${method}: ${this.fault}`);
      throw new RecoverableError('no_answer', `${address} did not answer ${method} within ${ANSWER_LIMIT_MS} ms`);
    } finally {
      this.#take = null;
    }
  }

  #receive(chunk: Buffer): void {
    this.#pending = Buffer.concat([this.#pending, chunk]);
    if (this.#pending.length > MAX_PENDING_BYTES) {
      this.#socket.destroy(new Error(`more than ${MAX_PENDING_BYTES} bytes that are no answer`));
      return;
    }
    for (let used = this.#consume(); used > 0; used = this.#consume()) this.#pending = this.#pending.subarray(used);
  }

  /** Bytes of the frame or answer at the front; 0 while it is not complete. Frames are the device's own and are skipped. */
  #consume(): number {
    const pending = this.#pending;
    if (pending[0] === FRAME_SIGN) {
      const bytes = pending.length < FRAME_HEAD_BYTES ? Infinity : FRAME_HEAD_BYTES + pending.readUInt16BE(2);
      return bytes <= pending.length ? bytes : 0;
    }
    const headEnd = pending.indexOf('\r\n\r\n');
    if (headEnd < 0) return 0;
    const [first = '', ...lines] = pending.toString('latin1', 0, headEnd).trimStart().split('\r\n');
    const headers = new Map<string, string[]>();
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
      const known = headers.get(name.toLowerCase());
      if (known === undefined) headers.set(name.toLowerCase(), [value]);
      else known.push(value);
    }
    const bodyBytes = Number(headers.get('content-length')?.[0] ?? 0);
    if (!Number.isInteger(bodyBytes) || bodyBytes < 0) {
      this.#socket.destroy(new Error('an answer that does not tell its length'));
      return 0;
    }
    const end = headEnd + 4 + bodyBytes;
    if (pending.length < end) return 0;
    const status = Number(/^RTSP\/\d\.\d (\d{3})/.exec(first)?.[1] ?? Number.NaN);
    const body = pending.toString('utf8', headEnd + 4, end);
    if (!Number.isNaN(status)) this.#take?.({ status, body, headers }); // what is no answer is a request of the device
    return end;
  }

  #end(error: unknown): void {
    this.#fault ??= error;
    this.#ended.abort();
  }
}
