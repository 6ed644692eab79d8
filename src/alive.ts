/** Whether the service of a configuration goes on: its console answers, or, without one, its data folder is held. For health checks of containers. */
import { once } from 'node:events';
import { request as http } from 'node:http';
import { request as https } from 'node:https';
import type { Config } from './config/schema';
import { FatalError, messageOf } from './errors';
import { claimDataFolder } from './outbox/data-folder';

/** A busy box answers within a second; one whose main loop stands still never does. */
const ANSWER_WITHIN_MS = 8_000;

/** @returns what is wrong; null = alive */
export async function whyNotAlive({
  console,
  dataFolder,
}: Pick<Config, 'console' | 'dataFolder'>): Promise<string | null> {
  if (console === null) return isHeld(dataFolder) ? null : `no service is using ${dataFolder}`;
  const { host, port, tls } = console;
  const address = host === '::' || host === '0.0.0.0' ? '127.0.0.1' : host;
  // The certificate may be for another name, and whatever is answered is an answer.
  const options = { host: address, port, rejectUnauthorized: false };
  const asked = tls === undefined ? http(options) : https(options);
  try {
    asked.end();
    await once(asked, 'response', { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    return null;
  } catch (error) {
    return `the console at ${address}:${port} does not answer: ${messageOf(error)}`;
  } finally {
    asked.destroy();
  }
}

function isHeld(dataFolder: string): boolean {
  try {
    claimDataFolder(dataFolder, () => undefined)();
    return false;
  } catch (error) {
    if (error instanceof FatalError) return true;
    throw error;
  }
}
