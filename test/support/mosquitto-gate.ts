/** A gate on the way to the broker: closed (connections end), open, or one-way (what the broker answers never arrives). */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

type Passage = 'open' | 'closed' | 'one-way';

export class Gate implements AsyncDisposable {
  readonly #server: Server;
  readonly #targetPort: number;
  readonly #sockets = new Set<Socket>();
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
    if (passage === 'closed') for (const socket of this.#sockets) socket.destroy();
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
    client.on('data', (bytes) => broker.write(bytes));
    broker.on('data', (bytes) => {
      if (this.#passage === 'open') client.write(bytes);
    });
    for (const [socket, other] of [
      [client, broker],
      [broker, client],
    ] as const) {
      this.#sockets.add(socket);
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        this.#sockets.delete(socket);
        other.destroy();
      });
    }
  }
}
