/** What happens to the box while it runs: one fault after the other, in an order and for times that the seed decides. */
import { renameSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { processesWith } from '../../test/support/rtsp/processes';
import type { PluggedCamera } from '../../test/support/service-camera';
import { CREDENTIALS } from '../faults/junction';
import type { Random } from '../simulator/random';
import type { SoakBox } from './box';

export interface SoakFault {
  readonly name: string;
  /** How long it lasts at the least and at the most, s. */
  readonly lastsS: readonly [number, number];
  readonly strike: (box: SoakBox, camera: PluggedCamera) => Promise<void> | void;
  readonly mend: (box: SoakBox, camera: PluggedCamera) => Promise<void> | void;
}

const nothing = (): void => undefined;
/** What is on its way to the broker is there before it is killed; a broker loses what it took in its last moment. */
const SETTLE_MS = 500;

function worker(order: 'die' | 'hang'): SoakFault {
  return {
    name: order === 'die' ? 'worker-killed' : 'worker-hanging',
    lastsS: [0, 0],
    strike: ({ workerOrder }) => {
      writeFileSync(`${workerOrder}.new`, order);
      renameSync(`${workerOrder}.new`, workerOrder);
    },
    mend: nothing,
  };
}

export const SOAK_FAULTS: readonly SoakFault[] = [
  {
    name: 'camera-reboot',
    lastsS: [3, 40],
    strike: (_box, camera) => camera.unplug(),
    mend: (_box, camera) => camera.plugIn(CREDENTIALS),
  },
  {
    name: 'camera-silence',
    lastsS: [6, 40],
    strike: (_box, { camera }) => camera.setFault('stall'),
    mend: (_box, { camera }) => camera.setFault('none'),
  },
  {
    name: 'camera-garbage',
    lastsS: [5, 20],
    strike: (_box, { camera }) => camera.setFault('garbage'),
    mend: (_box, { camera }) => camera.setFault('none'),
  },
  {
    name: 'camera-wrong-password',
    lastsS: [5, 40],
    strike: async (_box, { camera }) => {
      camera.setCredentials({ ...CREDENTIALS, password: 'changed' });
      await camera.disconnectViewers();
    },
    mend: (_box, { camera }) => camera.setCredentials(CREDENTIALS),
  },
  {
    name: 'ffmpeg-killed',
    lastsS: [0, 0],
    strike: (_box, { address }) => {
      for (const pid of processesWith(address).keys()) process.kill(pid, 'SIGKILL');
    },
    mend: nothing,
  },
  {
    name: 'broker-killed',
    lastsS: [2, 60],
    strike: async ({ gate, broker }) => {
      gate.set('closed');
      await sleep(SETTLE_MS);
      await broker.stop('SIGKILL');
    },
    // The platform is back before the box is: what a broker without a memory takes in between nobody would ever get.
    mend: async (box) => {
      await box.broker.start();
      await box.until('the platform is connected again', () => box.listener.isConnected);
      box.gate.set('open');
    },
  },
  {
    name: 'broker-hanging',
    lastsS: [5, 50],
    strike: ({ broker }) => void process.kill(broker.pid, 'SIGSTOP'),
    mend: ({ broker }) => void process.kill(broker.pid, 'SIGCONT'),
  },
  worker('die'),
  worker('hang'),
];

/** Every fault once in a random order, then in another one, without end. */
export function* schedule(random: Random): Generator<SoakFault, never> {
  for (;;) {
    const bag = [...SOAK_FAULTS];
    while (bag.length > 0) yield* bag.splice(random.integer(0, bag.length - 1), 1);
  }
}
