/**
 * What a platform may ask of a node, and what the node answers: request/{command} → response/{command}.
 * One entry a command; the schemas are the source of the types, of the published files and of the checks.
 */
import { z } from 'zod';
import { nodeInfo } from './states';

const time = z.iso.datetime({ offset: true });
const id = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/);
const sequence = z.int().min(1);
const revision = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('sha256 of the configuration file');
const nothing = z.strictObject({});

/** Of the wire contract: a new field is a minor version, whatever breaks a subscriber a major one and a new topic root. */
export const CONTRACT_VERSION = '1.0.0';
/** Longer requests are refused unread. */
export const MAX_REQUEST_BYTES = 64 * 1024;
/** The most events one replay sends; ask again from where it ended. */
export const MAX_REPLAYED = 10_000;

export const COMMANDS = {
  ping: { params: nothing, data: z.strictObject({ at: time }) },
  info: { params: nothing, data: nodeInfo },
  'config.get': {
    params: nothing,
    data: z.strictObject({
      revision,
      config: z.record(z.string(), z.unknown()).describe('with every default, without secrets'),
    }),
  },
  'config.set': {
    params: z.strictObject({
      changes: z
        .record(z.string(), z.unknown())
        .describe('JSON merge patch (RFC 7396) on the configuration file: null removes a key, a list replaces a list'),
      revision: revision.optional().describe('refused when the file is not this one any more'),
      confirmWithinS: z
        .int()
        .min(5)
        .max(600)
        .default(60)
        .describe('the broker must be reached with the new configuration within this time, or the old one returns'),
    }),
    data: z.strictObject({ revision }),
  },
  'camera.detect': {
    params: z.strictObject({ camera: id, enabled: z.boolean() }),
    data: z.strictObject({ camera: id, enabled: z.boolean() }),
  },
  'prompt.mute': {
    params: z.strictObject({
      camera: id,
      muted: z.boolean(),
      minutes: z.int().min(1).max(10_080).optional().describe('then it speaks again; absent = until told otherwise'),
    }),
    data: z.strictObject({ camera: id, muted: z.boolean(), until: time.optional() }),
  },
  'prompt.test': {
    params: z.strictObject({ speaker: id, lang: z.enum(['zh-CN', 'wuu']).default('zh-CN') }),
    data: z.strictObject({
      text: z.string(),
      playback: z.enum(['confirmed', 'unconfirmed', 'failed']),
      reason: z.string().optional(),
    }),
  },
  'event.replay': {
    params: z.strictObject({
      fromSequence: sequence,
      toSequence: sequence.optional().describe('inclusive; absent = up to the newest'),
    }),
    data: z.strictObject({
      fromSequence: sequence,
      toSequence: z.int().min(0).describe(`the last number looked at: at most ${MAX_REPLAYED} events a request`),
      sent: z.int().min(0),
      gone: z
        .array(z.strictObject({ from: sequence, to: sequence }))
        .describe('numbers that are not kept any more, or were given by a numbering before this one'),
      waiting: z.int().min(0).describe('not sent by this replay because they are on their way for the first time'),
    }),
  },
  'stats.get': {
    params: z.strictObject({ camera: id.optional() }),
    data: z.record(z.string(), z.unknown()),
  },
  snapshot: {
    params: z.strictObject({ camera: id }),
    data: z.strictObject({
      camera: id,
      takenAt: time,
      url: z.url(),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
      expiresAt: time,
    }),
  },
} as const;

export type CommandName = keyof typeof COMMANDS;
export type CommandParams<N extends CommandName> = z.output<(typeof COMMANDS)[N]['params']>;
export type CommandData<N extends CommandName> = z.output<(typeof COMMANDS)[N]['data']>;

export const COMMAND_NAMES = [
  'ping',
  'info',
  'config.get',
  'config.set',
  'camera.detect',
  'prompt.mute',
  'prompt.test',
  'event.replay',
  'stats.get',
  'snapshot',
] as const satisfies readonly CommandName[];

