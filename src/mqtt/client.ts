/**
 * The node's one connection to the broker: birth after every (re)connect, last will, retained states that never go stale.
 * The only importer of mqtt. mqtt.js reconnects by itself; nothing waits in its memory: what was not acknowledged when the
 * connection went is given back to the caller as an error, and the outbox sends it again.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type MqttClient as Connection, connect, type IClientOptions } from 'mqtt';
import { messageOf, RecoverableError } from '../errors';
import type { Logger } from '../runtime/logger';
import { redactUrlCredentials } from '../runtime/redact';
import { backoffMs } from '../runtime/supervise';
import { accessOptions, type BrokerAccess, type BrokerState, stateOf } from './access';
import type { NodeState } from './states';
import { SendWindow } from './window';

export interface MqttOptions extends BrokerAccess {
  /** Unique per broker: the broker throws out an older connection of the same id. */
  readonly clientId: string;
  /** Retained `online`, `stopped`, and `offline` as last will. */
  readonly stateTopic: string;
  readonly keepaliveS?: number;
  readonly reconnect?: { readonly minDelayMs: number; readonly maxDelayMs: number };
}

export interface PublishOptions {
  readonly retain?: boolean;
  readonly timeoutMs?: number;
}

/** Half of the time in which a dead 4G uplink should be noticed. */
const KEEPALIVE_S = 20;
const CONNECT_TIMEOUT_MS = 10_000;
const PUBACK_TIMEOUT_MS = 10_000;
const RECONNECT = { minDelayMs: 1_000, maxDelayMs: 60_000 };
const HEALTHY_AFTER_MS = 30_000;
/** Unacknowledged messages at once; an MQTT 5 broker may allow fewer. */
const MAX_IN_FLIGHT = 128;
/** Each of the two steps of a graceful stop: say `stopped`, then DISCONNECT. */
const STOP_STEP_MS = 1_000;
/** Before a retained state that failed is tried again on the same connection. */
const RETAINED_RETRY_MS = 2_000;

/** Something that was sent to this node. */
export interface Incoming {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly isRetained: boolean;
}

export class MqttClient {
  readonly #options: MqttOptions;
  readonly #log: Logger;
  readonly #window = new SendWindow(MAX_IN_FLIGHT);
  readonly #unacknowledged = new Set<number>();
  /** The last payload of every retained topic, and which of them the broker has not got yet. */
  readonly #retained = new Map<string, string>();
  readonly #unsent = new Set<string>();
  /** Topics whose refusal is in the log already. */
  readonly #refused = new Set<string>();
  readonly #listeners = new Set<(state: BrokerState) => void>();
  readonly #subscriptions = new Set<string>();
  #onMessage: (message: Incoming) => void = () => undefined;
  #state: BrokerState = { kind: 'connecting' };
  #connection: Connection | undefined;
  #failures = 0;
  #onlineSinceMs = Number.POSITIVE_INFINITY;
  #lastError: unknown;
  #sendingRetained = false;

  constructor(options: MqttOptions, log: Logger) {
    this.#options = options;
    this.#log = log;
  }

  get state(): BrokerState {
    return this.#state;
  }

