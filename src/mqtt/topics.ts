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
  /** Never retained: one CloudEvent a message. */
  event(kind: EventKind): string;
}

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
      return { state: `${base}/state`, event: (kind) => `${base}/event/${kind}` };
    },
    speakerState: (speakerId) => `${root}/speaker/${checkedId('speaker', speakerId)}/state`,
  };
}

function checkedId(what: string, id: string): string {
  if (ID.test(id)) return id;
  throw new FatalError(
    'mqtt/bad-id',
    `${what} id ${JSON.stringify(id)} cannot be part of an MQTT topic: use 1 to 64 of A-Z a-z 0-9 . _ - and start with a letter or digit`,
  );
}
