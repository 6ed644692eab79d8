/**
 * The log: one JSON line each on stderr (stdout is for data), or readable lines for a person at a terminal.
 * Constant message, facts in the object, `err` for errors. Secrets are taken out here, whatever is passed in.
 */
import pino from 'pino';
import { redactUrlCredentials, redactValue } from './redact';

export type Logger = pino.Logger;

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Readable lines instead of JSON. */
  readonly pretty?: boolean;
  /** Where lines go; stderr unless given. */
  readonly destination?: { write(line: string): void };
}

const STDERR_FD = 2;

/** The root logger; parts get `log.child({ cameraId })` passed in. */
export function createLogger(options: LoggerOptions): Logger {
  // Synchronous: the last line before a crash is the one that matters, and there are few lines.
  const target = options.destination ?? pino.destination({ fd: STDERR_FD, sync: true });
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        bindings: redactRecord,
        log: redactRecord,
      },
      // Errors are already described and redacted by the formatter.
      serializers: { err: (error: unknown) => redactValue(error) },
      hooks: {
        logMethod(args, method) {
          const [first, ...rest] = args;
          // pino sets the message of a bare Error itself: give it the redacted one.
          const head: unknown = first instanceof Error ? { err: first } : redactText(first);
          Reflect.apply(method, this, [head, ...rest.map(redactText)]);
        },
      },
    },
    options.pretty === true ? { write: (line: string) => target.write(prettyLine(line)) } : target,
  );
}

/** `08:15:02.123 WARN  camera restarts cameraId=c1 reason=unreachable` */
export function prettyLine(line: string): string {
  const { time, level, msg, err, ...facts }: Record<string, unknown> = JSON.parse(line);
  const clock = String(time).slice(11, 23);
  const words = Object.entries(facts).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const stack = isRecord(err) ? `\n  ${String(err.stack ?? err.message)}` : '';
  return `${[clock, String(level).toUpperCase().padEnd(5), String(msg ?? ''), ...words].join(' ')}${stack}\n`;
}

function redactRecord(record: Record<string, unknown>): Record<string, unknown> {
  const redacted = redactValue(record);
  return isRecord(redacted) ? redacted : {};
}

function redactText(value: unknown): unknown {
  return typeof value === 'string' ? redactUrlCredentials(value) : value;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
