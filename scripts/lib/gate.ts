/** A gate on the way to a broker, which lets everything, nothing, or half of it pass. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * open; closed: connections end; one-way: what the broker answers never arrives; silent: connections stay, and nothing
 * passes on them any more, not even after the gate has been opened again (a peer that vanished without a word).
 */
type Passage = 'open' | 'closed' | 'one-way' | 'silent';

export class Gate implements AsyncDisposable {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #deaf = new WeakSet<Socket>();
  #passage: Passage;

  private constructor(
    private readonly ports: readonly number[],
    passage: Passage,
  ) {
    this.#passage = passage;
    this.#server = createServer({ noDelay: true }, (client) => void this.#join(client));
  }

  /** @param ports of the broker's nodes on this machine: whichever is up, as a load balancer would lead there */
  static async start(ports: readonly number[], passage: Passage = 'open'): Promise<Gate> {
    const gate = new Gate(ports, passage);
    gate.#server.listen(0, '127.0.0.1');
    await once(gate.#server, 'listening');
    return gate;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the gate is not listening');
    return `mqtt://127.0.0.1:${address.port}`;
  }

  set(passage: Passage): void {
    this.#passage = passage;
    for (const socket of this.#sockets) {
      if (passage === 'closed') socket.destroy();
      if (passage === 'silent') this.#deaf.add(socket);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.set('closed');
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  async #join(client: Socket): Promise<void> {
    this.#keep(client);
    const broker = this.#passage === 'closed' ? undefined : await this.#reach();
    if (broker === undefined || client.destroyed || this.#passage === 'closed') {
      client.destroy();
      broker?.destroy();
      return;
    }
    this.#keep(broker);
    client.on('data', (bytes) => {
      if (!this.#deaf.has(client)) broker.write(bytes);
    });
    broker.on('data', (bytes) => {
      if (this.#passage !== 'one-way' && !this.#deaf.has(broker)) client.write(bytes);
    });
    endTogether(client, broker, this.#deaf);
    endTogether(broker, client, this.#deaf);
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    if (this.#passage === 'silent') this.#deaf.add(socket);
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

/** A connection that went silent does not end with its other half. */
function endTogether(socket: Socket, other: Socket, deaf: WeakSet<Socket>): void {
  socket.on('close', () => {
    if (!deaf.has(socket)) other.destroy();
  });
}
