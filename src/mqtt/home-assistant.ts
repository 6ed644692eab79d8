/**
 * Announces the box to Home Assistant by MQTT device discovery: one device, its camera states, counters and switches (pure).
 * https://www.home-assistant.io/integrations/mqtt/#discovery-messages
 */
import type { NodeTopics } from './topics';

export interface AnnouncedNode {
  readonly nodeId: string;
  readonly name: string;
  readonly version: string;
  readonly prefix: string;
  readonly cameras: readonly { readonly id: string; readonly name: string }[];
  readonly speakers: readonly string[];
  /** Whether the site lets them be switched. */
  readonly canSwitch: { readonly detect: boolean; readonly prompt: boolean };
}

export function discovery(
  node: AnnouncedNode,
  topics: NodeTopics,
): { readonly topic: string; readonly payload: string } {
  const { nodeId, name, version, prefix, cameras, speakers } = node;
  const id = `anqi_${nodeId}`;
  const payload = {
    device: { identifiers: [id], name: name || `Anqi ${nodeId}`, manufacturer: 'Anqi 安骑', sw_version: version },
    origin: { name: 'anqi', sw_version: version },
    availability: [{ topic: topics.state, payload_available: 'online', payload_not_available: 'offline' }],
    qos: 1,
    components: Object.fromEntries([
      ...counters(topics, id),
      ...cameras.flatMap((camera) => ofCamera(camera, { node, topics, id })),
      ...speakers.flatMap((speaker) => ofSpeaker(speaker, topics, id)),
    ]),
  };
  return { topic: `${prefix}/device/${id}/config`, payload: JSON.stringify(payload) };
}

type Component = readonly [key: string, Readonly<Record<string, unknown>>];

function counters(topics: NodeTopics, id: string): Component[] {
  const sensor = (key: string, name: string, rest: object): Component => [
    key,
    {
      platform: 'sensor',
      unique_id: `${id}_${key}`,
      name,
      state_topic: topics.health,
      entity_category: 'diagnostic',
      ...rest,
    },
  ];
  return [
    sensor('health', 'health 健康', { value_template: '{{ value_json.status }}' }),
    sensor('waiting', 'waiting events 待发事件', {
      value_template: '{{ value_json.outbox.depth }}',
      state_class: 'measurement',
    }),
    sensor('waiting_age', 'oldest waiting event 最早待发', {
      value_template: '{{ value_json.outbox.oldestAgeS }}',
      unit_of_measurement: 's',
      device_class: 'duration',
    }),
    sensor('dropped', 'dropped events 丢弃事件', {
      value_template: '{{ value_json.outbox.dropped }}',
      state_class: 'total_increasing',
    }),
  ];
}

function ofCamera(
  camera: AnnouncedNode['cameras'][number],
  { node, topics, id }: { readonly node: AnnouncedNode; readonly topics: NodeTopics; readonly id: string },
): Component[] {
  const own = topics.camera(camera.id);
  const label = camera.name || camera.id;
  const state: Component = [
    `camera_${camera.id}`,
    {
      platform: 'sensor',
      unique_id: `${id}_camera_${camera.id}`,
      name: `${label} 状态`,
      state_topic: own.state,
      value_template: '{{ value_json.state }}',
      device_class: 'enum',
      options: ['online', 'connecting', 'stalled', 'offline', 'disabled'],
    },
  ];
  const names = { detect: '检测', prompt: '播报' };
  const switches = (['detect', 'prompt'] as const).map((what): Component => {
    const key = `${what}_${camera.id}`;
    const common = { unique_id: `${id}_${key}`, name: `${label} ${names[what]}`, state_topic: own.switchState(what) };
    const platform = node.canSwitch[what]
      ? { platform: 'switch', command_topic: own.switchSet(what) }
      : { platform: 'binary_sensor' };
    return [key, { ...platform, ...common, payload_on: 'ON', payload_off: 'OFF' }];
  });
  return [state, ...switches];
}

function ofSpeaker(speaker: string, topics: NodeTopics, id: string): Component[] {
  const state = {
    platform: 'binary_sensor',
    unique_id: `${id}_speaker_${speaker}`,
    name: `${speaker} 喇叭`,
    state_topic: topics.speakerState(speaker),
    value_template: "{{ 'ON' if value_json.state == 'online' else 'OFF' }}",
    device_class: 'connectivity',
  };
  const spoken = {
    platform: 'sensor',
    unique_id: `${id}_spoken_${speaker}`,
    name: `${speaker} prompts 播报次数`,
    state_topic: topics.health,
    // Ids may hold a hyphen, which a dot would read as minus.
    value_template: `{{ value_json.prompts['${speaker}'].spoken | default(0) }}`,
    state_class: 'total_increasing',
  };
  return [
    [`speaker_${speaker}`, state],
    [`spoken_${speaker}`, spoken],
  ];
}
