/**
 * Every topic the node publishes on: anqi/v1/{node}/… (see README.md).
 * Ids become topic levels and file names, so they are checked once, here.
 */
import { FatalError } from '../errors';
import type { EventKind } from './events';

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

export interface CameraTopics {
  /** Retained: JSON CameraStatus. */
  readonly state: string;
  /** Retained: JSON CameraStats. */
  readonly stats: string;
  /** Never retained: one CloudEvent a message. */
  event(kind: EventKind): string;
  /** Retained, plain text ON | OFF: whether riders are looked for, or spoken to. */
  switchState(what: Switch): string;
  /** ON | OFF, to the node. */
  switchSet(what: Switch): string;
}

export type Switch = 'detect' | 'prompt';

export interface NodeTopics {
  /** Retained, plain text: online | stopped | offline (last will). */
  readonly state: string;
  /** Retained: JSON NodeInfo. */
  readonly info: string;
  /** Retained: JSON NodeHealth. */
  readonly health: string;
  /** Everything of this node, for subscribers. */
  readonly all: string;
  camera(cameraId: string): CameraTopics;
  /** Retained: JSON SpeakerStatus. */
  speakerState(speakerId: string): string;
  /** To the node: JSON request of a command. */
  request(command: string): string;
  /** From the node: JSON answer. */
  response(command: string): string;
}

/** Topics of one node. Throws FatalError `mqtt/bad-id` for an id that cannot be a topic level. */
export function topicsOf(nodeId: string): NodeTopics {
  const root = `anqi/v1/${checkedId('node', nodeId)}`;
  return {
    state: `${root}/state`,
    info: `${root}/info`,
    health: `${root}/health`,
    all: `${root}/#`,
    camera(cameraId) {
      const base = `${root}/camera/${checkedId('camera', cameraId)}`;
      return {
        state: `${base}/state`,
        stats: `${base}/stats`,
        event: (kind) => `${base}/event/${kind}`,
        switchState: (what) => `${base}/${what}/state`,
        switchSet: (what) => `${base}/${what}/set`,
      };
    },
    speakerState: (speakerId) => `${root}/speaker/${checkedId('speaker', speakerId)}/state`,
    request: (command) => `${root}/request/${command}`,
    response: (command) => `${root}/response/${command}`,
  };
}

function checkedId(what: string, id: string): string {
  if (ID.test(id)) return id;
  throw new FatalError(
    'mqtt/bad-id',
    `${what} id ${JSON.stringify(id)} cannot be part of an MQTT topic: use 1 to 64 of A-Z a-z 0-9 . _ - and start with a letter or digit`,
  );
}
