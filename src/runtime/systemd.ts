/**
 * Tells systemd that the service is up and that its main loop turns (sd_notify(3)), through systemd-notify: Node cannot
 * write to datagram sockets. Does nothing where systemd does not ask for it.
 */
import { once } from 'node:events';
import { messageOf } from '../errors';
import { endChild, spawnGuarded } from './guarded-child';
import type { Logger } from './logger';

/** Three chances within the time after which systemd starts the service anew. */
const TELLS_PER_LIMIT = 3;
const TELL_LIMIT_MS = 5_000;

export interface Systemd {
  /** Says that the service is ending; the watchdog is told no more. */
  stopping(): Promise<void>;
}

/** @param environment NOTIFY_SOCKET and WATCHDOG_USEC as systemd sets them */
export function tellSystemd(environment: NodeJS.ProcessEnv, log: Pick<Logger, 'warn'>): Systemd {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: limitUs } = environment;
  if (socket === undefined || socket === '') return { stopping: async () => undefined };
  let told = '';
  const tell = async (state: string): Promise<void> => {
    try {
      await notify(state);
      told = '';
    } catch (err) {
      if (messageOf(err) !== told) log.warn({ err, state }, 'systemd could not be told: it may start the service anew');
      told = messageOf(err);
    }
  };
  void tell('READY=1');
  const everyMs = Number(limitUs ?? 0) / 1000 / TELLS_PER_LIMIT;
  const timer = everyMs > 0 ? setInterval(() => void tell('WATCHDOG=1'), everyMs).unref() : undefined;
  return {
    stopping: () => {
      clearInterval(timer);
      return tell('STOPPING=1');
    },
  };
}

/** @throws Error with systemd-notify's own words */
async function notify(state: string): Promise<void> {
  const child = spawnGuarded('systemd-notify', [state]);
  let said = '';
  child.stdout.resume();
  child.stderr.on('data', (chunk: Buffer) => {
    said = `${said}${chunk.toString('utf8')}`.slice(-300);
  });
  try {
    const [code] = await once(child, 'close', { signal: AbortSignal.timeout(TELL_LIMIT_MS) });
    if (code !== 0) throw new Error(`systemd-notify ended with ${code}: ${said.trim()}`);
  } finally {
    await endChild(child);
  }
}
