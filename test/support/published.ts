/** The published contract as a stranger reads it: files only, nothing of src. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020';
import addFormats from 'ajv-formats';
import { PACKAGE_ROOT } from '../../src/places';

export const CONTRACT_FOLDER = join(PACKAGE_ROOT, 'src/mqtt/contract');

interface Channel {
  readonly address: string;
  readonly messages: Readonly<Record<string, unknown>>;
}

export class PublishedContract {
  private readonly ajv = addFormats(new Ajv2020({ allErrors: true, strict: true, allowUnionTypes: true }));
  private readonly validators = new Map<string, ValidateFunction>();
  private readonly channels: readonly Channel[];

  constructor(folder = CONTRACT_FOLDER) {
    for (const file of schemaFiles(folder)) {
      const schema: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
      this.validators.set(file.slice(0, -'.json'.length), this.ajv.compile(Object(schema)));
    }
    this.channels = Object.values(JSON.parse(readFileSync(join(folder, 'asyncapi.json'), 'utf8')).channels);
  }

  get messages(): readonly string[] {
    return [...this.validators.keys()].sort();
  }

  /** The message that belongs to a topic, in either spelling of a command; undefined when the contract does not know the topic. */
  messageOn(spelt: string): string | undefined {
    const topic = spelt.replace(/(?<=\/response\/)[^/]+$/, (command) => command.replaceAll('-', '.'));
    const channel = this.channels.find(({ address }) =>
      new RegExp(`^${address.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(topic),
    );
    return channel === undefined ? undefined : Object.keys(channel.messages)[0];
  }

  /** What is wrong with a payload under the published schema of a message; empty when nothing is. */
  problems(message: string, value: unknown): string[] {
    const validate = this.validators.get(message);
    if (validate === undefined) return [`no published schema ${message}`];
    if (validate(value)) return [];
    return (validate.errors ?? []).map(({ instancePath, message: text }) => `${message}${instancePath}: ${text}`);
  }

  /** The same for what came over the wire: plain text where JSON does not read it. */
  problemsOnWire({ topic, payload }: { readonly topic: string; readonly payload: string }): string[] {
    const message = this.messageOn(topic);
    if (message === undefined) return [`${topic}: a topic the contract does not know`];
    return this.problems(message, readPayload(payload));
  }
}

function readPayload(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}

export function schemaFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'asyncapi.json');
}
