/** An embedded camera that a test may take away and put back on its port. */
import type { Credentials } from '../../scripts/rtsp-camera/access';
import { RtspCamera } from '../../scripts/rtsp-camera/rtsp-camera';

export class PluggedCamera implements AsyncDisposable {
  #plugged: RtspCamera | undefined;

  private constructor(
    private readonly film: string,
    camera: RtspCamera,
    readonly url: string,
    private readonly port: number,
  ) {
    this.#plugged = camera;
  }

  static async start(film: string, credentials: Credentials): Promise<PluggedCamera> {
    const camera = await RtspCamera.start({ film, credentials });
    return new PluggedCamera(film, camera, camera.url, camera.port);
  }

  /** As command lines have it, with a login or without. */
  get address(): string {
    return this.url.replace(/^rtsp:\/\//, '');
  }

  /** The camera while it is there. */
  get camera(): RtspCamera {
    if (this.#plugged === undefined) throw new Error('the camera is unplugged');
    return this.#plugged;
  }

  async unplug(): Promise<void> {
    const camera = this.#plugged;
    this.#plugged = undefined;
    await camera?.[Symbol.asyncDispose]();
  }

  /** `film`: another one than before, as after a change of the camera's settings. */
  async plugIn(credentials: Credentials, film = this.film): Promise<void> {
    this.#plugged = await RtspCamera.start({ film, port: this.port, credentials });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.unplug();
  }
}
