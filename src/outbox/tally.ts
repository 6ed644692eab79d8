/**
 * What became of everybody, beside the events and in the same transaction as they: open incidents with their events,
 * ended ones, and who arrived. One row per incident, so that nothing is counted twice, however often it is told.
 */
import type { Arrivals, Ended, EndedGroup } from '../incident/rate';
import { columns, type Database, databaseError, rows, transact } from './database';

/** What an event says of its incident: it goes on, or it is over. */
export type TallyEntry =
  | { readonly kind: 'open'; readonly incidentId: string }
  | { readonly kind: 'ended'; readonly ended: Ended };

export interface TallyQuery {
  readonly sinceMs: number;
  readonly cameraId?: string;
}

/** Every time zone in use is a whole number of these from UTC. */
const QUARTER_MS = 900_000;

/** The end of the year 9999. A row that is damaged may have any time, or a text, which SQLite sorts behind all numbers. */
export const LAST_MOMENT_MS = 253_402_300_799_999;
/** For `endedOf`. */
export const ENDED_COLUMNS = ['incident_id', 'camera_id', 'seat', 'result', 'heard']
  .map((name) => `CAST(ended.${name} AS BLOB) AS ${name}`)
  .concat(['at_ms', 'reaction_ms'].map((name) => `CAST(ended.${name} AS INTEGER) AS ${name}`))
  .join(', ');
const IN_TIME = `at_ms BETWEEN ? AND ${LAST_MOMENT_MS}`;

/** Inside the transaction that stores the event. */
export function enter(database: Database, entry: TallyEntry, payload: string): void {
  if (entry.kind === 'open') {
    const isOver = rows(database.prepare('SELECT 1 FROM ended WHERE incident_id = ?').all(entry.incidentId)).length > 0;
    if (!isOver) database.prepare('INSERT INTO open_event VALUES (?, ?)').run(entry.incidentId, payload);
    return;
  }
  const { incidentId, cameraId, atMs, seat, result, heard, reactionMs } = entry.ended;
  database.prepare('DELETE FROM open_event WHERE incident_id = ?').run(incidentId);
  database
    .prepare('INSERT OR IGNORE INTO ended VALUES (?, ?, ?, ?, ?, ?, ?)')
    .run(incidentId, cameraId, atMs, seat, result, JSON.stringify(heard), reactionMs);
}

/**
 * Forgets the oldest incidents that ended and quarters of an hour in which riders arrived, beyond so many, with the marks
 * of people. By number, not by age: a clock that jumps ahead by years must not cost the figures. @returns how many rows
 */
export function clearTally(database: Database, most: { readonly ended: number; readonly arrivals: number }): number {
  const beyond = (table: string, rows: number): number => {
    const oldest = `SELECT at_ms FROM ${table} ORDER BY at_ms DESC LIMIT 1 OFFSET ?`;
    return database.prepare(`DELETE FROM ${table} WHERE at_ms < (${oldest})`).run(rows - 1).changes;
  };
  const cleared = beyond('ended', most.ended) + beyond('arrival', most.arrivals);
  const marks = database.prepare('DELETE FROM mark WHERE incident_id NOT IN (SELECT incident_id FROM ended)').run();
  return cleared + marks.changes;
}

/** One rider more. */
export function addArrival(database: Database, { cameraId, atMs, seat, head }: Omit<Arrivals, 'riders'>): void {
  const quarterMs = Math.floor(atMs / QUARTER_MS) * QUARTER_MS;
  transact(database, () =>
    database
      .prepare('INSERT INTO arrival VALUES (?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET riders = riders + 1')
      .run(quarterMs, cameraId, seat, head),
  );
}

/** The events of every incident that is not over, oldest first. */
export function openIncidents(database: Database): string[][] {
  const found = query(
    database,
    'SELECT CAST(incident_id AS BLOB) AS id, CAST(payload AS BLOB) AS payload FROM open_event ORDER BY rowid',
  );
  const byIncident = new Map<string, string[]>();
  for (const { id, payload } of found)
    byIncident.set(String(id), [...(byIncident.get(String(id)) ?? []), String(payload)]);
  return [...byIncident.values()];
}

