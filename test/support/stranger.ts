/** A subscriber written from the published documents alone: asyncapi.json says where, the JSON Schemas say what. Nothing of src. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectAsync, type MqttClient } from 'mqtt';
import { CONTRACT_FOLDER, PublishedContract } from './published';

interface Document {
  readonly channels: Readonly<
    Record<string, { readonly address: string; readonly messages: Readonly<Record<string, unknown>> }>
  >;
}

export class Stranger implements AsyncDisposable {
  readonly problems: string[] = [];
  /** By source and id, as the contract says; in the order received. */
  readonly events = new Map<string, { readonly sequence: number; readonly replayed: boolean }>();
  repeated = 0;
  readonly answers: unknown[] = [];
  readonly #contract = new PublishedContract();
  #lastSequence = 0;
  readonly gaps: { from: number; to: number }[] = [];

  private constructor(
    private readonly client: MqttClient,
    private readonly node: string,
  ) {}

  static async start(url: string, access: { username: string; password: string }, node: string): Promise<Stranger> {
    const client = await connectAsync(url, { ...access, protocolVersion: 4 });
    const stranger = new Stranger(client, node);
    client.on('message', (topic, payload) => stranger.#take(topic, payload.toString()));
    const wanted = ['violation-1', 'prompt-1', 'outcome-1', 'response-event.replay-1'];
    await client.subscribeAsync(
      wanted.map((name) => addressOf(name, node, '+')),
      { qos: 1 },
    );
    return stranger;
  }

  /** Asks for the events of its first gap again. */
  async askAgain(): Promise<void> {
    const [gap] = this.gaps;
    const request = { transaction: 'again', params: { fromSequence: gap?.from, toSequence: gap?.to } };
    this.problems.push(...this.#contract.problems('request-event.replay-1', request));
    await this.client.publishAsync(addressOf('request-event.replay-1', this.node, ''), JSON.stringify(request), {
      qos: 1,
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client.endAsync(true);
  }

  #take(topic: string, payload: string): void {
    this.problems.push(...this.#contract.problemsOnWire({ topic, payload }));
    const message = JSON.parse(payload);
    if (message.specversion === undefined) {
      this.answers.push(message);
      return;
    }
    const key = `${message.source} ${message.id}`;
    const sequence = Number(message.sequence);
    if (this.events.has(key)) this.repeated += 1;
    else this.events.set(key, { sequence, replayed: message.data.replayed });
    if (this.#lastSequence > 0 && sequence > this.#lastSequence + 1) {
      this.gaps.push({ from: this.#lastSequence + 1, to: sequence - 1 });
    }
    this.#lastSequence = Math.max(this.#lastSequence, sequence);
  }
}

function addressOf(message: string, node: string, camera: string): string {
  const document: Document = JSON.parse(readFileSync(join(CONTRACT_FOLDER, 'asyncapi.json'), 'utf8'));
  const channel = Object.values(document.channels).find(({ messages }) => message in messages);
  if (channel === undefined) throw new Error(`the document knows no ${message}`);
  return channel.address.replace('{node}', node).replace('{camera}', camera);
}
