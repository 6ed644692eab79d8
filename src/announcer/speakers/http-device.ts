/**
 * HTTP to a loudspeaker or camera: short requests, and one long request whose body is sound in real time. Every wait has
 * an end, no socket outlives its request, and no error holds more than the device's address.
 */
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { messageOf, RecoverableError } from '../../errors';
import { deadline } from '../../runtime/deadline';
import type { Credentials } from './digest';
import { Login } from './login';
import { drained, type Pace, Pacer } from './pacing';

export interface HttpDeviceOptions {
  /** `http://192.0.2.30` or https; without user, password and path. */
  readonly url: string;
  readonly credentials: Credentials | null;
  /** Take any certificate: devices in the field carry one they made themselves. */
  readonly acceptsAnyCertificate: boolean;
}

export interface Answer {
  readonly status: number;
  readonly body: string;
}

export interface Upload {
  readonly method: 'POST' | 'PUT';
  readonly path: string;
  readonly contentType: string;
  readonly frames: readonly Buffer[];
  readonly pace: Pace;
  /** Called when the first frame is about to leave. */
  readonly onStart: () => void;
  /** Called when the sound has been heard out, before the answer is waited for. */
  readonly onHeard?: (() => Promise<void>) | undefined;
}

/** A device on the same site answers within milliseconds; a busy one within a second. */
const ANSWER_LIMIT_MS = 5000;
/** After the last sample: devices play out their buffer before they answer, and some never do. */
const LAST_ANSWER_LIMIT_MS = 2000;
/** The lists that devices answer with are a few kilobytes. */
const MAX_BODY_BYTES = 65_536;
/** First without a login, then with one, then with a fresh nonce. */
const MAX_TRIES = 3;

interface Exchange {
  readonly request: http.ClientRequest;
  /** Ends the connection, whatever state it is in. */
  readonly close: () => void;
  /** Rejects when the connection ends before the whole answer was here. */
  readonly answered: Promise<Answer & { readonly challenges: readonly string[] }>;
}

export class HttpDevice {
  readonly #login: Login;
  readonly #url: URL;
  #hasAnswered = false;

  constructor(private readonly options: HttpDeviceOptions) {
    this.#login = new Login(options.credentials);
    this.#url = new URL(options.url);
  }

  /** For people; the address alone. */
  get address(): string {
    return this.#url.host;
  }

  /** Whether it has answered a request, so that a login it wants is known. */
  get hasAnswered(): boolean {
    return this.#hasAnswered;
  }

