/** The technician's console: listens until the signal aborts. */
import { once } from 'node:events';
import type { Server } from 'node:net';
import { messageOf, RecoverableError } from '../errors';
import type { Logger } from '../runtime/logger';
import { Accounts } from './accounts';
import { fingerprintOf } from './certificate';
import { Doors } from './doors';
import { serviceOf } from './handler';
import { handlersOf } from './handlers';
import { Live } from './live';
import type { ConsolePorts } from './ports';
import { makeServer } from './server';
import { Sessions } from './sessions';
import { consoleFolder, dropSetUpCode, keepSetUpCode } from './set-up-code';

export interface ConsoleOptions {
  readonly host: string;
  readonly port: number;
  readonly networks: readonly string[];
  readonly tls?: { readonly cert: string; readonly key: string } | undefined;
  readonly dataFolder: string;
  readonly pageFolder: string;
}

/** @throws RecoverableError console/unserved when the port cannot be had */
export async function runConsole(
  options: ConsoleOptions,
  { ports, log }: { readonly ports: ConsolePorts; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  const { dataFolder, host, port } = options;
  const folder = consoleFolder(dataFolder);
  const accounts = new Accounts(folder);
  const sessions = new Sessions(folder);
  const doors = new Doors({ dataFolder, accounts, sessions, now: Date.now });
  const handlers = handlersOf({ dataFolder, accounts, sessions, doors, ports, now: Date.now });
  const live = new Live(() => serviceOf(ports).live, log);
  const app = await makeServer(options, { doors, handlers, live, log });
  try {
    await app.listen({ host, port }).catch((error: unknown) => {
      // A kernel without IPv6: every address is then every IPv4 one.
      if (host === '::' && /EAFNOSUPPORT|EADDRNOTAVAIL/.test(messageOf(error)))
        return app.listen({ host: '0.0.0.0', port });
      throw error;
    });
  } catch (error) {
    await app.close();
    throw new RecoverableError('console/unserved', `console ${host}:${port}: ${messageOf(error)}`, { cause: error });
  }
  const listening = portOf(app.server.address()) ?? port;
  const fingerprint = options.tls === undefined ? {} : { sha256: fingerprintOf(options.tls.cert) };
  log.info({ port: listening, tls: options.tls !== undefined, ...fingerprint }, 'the console is open');
  if (accounts.isEmpty)
    log.warn({ code: keepSetUpCode(dataFolder) }, 'this box has no login yet: open the console and enter this code');
  else dropSetUpCode(dataFolder);
  if (!signal.aborted) await once(signal, 'abort');
  sessions.save();
  live.stop();
  await app.close();
}

function portOf(address: ReturnType<Server['address']>): number | undefined {
  return typeof address === 'object' && address !== null ? address.port : undefined;
}
