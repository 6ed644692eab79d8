/**
 * For whoever listens to many boxes: validated events, each once, in the order received; gaps are seen and asked for again.
 *
 *   import { subscribe } from 'anqi/platform';
 *   const subscription = subscribe({ url: 'mqtt://broker', clientId: 'my-platform', onEvent: async (event, node) => { … } });
 *
 * An event is acknowledged to the broker after onEvent has resolved, so a platform that dies in between gets it again.
 */
import { randomUUID } from 'node:crypto';
import { connect, type IClientOptions, type MqttClient } from 'mqtt';
import { messageOf } from '../errors';
import { type Answer, COMMANDS } from '../mqtt/commands';
import { type IncidentEvent, readEvent } from '../mqtt/events';
import { Numbers, type Range, type Remembered } from './numbers';

export type { IncidentEvent } from '../mqtt/events';
export type { Remembered } from './numbers';

export interface SubscribeOptions extends Pick<IClientOptions, 'username' | 'password' | 'ca' | 'cert' | 'key'> {
  /** mqtt: mqtts: ws: or wss: */
  readonly url: string;
  /** Names the session: the broker keeps what comes while the subscriber is away. Unique per broker. */
  readonly clientId: string;
  /** 5 unless told otherwise; 4 = MQTT 3.1.1, for brokers that speak nothing newer. */
  readonly protocolVersion?: 4 | 5;
  /** One node; all of them by default. */
  readonly node?: string;
  /** An event it has not had yet. Rejecting leaves the event unacknowledged: it comes again after a reconnect. */
  readonly onEvent: (event: IncidentEvent, node: string) => Promise<void> | void;
  /** What is not an event, cannot be had any more, or failed. */
  readonly onProblem?: (problem: Problem) => void;
  /** Of a node never heard of before, ask for everything it still keeps; else its first event is the beginning. */
  readonly fromStart?: boolean;
  /** What was remembered of each node when the subscriber last stopped; kept after every event by `remember`. */
  readonly memory?: {
    recall(node: string): Remembered | undefined;
    remember(node: string, numbers: Remembered): void;
  };
}

export type Problem =
  | { readonly kind: 'invalid' | 'failed'; readonly topic: string; readonly reason: string }
  | { readonly kind: 'lost'; readonly node: string; readonly ranges: readonly Range[] }
  | { readonly kind: 'renumbered' | 'number_given_twice'; readonly node: string; readonly sequence: number };

export interface Subscription {
  /** Resolves when the broker has taken the subscription for the first time. */
  readonly ready: Promise<void>;
  /** Gaps that are not filled yet. */
  gaps(node: string): readonly Range[];
  /** Events that came again and were not handed over a second time. */
  repeated(): number;
  close(): Promise<void>;
}

/** A number that is late by less than this is no gap. */
const GRACE_MS = 500;
/** A replay that did not fill the gap is asked for again. */
const ASK_AGAIN_MS = 10_000;

export function subscribe(options: SubscribeOptions): Subscription {
  const listener = new Listener(options);
  return {
    ready: listener.ready,
    gaps: (node) => listener.gaps(node),
    repeated: () => listener.repeated,
    close: () => listener.close(),
  };
}

/** Without a dot, which some brokers refuse or change; a node answers in the spelling it was asked in. */
const REPLAY = 'event-replay';

