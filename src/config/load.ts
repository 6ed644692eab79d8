/**
 * Reads a configuration file: YAML with line numbers, then the schema, then what one key says about another.
 * Every problem is reported at once with line, key, what was found and what is expected; secrets are never shown.
 */
import { readFileSync } from 'node:fs';
import { type Document, isNode, LineCounter } from 'yaml';
import type { z } from 'zod';
import { messageOf } from '../errors';
import { type Config, configSchema } from './schema';
import { SPEAKER_KINDS } from './speakers';
import { readYaml } from './yaml';

export interface ConfigProblem {
  /** 1-based; 0 = the whole file. */
  readonly line: number;
  readonly key: string;
  readonly found: string;
  readonly expected: string;
}

export type ConfigResult =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

const SECRET_KEY = /pass(word)?|secret|token/i;
/** Cameras that take their password in the address: `…?user=a&password=b`. */
const SECRET_PARAMETER = /((?:pass|pwd|secret|token)\w*?[=:])[^&\s"]*/gi;
const MAX_FOUND_LENGTH = 60;
const MAX_SEARCHED = 2_000;
/** Of a text that is no YAML: what comes after so many follows from them. */
const MAX_PROBLEMS = 50;

/** @param environment for secrets: ANQI_MQTT_PASSWORD, ANQI_CAMERA_<ID>_PASSWORD, ANQI_SPEAKER_<ID>_PASSWORD, ANQI_UPLOAD_PASSWORD */
export function loadConfig(path: string, environment: NodeJS.ProcessEnv): ConfigResult {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    return { ok: false, problems: [{ line: 0, key: path, found: messageOf(error), expected: 'a readable YAML file' }] };
  }
  return parseConfig(text, environment);
}

export function parseConfig(text: string, environment: NodeJS.ProcessEnv): ConfigResult {
  const lines = new LineCounter();
  const document = readYaml(text, lines);
  if (document.errors.length > 0) {
    const problems = document.errors.slice(0, MAX_PROBLEMS).map((error) => ({
      line: lines.linePos(error.pos[0]).line,
      key: '',
      found: error.code.toLowerCase().replaceAll('_', ' '),
      expected: `YAML: ${withoutQuotation(error.message)}`,
    }));
    return { ok: false, problems };
  }
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 100 });
  } catch {
    const expected = 'YAML in which every *name stands for an earlier &name, and not endlessly; quote other values';
    return { ok: false, problems: [{ line: 0, key: '', found: 'an alias that cannot be followed', expected }] };
  }
  const lineOf = (path: readonly PropertyKey[]): number => findLine(document, lines, path);
  const parsed = configSchema.safeParse(value);
  const issues = parsed.success ? [] : parsed.error.issues;
  const problems = [...issues.flatMap((issue) => describeIssue(issue, value, lineOf)), ...crossChecks(value, lineOf)];
  if (!parsed.success || problems.length > 0) return { ok: false, problems: problems.sort((a, b) => a.line - b.line) };
  return { ok: true, config: deepFreeze(withSecrets(parsed.data, environment)) };
}

/** The parser quotes what it stumbled over, which may be a secret; the line says where it stands. */
function withoutQuotation(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/ at line \d+.*/, '').replace(/(\w): .*/, '$1');
}

/** One line per problem, for people. */
export function formatProblem(problem: ConfigProblem, file: string): string {
  const where = problem.line > 0 ? `${file}:${problem.line}` : file;
  const key = problem.key === '' ? '' : ` ${problem.key}:`;
  return `${where}:${key} found ${problem.found}, expected ${problem.expected}`;
}

const MOVED_TO_MODELS =
  'no such key any more: this threshold belongs to the model, see models/head-classifier.json; delete the line';
/** Keys that were or may be looked for, and what is there instead. */
const ABSENT_KEYS: Readonly<Record<string, string>> = {
  'decision.minLooks': MOVED_TO_MODELS,
  'decision.minSpanMs': MOVED_TO_MODELS,
  'decision.windowMs': MOVED_TO_MODELS,
  'decision.minHeadPx': MOVED_TO_MODELS,
  'prompts.honorific':
    'no such key: nothing tells 先生 from 女士 surely enough, so riders are 骑手朋友; delete the line, or write prompts.wording',
};

