/** The configuration as a text that may be shown: secrets are masked where they stand, and put back when it returns (pure). */
import { isMap, isScalar, isSeq, type Node, type Scalar, stringify } from 'yaml';
import { redactUrlCredentials } from '../runtime/redact';
import { readYaml } from './yaml';

export const MASK = '••••••';
const SECRET_KEY = /pass(word)?|secret|token/i;

interface Secret {
  /** Keys, and the ids of list entries: the same however the list is sorted. */
  readonly place: string;
  readonly range: readonly [from: number, to: number];
  readonly value: string;
  readonly shown: string;
}

export function hideSecrets(text: string): string {
  return replaced(text, (secret) => (secret.shown === secret.value ? undefined : quoted(secret.shown)));
}

/** @param original the text with the secrets that `text` was shown without */
export function restoreSecrets(text: string, original: string): string {
  const known = new Map(secretsIn(original).map(({ place, value, shown }) => [`${place} ${shown}`, value]));
  return replaced(text, ({ place, value }) => {
    const secret = known.get(`${place} ${value}`);
    return secret === undefined || secret === value ? undefined : quoted(secret);
  });
}

/** YAML at all: where it is not, no secret can be put back. */
export function isReadable(text: string): boolean {
  return readYaml(text).errors.length === 0;
}

function replaced(text: string, by: (secret: Secret) => string | undefined): string {
  let result = text;
  // From the end, so that the places before keep their numbers.
  for (const secret of secretsIn(text).sort((a, b) => b.range[0] - a.range[0])) {
    const next = by(secret);
    if (next === undefined) continue;
    const [from, to] = secret.range;
    // A block scalar ends with its line.
    const end = result.slice(from, to).endsWith('\n') ? '\n' : '';
    result = result.slice(0, from) + next + end + result.slice(to);
  }
  return result;
}

function secretsIn(text: string): Secret[] {
  const document = readYaml(text);
  return document.errors.length > 0 ? [] : within(document.contents, '', false);
}

function within(node: unknown, place: string, isSecret: boolean): Secret[] {
  if (isMap(node))
    return node.items.flatMap(({ key, value }) => {
      const name = isScalar(key) ? String(key.value) : '';
      return within(value, `${place}/${name}`, isSecret || SECRET_KEY.test(name));
    });
  if (isSeq(node)) return node.items.flatMap((one, index) => within(one, `${place}/${idOf(one) ?? index}`, isSecret));
  return isScalar(node) ? scalarSecret(node, place, isSecret) : [];
}

function scalarSecret(node: Scalar & Node, place: string, isSecret: boolean): Secret[] {
  const { range, value: held } = node;
  if (!range || held === null || held === undefined) return [];
  const value = String(held);
  return [{ place, range: [range[0], range[1]], value, shown: isSecret ? MASK : redactUrlCredentials(value) }];
}

function idOf(node: unknown): string | undefined {
  const id = isMap(node) ? node.get('id') : undefined;
  return typeof id === 'string' ? id : undefined;
}

/** On one line, whatever is in it. */
function quoted(value: string): string {
  return stringify(value, { defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 }).trim();
}
