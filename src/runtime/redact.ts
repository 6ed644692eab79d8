/**
 * Takes secrets out of anything that may be shown: logs, states, errors (pure).
 * Rather too much than too little: everything between `scheme://` and the last `@` of the same word goes.
 */

const REDACTED = '***';

/** Cameras that take their password in the address: `…?user=a&password=b`. */
const SECRET_PARAMETER = /([?&;]\w{0,40}(?:pass|pwd|secret|token)\w{0,40}=)[^&\s"]+/gi;

/** The last word of the key decides: `mqttPassword` and `api_key` are secrets, `passenger` and `tokens` are not. */
const SECRET_KEY =
  /(?:^|[a-z0-9]|[_-])(?:pass|password|passwd|passphrase|pwd|secret|token|credentials?|authorization|cookie|api[_-]?key)$/i;

/** Cameras nest little; deeper input is cut so that a cycle ends. */
const MAX_DEPTH = 8;

/** Replaces user and password of every URL (rtsp, http, mqtt, …) anywhere in a text, and passwords among its parameters. */
export function redactUrlCredentials(text: string): string {
  return text.replace(/\S+/g, withoutCredentials).replace(SECRET_PARAMETER, `$1${REDACTED}`);
}

/** `scheme://user:password@`; the password may hold @ : / % because everything up to the last @ of the word goes. */
function withoutCredentials(word: string): string {
  const slashes = word.indexOf('://');
  const at = word.lastIndexOf('@');
  return slashes < 0 || at < slashes ? word : `${word.slice(0, slashes + 3)}${REDACTED}${word.slice(at)}`;
}

/** A copy of plain data without secrets: values of secret keys and credentials inside URLs become `***`. */
export function redactValue(value: unknown, depth = 0): unknown {
  if (typeof value === 'string') return redactUrlCredentials(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth >= MAX_DEPTH) return '[deeper]';
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof URL) return redactUrlCredentials(value.href);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => redactValue(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, isSecretKey(key) ? REDACTED : redactValue(item, depth + 1)]),
  );
}

export function isSecretKey(key: string): boolean {
  return SECRET_KEY.test(key);
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  return {
    type: error.name,
    message: redactUrlCredentials(error.message),
    ...('code' in error ? { code: error.code } : {}),
    ...(error.stack === undefined ? {} : { stack: redactUrlCredentials(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, depth + 1) }),
  };
}
