/** Evidence files that the store does not have yet, on disk: a file leaves the list only when the store has taken it. */
import { type Database, databaseError, rows, transact } from './database';

export class Uploads {
  readonly #database: Database;
  readonly #listeners = new Set<() => void>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** Throws RecoverableError `outbox/*`. */
  add(name: string, nowMs: number): void {
    const sql = 'INSERT OR IGNORE INTO upload (name, made_at_ms) VALUES (?, ?)';
    transact(this.#database, () => this.#database.prepare(sql).run(name, nowMs));
    for (const listener of this.#listeners) listener();
  }

  onAdd(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The one that waits longest. */
  oldest(): string | undefined {
    const [row] = this.#read('SELECT CAST(name AS BLOB) AS name FROM upload ORDER BY number LIMIT 1');
    return row === undefined ? undefined : String(row.name);
  }

  done(name: string): void {
    transact(this.#database, () => this.#database.prepare('DELETE FROM upload WHERE name = ?').run(name));
  }

  /** Behind all others: the store refuses this one, and the others need not wait for it. */
  postpone(name: string): void {
    const sql = 'UPDATE upload SET number = (SELECT max(number) + 1 FROM upload) WHERE name = ?';
    transact(this.#database, () => this.#database.prepare(sql).run(name));
  }

  depth(): number {
    return Number(this.#read('SELECT count(*) AS n FROM upload')[0]?.n ?? 0);
  }

  #read(sql: string): ReturnType<typeof rows> {
    try {
      return rows(this.#database.prepare(sql).all());
    } catch (error) {
      throw databaseError(error, 'the list of uploads');
    }
  }
}
