/** One service for one data folder: two would number the same events, and delete each other's evidence. */
import { join } from 'node:path';
import { FatalError, messageOf, RecoverableError } from '../errors';
import { holdLock } from './database';

/**
 * @param onUnlockable told where the folder takes no lock (a disk that cannot be written): the junction is watched all the same
 * @returns the end of it. @throws FatalError data/in-use
 */
export function claimDataFolder(folder: string, onUnlockable: (error: unknown) => void): () => void {
  try {
    return holdLock(join(folder, 'service.lock'));
  } catch (error) {
    if (error instanceof RecoverableError && error.code === 'outbox/locked') {
      const cure = 'Stop that one (systemctl stop anqi), or give this one a dataFolder of its own';
      throw new FatalError('data/in-use', `dataFolder ${folder}: another Anqi service is using it. ${cure}`, {
        cause: error,
      });
    }
    onUnlockable(new RecoverableError('data/unlockable', `${folder}: ${messageOf(error)}`, { cause: error }));
    return () => undefined;
  }
}
