/** A platform that asks a node by MQTT: publishes a request, waits for the answer with its transaction. */
import type { Answer } from '../../src/mqtt/commands';
import type { Mosquitto, Subscriber } from './mosquitto';
import { eventually, TOPICS } from './service';

let asked = 0;

export class Platform {
  constructor(
    private readonly broker: Mosquitto,
    private readonly subscriber: Subscriber,
  ) {}

  /** @returns the answer; to one that restarts the service it takes a while */
  async ask(command: string, params: object = {}, transaction = `t-${++asked}`): Promise<Answer> {
    const before = this.answers(command).length;
    await this.send(command, JSON.stringify({ transaction, by: 'test', params }));
    await eventually(this.subscriber, () => this.answers(command).length > before);
    return this.answers(command).at(-1) ?? { status: 'error', transaction: null };
  }

  send(command: string, payload: string, flags: readonly string[] = []): Promise<void> {
    return this.broker.publish(TOPICS.request(command), payload, flags);
  }

  answers(command: string): Answer[] {
    return this.subscriber.payloads(TOPICS.response(command)).map((payload) => JSON.parse(payload));
  }
}