export function endedSince(database: Database, { sinceMs, cameraId = '' }: TallyQuery): Ended[] {
  const sql = `SELECT ${ENDED_COLUMNS} FROM ended WHERE ended.${IN_TIME} AND (? = '' OR ended.camera_id = ?) ORDER BY ended.at_ms`;
  return query(database, sql, sinceMs, cameraId, cameraId).map(endedOf);
}

/** A row of `ended`. */
export function endedOf(row: Readonly<Record<string, unknown>>): Ended {
  return {
    incidentId: String(row.incident_id),
    cameraId: String(row.camera_id),
    atMs: Number(row.at_ms),
    seat: oneOf(['driver', 'passenger', 'child'], row.seat),
    result: oneOf(['corrected', 'not_corrected', 'unknown_left', 'unknown_occluded'], row.result),
    heard: heardOf(String(row.heard)),
    reactionMs: row.reaction_ms === null ? null : Number(row.reaction_ms),
  };
}

/** From a moment on the site's clock is so far ahead of UTC; in order, the first for all that was before. */
export interface ClockOffset {
  readonly fromMs: number;
  readonly offsetMs: number;
}

/** What a page shows of a long time in as few rows as say the same: by local day, and by local hour of the day. */
const BUCKETS = { day: (local: string) => `${local} / 86400000`, hour: (local: string) => `${local} / 3600000 % 24` };
export type Bucket = keyof typeof BUCKETS;

function bucketOf(bucket: Bucket, offsets: readonly ClockOffset[]): string {
  const offset = offsets.reduce(
    (before, { fromMs, offsetMs }, index) =>
      index === 0 ? String(offsetMs) : `CASE WHEN at_ms < ${fromMs} THEN ${before} ELSE ${offsetMs} END`,
    '0',
  );
  return BUCKETS[bucket](`(at_ms + ${offset})`);
}

/** First and last moment of which there are figures; null without any. */
export function spanOf(database: Database, { sinceMs }: TallyQuery): { fromMs: number; toMs: number } | null {
  const edges = ['ended', 'arrival'].flatMap((table) =>
    (['min', 'max'] as const).map((which) => {
      const [row] = query(database, `SELECT ${which}(at_ms) AS at FROM ${table} WHERE ${IN_TIME}`, sinceMs);
      return row === undefined || row.at === null ? [] : [Number(row.at)];
    }),
  );
  const known = edges.flat();
  return known.length === 0 ? null : { fromMs: Math.min(...known), toMs: Math.max(...known) };
}

/**
 * Incidents of one bucket that ended alike; `atMs` is that of the first, and in rows of an hour of the day its camera and seat
 * as well (SQLite gives the columns of the row with the least).
 */
export function groupsSince(
  database: Database,
  { sinceMs, cameraId = '' }: TallyQuery,
  { bucket, offsets }: { readonly bucket: Bucket; readonly offsets: readonly ClockOffset[] },
): EndedGroup[] {
  const groups = `SELECT min(at_ms) AS at, camera_id, seat, result, heard, count(*) AS people FROM ended
                  WHERE ${IN_TIME} AND (? = '' OR camera_id = ?) GROUP BY ${bucketOf(bucket, offsets)}, result, heard${bucket === 'day' ? ', seat, camera_id' : ''} ORDER BY 1`;
  const known = new Map<string, Ended['heard']>();
  return inOneText(database, groups, 'at, camera_id, seat, result, heard, people', [sinceMs, cameraId, cameraId]).map(
    ([at, camera, seat, result, text, people]) => {
      const heard = known.get(String(text)) ?? heardOf(String(text));
      known.set(String(text), heard);
      return {
        ...{ cameraId: String(camera), atMs: Number(at), heard, people: Number(people) },
        seat: oneOf(['driver', 'passenger', 'child'], seat),
        result: oneOf(['corrected', 'not_corrected', 'unknown_left', 'unknown_occluded'], result),
      };
    },
  );
}

