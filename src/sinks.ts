/** Everything of the service that records and delivers: outbox, broker, relay, evidence, health. Started first, stopped last. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from './config/schema';
import { Clips } from './evidence/clip';
import { type EvidenceOptions, EvidenceWriter } from './evidence/evidence';
import { readKey, signedLink } from './evidence/links';
import { keepRetention, sacrificeOldest } from './evidence/retention';
import { serveEvidence } from './evidence/server';
import { uploadEvidence } from './evidence/upload';
import { type Health, publishHealth } from './health';
import { MqttClient } from './mqtt/client';
import { Relay } from './mqtt/relay';
import { type NodeTopics, topicsOf } from './mqtt/topics';
import { type Database, openDatabase } from './outbox/database';
import { IncidentBook } from './outbox/incident-book';
import { Ledger } from './outbox/ledger';
import { Outbox } from './outbox/outbox';
import { SpillNote } from './outbox/spill-note';
import { SpillingOutbox } from './outbox/spilling';
import { Uploads } from './outbox/uploads';
import { brokerAccess } from './room-options';
import { type Lifecycle, runUntilStop } from './runtime/lifecycle';
import type { Logger } from './runtime/logger';
import { supervise } from './runtime/supervise';

export interface Sinks {
  readonly outbox: SpillingOutbox;
  readonly client: MqttClient | null;
  readonly topics: NodeTopics;
  readonly health: Health;
  readonly evidence: EvidenceWriter;
  readonly clips: Clips;
  readonly ledger: Ledger;
  readonly incidents: IncidentBook;
}

interface SinkDeps {
  readonly log: Logger;
  readonly version: string;
  readonly configRevision: string;
  readonly lifecycle: Lifecycle;
}

/** Shares of the 8 s that a stop may take. */
const STOP_LIMITS_MS = { relay: 2500, broker: 2200 };
/** A port that another program holds may become free. */
const RETRY = { minDelayMs: 1_000, maxDelayMs: 60_000, healthyAfterMs: 10_000 };
const PRUNE_EVERY_MS = 3_600_000;
/** Delivered events stay for a week, so that the platform can ask for them again. */
const KEEP_DELIVERED_MS = 7 * 24 * 3_600_000;
const MAX_DELIVERED = 200_000;
/** Years of a busy junction, some 100 MB: a site compares a month with the same month of the years before. */
const MOST_FIGURES = { ended: 500_000, arrivals: 1_000_000 };
/** About ten pictures make room for some thousand events. */
const SACRIFICE_BYTES = 4_000_000;

export function startSinks(config: Config, deps: SinkDeps): Sinks {
  const { log, lifecycle, version, configRevision } = deps;
  const topics = topicsOf(config.node.id);
  const folder = join(config.dataFolder, 'evidence');
  const room = new Room(folder, log);
  const { outbox, database } = openOutbox(config, room, log);
  lifecycle.register('database', () => outbox.close());
  const client = startClient(config, topics, deps);
  const relay = client === null ? null : new Relay({ source: outbox, sink: client }, log.child({ room: 'relay' }));
  if (relay !== null)
    runUntilStop('relay', (signal) => relay.run(signal), { lifecycle, limitMs: STOP_LIMITS_MS.relay });
  const { retentionDays, maxBytes } = config.evidence;
  // What the outbox took beyond its own share is missing here.
  const limits = () => ({ retentionDays, maxBytes: maxBytes - Math.max(0, sizeOf(outbox) - config.outbox.maxBytes) });
  runUntilStop('retention', (signal) => keepRetention({ folder, limits, log }, signal), { lifecycle });
  runUntilStop('prune', (signal) => pruneHourly(outbox, log, signal), { lifecycle });
  const health = publishHealth(config, {
    ...{ outbox, client, topics, version, configRevision },
    evidenceDropped: () => room.dropped,
  });
  lifecycle.register('health', () => health.stop());
  return {
    outbox,
    client,
    topics,
    health,
    ...startEvidence(config, database, deps),
    ledger: new Ledger(database),
    incidents: new IncidentBook(database),
  };
}

