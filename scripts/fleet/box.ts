/** A box without cameras: the real outbox, connection, relay and command desk, fed with events of its own making. */
import { setTimeout as sleep } from 'node:timers/promises';
import { uuidv7 } from 'uuidv7';
import { MqttClient, type MqttOptions } from '../../src/mqtt/client';
import { CommandDesk, Refusal } from '../../src/mqtt/command-desk';
import { COMMANDS } from '../../src/mqtt/commands';
import { type EventDraft, encodeEvent, toCloudEvent } from '../../src/mqtt/events';
import { EVENT_EXAMPLES } from '../../src/mqtt/examples';
import { Relay } from '../../src/mqtt/relay';
import { replayEvents } from '../../src/mqtt/replaying';
import { type NodeTopics, topicsOf } from '../../src/mqtt/topics';
import { openDatabase } from '../../src/outbox/database';
import { Ledger } from '../../src/outbox/ledger';
import { Outbox } from '../../src/outbox/outbox';
import { createLogger } from '../../src/runtime/logger';
import type { Made } from '../lib/delivery';

export interface BoxOptions {
  readonly url: string;
  readonly nodeId: string;
  readonly databasePath: string;
  readonly username?: string;
  readonly password?: string;
  readonly protocolVersion?: 4 | 5;
  /** Short waits for tests; the product's own where absent. */
  readonly reconnect?: MqttOptions['reconnect'];
}

const TIME_ZONE = 'Asia/Shanghai';
const CAMERA = 'east';

export class Box implements AsyncDisposable {
  readonly topics: NodeTopics;
  readonly outbox: Outbox;
  readonly client: MqttClient;
  readonly #ledger: Ledger;
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;

  constructor(private readonly options: BoxOptions) {
    const { url, nodeId, databasePath, username, password, protocolVersion = 5, reconnect } = options;
    const log = createLogger({ level: 'fatal' });
    this.topics = topicsOf(nodeId);
    const { database } = openDatabase({ path: databasePath, nowMs: Date.now() });
    this.outbox = new Outbox(database);
    this.#ledger = new Ledger(database);
    const login = { ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) };
    this.client = new MqttClient(
      {
        ...{ url, protocolVersion, ...login },
        clientId: `anqi-${nodeId}`,
        stateTopic: this.topics.state,
        ...(reconnect === undefined ? {} : { reconnect }),
      },
      log,
    );
    this.#listen();
    const relay = new Relay({ source: this.outbox, sink: this.client }, log);
    // The relay first, so that it can still send what is due.
    this.#running = relay.run(this.#stop.signal).then(() => this.#endClient.abort());
    this.#connected = this.client.run(this.#endClient.signal);
  }

  readonly #endClient = new AbortController();
  readonly #connected: Promise<void>;

  /** One incident: violation, prompt in Mandarin, in dialect, outcome. @returns the ids in the order of their numbers */
  incident(): readonly Made[] {
    const incidentId = uuidv7();
    return EVENT_EXAMPLES.map((_, step) => this.event(incidentId, step));
  }

  /** Event `step` of an incident, of now. It cannot be lost any more when this returns. */
  event(incidentId: string, step: number): Made {
    const example = EVENT_EXAMPLES[step];
    if (example === undefined) throw new RangeError(`an incident has no event ${step}`);
    const { type, data } = example;
    const kind = type.split('.')[3];
    const draft: EventDraft = Object({ kind, cameraId: CAMERA, atMs: Date.now(), data: { ...data, incidentId } });
    const { id, sequence } = this.outbox.append(
      {
        topic: this.topics.camera(CAMERA).event(draft.kind),
        build: (stamp) =>
          encodeEvent(toCloudEvent(draft, { nodeId: this.options.nodeId, timeZone: TIME_ZONE, ...stamp })),
      },
      Date.now(),
    );
    return { node: this.options.nodeId, epoch: this.outbox.epoch(), sequence, id };
  }

  async drained(limitMs: number): Promise<void> {
    const deadlineMs = Date.now() + limitMs;
    while (this.outbox.depth() > 0) {
      if (Date.now() > deadlineMs) throw new Error(`${this.options.nodeId}: ${this.outbox.depth()} events still wait`);
      await sleep(20);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.#connected;
    this.outbox.close();
  }

  #listen(): void {
    const requests = this.topics.request('');
    const desk = new CommandDesk({
      allowed: ['ping', 'event.replay'],
      carryOut: async (name, params) => {
        if (name === 'ping') return { at: new Date().toISOString() };
        if (name !== 'event.replay') throw new Refusal('refused', 'a box without cameras');
        const publish = (topic: string, payload: string) => this.client.publish(topic, payload);
        return replayEvents(COMMANDS[name].params.parse(params), { outbox: this.outbox, publish });
      },
      send: (command, answer) =>
        void this.client.publish(this.topics.response(command), JSON.stringify(answer)).catch(() => undefined),
      audit: ({ answer, ...entry }) => this.#ledger.record({ ...entry, answer: JSON.stringify(answer) }),
      earlier: (command, transaction) => {
        const row = this.#ledger.earlier(command, transaction);
        return row === undefined ? undefined : JSON.parse(row.answer);
      },
      now: Date.now,
    });
    this.client.listen([`${requests}+`], (message) => desk.take(message.topic.slice(requests.length), message));
  }
}
