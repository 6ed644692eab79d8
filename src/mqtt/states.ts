/**
 * What the retained state topics carry. A camera's or speaker's state holds only while the node's own state is `online`.
 * Plain objects here; statusPayload() makes the text.
 */

/** Node state topic: plain text, so that the broker itself can write the last one (LWT). */
export type NodeState = 'online' | 'stopped' | 'offline';

export interface CameraStatus {
  readonly state: 'online' | 'connecting' | 'stalled' | 'offline' | 'disabled';
  /** Why it is not online: a stable code or a short sentence without secrets. */
  readonly reason?: string;
  /** RFC 3339. */
  readonly since: string;
}

export interface SpeakerStatus {
  readonly state: 'online' | 'offline' | 'muted' | 'disabled';
  readonly reason?: string;
  readonly since: string;
}

export interface NodeInfo {
  readonly version: string;
  readonly models: readonly { readonly name: string; readonly sha256: string }[];
  readonly cameras: readonly string[];
  readonly speakers: readonly string[];
  readonly startedAt: string;
}

export interface NodeHealth {
  readonly status: 'healthy' | 'degraded' | 'failing';
  /** Stable codes of what is wrong now; empty when healthy. */
  readonly symptoms: readonly string[];
  readonly outbox: { readonly depth: number; readonly oldestAgeS: number; readonly dropped: number };
  readonly at: string;
}

export function statusPayload(status: CameraStatus | SpeakerStatus | NodeInfo | NodeHealth): string {
  return JSON.stringify(status);
}