export function isCommand(name: string): name is CommandName {
  return Object.hasOwn(COMMANDS, name);
}

/** Repeating one that changes something must not change it twice: its first answer is given again. */
export const CHANGING: ReadonlySet<string> = new Set<CommandName>([
  'config.set',
  'camera.detect',
  'prompt.mute',
  'prompt.test',
  'event.replay',
  'snapshot',
]);

const transaction = z
  .string()
  .regex(/^[\x21-\x7e]{1,64}$/)
  .describe('made by the asker; comes back in the answer. A repeated one is answered, not carried out again');
const by = z.string().min(1).max(100).optional().describe('who asks, for the audit');

/** What all requests share; `params` is read by the command's own schema. */
export const requestEnvelope = z.strictObject({ transaction, by, params: z.unknown().optional() });

export const ERROR_CODES = [
  'malformed',
  'too_long',
  'retained',
  'unknown_command',
  'not_allowed',
  'bad_params',
  'rate_limited',
  'busy',
  'not_found',
  'refused',
  'rolled_back',
  'failed',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

const commandError = z.strictObject({
  code: z.enum(ERROR_CODES),
  detail: z.string().max(2000).describe('what exactly, for the log'),
  text: z.strictObject({ en: z.string(), 'zh-CN': z.string() }).describe('for people'),
});
export type CommandError = z.infer<typeof commandError>;

/** The published form of one command's request. */
export function requestSchema(name: CommandName) {
  const { params } = COMMANDS[name];
  const isNeeded = !params.safeParse({}).success;
  return z.strictObject({ transaction, by, params: isNeeded ? params : params.optional() });
}

/** The published form of one command's answer; `data` when ok, `error` otherwise. */
export function responseSchema(name: CommandName) {
  return z.strictObject({ ...answer, data: COMMANDS[name].data.optional(), error: commandError.optional() });
}

const answer = {
  status: z.enum(['ok', 'error']),
  transaction: transaction.nullable().describe('null where the request was not read'),
};
/** An answer to something that is no known command. */
export const refusalSchema = z.strictObject({ ...answer, error: commandError });

export interface Answer {
  readonly status: 'ok' | 'error';
  readonly transaction: string | null;
  readonly data?: unknown;
  readonly error?: CommandError;
}

const TEXTS: Readonly<Record<ErrorCode, CommandError['text']>> = {
  malformed: { en: 'the request cannot be read', 'zh-CN': '请求格式错误' },
  too_long: { en: 'the request is too long', 'zh-CN': '请求过长' },
  retained: { en: 'a request must not be retained', 'zh-CN': '请求不得设为保留消息' },
  unknown_command: { en: 'there is no such command', 'zh-CN': '没有此命令' },
  not_allowed: { en: 'this site does not allow the command', 'zh-CN': '本站点未开放此命令' },
  bad_params: { en: 'a parameter is wrong', 'zh-CN': '参数有误' },
  rate_limited: { en: 'too many requests, wait a moment', 'zh-CN': '请求过于频繁，请稍候' },
  busy: { en: 'busy with earlier requests', 'zh-CN': '正在处理之前的请求' },
  not_found: { en: 'there is no such camera or speaker', 'zh-CN': '没有此摄像头或喇叭' },
  refused: { en: 'the request cannot be carried out', 'zh-CN': '无法执行该请求' },
  rolled_back: {
    en: 'the new configuration did not work, the old one is back',
    'zh-CN': '新配置未能生效，已恢复原配置',
  },
  failed: { en: 'the command failed', 'zh-CN': '命令执行失败' },
};

export function errorAnswer(transaction: string | null, code: ErrorCode, detail: string): Answer {
  return { status: 'error', transaction, error: { code, detail: detail.slice(0, 2000), text: TEXTS[code] } };
}
