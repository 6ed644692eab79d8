/** A junction for one fault: the real service with two cameras on a real broker, and what can be seen of it from outside. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Mosquitto, type Subscriber } from '../../test/support/mosquitto';
import { processesWith } from '../../test/support/rtsp/processes';
import { brokerAccess, type ConfigParts, ServiceProcess, Site, TOPICS } from '../../test/support/service';
import { PluggedCamera } from '../../test/support/service-camera';

export const CREDENTIALS = { user: 'viewer', password: 'right' };
/** A fault that is not noticed, or not over, after so long never is. */
const LIMIT_MS = 90_000;
const LOOK_EVERY_MS = 20;

/** One line of the service's log. */
export interface LogLine {
  /** By its own clock, which may be wrong. */
  readonly time: string;
  /** When it was read, epoch ms of this process. */
  readonly readAtMs: number;
  readonly msg?: string;
  readonly camera?: string;
  readonly err?: { readonly code?: string };
  readonly [fact: string]: unknown;
}

export interface JunctionOptions {
  readonly film: string;
  readonly parts?: ConfigParts;
  readonly environment?: NodeJS.ProcessEnv;
  /** Where the eastern camera is, when it is not the embedded one. */
  readonly eastUrl?: string;
  readonly beforeStart?: (site: Site) => Promise<unknown>;
  /** Instead of `anqi run`. */
  readonly run?: (configFile: string, site: Site) => ServiceProcess;
}

export class Junction implements AsyncDisposable {
  #service: ServiceProcess;
  readonly #lines: LogLine[] = [];
  #readChars = 0;
  readonly #reader: NodeJS.Timeout;

  private constructor(
    readonly site: Site,
    readonly broker: Mosquitto,
    readonly subscriber: Subscriber,
    /** Which the fault happens to. */
    readonly east: PluggedCamera,
    /** Which it should not. */
    readonly west: PluggedCamera,
    readonly configFile: string,
    private readonly start: () => ServiceProcess,
    /** As command lines have it. */
    readonly eastAddress: string,
  ) {
    this.#service = start();
    this.#reader = setInterval(() => this.lines(), LOOK_EVERY_MS);
  }

  /** Up, with pictures of both cameras judged. */
  static async open({
    film,
    parts = {},
    environment = {},
    eastUrl,
    beforeStart,
    run,
  }: JunctionOptions): Promise<Junction> {
    const site = await Site.make();
    const broker = await Mosquitto.started();
    const subscriber = await broker.subscribe(TOPICS.all);
    const east = await PluggedCamera.start(film, CREDENTIALS);
    const west = await PluggedCamera.start(film, CREDENTIALS);
    const login = { username: CREDENTIALS.user, password: CREDENTIALS.password, analysedFps: 2 };
    const cameras = [
      { id: 'east', url: eastUrl ?? east.url, ...login, speaker: 'horn' },
      { id: 'west', url: west.url, ...login },
    ];
    const file = await site.write(site.config({ mqtt: brokerAccess(broker), cameras, ...parts }));
    await beforeStart?.(site);
    const start = () => run?.(file, site) ?? ServiceProcess.run(file, environment);
    const eastAddress = eastUrl?.replace('rtsp://', '') ?? east.address;
    const junction = new Junction(site, broker, subscriber, east, west, file, start, eastAddress);
    try {
      await junction.until(
        'both cameras are looked at',
        () => junction.isLooking('east') && junction.isLooking('west'),
      );
    } catch (error) {
      await junction[Symbol.asyncDispose]();
      throw error;
    }
    return junction;
  }

  get service(): ServiceProcess {
    return this.#service;
  }

  /** Again on the same folder, after its end. */
  restart(): void {
    this.#service = this.start();
    this.#readChars = 0;
    this.#lines.length = 0;
  }

  /** What the log said so far, since the last start. */
  lines(): readonly LogLine[] {
    const readAtMs = Date.now();
    const end = this.#service.said.lastIndexOf('\n') + 1;
    for (const line of this.#service.said.slice(this.#readChars, end).split('\n')) {
      if (line.startsWith('{')) this.#lines.push({ ...JSON.parse(line), readAtMs });
    }
    this.#readChars = Math.max(this.#readChars, end);
    return this.#lines;
  }

  /** When this camera's pictures were judged, epoch ms of this process. */
  looks(camera: 'east' | 'west'): readonly number[] {
    return this.lines()
      .filter((line) => line.camera === camera && line.msg === 'frame decided')
      .map(({ readAtMs }) => readAtMs);
  }

  isLooking(camera: 'east' | 'west'): boolean {
    return this.looks(camera).length > 0;
  }

  /** The newest state that the broker has of a camera. */
  stateOf(camera: 'east' | 'west'): { readonly state: string; readonly reason?: string } {
    const payload = this.subscriber.payloads(TOPICS.camera(camera).state).at(-1);
    return payload === undefined ? { state: 'none' } : JSON.parse(payload);
  }

  /** Whether the newest health says that events live in memory only. */
  get isSpilling(): boolean {
    const payload = this.subscriber.received.filter(({ topic }) => topic.endsWith('/health')).at(-1)?.payload;
    return payload !== undefined && JSON.parse(payload).symptoms.includes('outbox:memory');
  }

  /** @returns how long it took, s */
  async until(what: string, isSo: () => boolean): Promise<number> {
    const beganMs = performance.now();
    while (!isSo()) {
      if (performance.now() - beganMs > LIMIT_MS)
        throw new Error(`${what}: not within ${LIMIT_MS / 1000} s\n${this.#service.said.slice(-600)}`);
      await sleep(LOOK_EVERY_MS);
    }
    return (performance.now() - beganMs) / 1000;
  }

  /** Numbers of events that are missing at the broker below the newest one. */
  lostEvents(): number {
    const numbers = this.subscriber.received
      .filter(({ topic }) => /\/event\/\w+$/.test(topic))
      .map(({ payload }) => Number(JSON.parse(payload).sequence));
    return numbers.length === 0 ? 0 : Math.max(...numbers) - new Set(numbers).size;
  }

  /** Processes that the service left behind at the cameras. */
  orphans(): number {
    return processesWith(this.eastAddress).size + processesWith(this.west.address).size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#reader);
    await this.#service[Symbol.asyncDispose]();
    await this.subscriber[Symbol.asyncDispose]();
    await this.east[Symbol.asyncDispose]();
    await this.west[Symbol.asyncDispose]();
    await this.broker[Symbol.asyncDispose]();
    await this.site[Symbol.asyncDispose]();
  }
}
