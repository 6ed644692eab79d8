/**
 * Network loudspeakers for tests: small HTTP servers that do what the vendors' documents and users describe, with the
 * faults of real ones. The login is checked by code of their own.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';

export type HornKind = 'axis' | 'hikvision' | 'dahua';
export type HornLogin = 'none' | 'basic' | 'MD5' | 'SHA-256' | 'old digest';
export type HornFault =
  | 'none'
  | 'busy'
  | 'never answers'
  | 'stops reading'
  | 'cuts off'
  | 'says yes and cuts off'
  | 'takes all and says nothing';

export const HORN_USER = { username: 'anqi', password: 'marker-hunter2' };
/** Sound that arrives before a device with a fault shows it: 300 ms. */
const FAULT_AFTER_BYTES = 2400;
const GONE_LIMIT_MS = 10_000;

export interface HornOptions {
  readonly kind: HornKind;
  readonly login?: HornLogin;
  readonly fault?: HornFault;
  /** Requests for which a nonce is good. */
  readonly nonceUses?: number;
  readonly codec?: string;
  /** Speaks https with these, in PEM. */
  readonly certificate?: { readonly key: string; readonly cert: string };
}

export class HornDevice implements AsyncDisposable {
  /** Sound of the last transmission. */
  audio = Buffer.alloc(0);
  /** How far ahead of real time the sound ever was, in ms. */
  aheadMs = 0;
  contentType = '';
  isOpen = false;
  readonly requests: string[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server: http.Server | https.Server;
  readonly #nonces = new Map<string, number>();
  #session = '';
  #waiting: http.ServerResponse | null = null;
  #isTransmitting = false;

  private constructor(private readonly options: HornOptions) {
    const serve: http.RequestListener = (request, response) => void this.#serve(request, response);
    const { certificate } = options;
    this.#server = certificate === undefined ? http.createServer(serve) : https.createServer(certificate, serve);
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => this.#sockets.delete(socket));
    });
  }

  static async start(options: HornOptions): Promise<HornDevice> {
    const device = new HornDevice(options);
    device.#server.keepAliveTimeout = 0; // a connection that the speaker leaves open stays open
    device.#server.listen(0, '127.0.0.1');
    await once(device.#server, 'listening');
    return device;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the device does not listen');
    const { port }: AddressInfo = address;
    return `http${this.options.certificate === undefined ? '' : 's'}://127.0.0.1:${port}`;
  }

  /** Resolves when nobody is connected any more; fails after 10 s. */
  async everybodyGone(): Promise<void> {
    const giveUpAtMs = performance.now() + GONE_LIMIT_MS;
    while (this.#sockets.size > 0) {
      if (performance.now() > giveUpAtMs) throw new Error(`${this.#sockets.size} connections were left open`);
      await delay(5);
    }
  }

  /** Resolves when so much sound has arrived. */
  async heard(bytes: number): Promise<void> {
    const giveUpAtMs = performance.now() + GONE_LIMIT_MS;
    while (this.audio.length < bytes) {
      if (performance.now() > giveUpAtMs) throw new Error(`only ${this.audio.length} bytes of sound arrived`);
      await delay(5);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://device');
    this.requests.push(`${request.method} ${pathname}`);
    if (this.options.fault === 'never answers') return;
    const login = this.#refusal(request);
    if (login !== null) {
      response.writeHead(401, { 'WWW-Authenticate': login, 'Content-Length': 0 }).end();
      return;
    }
    const route = `${request.method} ${pathname}`;
    if (this.options.kind === 'axis') await this.#axis(route, request, response);
    else if (this.options.kind === 'dahua') await this.#dahua(route, searchParams, { request, response });
    else await this.#hikvision(route, searchParams, { request, response });
  }

  async #axis(route: string, request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    if (route === 'GET /axis-cgi/param.cgi') {
      response.end('root.Properties.Audio.Audio=yes\nroot.Properties.Audio.Source.A0.Output=yes\n');
    } else if (route === 'POST /axis-cgi/audio/transmit.cgi') {
      await this.#listen(request, response);
    } else response.writeHead(404).end();
  }

  async #dahua(route: string, query: URLSearchParams, { request, response }: Exchange): Promise<void> {
    if (route === 'GET /cgi-bin/devAudioOutput.cgi' && query.get('action') === 'getCollect') {
      response.end('result=1\r\n');
    } else if (
      route === 'POST /cgi-bin/audio.cgi' &&
      query.get('action') === 'postAudio' &&
      query.get('httptype') === 'singlepart' &&
      query.get('channel') === '1'
    ) {
      await this.#listen(request, response);
    } else response.writeHead(400).end('Error\r\nBad Request!\r\n');
  }

  async #hikvision(route: string, query: URLSearchParams, { request, response }: Exchange): Promise<void> {
    const channels = '/ISAPI/System/TwoWayAudio/channels';
    if (route === `GET ${channels}`) {
      response.end(`<?xml version="1.0" encoding="UTF-8"?>
<TwoWayAudioChannelList version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema">
<TwoWayAudioChannel version="2.0" xmlns="http://www.hikvision.com/ver20/XMLSchema"><id>1</id><enabled>false</enabled>
<audioCompressionType>${this.options.codec ?? 'G.711ulaw'}</audioCompressionType></TwoWayAudioChannel>
</TwoWayAudioChannelList>`);
    } else if (route === `PUT ${channels}/1/close`) {
      this.isOpen = false;
      response.end(isapiStatus(1, 'ok'));
      this.#waiting?.end(isapiStatus(1, 'ok'));
    } else if (route === `PUT ${channels}/1/open`) {
      if (this.isOpen || this.options.fault === 'busy') {
        response.writeHead(403).end(isapiStatus(2, 'deviceBusy'));
        return;
      }
      this.isOpen = true;
      this.#session = String(randomBytes(4).readUInt32BE());
      response.end(`<TwoWayAudioSession version="2.0"><sessionId>${this.#session}</sessionId></TwoWayAudioSession>`);
    } else if (route === `PUT ${channels}/1/audioData` && this.isOpen && query.get('sessionId') === this.#session) {
      await this.#listen(request, response);
    } else response.writeHead(404).end(isapiStatus(4, 'notSupport'));
  }

  /** A body whose length was not told stays unheard, as on real devices. */
  async #listen(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const { fault, kind } = this.options;
    if (fault === 'busy' || this.#isTransmitting) {
      response.writeHead(503, { Connection: 'close' }).end();
      return;
    }
    const length = Number(request.headers['content-length']);
    this.contentType = request.headers['content-type'] ?? '';
    this.audio = Buffer.alloc(0);
    this.#isTransmitting = true;
    request.once('close', () => {
      this.#isTransmitting = false;
    });
    const startMs = performance.now();
    if (fault === 'says yes and cuts off') response.writeHead(200, { 'Content-Length': 0 }).end();
    request.on('data', (chunk: Buffer) => {
      if (Number.isNaN(length)) return;
      this.audio = Buffer.concat([this.audio, chunk]);
      this.aheadMs = Math.max(this.aheadMs, this.audio.length / 8 - (performance.now() - startMs));
      if (this.audio.length < FAULT_AFTER_BYTES) return;
      if (fault === 'cuts off' || fault === 'says yes and cuts off') request.socket.destroy();
      if (fault === 'stops reading') request.pause();
    });
    await once(request, 'end').catch(() => undefined);
    if (fault === 'takes all and says nothing' || fault === 'stops reading' || !request.complete) return;
    if (kind === 'hikvision') this.#waiting = response;
    else response.end(kind === 'dahua' ? 'OK\r\n' : '');
  }

  /** The WWW-Authenticate lines for a request that is not let in; null when it is. */
  #refusal(request: http.IncomingMessage): string[] | null {
    const login = this.options.login ?? 'MD5';
    const given = request.headers.authorization ?? '';
    const basic = `Basic ${Buffer.from(`${HORN_USER.username}:${HORN_USER.password}`).toString('base64')}`;
    if (login === 'none') return null;
    if (login === 'basic') return given === basic ? null : ['Basic realm="horn"'];
    const nonce = /nonce="([^"]*)"/.exec(given)?.[1] ?? '';
    const uses = this.#nonces.get(nonce);
    const isStale = uses !== undefined && uses >= (this.options.nonceUses ?? Infinity);
    if (!isStale && uses !== undefined && isRightDigest(given, { request, login, uses })) {
      this.#nonces.set(nonce, uses + 1);
      return null;
    }
    const fresh = randomBytes(8).toString('hex');
    this.#nonces.set(fresh, 0);
    const qop = login === 'old digest' ? '' : `, qop="auth", algorithm=${login}`;
    const digest = `Digest realm="horn, \\"outside\\"", nonce="${fresh}"${qop}${isStale ? ', stale=true' : ''}`;
    return ['Basic realm="horn"', digest];
  }
}

interface Exchange {
  readonly request: http.IncomingMessage;
  readonly response: http.ServerResponse;
}

function isRightDigest(
  given: string,
  { request, login, uses }: { request: http.IncomingMessage; login: HornLogin; uses: number },
): boolean {
  const hash = (text: string) =>
    createHash(login === 'SHA-256' ? 'sha256' : 'md5')
      .update(text)
      .digest('hex');
  const part = (name: string) => new RegExp(`\\b${name}="?([^",]*)`).exec(given)?.[1] ?? '';
  const secret = hash(`${HORN_USER.username}:horn, "outside":${HORN_USER.password}`);
  const count = (uses + 1).toString(16).padStart(8, '0');
  const middle = login === 'old digest' ? part('nonce') : `${part('nonce')}:${count}:${part('cnonce')}:auth`;
  const isSameUri = part('uri') === request.url;
  return isSameUri && part('response') === hash(`${secret}:${middle}:${hash(`${request.method}:${request.url}`)}`);
}

function isapiStatus(code: number, word: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?><ResponseStatus version="2.0"><statusCode>${code}</statusCode>
<subStatusCode>${word}</subStatusCode></ResponseStatus>`;
}
