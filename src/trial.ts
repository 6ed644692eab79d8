/**
 * Runs the service again and again as the platform changes its configuration: a new one is on trial until the broker is
 * reached with it; if it does not come up, or nobody can be told in time, the old one returns and says why.
 */
import { once } from 'node:events';
import { ConfigFile, type Trial } from './config/config-file';
import type { Config } from './config/schema';
import { messageOf } from './errors';
import type { MqttClient } from './mqtt/client';
import { type Answer, errorAnswer } from './mqtt/commands';
import { deadline } from './runtime/deadline';
import type { Logger } from './runtime/logger';
import type { Sinks } from './sinks';

/** What became of a trial: an answer that the next run gives. */
export interface Owed {
  readonly trial: Trial;
  readonly answer: Answer;
}

export interface RunDeps {
  readonly configFile: ConfigFile;
  readonly owed: Owed | null;
  readonly signal: AbortSignal;
  /** Ends this run; the next one reads the file anew. `owed` is what it has to say. */
  readonly restart: (owed: Owed | null) => void;
}

/** @param read the configuration as the file has it now */
export async function runOnTrial(
  path: string,
  read: () => Config,
  { run, signal }: { readonly run: (config: Config, deps: RunDeps) => Promise<void>; readonly signal: AbortSignal },
): Promise<void> {
  const configFile = new ConfigFile(path);
  let owed = rollBack(configFile, 'the service ended before the new configuration was confirmed');
  for (;;) {
    const stop = new AbortController();
    const before = owed;
    owed = null;
    const restart = (next: Owed | null): void => {
      owed = next;
      stop.abort();
    };
    try {
      await run(read(), { configFile, owed: before, restart, signal: AbortSignal.any([signal, stop.signal]) });
    } catch (error) {
      owed = rollBack(configFile, messageOf(error));
      if (owed === null) throw error;
      continue;
    }
    if (signal.aborted || !stop.signal.aborted) return;
  }
}

function rollBack(configFile: ConfigFile, why: string): Owed | null {
  const trial = configFile.trial();
  if (trial === undefined) return null;
  configFile.rollBack();
  return { trial, answer: errorAnswer(trial.transaction, 'rolled_back', why) };
}

/** Once the service is up: confirms the trial as soon as the broker is there, or ends it. Gives the answer that is owed. */
export function watchTrial(
  { configFile, owed, signal, restart }: RunDeps,
  sinks: Pick<Sinks, 'client' | 'topics' | 'ledger'> & { readonly log: Logger },
): void {
  if (owed !== null) void settle(owed, sinks, signal);
  const trial = configFile.trial();
  if (trial === undefined) return;
  const { client, log } = sinks;
  const limit = deadline(trial.confirmWithinMs, signal);
  const isGood = trial.confirmedBy === 'start' ? Promise.resolve(true) : whenOnline(client, limit);
  void isGood.then((isOnline) => {
    if (isOnline) {
      configFile.confirm();
      log.info({ revision: trial.revision }, 'the new configuration is in force');
      const answer = { status: 'ok', transaction: trial.transaction, data: { revision: trial.revision } } as const;
      return settle({ trial, answer }, sinks, signal);
    }
    if (signal.aborted) return;
    log.error(
      { revision: trial.revision },
      'the broker is not reached with the new configuration: the old one returns',
    );
    const state = client?.state ?? { kind: 'unreachable' };
    const reason = 'reason' in state ? `${state.kind}: ${state.reason}` : state.kind;
    restart(rollBack(configFile, `the broker was not reached within ${trial.confirmWithinMs} ms (${reason})`));
  });
}

/** The answer into the audit and, as soon as it can, to the one who asked. */
async function settle(
  { trial, answer }: Owed,
  sinks: Pick<Sinks, 'client' | 'topics' | 'ledger'> & { readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  const { client, topics, ledger, log } = sinks;
  const { transaction, by, revision } = trial;
  const row = { atMs: Date.now(), command: 'config.set', transaction, by, params: `revision ${revision}` };
  try {
    ledger.record({ ...row, answer: JSON.stringify(answer) });
  } catch (err) {
    log.error({ err, ...row, answer }, 'the audit could not be written');
  }
  while (client !== null && (await whenOnline(client, signal))) {
    try {
      return await client.publish(topics.response(trial.spelling ?? 'config.set'), JSON.stringify(answer));
    } catch (err) {
      log.warn({ err }, 'an answer could not be sent yet');
    }
  }
}

/** True once connected, or where there is no broker at all; false when `signal` aborts first. */
async function whenOnline(client: MqttClient | null, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    if (client === null || client.state.kind === 'online') return true;
    const changed = new AbortController();
    const unsubscribe = client.onState(() => changed.abort());
    await once(AbortSignal.any([changed.signal, signal]), 'abort');
    unsubscribe();
  }
  return false;
}
