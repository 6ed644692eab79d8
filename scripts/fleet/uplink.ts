/**
 * The way from a box to whichever broker node is up, as a load balancer or a name with several addresses would lead it.
 * `cut()` is a dead mobile network: nothing passes and nobody is told; what was connected then stays dead for good.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

interface Line {
  isDead: boolean;
}

export class Uplink implements AsyncDisposable {
  readonly #server: Server;
  readonly #lines = new Set<Line>();
  readonly #sockets = new Set<Socket>();
  #isCut = false;

  private constructor(private readonly ports: readonly number[]) {
    this.#server = createServer({ noDelay: true }, (box) => void this.#join(box));
  }

  /** @param ports of the broker's nodes on this machine */
  static async open(ports: readonly number[]): Promise<Uplink> {
    const uplink = new Uplink(ports);
    uplink.#server.listen(0, '127.0.0.1');
    await once(uplink.#server, 'listening');
    return uplink;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the uplink is closed');
    return `mqtt://127.0.0.1:${address.port}`;
  }

  cut(): void {
    this.#isCut = true;
    for (const line of this.#lines) line.isDead = true;
  }

  restore(): void {
    this.#isCut = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  async #join(box: Socket): Promise<void> {
    this.#keep(box);
    if (this.#isCut) return;
    const broker = await this.#reach();
    if (broker === undefined) {
      box.destroy();
      return;
    }
    this.#keep(broker);
    const line: Line = { isDead: this.#isCut };
    this.#lines.add(line);
    carry(box, broker, line);
    carry(broker, box, line);
    broker.on('close', () => this.#lines.delete(line));
    if (box.destroyed) broker.destroy();
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
  }

  /** Any node first, then the others in turn; undefined when none is up. */
  async #reach(): Promise<Socket | undefined> {
    const first = Math.floor(Math.random() * this.ports.length);
    for (const port of [...this.ports.slice(first), ...this.ports.slice(0, first)]) {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true });
      try {
        await once(socket, 'connect');
        return socket;
      } catch {
        socket.destroy();
      }
    }
    return undefined;
  }
}

function carry(from: Socket, to: Socket, line: Line): void {
  from.on('data', (bytes) => {
    if (!line.isDead) to.write(bytes);
  });
  from.on('close', () => {
    if (!line.isDead) to.destroy();
  });
}
