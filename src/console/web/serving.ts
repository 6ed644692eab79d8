/** The service takes a few seconds to come up after a new configuration: asks until it is there. */
import { CallError, call } from './api';
import type { Session } from './session';

const EVERY_MS = 700;
const LONGEST_MS = 60_000;

/** @throws CallError when it does not come up, or the session is over */
export async function untilServing(): Promise<Session> {
  const giveUpAtMs = performance.now() + LONGEST_MS;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    try {
      await call('health', {});
      return await call('session', {});
    } catch (error) {
      const isComing = error instanceof CallError && ['unreachable', 'busy'].includes(error.code);
      if (!isComing || performance.now() > giveUpAtMs) throw error;
    }
  }
}

/** The change is in force. @throws CallError rolled_back with the reason, or refused where nobody knows what became of it */
export async function untilInForce({ transaction }: { readonly transaction: string }): Promise<void> {
  const giveUpAtMs = performance.now() + LONGEST_MS;
  for (;;) {
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS));
    const outcome = await call('changeOutcome', { params: { transaction } }).catch(waitWhileComing);
    if (outcome?.state === 'in_force') return;
    if (outcome?.state === 'rolled_back') throw new CallError('rolled_back', outcome.detail);
    if (performance.now() > giveUpAtMs) throw new CallError('failed', '');
  }
}

function waitWhileComing(error: unknown): undefined {
  if (!(error instanceof CallError && ['unreachable', 'busy'].includes(error.code))) throw error;
}
