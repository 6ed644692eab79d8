/**
 * Cameras with an audio backchannel for tests. GStreamer's is an implementation that is not ours; the small one has the
 * faults that GStreamer's has not. The first needs Debian's python3-gi, gir1.2-gst-rtsp-server-1.0 and
 * gstreamer1.0-plugins-{base,good}.
 */
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as delay } from 'node:timers/promises';
import { endChild, spawnGuarded } from '../../../src/runtime/guarded-child';
import { HORN_USER } from '../horn-devices';

const SCRIPT = join(__dirname, 'onvif-camera.py');
/** Debian's own Python: others do not see its packages. */
const PYTHON = '/usr/bin/python3';
const GONE_LIMIT_MS = 10_000;

/** `heard`: the file that receives G.711. Resolves when the camera listens. */
export async function gstreamerOnvifCamera(heard: string, codec: 'PCMU' | 'PCMA' = 'PCMU') {
  const { username, password } = HORN_USER;
  const login = ['--user', username, '--password', password];
  const child = spawnGuarded(PYTHON, [SCRIPT, heard, '--codec', codec, ...login]);
  const problem = text(child.stderr);
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    const url = `rtsp://127.0.0.1:${Number(String(chunk).trim())}/live`;
    return { url, [Symbol.asyncDispose]: () => endChild(child, 0) };
  }
  throw new Error(`GStreamer's ONVIF server did not start (are its Debian packages installed?): ${await problem}`);
}

export type OnvifFault =
  | 'none'
  | 'no backchannel'
  | 'knows no backchannel'
  | 'busy'
  | 'keeps its picture'
  | 'never answers'
  | 'cuts off'
  | 'does not say goodbye';

/** A packet of the camera's own picture. */
const OWN_FRAME = Buffer.from([0x24, 1, 0, 3, 1, 2, 3]);
const DESCRIPTION = 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=camera\r\nt=0 0\r\na=control:*\r\n';
const VIDEO = 'm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:trackID=1\r\na=recvonly\r\n';
const LISTENING = 'm=audio 0 RTP/AVP 0\r\na=control:trackID=2\r\na=recvonly\r\n';
const TALKING = 'm=audio 0 RTP/AVP 0 8\r\na=control:trackID=3\r\na=sendonly\r\n';

/** One connection at a time, no login. */
export class SmallOnvifCamera implements AsyncDisposable {
  readonly methods: string[] = [];
  audio = Buffer.alloc(0);
  #sockets = new Set<net.Socket>();
  readonly #server = net.createServer((socket) => this.#serve(socket));

  private constructor(private readonly fault: OnvifFault) {}

  static async start(fault: OnvifFault): Promise<SmallOnvifCamera> {
    const camera = new SmallOnvifCamera(fault);
    camera.#server.listen(0, '127.0.0.1');
    await once(camera.#server, 'listening');
    return camera;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the camera does not listen');
    return `rtsp://127.0.0.1:${address.port}/live`;
  }

  /** Resolves when so much sound has arrived. */
  async heard(bytes: number): Promise<void> {
    await this.#until(() => this.audio.length >= bytes, 'the sound did not arrive');
  }

  async everybodyGone(): Promise<void> {
    await this.#until(() => this.#sockets.size === 0, 'a connection was left open');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #until(isSo: () => boolean, complaint: string): Promise<void> {
    const giveUpAtMs = performance.now() + GONE_LIMIT_MS;
    while (!isSo()) {
      if (performance.now() > giveUpAtMs) throw new Error(complaint);
      await delay(5);
    }
  }

  #serve(socket: net.Socket): void {
    this.#sockets.add(socket);
    let pending = Buffer.alloc(0);
    socket.on('error', () => undefined);
    socket.once('close', () => this.#sockets.delete(socket));
    socket.on('data', (chunk) => {
      pending = Buffer.concat([pending, typeof chunk === 'string' ? Buffer.from(chunk) : chunk]);
      for (;;) {
        const used = pending[0] === 0x24 ? this.#frame(pending, socket) : this.#request(pending, socket);
        if (used === 0) return;
        pending = pending.subarray(used);
      }
    });
  }

  #frame(pending: Buffer, socket: net.Socket): number {
    if (pending.length < 4 || pending.length < 4 + pending.readUInt16BE(2)) return 0;
    const bytes = 4 + pending.readUInt16BE(2);
    if (pending[1] === 4) this.audio = Buffer.concat([this.audio, pending.subarray(16, bytes)]);
    socket.write(OWN_FRAME); // it shows its picture meanwhile
    if (this.fault === 'cuts off' && this.audio.length > 2400) socket.destroy();
    return bytes;
  }

  /** Gives the sound channels 4 and 5, whatever was asked for: the answer counts. */
  #request(pending: Buffer, socket: net.Socket): number {
    const end = pending.indexOf('\r\n\r\n');
    if (end < 0) return 0;
    const head = pending.toString('latin1', 0, end);
    const [method = '', uri = ''] = head.split(' ');
    this.methods.push(`${method} ${uri.replace(this.url, '')}`.trim());
    const cseq = /^CSeq: (\d+)/m.exec(head)?.[1] ?? '0';
    const isAsked = /^Require: www\.onvif\.org\/ver20\/backchannel\r?$/m.test(head);
    const answer = (status: string, lines = '', body = ''): void => {
      socket.write(`RTSP/1.0 ${status}\r\nCSeq: ${cseq}\r\n${lines}Content-Length: ${body.length}\r\n\r\n${body}`);
    };
    if (this.fault === 'never answers' || (this.fault === 'does not say goodbye' && method === 'TEARDOWN'))
      return end + 4;
    if (!isAsked || this.fault === 'knows no backchannel') {
      answer('551 Option not supported', 'Unsupported: www.onvif.org/ver20/backchannel\r\n');
    } else if (method === 'DESCRIBE') {
      socket.write(OWN_FRAME); // in front of the answer, as a camera with a running stream sends them
      const talking = this.fault === 'no backchannel' ? '' : TALKING;
      answer('200 OK', `Content-Base: ${this.url}/\r\n`, DESCRIPTION + VIDEO + LISTENING + talking);
    } else if (method === 'SETUP' && this.fault === 'busy') answer('453 Not Enough Bandwidth');
    else if (this.fault === 'keeps its picture' && uri.endsWith('=1')) answer('453 Not Enough Bandwidth');
    else if (method === 'SETUP') {
      answer('200 OK', 'Session: 4711;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=4-5\r\n');
    } else answer(/^Session: 4711\r?$/m.test(head) ? '200 OK' : '454 Session Not Found');
    return end + 4;
  }
}
