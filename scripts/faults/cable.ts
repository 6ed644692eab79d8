/** A camera at the end of a network cable that can be pulled: a network namespace of its own, and a pair of virtual plugs. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { PACKAGE_ROOT } from '../../src/places';
import { endChild, type GuardedChild, spawnGuarded } from '../../src/runtime/guarded-child';
import { CREDENTIALS } from './junction';

const CAMERA = join(PACKAGE_ROOT, 'dist/scripts/rtsp-camera/main.js');
const COMMAND_LIMIT_MS = 10_000;

const ip = (...args: readonly string[]) => promisify(execFile)('ip', args, { timeout: COMMAND_LIMIT_MS });

export class CabledCamera implements AsyncDisposable {
  private constructor(
    private readonly place: string,
    private readonly child: GuardedChild,
    readonly url: string,
  ) {}

  /** Needs root and iproute2. */
  static async lay(film: string): Promise<CabledCamera> {
    // Names of interfaces have 15 characters at the most.
    const place = `anqi${process.pid}`;
    const network = `10.213.${process.pid % 250}`;
    await ip('netns', 'add', place);
    try {
      await ip('link', 'add', `${place}h`, 'type', 'veth', 'peer', 'name', 'plug', 'netns', place);
      await ip('addr', 'add', `${network}.1/24`, 'dev', `${place}h`);
      await ip('link', 'set', `${place}h`, 'up');
      await ip('-n', place, 'addr', 'add', `${network}.2/24`, 'dev', 'plug');
      for (const device of ['lo', 'plug']) await ip('-n', place, 'link', 'set', device, 'up');
      const login = ['--user', CREDENTIALS.user, '--password', CREDENTIALS.password];
      const camera = [process.execPath, CAMERA, film, '--host', `${network}.2`, ...login];
      const child = spawnGuarded('ip', ['netns', 'exec', place, ...camera]);
      child.stderr.pipe(process.stderr);
      for await (const url of createInterface({ input: child.stdout })) return new CabledCamera(place, child, url);
      throw new Error('the camera did not start in its network namespace');
    } catch (error) {
      await ip('netns', 'del', place);
      throw error;
    }
  }

  /** At the camera's end: the box keeps its address and its routes. */
  async pull(): Promise<void> {
    await ip('-n', this.place, 'link', 'set', 'plug', 'down');
  }

  async plugIn(): Promise<void> {
    await ip('-n', this.place, 'link', 'set', 'plug', 'up');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await endChild(this.child);
    await ip('netns', 'del', this.place);
  }
}
