/** What the node says of itself: `info` once, `health` every half minute and at every change of a camera or speaker. */
import type { Config } from './config/schema';
import type { MqttClient } from './mqtt/client';
import { CONTRACT_VERSION } from './mqtt/commands';
import { discovery } from './mqtt/home-assistant';
import { type NodeHealth, type NodeInfo, type PromptCounts, statusPayload } from './mqtt/states';
import { formatTime } from './mqtt/time';
import type { NodeTopics } from './mqtt/topics';
import type { SpillingOutbox } from './outbox/spilling';
import type { ModelIdentity } from './vision/messages';

export interface Health {
  setCamera(id: string, isGood: boolean): void;
  setSpeaker(id: string, isGood: boolean): void;
  /** Whether the site's own Mandarin voice speaks on this speaker. */
  setVoice(speakerId: string, isGood: boolean): void;
  /** Whether the models run on what the configuration wants. */
  setProvider(isMet: boolean): void;
  /** Where to read what became of a speaker's prompts. */
  countPrompts(speakerId: string, counts: () => PromptCounts): void;
  setModels(models: readonly ModelIdentity[]): void;
  info(): NodeInfo;
  now(): NodeHealth;
  stop(): void;
}

const PUBLISH_EVERY_MS = 30_000;
/** Events older than this in the outbox are a symptom: the uplink is down. */
const OLD_EVENT_MS = 60_000;

interface OutboxCounts {
  readonly oldestAgeMs: number;
  readonly dropped: number;
  readonly isReadable: boolean;
  /** False while events live in memory only, because the data folder takes nothing. */
  readonly isOnDisk: boolean;
  /** The file was damaged when the node started: events may be lost. */
  readonly wasReplaced?: boolean;
  /** Events in memory that were lost with the service before this one. */
  readonly lostBefore?: number;
}

/** Which symptoms there are (pure): stable codes, sorted. */
export function symptomsOf(state: {
  readonly cameras: ReadonlyMap<string, boolean>;
  readonly speakers: ReadonlyMap<string, boolean>;
  readonly voices?: ReadonlyMap<string, boolean>;
  readonly inference?: ReadonlyMap<string, boolean>;
  readonly outbox: OutboxCounts;
}): string[] {
  const bad = (kind: string, parts: ReadonlyMap<string, boolean>): string[] =>
    [...parts].filter(([, isGood]) => !isGood).map(([id]) => `${kind}:${id}`);
  return [
    ...bad('camera', state.cameras),
    ...bad('speaker', state.speakers),
    ...bad('voice', state.voices ?? new Map()),
    ...bad('inference', state.inference ?? new Map()),
    ...(state.outbox.oldestAgeMs > OLD_EVENT_MS ? ['outbox:waiting'] : []),
    ...(state.outbox.dropped > 0 ? ['outbox:dropped'] : []),
    ...(state.outbox.wasReplaced === true ? ['outbox:replaced'] : []),
    ...((state.outbox.lostBefore ?? 0) > 0 ? ['outbox:lost'] : []),
    ...(state.outbox.isReadable ? [] : ['outbox:unreadable']),
    ...(state.outbox.isOnDisk ? [] : ['outbox:memory']),
  ].sort();
}

/** `failing` = no camera works; anything else that is wrong = `degraded`. */
export function verdict(symptoms: readonly string[], cameras: ReadonlyMap<string, boolean>): NodeHealth['status'] {
  const hasCamera = [...cameras.values()].some(Boolean);
  if (cameras.size > 0 && !hasCamera) return 'failing';
  return symptoms.length > 0 ? 'degraded' : 'healthy';
}

/** A database that cannot be read is a symptom, not the end of the service. */
function outboxCounts(outbox: SpillingOutbox, nowMs: number): OutboxCounts & { readonly depth: number } {
  const { dropped, isOnDisk, wasReplaced, lostBefore } = outbox;
  const known = { dropped, isOnDisk, wasReplaced, lostBefore };
  try {
    return { ...known, depth: outbox.depth(), oldestAgeMs: outbox.oldestAgeMs(nowMs), isReadable: true };
  } catch {
    return { ...known, depth: 0, oldestAgeMs: 0, isReadable: false };
  }
}

