/** Wall-clock times on the wire: RFC 3339 with the site's own offset, so that a reader sees the junction's local time. */
import { FatalError } from '../errors';

const FIXED_OFFSET = /^([+-])(\d{2}):(\d{2})$/;
const MINUTE_MS = 60_000;
/** To make one costs as much as fifty times to use it; a process knows a handful of zones. */
const FORMATS = new Map<string, Intl.DateTimeFormat>();

/**
 * @param atMs milliseconds since the epoch
 * @param timeZone IANA name (Asia/Shanghai) or fixed offset (+08:00)
 * @returns e.g. 2026-11-23T08:00:01.234+08:00. Throws FatalError `time/bad-zone` for an unknown zone.
 */
export function formatTime(atMs: number, timeZone: string): string {
  const offset = FIXED_OFFSET.test(timeZone) ? timeZone : offsetOfZone(atMs, timeZone);
  return `${new Date(atMs + offsetMinutes(offset) * MINUTE_MS).toISOString().slice(0, -1)}${offset}`;
}

function offsetOfZone(atMs: number, timeZone: string): string {
  try {
    const format = FORMATS.get(timeZone) ?? new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
    FORMATS.set(timeZone, format);
    const parts = format.formatToParts(atMs);
    const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
    return name === 'GMT' ? '+00:00' : name.slice('GMT'.length);
  } catch (error) {
    throw new FatalError(
      'time/bad-zone',
      `unknown time zone ${JSON.stringify(timeZone)}: use Asia/Shanghai or +08:00`,
      {
        cause: error,
      },
    );
  }
}

function offsetMinutes(offset: string): number {
  const [, sign, hours, minutes] = FIXED_OFFSET.exec(offset) ?? [];
  return (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
}
