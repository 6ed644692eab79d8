/** What commands leave behind on the node's disk: an audit row for each, and the switches they set. */
import { columns, type Database, databaseError, rows, transact } from './database';
import { LAST_MOMENT_MS } from './tally';

export interface AuditRow {
  readonly atMs: number;
  readonly command: string;
  readonly transaction: string | null;
  readonly by: string | null;
  readonly params: string;
  /** JSON. */
  readonly answer: string;
}

const KEPT_ROWS = 10_000;
const ROWS = `SELECT ${columns({ text: ['command', 'asked', 'asked_by', 'params', 'answer'], whole: ['at_ms'] })} FROM audit`;

export class Ledger {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws RecoverableError `outbox/*`. */
  record({ atMs, command, transaction, by, params, answer }: AuditRow): void {
    transact(this.#database, () => {
      const { lastInsertRowid } = this.#database
        .prepare('INSERT INTO audit (at_ms, command, asked, asked_by, params, answer) VALUES (?, ?, ?, ?, ?, ?)')
        .run(atMs, command, transaction, by, params, answer);
      this.#database.prepare('DELETE FROM audit WHERE number <= ?').run(Number(lastInsertRowid) - KEPT_ROWS);
    });
  }

  /** The latest first. */
  latest(limit: number): AuditRow[] {
    return this.#read(`${ROWS} ORDER BY number DESC LIMIT ?`, limit);
  }

  /** The row of a request that was carried out or refused before. */
  earlier(command: string, transaction: string): AuditRow | undefined {
    return this.#read(`${ROWS} WHERE audit.asked = ? AND audit.command = ? LIMIT 1`, transaction, command)[0];
  }

  setting(name: string): string | undefined {
    const [row] = this.#all('SELECT CAST(value AS BLOB) AS value FROM setting WHERE name = ?', name);
    return row === undefined ? undefined : String(row.value);
  }

  set(name: string, value: string): void {
    const sql = 'INSERT INTO setting VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value';
    transact(this.#database, () => this.#database.prepare(sql).run(name, value));
  }

  #read(sql: string, ...values: (string | number)[]): AuditRow[] {
    return this.#all(sql, ...values).map((row) => ({
      atMs: Math.min(LAST_MOMENT_MS, Math.max(0, Number(row.at_ms))),
      command: String(row.command),
      transaction: row.asked === null ? null : String(row.asked),
      by: row.asked_by === null ? null : String(row.asked_by),
      params: String(row.params),
      answer: String(row.answer),
    }));
  }

  #all(sql: string, ...values: (string | number)[]): ReturnType<typeof rows> {
    try {
      return rows(this.#database.prepare(sql).all(...values));
    } catch (error) {
      throw databaseError(error, 'the audit');
    }
  }
}