function announceToHomeAssistant(
  { node, cameras, speakers, mqtt }: Config,
  version: string,
  { client, topics }: { readonly client: MqttClient | null; readonly topics: NodeTopics },
): void {
  if (mqtt?.homeAssistant === undefined) return;
  const canSwitch = { detect: mqtt.commands.includes('camera.detect'), prompt: mqtt.commands.includes('prompt.mute') };
  const names = { nodeId: node.id, name: node.name, version, prefix: mqtt.homeAssistant.prefix };
  const parts = { cameras, speakers: speakers.map(({ id }) => id) };
  const { topic, payload } = discovery({ ...names, ...parts, canSwitch }, topics);
  client?.setRetained(topic, payload);
}

export function publishHealth(
  config: Config,
  deps: {
    readonly outbox: SpillingOutbox;
    readonly client: MqttClient | null;
    readonly topics: NodeTopics;
    readonly version: string;
    readonly configRevision: string;
    /** Pictures deleted early to make room for events. */
    readonly evidenceDropped: () => number;
  },
): Health {
  const { outbox, client, topics, version } = deps;
  const { timeZone } = config.node;
  const cameras = new Map<string, boolean>();
  const speakers = new Map<string, boolean>();
  const voices = new Map<string, boolean>();
  const inference = new Map<string, boolean>();
  const prompts = new Map<string, () => PromptCounts>();
  let info: NodeInfo = {
    version,
    contract: CONTRACT_VERSION,
    models: [],
    cameras: config.cameras.map((one) => one.id),
    speakers: config.speakers.map((one) => one.id),
    commands: config.mqtt?.commands ?? [],
    configRevision: deps.configRevision,
    startedAt: formatTime(Date.now(), timeZone),
  };
  const read = (): NodeHealth => {
    const nowMs = Date.now();
    const counts = outboxCounts(outbox, nowMs);
    const symptoms = symptomsOf({ cameras, speakers, voices, inference, outbox: counts });
    return {
      status: verdict(symptoms, cameras),
      symptoms,
      outbox: {
        depth: counts.depth,
        oldestAgeS: Math.round(counts.oldestAgeMs / 1000),
        dropped: counts.dropped,
        evidenceDropped: deps.evidenceDropped(),
      },
      prompts: Object.fromEntries([...prompts].map(([id, read]) => [id, read()])),
      at: formatTime(nowMs, timeZone),
    };
  };
  const publish = (): void => void client?.setRetained(topics.health, statusPayload(read()));
  const change = (parts: Map<string, boolean>, id: string, isGood: boolean): void => {
    if (parts.get(id) === isGood) return;
    parts.set(id, isGood);
    publish();
  };
  let wasOnDisk = outbox.isOnDisk;
  const unsubscribe = outbox.onAppend(() => {
    if (outbox.isOnDisk === wasOnDisk) return;
    wasOnDisk = outbox.isOnDisk;
    publish();
  });
  // Of the cameras nothing is known yet; what was lost before is told at once.
  if (read().symptoms.length > 0) publish();
  const timer = setInterval(publish, PUBLISH_EVERY_MS);
  return {
    setCamera: (id, isGood) => change(cameras, id, isGood),
    setSpeaker: (id, isGood) => change(speakers, id, isGood),
    setVoice: (speakerId, isGood) => change(voices, speakerId, isGood),
    setProvider: (isMet) => change(inference, 'provider', isMet),
    countPrompts: (id, counts) => prompts.set(id, counts),
    setModels: (models) => {
      info = { ...info, models: models.map(({ name, sha256 }) => ({ name, sha256 })) };
      client?.setRetained(topics.info, statusPayload(info));
      announceToHomeAssistant(config, version, deps);
    },
    info: () => info,
    now: read,
    stop: () => {
      unsubscribe();
      clearInterval(timer);
    },
  };
}
