/**
 * GStreamer's RTSP server as a test's camera: an implementation that is not ours.
 * Needs Debian's python3-gi, gir1.2-gst-rtsp-server-1.0 and gstreamer1.0-plugins-{base,good,bad,ugly}.
 */
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { endChild, type GuardedChild, spawnGuarded } from '../../../src/runtime/guarded-child';

export interface GstreamerServerOptions {
  readonly film: string;
  readonly codec?: 'h264' | 'h265';
  readonly port?: number;
  readonly credentials?: { readonly user: string; readonly password: string };
}

const SCRIPT = join(__dirname, 'gstreamer-server.py');
/** Debian's own Python: others do not see its packages. */
const PYTHON = '/usr/bin/python3';

export class GstreamerServer implements AsyncDisposable {
  readonly #child: GuardedChild;
  readonly port: number;

  private constructor(child: GuardedChild, port: number) {
    this.#child = child;
    this.port = port;
  }

  /** Resolves when it listens; throws with its words when it cannot. Each viewer sees the film once, from its beginning. */
  static async start({
    film,
    codec = 'h264',
    port = 0,
    credentials,
  }: GstreamerServerOptions): Promise<GstreamerServer> {
    const access = credentials === undefined ? [] : ['--user', credentials.user, '--password', credentials.password];
    const child = spawnGuarded(PYTHON, [SCRIPT, film, '--codec', codec, '--port', String(port), ...access]);
    const problem = text(child.stderr);
    for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
      return new GstreamerServer(child, Number(String(chunk).trim()));
    }
    throw new Error(`GStreamer's RTSP server did not start (are its Debian packages installed?): ${await problem}`);
  }

  get url(): string {
    return `rtsp://127.0.0.1:${this.port}/live`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.#child, 0);
  }
}