  /** A request without a body. @throws RecoverableError `unreachable`, `no_answer`, `wrong_password`, `unsupported_login` */
  async request(method: 'GET' | 'PUT', path: string, signal: AbortSignal): Promise<Answer> {
    for (let tries = 1; ; tries += 1) {
      const sent = this.#login.header(method, path);
      const limit = deadline(ANSWER_LIMIT_MS, signal);
      const exchange = this.#open(
        { method, path, headers: method === 'GET' ? {} : { 'Content-Length': 0 } },
        sent,
        limit,
      );
      try {
        exchange.request.end();
        const answer = await exchange.answered;
        this.#hasAnswered = true;
        if (answer.status !== 401 || tries === MAX_TRIES) return answer;
        this.#login.challenged(answer.challenges, sent);
      } catch (error) {
        throw this.#explained(error, signal);
      } finally {
        exchange.close();
      }
    }
  }

  /**
   * Sends a sound in real time, with its length told beforehand: devices accept a chunked body, and then stay silent.
   * Ask for something small first: a device that has not yet seen a login cuts the sound off.
   * @returns the device's answer; null when it took everything and did not answer
   * @throws RecoverableError `unreachable`, `no_answer`, `cut_off`, `too_slow`, `wrong_password`; AbortError
   */
  async upload(upload: Upload, signal: AbortSignal): Promise<Answer | null> {
    for (let tries = 1; ; tries += 1) {
      const sent = this.#login.header(upload.method, upload.path);
      const answer = await this.#send(upload, sent, signal);
      if (answer?.status !== 401 || tries === MAX_TRIES) return answer;
      this.#login.challenged(answer.challenges, sent);
    }
  }

  async #send(upload: Upload, authorization: string | null, signal: AbortSignal) {
    const { method, path, contentType, frames, pace } = upload;
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    const ended = new AbortController();
    let lost: unknown = null;
    const lose = (error: unknown): void => {
      if (!ended.signal.aborted) lost = error;
      ended.abort();
    };
    const headers = { 'Content-Type': contentType, 'Content-Length': bytes };
    const sending = AbortSignal.any([signal, ended.signal]);
    const { request, answered, close } = this.#open({ method, path, headers }, authorization, signal);
    request.once('close', () => lose(new Error('closed by the device')));
    answered.then((answer) => answer.status >= 300 && ended.abort(), lose);
    const pacer = new Pacer(pace);
    let sent = 0;
    try {
      await this.#connected(request, sending);
      for await (const frame of pacer.frames(frames, sending)) {
        if (sent === 0) upload.onStart();
        sent += 1;
        if (sent === frames.length) request.end(frame);
        else if (!request.write(frame)) await drained(request, sending);
      }
      await pacer.heardOut(signal);
      await upload.onHeard?.();
      return await answerOf(answered, signal);
    } catch (error) {
      if (signal.aborted || !ended.signal.aborted) throw this.#explained(error, signal);
      if (lost === null) return await answered; // refused while the sound was on its way
      throw this.#lost(lost, sent * pace.frameMs);
    } finally {
      close();
    }
  }

  #open(
    { method, path, headers }: { method: string; path: string; headers: http.OutgoingHttpHeaders },
    authorization: string | null,
    signal: AbortSignal,
  ): Exchange {
    const module = this.#url.protocol === 'https:' ? https : http;
    // A connection of its own, which an early answer does not close under a body that is still being sent.
    const agent = new module.Agent({ keepAlive: true });
    const request = module.request({
      ...{ host: this.#url.hostname.replace(/^\[|\]$/g, ''), port: this.#url.port || undefined, method, path, signal },
      agent,
      headers: { ...headers, ...(authorization === null ? {} : { Authorization: authorization }) },
      ...(this.options.acceptsAnyCertificate ? { rejectUnauthorized: false } : {}),
    });
    request.setNoDelay(true);
    const answered = new Promise<Awaited<Exchange['answered']>>((resolve, reject) => {
      request.on('error', reject); // stays: a request that is destroyed may report more than once
      request.once('response', (response) => {
        readBody(response).then((body) => {
          const challenges = response.headersDistinct['www-authenticate'] ?? [];
          resolve({ status: response.statusCode ?? 0, body, challenges });
        }, reject);
      });
    });
    answered.catch(() => undefined); // whoever waits for it sees the error
    const close = (): void => {
      request.destroy();
      agent.destroy();
    };
    return { request, answered, close };
  }

  async #connected(request: http.ClientRequest, signal: AbortSignal): Promise<void> {
    request.flushHeaders();
    const limit = deadline(ANSWER_LIMIT_MS, signal);
    const [socket] = request.socket === null ? await once(request, 'socket', { signal: limit }) : [request.socket];
    if (socket.connecting) await once(socket, 'connect', { signal: limit });
  }

  #explained(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted || error instanceof RecoverableError) return error;
    if (isTimeout(error)) {
      return new RecoverableError('no_answer', `${this.address} did not answer within ${ANSWER_LIMIT_MS} ms`);
    }
    return new RecoverableError('unreachable', `${this.address}: ${messageOf(error)}`, { cause: error });
  }

  #lost(cause: unknown, afterMs: number): RecoverableError {
    const [code, when] =
      afterMs === 0 ? ['unreachable', ''] : ['cut_off', ` lost the connection after ${afterMs} ms of sound`];
    return new RecoverableError(code, `${this.address}${when}: ${messageOf(cause)}`, { cause });
  }
}

/** Null when none comes, or one that is not HTTP: some devices end with an empty line. */
async function answerOf<T>(answered: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const stop = new AbortController();
  const limit = AbortSignal.any([signal, stop.signal]);
  try {
    const silence = delay(LAST_ANSWER_LIMIT_MS, null, { signal: limit });
    return await Promise.race([answered.catch(() => null), silence]);
  } finally {
    stop.abort();
  }
}

async function readBody(response: http.IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    if (!Buffer.isBuffer(chunk)) continue;
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) throw new RecoverableError('bad_answer', `an answer of over ${MAX_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** By shape: errors of Node itself may come from another realm. */
function isTimeout(error: unknown): boolean {
  if (typeof error !== 'object' || error === null || !('name' in error)) return false;
  return error.name === 'TimeoutError' || ('cause' in error && isTimeout(error.cause));
}