function describeIssue(
  issue: z.core.$ZodIssue,
  root: unknown,
  lineOf: (path: readonly PropertyKey[]) => number,
): ConfigProblem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => ({
      line: lineOf([...issue.path, name]),
      // `password:x` without a blank is a key to YAML: what follows the colon may be a secret.
      key: keyText([...issue.path, name.replace(/[:=\s].*/s, '…')]),
      found: 'an unknown key',
      expected: ABSENT_KEYS[keyText([...issue.path, name])] ?? 'a key of config/anqi.example.yaml (check the spelling)',
    }));
  }
  const found = valueAt(root, issue.path);
  return [
    {
      line: lineOf(issue.path),
      key: keyText(issue.path),
      found: showValue(found, issue.path),
      expected: expectation(issue),
    },
  ];
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `${sizeWords(issue.origin)} at least ${issue.minimum}`;
    case 'too_big':
      return `${sizeWords(issue.origin)} at most ${issue.maximum}`;
    case 'invalid_value':
      return `one of ${issue.values.map((value) => String(value)).join(', ')}`;
    case 'invalid_type':
      return `a value of type ${issue.expected}`;
    case 'invalid_union':
      return issue.discriminator === undefined ? issue.message : `a known kind: ${SPEAKER_KINDS.join(', ')}`;
    default:
      return issue.message;
  }
}

function sizeWords(origin: string): string {
  if (origin === 'string') return 'a text of length';
  return origin === 'array' ? 'a list of length' : 'a number of';
}

/** What one key says about another. Works on the raw value, so that these problems show beside the schema's. */
function crossChecks(root: unknown, lineOf: (path: readonly PropertyKey[]) => number): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const report = (path: readonly PropertyKey[], found: string, expected: string): void => {
    problems.push({ line: lineOf(path), key: keyText(path), found, expected });
  };
  const listOf = (list: string): unknown[] => {
    const value = valueAt(root, [list]);
    return Array.isArray(value) ? value : [];
  };
  for (const list of ['cameras', 'speakers']) {
    const seen = new Set<unknown>();
    listOf(list).forEach((entry, index) => {
      const id = valueAt(entry, ['id']);
      if (id !== undefined && seen.has(id)) {
        report([list, index, 'id'], showValue(id, []), 'an id that no other entry of the list has');
      }
      seen.add(id);
    });
  }
  const speakers = listOf('speakers').map((speaker) => String(valueAt(speaker, ['id'])));
  listOf('cameras').forEach((camera, index) => {
    const speaker = valueAt(camera, ['speaker']);
    if (typeof speaker === 'string' && !speakers.includes(speaker)) {
      const known = speakers.length > 0 ? speakers.join(', ') : 'an entry under speakers';
      report(['cameras', index, 'speaker'], showValue(speaker, []), `the id of a speaker: ${known}`);
    }
  });
  const addresses = [
    ...['cameras', 'speakers'].flatMap((list) => listOf(list).map((_, index) => [list, index, 'url'])),
    ['mqtt', 'url'],
    ['evidence', 'upload', 'url'],
    ['evidence', 'serve', 'url'],
  ];
  for (const path of addresses) {
    const url = valueAt(root, path);
    if (typeof url === 'string' && /^\w+:\/\/.*@/.test(url)) {
      report(
        path,
        '(an address with user or password, hidden)',
        'the address alone; put them into username and password',
      );
    }
    if (typeof url === 'string' && /=\*\*\*($|[&;])/.test(url)) {
      report(path, '*** in place of a password, as the configuration is shown', 'the address with the password itself');
    }
  }
  return problems;
}

function withSecrets(config: Config, environment: NodeJS.ProcessEnv): Config {
  const secret = (name: string): { password: string } | object => {
    const value = environment[name];
    return value === undefined || value === '' ? {} : { password: value };
  };
  const passwordOf = (kind: string, id: string) =>
    secret(`ANQI_${kind}_${id.toUpperCase().replaceAll('-', '_')}_PASSWORD`);
  const cameras = config.cameras.map((camera) => ({ ...camera, ...passwordOf('CAMERA', camera.id) }));
  const speakers = config.speakers.map((one) => ('url' in one ? { ...one, ...passwordOf('SPEAKER', one.id) } : one));
  const mqtt = config.mqtt === undefined ? {} : { mqtt: { ...config.mqtt, ...secret('ANQI_MQTT_PASSWORD') } };
  const { upload } = config.evidence;
  const store = upload === undefined ? {} : { upload: { ...upload, ...secret('ANQI_UPLOAD_PASSWORD') } };
  return { ...config, cameras, speakers, ...mqtt, evidence: { ...config.evidence, ...store } };
}

function findLine(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}

function showValue(value: unknown, path: readonly PropertyKey[]): string {
  if (value === undefined || value === null) return 'nothing';
  if (path.some((key) => SECRET_KEY.test(String(key)))) return '(hidden)';
  if (typeof value === 'object') return Array.isArray(value) ? `a list of ${value.length}` : 'a group of keys';
  const text = JSON.stringify(value) ?? String(value);
  // Too long to be told which part of it is secret.
  if (text.length > MAX_SEARCHED) return `a text of ${text.length} characters`;
  const shown = text.replace(/^.*@/s, '"(hidden)@').replace(SECRET_PARAMETER, '$1(hidden)');
  return shown.length > MAX_FOUND_LENGTH ? `${shown.slice(0, MAX_FOUND_LENGTH)}…` : shown;
}

function keyText(path: readonly PropertyKey[]): string {
  return path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
