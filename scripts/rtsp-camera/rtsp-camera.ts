/**
 * A small RTSP camera that shows a film in a loop: for the demo, and for tests that need a camera to misbehave.
 * H.264 and H.265 as they are in the file, over TCP and UDP; every viewer sees the film from its beginning.
 */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { AuthScheme, Credentials } from './access';
import { describeFilm, type Film, portOf } from './film';
import { type CameraFault, type CameraSettings, Viewer } from './viewer';

export type { CameraFault } from './viewer';

export interface RtspCameraOptions {
  /** A file ffmpeg can stream without re-encoding. */
  readonly film: string;
  /** 127.0.0.1 unless given. */
  readonly host?: string;
  /** 0 (any free one) unless given. */
  readonly port?: number;
  /** Where the stream is, `/live` unless given; any other path is 404. */
  readonly path?: string;
  readonly credentials?: Credentials;
  /** Digest unless given. */
  readonly authScheme?: AuthScheme;
  /** Video unless given. */
  readonly stream?: Film['stream'];
}

/** More viewers than this are turned away: each costs an ffmpeg. */
const MAX_VIEWERS = 16;

export class RtspCamera implements AsyncDisposable {
  readonly #server: Server;
  readonly #host: string;
  readonly #settings: CameraSettings;
  readonly #viewers = new Map<Viewer, Promise<void>>();

  private constructor(server: Server, host: string, settings: CameraSettings) {
    this.#server = server;
    this.#host = host;
    this.#settings = settings;
  }

  /** Starts a camera that answers at once. Throws when the film cannot be streamed or the port is taken. */
  static async start(options: RtspCameraOptions): Promise<RtspCamera> {
    const film: Film = { path: options.film, stream: options.stream ?? 'video' };
    const host = options.host ?? '127.0.0.1';
    const settings: CameraSettings = {
      film,
      sdp: await describeFilm(film),
      path: options.path ?? '/live',
      authScheme: options.authScheme ?? 'digest',
      credentials: options.credentials,
      fault: 'none',
    };
    const server = createServer();
    const camera = new RtspCamera(server, host, settings);
    server.on('connection', (socket) => camera.#admit(socket));
    server.listen(options.port ?? 0, host);
    await once(server, 'listening');
    return camera;
  }

  get port(): number {
    return portOf(this.#server);
  }

  /** Without user and password. */
  get url(): string {
    return `rtsp://${this.#host}:${this.port}${this.#settings.path}`;
  }

  get viewerCount(): number {
    return this.#viewers.size;
  }

  /** Makes the camera misbehave for present and later viewers; `none` mends it. */
  setFault(fault: CameraFault): void {
    this.#settings.fault = fault;
  }

  /** Takes effect with the next request. */
  setCredentials(credentials: Credentials | undefined): void {
    this.#settings.credentials = credentials;
  }

  /** Another film, of another size or codec perhaps: present viewers get it inside of their running connection. */
  async changeFilm(film: string): Promise<void> {
    const settings = this.#settings;
    settings.film = { ...settings.film, path: film };
    settings.sdp = await describeFilm(settings.film);
    await Promise.all([...this.#viewers.keys()].map((viewer) => viewer.changeFilm()));
  }

  /** Cuts every viewer's connection; new ones are welcome. */
  async disconnectViewers(): Promise<void> {
    const leaving = [...this.#viewers];
    await Promise.all(leaving.flatMap(([viewer, served]) => [viewer[Symbol.asyncDispose](), served]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    await this.disconnectViewers();
    await closed;
  }

  #admit(socket: Socket): void {
    socket.on('error', () => socket.destroy());
    if (this.#viewers.size >= MAX_VIEWERS) {
      socket.destroy();
      return;
    }
    const viewer = new Viewer(socket, this.#settings);
    this.#viewers.set(
      viewer,
      viewer.run().finally(() => this.#viewers.delete(viewer)),
    );
  }
}
