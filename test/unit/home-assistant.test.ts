/** The discovery message against what Home Assistant demands of it (its documentation of MQTT discovery, as a schema). */
import { Ajv2020 } from 'ajv/dist/2020';
import { MESSAGES } from '../../src/mqtt/contract';
import { discovery } from '../../src/mqtt/home-assistant';
import { topicsOf } from '../../src/mqtt/topics';

const text = { type: 'string', minLength: 1 };
const topic = { type: 'string', pattern: '^[^#+]+$' };
const common = {
  unique_id: text,
  name: text,
  state_topic: topic,
  value_template: { type: 'string', pattern: '^\\{\\{.*\\}\\}$' },
};
const component = (platform: string, properties: object, required: readonly string[] = []) => ({
  type: 'object',
  properties: { platform: { const: platform }, ...common, ...properties },
  required: ['platform', 'unique_id', 'state_topic', ...required],
  additionalProperties: false,
});
const onOff = { payload_on: text, payload_off: text };
const category = { entity_category: { enum: ['config', 'diagnostic'] } };
const SCHEMA = {
  type: 'object',
  properties: {
    device: {
      type: 'object',
      properties: {
        identifiers: { type: 'array', items: text, minItems: 1 },
        name: text,
        manufacturer: text,
        sw_version: text,
      },
      required: ['identifiers'],
      additionalProperties: false,
    },
    origin: {
      type: 'object',
      properties: { name: text, sw_version: text },
      required: ['name'],
      additionalProperties: false,
    },
    availability: {
      type: 'array',
      items: {
        type: 'object',
        properties: { topic, payload_available: text, payload_not_available: text },
        required: ['topic'],
      },
    },
    qos: { enum: [0, 1, 2] },
    components: {
      type: 'object',
      minProperties: 1,
      propertyNames: { pattern: '^[a-zA-Z0-9_-]+$' },
      additionalProperties: {
        oneOf: [
          component('sensor', {
            ...category,
            unit_of_measurement: text,
            device_class: { enum: ['duration', 'enum'] },
            state_class: { enum: ['measurement', 'total', 'total_increasing'] },
            options: { type: 'array', items: text },
          }),
          component('binary_sensor', { ...onOff, device_class: { enum: ['connectivity'] } }),
          component('switch', { ...onOff, command_topic: topic }, ['command_topic']),
        ],
      },
    },
  },
  required: ['device', 'origin', 'components'],
  additionalProperties: false,
};

const TOPICS = topicsOf('330522-01');
const NODE = {
  nodeId: '330522-01',
  name: '长安路口',
  version: '0.1.0',
  prefix: 'homeassistant',
  cameras: [
    { id: 'east', name: '东进口' },
    { id: 'west-2', name: '' },
  ],
  speakers: ['horn'],
  canSwitch: { detect: true, prompt: false },
};
const message = discovery(NODE, TOPICS);
const payload = JSON.parse(message.payload);

it('is one device with what Home Assistant demands, and nothing it does not know', () => {
  const validate = new Ajv2020({ allErrors: true, strict: false }).compile(SCHEMA);
  validate(payload);
  expect(validate.errors ?? []).toEqual([]);
  expect(message.topic).toBe('homeassistant/device/anqi_330522-01/config');
  expect(validate({ ...payload, components: { x: { platform: 'sensor' } } })).toBe(false);
});

it('names only topics of the contract, and every entity once', () => {
  const components: Record<string, string>[] = Object.values(payload.components);
  const named = components.flatMap((one) => [one.state_topic, one.command_topic].filter((name) => name !== undefined));
  const known = MESSAGES.map(
    ({ topic: address }) => new RegExp(`^anqi/v1/330522-01/${address.replace(/\{\w+\}/g, '[^/]+')}$`),
  );
  for (const name of named) expect(known.some((address) => address.test(name))).toBe(true);
  const ids = components.map(({ unique_id }) => unique_id);
  expect(new Set(ids).size).toBe(ids.length);
  expect(Object.keys(payload.components)).toEqual(
    expect.arrayContaining(['camera_east', 'camera_west-2', 'speaker_horn', 'spoken_horn', 'waiting', 'dropped']),
  );
});

it('offers a switch only where the site allows the command', () => {
  expect(payload.components.detect_east).toMatchObject({
    platform: 'switch',
    command_topic: TOPICS.camera('east').switchSet('detect'),
  });
  expect(payload.components.prompt_east).toMatchObject({ platform: 'binary_sensor' });
});

it('shows the camera states there are', () => {
  const states = MESSAGES.find(({ name }) => name === 'camera-state-1')?.schema;
  for (const state of payload.components.camera_east.options) {
    expect(states?.safeParse({ state, since: '2026-11-23T08:00:00.000+08:00' }).success).toBe(true);
  }
});
