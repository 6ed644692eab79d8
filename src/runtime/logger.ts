/**
 * The log: one JSON line each on stderr (stdout is for data), or readable lines for a person at a terminal.
 * Constant message, facts in the object, `err` for errors. Secrets are taken out here, whatever is passed in.
 */
import pino from 'pino';
import { redactValue } from './redact';

export type Logger = pino.Logger;

export type LogLevel = 'fatal' | 'error' | 'warn' | 'info' | 'debug' | 'trace' | 'silent';

export interface LoggerOptions {
  readonly level: LogLevel;
  /** Readable lines instead of JSON. */
  readonly pretty?: boolean;
  /** Where lines go; stderr unless given. */
  readonly destination?: { write(line: string): void };
  /** Hears every line as well. */
  readonly tail?: (line: string) => void;
}

const STDERR_FD = 2;

/** The root logger; parts get `log.child({ cameraId })` passed in. */
export function createLogger(options: LoggerOptions): Logger {
  // Synchronous: the last line before a crash is the one that matters, and there are few lines.
  const target = options.destination ?? pino.destination({ fd: STDERR_FD, sync: true });
  const format =
    options.pretty === true ? prettyLine : (record: Record<string, unknown>) => `${JSON.stringify(record)}\n`;
  return pino(
    {
      level: options.level,
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: (error: unknown) => redactValue(error) },
    },
    // The one way out, behind messages, facts, bindings and errors alike.
    {
      write: (raw: string) => {
        const line = format(redactLine(raw));
        options.tail?.(line);
        target.write(line);
      },
    },
  );
}

function redactLine(line: string): Record<string, unknown> {
  const redacted = redactValue(JSON.parse(line));
  return isRecord(redacted) ? redacted : {};
}

/** `08:15:02.123 WARN  camera restarts cameraId=c1 reason=unreachable` */
function prettyLine({ time, level, msg, err, ...facts }: Record<string, unknown>): string {
  const clock = String(time).slice(11, 23);
  const words = Object.entries(facts).map(
    ([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  const stack = isRecord(err) ? `\n  ${String(err.stack ?? err.message)}` : '';
  return `${[clock, String(level).toUpperCase().padEnd(5), String(msg ?? ''), ...words].join(' ')}${stack}\n`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
