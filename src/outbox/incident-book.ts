/** Incidents that are over, for people who look back: a list, the story of one from its events, and who marked it wrong. */
import type { OutcomeResult } from '../incident/incident';
import type { Ended } from '../incident/rate';
import { columns, type Database, databaseError, rows, transact } from './database';
import { ENDED_COLUMNS, endedOf, LAST_MOMENT_MS } from './tally';

export interface IncidentQuery {
  readonly sinceMs: number;
  /** Older than this: the next page. */
  readonly beforeMs: number;
  readonly cameraId?: string | undefined;
  readonly result?: OutcomeResult | undefined;
  readonly isReminded?: boolean | undefined;
  readonly isMarked?: boolean | undefined;
  readonly limit: number;
}

export interface Mark {
  readonly atMs: number;
  readonly by: string;
  readonly reason: string;
  readonly note: string;
}

export interface BookedIncident extends Ended {
  readonly mark: Mark | null;
}

/** Exactly as the index has it. */
const INCIDENT_OF_PAYLOAD = "CASE WHEN json_valid(payload) THEN json_extract(payload, '$.data.incidentId') END";

const LIST = `SELECT ${ENDED_COLUMNS}, CAST(mark.at_ms AS INTEGER) AS marked_at_ms, ${columns({ text: ['marked_by', 'reason', 'note'] })}
              FROM ended LEFT JOIN mark USING (incident_id)`;

export class IncidentBook {
  constructor(private readonly database: Database) {}

  /** The latest first. */
  list({ sinceMs, beforeMs, cameraId, result, isReminded, isMarked, limit }: IncidentQuery): BookedIncident[] {
    const conditions = [
      'ended.at_ms >= ? AND ended.at_ms < ?',
      ...(cameraId === undefined ? [] : ['camera_id = ?']),
      ...(result === undefined ? [] : ['result = ?']),
      ...(isReminded === undefined ? [] : [`heard ${isReminded ? '<>' : '='} '[]'`]),
      ...(isMarked === undefined ? [] : [`marked_by IS ${isMarked ? 'NOT NULL' : 'NULL'}`]),
    ];
    const values = [
      sinceMs,
      Math.min(beforeMs, LAST_MOMENT_MS),
      ...[cameraId, result].filter((one) => one !== undefined),
    ];
    const sql = `${LIST} WHERE ${conditions.join(' AND ')} ORDER BY ended.at_ms DESC LIMIT ?`;
    return this.#all(sql, ...values, limit).map(booked);
  }

  find(incidentId: string): BookedIncident | undefined {
    return this.#all(`${LIST} WHERE ended.incident_id = ? AND ended.at_ms < ?`, incidentId, LAST_MOMENT_MS).map(
      booked,
    )[0];
  }

  /** Its events as they were sent, oldest first; none where they were cleared since. */
  story(incidentId: string): string[] {
    const sql = `SELECT CAST(payload AS BLOB) AS payload FROM outbox WHERE ${INCIDENT_OF_PAYLOAD} = ? ORDER BY sequence LIMIT 100`;
    return this.#all(sql, incidentId).map(({ payload }) => String(payload));
  }

  /** null takes the mark away. */
  mark(incidentId: string, mark: Mark | null): void {
    transact(this.database, () => {
      this.database.prepare('DELETE FROM mark WHERE incident_id = ?').run(incidentId);
      if (mark === null) return;
      const { atMs, by, reason, note } = mark;
      this.database.prepare('INSERT INTO mark VALUES (?, ?, ?, ?, ?)').run(incidentId, atMs, by, reason, note);
    });
  }

  #all(sql: string, ...values: (string | number)[]): ReturnType<typeof rows> {
    try {
      return rows(this.database.prepare(sql).all(...values));
    } catch (error) {
      throw databaseError(error, 'the incidents');
    }
  }
}

function booked(row: Readonly<Record<string, unknown>>): BookedIncident {
  const { marked_at_ms: atMs, marked_by: by, reason, note } = row;
  const mark = by === null ? null : { atMs: Number(atMs), by: String(by), reason: String(reason), note: String(note) };
  return { ...endedOf(row), mark };
}