/** Pictures and clips for the platform: at the store where there is one, else served by this box, else files. */
function startEvidence(
  { node, dataFolder, evidence }: Config,
  database: Database,
  deps: SinkDeps,
): Pick<Sinks, 'evidence' | 'clips'> {
  const { lifecycle, log } = deps;
  const { retentionDays, serve, upload } = evidence;
  const folder = join(dataFolder, 'evidence');
  const own: Pick<EvidenceOptions, 'link' | 'onSaved'>[] = [];
  if (serve !== undefined) {
    const key = readKey(join(dataFolder, 'evidence.key'));
    const onVisit = (visit: object): void => log.info(visit, 'evidence looked at');
    const options = { folder, key, host: serve.host, port: serve.port, onVisit };
    const listening = (port: number): void => log.info({ port }, 'evidence is served');
    const work = (signal: AbortSignal): Promise<void> => serveEvidence(options, listening, signal);
    const onRetry = ({ error: err }: { readonly error: unknown }): void => log.warn({ err }, 'evidence is not served');
    runUntilStop('evidence server', (signal) => supervise(work, { ...RETRY, onRetry }, signal), { lifecycle });
    own.push({ link: (picture) => signedLink(serve.url, picture, key) });
  }
  if (upload !== undefined) {
    const queue = new Uploads(database);
    const { username, password, maxBytesPerS } = upload;
    // Several boxes may share a store.
    const url = `${upload.url.replace(/\/$/, '')}/${node.id}`;
    const login = { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
    const options = { folder, url, maxBytesPerS, ...login };
    runUntilStop('upload', (signal) => uploadEvidence(options, { queue, log }, signal), { lifecycle });
    const onSaved = (name: string): void => {
      try {
        queue.add(name, Date.now());
      } catch (err) {
        log.error({ err, name }, 'evidence will not reach the store');
      }
    };
    own.push({ link: ({ name }) => `${url}/${name}`, onSaved });
  }
  const options = { folder, retentionDays, ...own.at(-1) };
  return { evidence: new EvidenceWriter(options), clips: new Clips(options) };
}

/** Where an event finds no room, the oldest evidence goes first. */
class Room {
  dropped = 0;

  constructor(
    private readonly folder: string,
    private readonly log: Logger,
  ) {}

  readonly make = (): number => {
    const { files, bytes } = sacrificeOldest(this.folder, SACRIFICE_BYTES);
    this.dropped += files;
    if (files > 0) this.log.warn({ files, bytes }, 'evidence deleted early: events need its room');
    return bytes;
  };
}

/** A disk that takes nothing must not silence the junction: events then live in memory, and the log and health say so. */
function openOutbox(
  config: Config,
  room: Room,
  log: Logger,
): { readonly outbox: SpillingOutbox; readonly database: Database } {
  const path = join(config.dataFolder, 'outbox.db');
  const { maxBytes } = config.outbox;
  try {
    const { database, replaced } = openDatabase({ path, nowMs: Date.now(), maxBytes });
    if (replaced !== undefined) log.error({ ...replaced }, 'outbox was damaged, a new one was started');
    const disk = new Outbox(database, { sacrifice: room.make });
    const note = openNote(join(config.dataFolder, 'outbox.spilled'), log);
    const options = { isOnDisk: true, wasReplaced: replaced !== undefined, ...(note === undefined ? {} : { note }) };
    return { outbox: new SpillingOutbox(disk, options), database };
  } catch (err) {
    log.error({ err, path }, 'outbox cannot be opened: events are kept in memory only until this is mended');
    const { database } = openDatabase({ path: ':memory:', nowMs: Date.now() });
    return { outbox: new SpillingOutbox(new Outbox(database), { isOnDisk: false }), database };
  }
}

function openNote(path: string, log: Logger): SpillNote | undefined {
  try {
    const note = SpillNote.open(path);
    const { waiting } = note.before;
    if (waiting > 0)
      log.error({ events: waiting }, 'the disk was full and the service died: events in memory are lost');
    return note;
  } catch (err) {
    log.warn({ err, path }, 'without this file a service that dies on a full disk gives numbers twice');
    return undefined;
  }
}

function startClient(config: Config, topics: NodeTopics, { log, lifecycle }: SinkDeps): MqttClient | null {
  if (config.mqtt === undefined) {
    log.warn({}, 'no broker configured: events wait in the outbox');
    return null;
  }
  const client = new MqttClient(
    { ...brokerAccess(config.mqtt), clientId: `anqi-${config.node.id}`, stateTopic: topics.state },
    log.child({ room: 'mqtt' }),
  );
  const fail = (err: unknown): void =>
    log.error({ err }, 'the broker connection cannot be set up: events wait in the outbox');
  runUntilStop('broker', (signal) => client.run(signal).catch(fail), { lifecycle, limitMs: STOP_LIMITS_MS.broker });
  return client;
}

function sizeOf(outbox: SpillingOutbox): number {
  try {
    return outbox.sizeBytes();
  } catch {
    return 0;
  }
}

async function pruneHourly(outbox: SpillingOutbox, log: Logger, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      outbox.prune({ keepDeliveredMs: KEEP_DELIVERED_MS, maxDelivered: MAX_DELIVERED }, Date.now());
      outbox.clearFigures(MOST_FIGURES);
    } catch (err) {
      log.error({ err }, 'old events could not be cleared');
    }
    await sleep(PRUNE_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