/** One text for all rows: each row on its own costs more than the whole query. */
function inOneText(database: Database, sql: string, names: string, values: readonly (string | number)[]): unknown[][] {
  const text = `SELECT CAST(json_group_array(json_array(${names})) AS BLOB) AS text FROM (${sql})`;
  const [row] = query(database, text, ...values);
  return rows(JSON.parse(String(row?.text ?? '[]'))).map((one) => Object.values(one));
}

/** Half of the corrected who were reminded reacted within; null without any. */
export function medianReaction(database: Database, { sinceMs, cameraId = '' }: TallyQuery): number | null {
  const sql = `SELECT CAST(json_group_array(CAST(reaction_ms AS INTEGER)) AS BLOB) AS text FROM ended
               WHERE ${IN_TIME} AND (? = '' OR camera_id = ?) AND reaction_ms IS NOT NULL AND heard <> '[]'`;
  const [row] = query(database, sql, sinceMs, cameraId, cameraId);
  const sorted = Float64Array.from(JSON.parse(String(row?.text ?? '[]'))).sort();
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? null;
}

export function arrivalsSince(database: Database, { sinceMs, cameraId = '' }: TallyQuery): Arrivals[] {
  const all = columns({ text: ['camera_id', 'seat', 'head'], whole: ['at_ms', 'riders'] });
  const sql = `SELECT ${all} FROM arrival WHERE arrival.${IN_TIME} AND (? = '' OR arrival.camera_id = ?) ORDER BY arrival.at_ms`;
  return query(database, sql, Math.floor(sinceMs / QUARTER_MS) * QUARTER_MS, cameraId, cameraId).map((row) => ({
    cameraId: String(row.camera_id),
    atMs: Number(row.at_ms),
    seat: oneOf(['driver', 'passenger', 'child'], row.seat),
    head: oneOf(['worn', 'not_worn', 'unknown'], row.head),
    riders: Number(row.riders),
  }));
}

/** Riders of one bucket, as above; `atMs` is the first quarter of an hour of it. */
export function arrivalGroupsSince(
  database: Database,
  { sinceMs, cameraId = '' }: TallyQuery,
  { bucket, offsets }: { readonly bucket: Bucket; readonly offsets: readonly ClockOffset[] },
): Arrivals[] {
  const groups = `SELECT min(at_ms) AS at, camera_id, seat, head, sum(riders) AS people FROM arrival
                  WHERE ${IN_TIME} AND (? = '' OR camera_id = ?) GROUP BY ${bucketOf(bucket, offsets)}, head${bucket === 'day' ? ', seat, camera_id' : ''} ORDER BY 1`;
  const values = [Math.floor(sinceMs / QUARTER_MS) * QUARTER_MS, cameraId, cameraId];
  return inOneText(database, groups, 'at, camera_id, seat, head, people', values).map(
    ([at, camera, seat, head, people]) => ({
      ...{ cameraId: String(camera), atMs: Number(at), riders: Number(people) },
      seat: oneOf(['driver', 'passenger', 'child'], seat),
      head: oneOf(['worn', 'not_worn', 'unknown'], head),
    }),
  );
}

/** Nothing where it is damaged. */
function heardOf(text: string): Ended['heard'] {
  let heard: unknown;
  try {
    heard = JSON.parse(text);
  } catch {
    return [];
  }
  return rows(heard).map(({ number, lang }) => ({
    number: Number(number),
    lang: oneOf(['zh-CN', 'wuu'], lang),
  }));
}

function oneOf<T extends string>(words: readonly [T, ...T[]], value: unknown): T {
  return words.find((word) => word === value) ?? words[0];
}

function query(database: Database, sql: string, ...values: (number | string)[]): ReturnType<typeof rows> {
  try {
    return rows(database.prepare(sql).all(...values));
  } catch (error) {
    throw databaseError(error, 'the figures');
  }
}
