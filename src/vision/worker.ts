/** The inference thread: one job at a time, pixels come and go without a copy, stops only between jobs. */
import { writeFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { AppError, messageOf } from '../errors';
import type { FromWorker, ToWorker, WorkerSettings } from './messages';
import { Networks } from './networks';

/** How `top -H` and the benchmark tell it, and the threads it starts, from the others; at most 15 characters. */
const THREAD_NAME = 'anqi-inference';

async function main(settings: WorkerSettings): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error('runs as a worker thread only');
  const say = (message: FromWorker, transfer: readonly ArrayBuffer[] = []): void =>
    port.postMessage(message, [...transfer]);
  nameThread();
  let networks: Networks;
  try {
    networks = await Networks.load(settings);
  } catch (error) {
    say({
      type: 'refused',
      code: error instanceof AppError ? error.code : 'model/unreadable',
      message: messageOf(error),
    });
    port.close();
    return;
  }
  let queue = Promise.resolve();
  port.on('message', (message: ToWorker) => {
    queue = queue.then(() => (message.type === 'stop' ? stop() : look(message)));
  });
  const { models, thresholds, providerProblem } = networks;
  say({ type: 'ready', models, thresholds, providerProblem });

  async function look(message: Exclude<ToWorker, { type: 'stop' }>): Promise<void> {
    const { job, pixels } = message;
    const transfer = pixels.buffer instanceof ArrayBuffer ? [pixels.buffer] : [];
    try {
      if (message.type === 'examine') {
        say({ type: 'examined', job, examination: await networks.examine(message, message.heads) });
        return;
      }
      const detections = await networks.analyse(message, message.attention);
      say({ type: 'analysed', job, detections, pixels }, transfer);
    } catch (error) {
      say({ type: 'failed', job, message: messageOf(error), pixels }, transfer);
    }
  }

  /** Releasing a session while a run is in flight aborts the process, so this waits its turn in the queue. */
  async function stop(): Promise<void> {
    await networks.release();
    say({ type: 'stopped' });
    port?.close();
  }
}

function nameThread(): void {
  try {
    writeFileSync('/proc/thread-self/comm', THREAD_NAME);
  } catch {
    // Not Linux, or no /proc: only a name is missing.
  }
}

void main(workerData as WorkerSettings);
