/**
 * The whole contract as data: every message with its topic and schema. From it the AsyncAPI document and one JSON Schema
 * per message are generated (`npm run contract`); the tests hold the published files and the wire against it.
 */
import type { z } from 'zod';
import { COMMAND_NAMES, type CommandName, errorAnswer, refusalSchema, requestSchema, responseSchema } from './commands';
import { outcomeEvent, promptEvent, violationEvent } from './events';
import { COMMAND_EXAMPLES, EVENT_EXAMPLES, STATE_EXAMPLES } from './examples';
import { cameraStats, cameraStatus, nodeHealth, nodeInfo, nodeState, speakerStatus, switchState } from './states';

export interface ContractMessage {
  /** Names the schema: urn:anqi:schema:{name}.json, contract/{name}.json. */
  readonly name: string;
  readonly title: { readonly en: string; readonly zh: string };
  /** Below anqi/v1/{node}/. */
  readonly topic: string;
  /** As the node sees it. */
  readonly direction: 'send' | 'receive';
  readonly isRetained: boolean;
  readonly contentType: 'application/json' | 'text/plain';
  readonly schema: z.ZodType;
  readonly examples: readonly unknown[];
  /** Of a request: the name of its answer. */
  readonly answer?: string;
}

const STATE = { direction: 'send', isRetained: true, contentType: 'application/json' } as const;
const EVENT = { direction: 'send', isRetained: false, contentType: 'application/json' } as const;

const STATES: readonly ContractMessage[] = [
  {
    ...STATE,
    name: 'node-state-1',
    title: { en: 'whether the node is there; `offline` is its last will', zh: '设备在线状态' },
    topic: 'state',
    contentType: 'text/plain',
    schema: nodeState,
    examples: STATE_EXAMPLES.nodeState,
  },
  {
    ...STATE,
    name: 'node-info-1',
    title: { en: 'what the node is made of', zh: '设备信息' },
    topic: 'info',
    schema: nodeInfo,
    examples: STATE_EXAMPLES.nodeInfo,
  },
  {
    ...STATE,
    name: 'node-health-1',
    title: { en: 'how well the node is', zh: '设备健康' },
    topic: 'health',
    schema: nodeHealth,
    examples: STATE_EXAMPLES.nodeHealth,
  },
  {
    ...STATE,
    name: 'camera-state-1',
    title: { en: 'whether a camera delivers pictures', zh: '摄像头状态' },
    topic: 'camera/{camera}/state',
    schema: cameraStatus,
    examples: STATE_EXAMPLES.cameraStatus,
  },
  {
    ...STATE,
    name: 'camera-stats-1',
    title: { en: 'counts, correction rate and helmet use of a camera', zh: '摄像头统计' },
    topic: 'camera/{camera}/stats',
    schema: cameraStats,
    examples: STATE_EXAMPLES.cameraStats,
  },
  {
    ...STATE,
    name: 'speaker-state-1',
    title: { en: 'whether a loudspeaker can speak', zh: '喇叭状态' },
    topic: 'speaker/{speaker}/state',
    schema: speakerStatus,
    examples: STATE_EXAMPLES.speakerStatus,
  },
];

const SWITCHES: readonly ContractMessage[] = (['detect', 'prompt'] as const).flatMap((what) => {
  const title =
    what === 'detect'
      ? { en: 'whether riders are looked for', zh: '检测开关' }
      : { en: 'whether riders are spoken to', zh: '播报开关' };
  const common = {
    title,
    contentType: 'text/plain',
    schema: switchState,
    examples: STATE_EXAMPLES.switchState,
  } as const;
  return [
    { ...STATE, ...common, name: `camera-${what}-state-1`, topic: `camera/{camera}/${what}/state` },
    {
      ...common,
      name: `camera-${what}-set-1`,
      topic: `camera/{camera}/${what}/set`,
      direction: 'receive',
      isRetained: false,
    },
  ] as const;
});

const EVENTS: readonly ContractMessage[] = [
  {
    ...EVENT,
    name: 'violation-1',
    title: { en: 'somebody without a helmet, confirmed', zh: '未戴头盔' },
    topic: 'camera/{camera}/event/violation',
    schema: violationEvent,
    examples: examplesOf('violation'),
  },
  {
    ...EVENT,
    name: 'prompt-1',
    title: { en: 'what was said to them', zh: '语音提醒' },
    topic: 'camera/{camera}/event/prompt',
    schema: promptEvent,
    examples: examplesOf('prompt'),
  },
  {
    ...EVENT,
    name: 'outcome-1',
    title: { en: 'whether they put it on', zh: '提醒结果' },
    topic: 'camera/{camera}/event/outcome',
    schema: outcomeEvent,
    examples: examplesOf('outcome'),
  },
];

const TITLES: Readonly<Record<CommandName, ContractMessage['title']>> = {
  ping: { en: 'are you there', zh: '探测' },
  info: { en: 'what the node is made of', zh: '查询设备信息' },
  'config.get': { en: 'the configuration in force', zh: '读取配置' },
  'config.set': { en: 'change the configuration; it returns by itself when it does not work', zh: '修改配置' },
  'camera.detect': { en: 'look for riders, or do not', zh: '开关检测' },
  'prompt.mute': { en: 'do not speak to riders of a camera', zh: '静音' },
  'prompt.test': { en: 'speak a sentence', zh: '试播' },
  'event.replay': { en: 'send events again', zh: '重发事件' },
  'stats.get': { en: 'counts and correction rate', zh: '读取统计' },
  snapshot: { en: 'a picture of now, heads blurred', zh: '抓图' },
};

const REQUESTS: readonly ContractMessage[] = COMMAND_NAMES.flatMap((name) => {
  const common = { title: TITLES[name], isRetained: false, contentType: 'application/json' } as const;
  const example = COMMAND_EXAMPLES[name];
  const transaction = '7c1e';
  return [
    {
      ...common,
      name: `request-${name}-1`,
      topic: `request/${name}`,
      direction: 'receive',
      schema: requestSchema(name),
      examples: [{ transaction, by: 'platform', params: example.params }],
      answer: `response-${name}-1`,
    },
    {
      ...common,
      name: `response-${name}-1`,
      topic: `response/${name}`,
      direction: 'send',
      schema: responseSchema(name),
      examples: [
        { status: 'ok', transaction, data: example.data },
        errorAnswer(transaction, 'not_allowed', 'mqtt.commands does not name it'),
      ],
    },
  ] as const;
});

const REFUSAL: ContractMessage = {
  ...EVENT,
  name: 'response-unknown-1',
  title: { en: 'the answer to something that is no known command', zh: '未知命令的应答' },
  topic: 'response/unknown',
  schema: refusalSchema,
  examples: [errorAnswer('7c1e', 'unknown_command', 'reboot')],
};

export const MESSAGES: readonly ContractMessage[] = [...STATES, ...SWITCHES, ...EVENTS, ...REQUESTS, REFUSAL];

function examplesOf(kind: string): readonly unknown[] {
  return EVENT_EXAMPLES.filter((event) => event.type === `cn.anqi.helmet.${kind}.v1`);
}
