/** A gate on the way to the broker, which lets everything, nothing, or half of it pass. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * open; closed: connections end; one-way: what the broker answers never arrives; silent: connections stay, and nothing
 * passes on them any more, not even after the gate has been opened again (a peer that vanished without a word).
 */
type Passage = 'open' | 'closed' | 'one-way' | 'silent';

export class Gate implements AsyncDisposable {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();
  readonly #deaf = new WeakSet<Socket>();
  #passage: Passage;

  private constructor(targetPort: number, passage: Passage) {
    this.#targetPort = targetPort;
    this.#passage = passage;
    this.#server = createServer((client) => this.#connect(client));
  }

  static async start(targetPort: number, passage: Passage): Promise<Gate> {
    const gate = new Gate(targetPort, passage);
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

  #connect(client: Socket): void {
    if (this.#passage === 'closed') {
      client.destroy();
      return;
    }
    const broker = connect(this.#targetPort, '127.0.0.1');
    client.on('data', (bytes) => {
      if (!this.#deaf.has(client)) broker.write(bytes);
    });
    broker.on('data', (bytes) => {
      if (this.#passage === 'open' && !this.#deaf.has(broker)) client.write(bytes);
    });
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(socket);
      if (this.#passage === 'silent') this.#deaf.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        if (!this.#deaf.has(socket)) other.destroy();
      });
    }
  }
}
