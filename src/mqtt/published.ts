/** From the contract to the files a subscriber reads (pure): asyncapi.json and one JSON Schema 2020-12 per message. */
import { z } from 'zod';
import { CONTRACT_VERSION } from './commands';
import { type ContractMessage, MESSAGES } from './contract';

const ROOT = 'anqi/v1/{node}';
const PARAMETERS: Readonly<Record<string, string>> = {
  node: 'id of the box',
  camera: 'id of a camera of the box',
  speaker: 'id of a loudspeaker of the box',
};
const DESCRIPTION = [
  'What a junction box of Anqi (安骑) says and what it can be asked.',
  'Events are CloudEvents 1.0 in structured JSON at QoS 1: at least once, in order, numbered without gaps per box.',
  'Within v1 fields may be added; what is there keeps its name, type and meaning. Readers ignore what they do not know.',
].join(' ');

/** File name → text, for src/mqtt/contract/. */
export function contractFiles(): ReadonlyMap<string, string> {
  const schemas = MESSAGES.map((message) => [`${message.name}.json`, asText(jsonSchema(message))] as const);
  return new Map([['asyncapi.json', asText(asyncApi(MESSAGES))], ...schemas]);
}

/** As published: open, so that a field added later breaks no reader. */
export function jsonSchema({ name, schema, title, examples, direction }: ContractMessage): object {
  const { $schema, ...rest } = z.toJSONSchema(schema, {
    io: direction === 'send' ? 'output' : 'input',
    override: open,
  });
  return { $schema, $id: `urn:anqi:schema:${name}.json`, title: titleOf(title), ...rest, examples };
}

export function asyncApi(messages: readonly ContractMessage[]): object {
  const topics = [...new Set(messages.map(({ topic }) => topic))];
  return {
    asyncapi: '3.0.0',
    id: 'urn:anqi:contract',
    info: {
      title: 'Anqi 安骑',
      version: CONTRACT_VERSION,
      description: DESCRIPTION,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    defaultContentType: 'application/json',
    channels: Object.fromEntries(topics.map((topic) => [channelName(topic), channel(topic, messages)])),
    operations: Object.fromEntries(
      messages
        .filter((message) => message.answer !== undefined || !message.topic.startsWith('response/'))
        .map((message) => [message.name, operation(message, messages)]),
    ),
    components: { messages: Object.fromEntries(messages.map((message) => [message.name, component(message)])) },
  };
}

function channel(topic: string, messages: readonly ContractMessage[]): object {
  const address = `${ROOT}/${topic}`;
  const names = [...address.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  return {
    address,
    parameters: Object.fromEntries(names.map((name) => [name, { description: PARAMETERS[name] }])),
    messages: Object.fromEntries(
      messages
        .filter((message) => message.topic === topic)
        .map(({ name }) => [name, { $ref: `#/components/messages/${pointer(name)}` }]),
    ),
  };
}

function operation(message: ContractMessage, messages: readonly ContractMessage[]): object {
  const answer = messages.find(({ name }) => name === message.answer);
  return {
    action: message.direction,
    channel: channelRef(message),
    title: titleOf(message.title),
    messages: [messageRef(message)],
    bindings: {
      mqtt: { qos: message.direction === 'send' ? 1 : 0, retain: message.isRetained, bindingVersion: '0.2.0' },
    },
    ...(answer === undefined ? {} : { reply: { channel: channelRef(answer), messages: [messageRef(answer)] } }),
  };
}

function component(message: ContractMessage): object {
  const { schema, direction, title, name, contentType, examples } = message;
  const io = direction === 'send' ? 'output' : 'input';
  const { $schema: _, ...payload } = z.toJSONSchema(schema, { target: 'draft-7', io, override: open });
  return {
    name,
    title: titleOf(title),
    contentType,
    payload: { ...payload, 'x-json-schema': `urn:anqi:schema:${name}.json` },
    examples: examples.map((payload) => ({ payload })),
  };
}

/** Readers must take fields that are added later. What the node itself sends and takes is checked without this. */
function open({ jsonSchema: node }: { readonly jsonSchema: { additionalProperties?: unknown } }): void {
  if (node.additionalProperties === false) delete node.additionalProperties;
}

function channelName(topic: string): string {
  return topic.replace(/\{(\w+)\}\//g, '').replaceAll('/', '-');
}

function channelRef({ topic }: ContractMessage): object {
  return { $ref: `#/channels/${pointer(channelName(topic))}` };
}

function messageRef({ topic, name }: ContractMessage): object {
  return { $ref: `#/channels/${pointer(channelName(topic))}/messages/${pointer(name)}` };
}

function pointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

function titleOf({ en, zh }: ContractMessage['title']): string {
  return `${en} ${zh}`;
}

function asText(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