class Listener {
  repeated = 0;
  readonly ready: Promise<void>;
  readonly #client: MqttClient;
  readonly #nodes = new Map<string, Numbers>();
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(private readonly options: SubscribeOptions) {
    const { url, clientId, protocolVersion = 5, node = '+', username, password, ca, cert, key } = options;
    const access = Object.fromEntries(
      Object.entries({ username, password, ca, cert, key }).filter(([, value]) => value !== undefined),
    );
    this.#client = connect(url, {
      ...access,
      clientId,
      clean: false,
      ...(protocolVersion === 5 ? { properties: { sessionExpiryInterval: 604_800 } } : {}),
      protocolVersion,
    });
    // The packet is acknowledged when this calls back.
    this.#client.handleMessage = ({ topic, payload }, done) => {
      this.#take(String(topic), Buffer.from(payload).toString()).then(
        () => done(),
        (error: unknown) => {
          this.#report({ kind: 'failed', topic: String(topic), reason: messageOf(error) });
          done(error instanceof Error ? error : new Error(String(error)));
        },
      );
    };
    this.#client.on('error', (error) => this.#report({ kind: 'failed', topic: '', reason: messageOf(error) }));
    const topics = [`anqi/v1/${node}/camera/+/event/+`, `anqi/v1/${node}/response/+`];
    this.ready = new Promise((resolve) => {
      this.#client.on('connect', () => {
        this.#client.subscribe(topics, { qos: 1 }, (error) => {
          if (error) this.#report({ kind: 'failed', topic: '', reason: messageOf(error) });
          else resolve();
        });
      });
    });
  }

  gaps(node: string): readonly Range[] {
    return this.#nodes.get(node)?.gaps() ?? [];
  }

  async close(): Promise<void> {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await this.#client.endAsync();
  }

  async #take(topic: string, payload: string): Promise<void> {
    const [, , node = '', kind, command] = topic.split('/');
    if (kind === 'response') {
      if (command?.replace('-', '.') === 'event.replay') this.#noteReplay(node, payload, topic);
      return;
    }
    const read = readEvent(payload);
    if (!read.ok) return this.#report({ kind: 'invalid', topic, reason: read.reason });
    const { event } = read;
    const { epoch, id } = event;
    const sequence = Number(event.sequence);
    const numbers = this.#numbersOf(node, { epoch, firstSequence: this.options.fromStart === true ? 1 : sequence });
    if (epoch !== numbers.epoch) this.#report({ kind: 'renumbered', node, sequence });
    const before = numbers.remembered();
    const verdict = numbers.take({ epoch, sequence, id });
    if (verdict === 'number_given_twice') this.#report({ kind: verdict, node, sequence });
    if (verdict === 'repeated') this.repeated += 1;
    else {
      try {
        await this.options.onEvent(event, node);
      } catch (error) {
        this.#nodes.set(node, new Numbers(before));
        throw error;
      }
    }
    this.options.memory?.remember(node, numbers.remembered());
    if (numbers.gaps().length > 0) this.#askLater(node, GRACE_MS);
  }

  #numbersOf(node: string, first: { readonly epoch: string; readonly firstSequence: number }): Numbers {
    const known = this.#nodes.get(node) ?? new Numbers(this.options.memory?.recall(node) ?? first);
    this.#nodes.set(node, known);
    return known;
  }

  #askLater(node: string, afterMs: number): void {
    if (this.#timers.has(node)) return;
    const timer = setTimeout(() => {
      this.#timers.delete(node);
      const [gap] = this.gaps(node);
      if (gap === undefined) return;
      const request = {
        transaction: randomUUID(),
        by: this.options.clientId,
        params: { fromSequence: gap.from, toSequence: gap.to },
      };
      this.#client.publish(`anqi/v1/${node}/request/${REPLAY}`, JSON.stringify(request), { qos: 1 });
      this.#askLater(node, ASK_AGAIN_MS);
    }, afterMs);
    this.#timers.set(node, timer);
  }

  /** A node says which numbers it cannot send any more. Whoever asked, it is true for all. */
  #noteReplay(node: string, payload: string, topic: string): void {
    let answer: Partial<Answer>;
    try {
      answer = Object(JSON.parse(payload));
    } catch {
      // Thrown, it would be given back to the broker, and come again for ever.
      this.#report({ kind: 'invalid', topic, reason: 'not JSON' });
      return;
    }
    const data = COMMANDS['event.replay'].data.safeParse(answer.data);
    const numbers = this.#nodes.get(node);
    if (!data.success || numbers === undefined) return;
    const missing = (gone: Range) => numbers.gaps().some(({ from, to }) => gone.from <= to && gone.to >= from);
    const ranges = data.data.gone.filter(missing);
    for (const range of ranges) numbers.giveUp(range);
    if (ranges.length > 0) this.#report({ kind: 'lost', node, ranges });
    this.options.memory?.remember(node, numbers.remembered());
    clearTimeout(this.#timers.get(node));
    this.#timers.delete(node);
    if (numbers.gaps().length > 0) this.#askLater(node, GRACE_MS);
  }

  #report(problem: Problem): void {
    this.options.onProblem?.(problem);
  }
}
