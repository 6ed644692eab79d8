/**
 * One viewer's RTSP connection: answers its requests and sends it the film over the connection itself or over UDP.
 */
import { randomBytes } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { type AuthScheme, type Credentials, challenge, isAuthorized } from './access';
import { type Film, Showing } from './film';
import { RtpStream } from './rtp-stream';
import { formatAnswer, frameHeader, type RtspAnswer, RtspReader, type RtspRequest } from './wire';

/**
 * `stall` sends nothing but keeps the connection; `garbage` sends random bytes behind true RTP headers; `late`: whoever comes
 * finds the camera just past a keyframe, and waits for the next one.
 */
export type CameraFault = 'none' | 'stall' | 'garbage' | 'late';

/** What viewers read at every step; the camera changes it while they watch. */
export interface CameraSettings {
  film: Film;
  sdp: string;
  readonly path: string;
  readonly authScheme: AuthScheme;
  credentials: Credentials | undefined;
  fault: CameraFault;
}

/** A viewer that is this far behind is cut off. */
const MAX_UNSENT_BYTES = 8 * 1024 * 1024;
/** Bytes of an RTP header without extensions (RFC 3550 §5.1): garbage begins after it. */
const RTP_HEADER_BYTES = 12;
/** Longer than the packets of a keyframe take. */
const LATE_MS = 200;
const METHODS = 'OPTIONS, DESCRIBE, SETUP, PLAY, GET_PARAMETER, TEARDOWN';

type Send = (channel: number, payload: Buffer) => void;

export class Viewer implements AsyncDisposable {
  readonly #socket: Socket;
  readonly #settings: CameraSettings;
  readonly #nonce = randomBytes(16).toString('hex');
  readonly #sessionId = randomBytes(4).toString('hex');
  #udp: UdpSocket | undefined;
  #send: Send | undefined;
  #showing: Showing | undefined;
  #firstPacketMs: number | undefined;
  readonly #stream = new RtpStream();

  /** `settings` is read anew for every request and packet: faults and passwords change while a viewer watches. */
  constructor(socket: Socket, settings: CameraSettings) {
    this.#socket = socket;
    this.#settings = settings;
  }

  /** Serves the viewer until it leaves or is disposed of. */
  async run(): Promise<void> {
    const reader = new RtspReader();
    this.#socket.setNoDelay(true);
    try {
      for await (const chunk of this.#socket) {
        for (const item of reader.read(chunk)) {
          if (item.kind === 'request') await this.#serve(item);
        }
      }
    } catch {
      // A connection that breaks or speaks nonsense simply ends.
    } finally {
      await this[Symbol.asyncDispose]();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.destroy();
    this.#send = undefined;
    const udp = this.#udp;
    this.#udp = undefined;
    udp?.close();
    const showing = this.#showing;
    this.#showing = undefined;
    await showing?.[Symbol.asyncDispose]();
  }

  async #serve(request: RtspRequest): Promise<void> {
    const answer = await this.#answer(request);
    this.#socket.write(formatAnswer(request, answer));
    if (answer.status !== 200) return;
    if (request.method === 'PLAY') await this.#play();
    if (request.method === 'TEARDOWN') this.#socket.end();
  }

  async #answer(request: RtspRequest): Promise<RtspAnswer> {
    if (request.method === 'OPTIONS') return { status: 200, headers: { Public: METHODS } };
    const { credentials, authScheme: scheme, path, sdp } = this.#settings;
    if (credentials !== undefined && !isAuthorized(request, credentials, { scheme, nonce: this.#nonce })) {
      return { status: 401, headers: { 'WWW-Authenticate': challenge(scheme, this.#nonce) } };
    }
    const asked = new URL(request.url).pathname;
    if (asked !== path && !asked.startsWith(`${path}/`)) return { status: 404 };
    const session = { Session: `${this.#sessionId};timeout=60` };
    switch (request.method) {
      case 'DESCRIBE':
        return {
          status: 200,
          headers: { 'Content-Base': `${request.url}/`, 'Content-Type': 'application/sdp' },
          body: sdp,
        };
      case 'SETUP':
        return this.#setUp(request.headers.get('transport') ?? '', session);
      case 'PLAY':
        return this.#send === undefined ? { status: 455 } : { status: 200, headers: session };
      case 'GET_PARAMETER':
      case 'TEARDOWN':
        return { status: 200, headers: session };
      default:
        return { status: 405, headers: { Allow: METHODS } };
    }
  }

  async #setUp(transport: string, session: Readonly<Record<string, string>>): Promise<RtspAnswer> {
    const channels = /RTP\/AVP\/TCP.*interleaved=(\d+)-/.exec(transport);
    if (channels !== null) {
      const first = Number(channels[1]);
      this.#send = (channel, payload) => this.#sendInterleaved(first + channel, payload);
      return {
        status: 200,
        headers: { ...session, Transport: `RTP/AVP/TCP;unicast;interleaved=${first}-${first + 1}` },
      };
    }
    const ports = /RTP\/AVP.*client_port=(\d+)-(\d+)/.exec(transport);
    if (ports === null) return { status: 461 };
    this.#udp?.close();
    const udp = createSocket('udp4');
    this.#udp = udp;
    udp.on('error', () => this.#socket.destroy());
    udp.bind(0);
    await once(udp, 'listening');
    const host = this.#socket.remoteAddress?.replace('::ffff:', '') ?? '127.0.0.1';
    this.#send = (channel, payload) => udp.send(payload, Number(ports[1 + channel]), host);
    const serverPort = udp.address().port;
    const reply = `RTP/AVP;unicast;client_port=${ports[1]}-${ports[2]};server_port=${serverPort}-${serverPort + 1}`;
    return { status: 200, headers: { ...session, Transport: reply } };
  }

  async #play(): Promise<void> {
    if (this.#showing === undefined) await this.#show();
  }

  /** Goes on with what the settings show now, in the same connection and the same RTP stream. */
  async changeFilm(): Promise<void> {
    const before = this.#showing;
    if (before === undefined) return;
    this.#showing = undefined;
    await before[Symbol.asyncDispose]();
    this.#stream.join();
    await this.#show();
  }

  async #show(): Promise<void> {
    const showing: Showing = await Showing.start(this.#settings.film, {
      packet: (channel, payload) => this.#forward(channel, payload),
      end: () => {
        if (this.#showing === showing) this.#socket.destroy();
      },
    });
    this.#showing = showing;
  }

  #forward(channel: number, payload: Buffer): void {
    if (this.#settings.fault === 'stall') return;
    this.#firstPacketMs ??= performance.now();
    if (this.#settings.fault === 'late' && performance.now() - this.#firstPacketMs < LATE_MS) return;
    if (!this.#stream.take(channel, payload)) return;
    if (this.#settings.fault === 'garbage' && channel === 0 && payload.length > RTP_HEADER_BYTES) {
      this.#send?.(
        channel,
        Buffer.concat([payload.subarray(0, RTP_HEADER_BYTES), randomBytes(payload.length - RTP_HEADER_BYTES)]),
      );
    } else {
      this.#send?.(channel, payload);
    }
  }

  #sendInterleaved(channel: number, payload: Buffer): void {
    if (this.#socket.destroyed) return;
    if (this.#socket.writableLength > MAX_UNSENT_BYTES) {
      this.#socket.destroy();
      return;
    }
    this.#socket.cork();
    this.#socket.write(frameHeader(channel, payload.length));
    this.#socket.write(payload);
    this.#socket.uncork();
  }
}
