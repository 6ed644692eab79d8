/** The other end of a connection that says whatever it is told to, one answer a connection or request, and hangs up. */
import { once } from 'node:events';
import type { Server, Socket } from 'node:net';

/** For the next request of the same connection; then the half of an answer is all there is. */
const PATIENCE_MS = 10;

export interface Answering extends AsyncDisposable {
  readonly port: number;
  /** From now on, in turn; after the last it hangs up at once. */
  readonly say: (answers: readonly Buffer[]) => void;
}

/** `keepsLine`: as RTSP does, the answers come in one connection. */
export async function answering(server: Server, { keepsLine = false } = {}): Promise<Answering> {
  let waiting: Buffer[] = [];
  const open = new Set<Socket>();
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    let isAnswered = false;
    socket.on('data', () => {
      if (isAnswered) return;
      const answer = waiting.shift();
      isAnswered = !keepsLine || waiting.length === 0;
      if (answer === undefined) socket.end();
      else if (isAnswered) socket.end(answer);
      else {
        socket.write(answer);
        setTimeout(() => socket.end(), PATIENCE_MS).unref();
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    say: (answers) => {
      waiting = [...answers];
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
