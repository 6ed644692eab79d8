/**
 * The film a camera shows, through ffmpeg without re-encoding: its SDP, and its RTP packets in real time and in a loop.
 * ffmpeg publishes over TCP (RTSP ANNOUNCE/RECORD) to a private port, so that no packet is lost on the way to us.
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { endChild, type GuardedChild, spawnGuarded } from '../../src/runtime/guarded-child';
import { formatAnswer, RtspReader, type RtspRequest } from './wire';

export interface Film {
  readonly path: string;
  readonly stream: 'video' | 'audio';
}

/** The film's SDP with one medium under `streamid=0`. Throws with ffmpeg's words when the file cannot be streamed. */
export async function describeFilm(film: Film): Promise<string> {
  const child = spawnGuarded('ffmpeg', [...inputArguments(film), '-frames', '1', '-f', 'rtp', 'rtp://127.0.0.1:9']);
  const [sdp, problem] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  const start = sdp.indexOf('v=0');
  if (start < 0) throw new Error(`${film.path} cannot be streamed: ${problem.trim() || 'no such stream in it'}`);
  return `${sdp
    .slice(start)
    .trim()
    .split(/\r?\n/)
    .map((line) => line.replace(/^(m=\w+) \d+/, '$1 0'))
    .join('\r\n')}\r\na=control:streamid=0\r\n`;
}

/** One showing of the film from its beginning. */
export class Showing implements AsyncDisposable {
  readonly #server: Server;
  #child: GuardedChild | undefined;
  #socket: Socket | undefined;

  private constructor(server: Server) {
    this.#server = server;
  }

  /** Packets come as RTP (channel 0) and RTCP (channel 1); `onEnd` tells that there will be no more. */
  static async start(
    film: Film,
    on: { readonly packet: (channel: number, payload: Buffer) => void; readonly end: () => void },
  ): Promise<Showing> {
    const server = createServer();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const showing = new Showing(server);
    server.on('connection', (socket) => {
      showing.#socket?.destroy();
      showing.#socket = socket;
      receive(socket, on.packet);
    });
    const url = `rtsp://127.0.0.1:${portOf(server)}/${randomUUID()}`;
    const realTime = ['-re', '-stream_loop', '-1', ...inputArguments(film)];
    const child = spawnGuarded('ffmpeg', [...realTime, '-f', 'rtsp', '-rtsp_transport', 'tcp', url]);
    child.stdout.resume();
    child.stderr.resume();
    child.on('error', on.end);
    child.on('close', on.end);
    showing.#child = child;
    return showing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket?.destroy();
    this.#server.close();
    // No grace: there is nothing ffmpeg could save.
    if (this.#child !== undefined) await endChild(this.#child, 0);
  }
}

export function portOf(server: Server): number {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port');
  return address.port;
}

function inputArguments({ path, stream }: Film): string[] {
  const map = stream === 'video' ? '0:v:0' : '0:a:0';
  return ['-nostdin', '-hide_banner', '-loglevel', 'error', '-i', path, '-map', map, '-c', 'copy'];
}

function receive(socket: Socket, onPacket: (channel: number, payload: Buffer) => void): void {
  const reader = new RtspReader();
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    try {
      for (const item of reader.read(chunk)) {
        if (item.kind === 'packet') onPacket(item.channel, item.payload);
        else socket.write(formatAnswer(item, { status: 200, headers: publisherHeaders(item) }));
      }
    } catch {
      socket.destroy();
    }
  });
}

function publisherHeaders(request: RtspRequest): Record<string, string> {
  const transport = request.headers.get('transport');
  return { Session: '1', ...(transport === undefined ? {} : { Transport: transport }) };
}