  /** Calls back on every change of state. Returns the end of the subscription. */
  onState(listener: (state: BrokerState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Keeps the connection until `signal` aborts, then says `stopped` and disconnects (2 s at most).
   * A broker that is away is a state, not an error. Throws FatalError `mqtt/bad-url` | `mqtt/bad-file`.
   */
  async run(signal: AbortSignal): Promise<void> {
    const connection = await this.#open();
    this.#connection = connection;
    connection.on('connect', () => void this.#greet(connection));
    connection.on('error', (error) => {
      this.#lastError = error;
    });
    connection.on('disconnect', ({ reasonCode }) => {
      this.#lastError = new Error(`the broker ended the connection, MQTT reason code ${reasonCode}`);
    });
    connection.on('reconnect', () => {
      this.#lastError = undefined;
    });
    connection.on('message', (topic, payload, { retain }) => this.#onMessage({ topic, payload, isRetained: retain }));
    connection.on('close', () => this.#closed(connection));
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    await this.#stop(connection);
  }

  /** QoS 1; resolves on PUBACK. Throws RecoverableError `mqtt/offline` | `mqtt/unacknowledged` | `mqtt/rejected`. */
  async publish(topic: string, payload: string, options: PublishOptions = {}): Promise<void> {
    await this.#window.enter();
    try {
      if (this.#connection === undefined || this.#state.kind !== 'online') {
        throw new RecoverableError('mqtt/offline', `not connected to the broker (${this.#state.kind})`);
      }
      await this.#send(this.#connection, { topic, payload, ...options });
    } finally {
      this.#window.leave();
    }
  }

  /** Makes `payload` the retained value of `topic`, now or as soon as the broker is there, and again after every reconnect. */
  setRetained(topic: string, payload: string): void {
    if (this.#retained.get(topic) === payload) return;
    this.#retained.set(topic, payload);
    this.#unsent.add(topic);
    void this.#sendRetained();
  }

  /** Hears what is sent to `topics` (QoS 0: in a clean session 1 saves nothing, and costs some brokers a queue a box), now or as soon as the broker is there, and again after every reconnect. */
  listen(topics: readonly string[], onMessage: (message: Incoming) => void): void {
    for (const topic of topics) this.#subscriptions.add(topic);
    this.#onMessage = onMessage;
    if (this.#connection !== undefined && this.#state.kind === 'online') this.#subscribe(this.#connection);
  }

  #subscribe(connection: Connection): void {
    if (this.#subscriptions.size === 0) return;
    connection.subscribe([...this.#subscriptions], { qos: 0 }, (err) => {
      if (err && connection.connected) this.#log.error({ err }, 'the broker does not let this node hear commands');
    });
  }

  async #open(): Promise<Connection> {
    const { url, clientId, stateTopic, keepaliveS, reconnect } = this.#options;
    const offline: NodeState = 'offline';
    return connect(url, {
      ...(await accessOptions(this.#options)),
      clientId,
      keepalive: keepaliveS ?? KEEPALIVE_S,
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectPeriod: (reconnect ?? RECONNECT).minDelayMs,
      reconnectOnConnackError: true,
      will: { topic: stateTopic, payload: Buffer.from(offline), qos: 1, retain: true },
    });
  }

  /** Birth first, then everything else. */
  async #greet(connection: Connection): Promise<void> {
    if (this.#isStopped()) return;
    const online: NodeState = 'online';
    this.#window.resize(Math.min(MAX_IN_FLIGHT, connection.serverProperties?.receiveMaximum ?? MAX_IN_FLIGHT));
    try {
      await this.#send(connection, { topic: this.#options.stateTopic, payload: online, retain: true });
    } catch (err) {
      if (!connection.connected) return;
      this.#log.error({ err, topic: this.#options.stateTopic }, 'the broker does not take the birth message');
    }
    if (!connection.connected || this.#isStopped()) return;
    this.#onlineSinceMs = performance.now();
    this.#lastError = undefined;
    for (const topic of this.#retained.keys()) this.#unsent.add(topic);
    this.#subscribe(connection);
    this.#enter({ kind: 'online' });
    await this.#sendRetained();
  }

  #closed(connection: Connection): void {
    this.#giveBack(connection);
    if (this.#isStopped()) return;
    // A broker that lets us in only to throw us out (two nodes of one id) is not asked every second.
    const wasHealthy = performance.now() - this.#onlineSinceMs >= HEALTHY_AFTER_MS;
    this.#failures = wasHealthy ? 1 : this.#failures + 1;
    this.#onlineSinceMs = Number.POSITIVE_INFINITY;
    // mqtt.js waits this long before the attempt after the next one.
    connection.options.reconnectPeriod = backoffMs(this.#failures, this.#options.reconnect ?? RECONNECT);
    this.#enter(stateOf(this.#lastError));
  }

  #enter(state: BrokerState): void {
    const before = this.#state;
    this.#state = state;
    // A broker that stays away is one line, not one per attempt.
    if (JSON.stringify(before) === JSON.stringify(state)) return;
    const facts = { broker: redactUrlCredentials(this.#options.url), ...state };
    if (state.kind === 'bad_credentials' || state.kind === 'untrusted') this.#log.error(facts, 'broker connection');
    else if ('reason' in state) this.#log.warn(facts, 'broker connection');
    else this.#log.info(facts, 'broker connection');
    for (const listener of this.#listeners) listener(state);
  }

  #send(
    connection: Connection,
    message: { readonly topic: string; readonly payload: string } & PublishOptions,
  ): Promise<void> {
    const { topic, payload, retain = false, timeoutMs = PUBACK_TIMEOUT_MS } = message;
    return new Promise((resolve, reject) => {
      let id = 0;
      let lost = 'the connection went before the broker acknowledged';
      const timer = setTimeout(() => {
        lost = `the broker did not acknowledge within ${timeoutMs} ms`;
        connection.removeOutgoingMessage(id);
      }, timeoutMs);
      connection.publish(topic, payload, { qos: 1, retain }, (error) => {
        clearTimeout(timer);
        this.#unacknowledged.delete(id);
        if (!error) resolve();
        else if ('code' in error && typeof error.code === 'number')
          reject(new RecoverableError('mqtt/rejected', `${topic}: ${error.message}`));
        else reject(new RecoverableError('mqtt/unacknowledged', `${topic}: ${lost}`));
      });
      id = connection.getLastMessageId();
      this.#unacknowledged.add(id);
    });
  }

  #isStopped(): boolean {
    return this.#state.kind === 'stopped';
  }

  /** mqtt.js would send these again by itself, in an order of its own. */
  #giveBack(connection: Connection): void {
    for (const id of [...this.#unacknowledged]) connection.removeOutgoingMessage(id);
    this.#unacknowledged.clear();
  }

  async #sendRetained(): Promise<void> {
    if (this.#sendingRetained) return;
    this.#sendingRetained = true;
    while (this.#state.kind === 'online') {
      const [topic] = this.#unsent;
      if (topic === undefined) break;
      this.#unsent.delete(topic);
      try {
        await this.publish(topic, this.#retained.get(topic) ?? '', { retain: true });
        this.#refused.delete(topic);
      } catch (err) {
        this.#unsent.add(topic);
        if (!this.#refused.has(topic)) this.#log.warn({ err, topic }, 'retained state not taken, trying again');
        this.#refused.add(topic);
        await sleep(RETAINED_RETRY_MS, undefined, { ref: false });
      }
    }
    this.#sendingRetained = false;
  }

  async #stop(connection: Connection): Promise<void> {
    const stopped: NodeState = 'stopped';
    const message = { topic: this.#options.stateTopic, payload: stopped, retain: true, timeoutMs: STOP_STEP_MS };
    this.#enter({ kind: 'stopped' });
    if (connection.connected) {
      await this.#send(connection, message).catch((err: unknown) => this.#log.warn({ err }, 'could not say stopped'));
    }
    this.#giveBack(connection);
    await Promise.race([connection.endAsync(!connection.connected), sleep(STOP_STEP_MS, undefined, { ref: false })]);
    connection.stream.destroy();
    this.#connection = undefined;
  }
}

/** Asks a broker once whether it would let this node in; publishes nothing. Never throws: every failure is a state. */
export async function probeBroker(access: BrokerAccess, timeoutMs: number): Promise<BrokerState> {
  let options: IClientOptions;
  try {
    options = await accessOptions(access);
  } catch (error) {
    return { kind: 'refused', reason: messageOf(error) };
  }
  const connection = connect(access.url, { ...options, reconnectPeriod: 0, connectTimeout: timeoutMs });
  let failure: unknown;
  const state = await new Promise<BrokerState>((resolve) => {
    connection.on('connect', () => resolve({ kind: 'online' }));
    connection.on('error', (error) => {
      failure = error;
    });
    connection.on('close', () => resolve(stateOf(failure)));
  });
  connection.end(true);
  return state;
}
