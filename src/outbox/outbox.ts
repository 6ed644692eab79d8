/**
 * Events that wait for the broker, on disk: append() returns once the event cannot be lost any more.
 * At least once: a row counts as delivered only when its PUBACK was seen. Undelivered rows are never deleted;
 * delivered ones stay for a while so that the platform can ask for them again.
 */
import { uuidv7 } from 'uuidv7';
import { RecoverableError } from '../errors';
import { closeDatabase, type Database, databaseError, rows, transact } from './database';

export interface NewMessage {
  readonly topic: string;
  /** Makes the exact text to publish from the identity it is given. Runs inside the transaction: pure and quick. */
  readonly build: (stamp: { readonly id: string; readonly sequence: number }) => string;
}

export interface OutboxRow {
  /** 1, 2, 3, … per node, without gaps. */
  readonly sequence: number;
  readonly id: string;
  readonly topic: string;
  readonly payload: string;
  readonly createdAtMs: number;
}

export interface PruneLimits {
  readonly keepDeliveredMs: number;
  readonly maxDelivered: number;
}

/** How many delivered rows go at once when space is short. */
const MAKE_ROOM_ROWS = 500;

export class Outbox {
  readonly #database: Database;
  readonly #listeners = new Set<() => void>();
  #dropped = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Events that found no room since start. They were never given a sequence. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Stores one message; number and row are one transaction, so numbers have no gaps.
   * When the disk limit is hit the oldest delivered rows go first. Throws RecoverableError (`outbox/disk-full`, …).
   */
  append({ topic, build }: NewMessage, nowMs: number): OutboxRow {
    const id = uuidv7();
    const insert = () =>
      transact(this.#database, () => {
        const sequence = this.#nextSequence();
        const row = { sequence, id, topic, payload: build({ id, sequence }), createdAtMs: nowMs };
        this.#database
          .prepare('INSERT INTO outbox (sequence, id, topic, payload, created_at_ms) VALUES (?, ?, ?, ?, ?)')
          .run(row.sequence, row.id, row.topic, row.payload, row.createdAtMs);
        return row;
      });
    const row = this.#countDrop(() => this.#makingRoom(insert));
    for (const listener of this.#listeners) listener();
    return row;
  }

  /** Calls back after every append. Returns the end of the subscription. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The oldest undelivered rows above `afterSequence`, in order. */
  claimDue({ limit, afterSequence = 0 }: { readonly limit: number; readonly afterSequence?: number }): OutboxRow[] {
    const sql = `SELECT sequence, id, topic, payload, created_at_ms FROM outbox
                 WHERE delivered_at_ms IS NULL AND sequence > ? ORDER BY sequence LIMIT ?`;
    return this.#query(sql, afterSequence, limit).map((row) => ({
      sequence: Number(row.sequence),
      id: String(row.id),
      topic: String(row.topic),
      payload: String(row.payload),
      createdAtMs: Number(row.created_at_ms),
    }));
  }

  /** Many at once cost one write to the disk. Unknown and already delivered numbers change nothing. */
  markDelivered(sequences: readonly number[], nowMs: number): void {
    if (sequences.length === 0) return;
    const sql = 'UPDATE outbox SET delivered_at_ms = ? WHERE sequence = ? AND delivered_at_ms IS NULL';
    transact(this.#database, () => {
      const mark = this.#database.prepare(sql);
      for (const sequence of sequences) mark.run(nowMs, sequence);
    });
  }

  /** Undelivered rows. */
  depth(): number {
    return Number(this.#query('SELECT count(*) AS n FROM outbox WHERE delivered_at_ms IS NULL')[0]?.n ?? 0);
  }

  /** Age of the oldest undelivered row; 0 when there is none. A clock set back never gives a negative age. */
  oldestAgeMs(nowMs: number): number {
    const sql = 'SELECT created_at_ms AS at FROM outbox WHERE delivered_at_ms IS NULL ORDER BY sequence LIMIT 1';
    const [oldest] = this.#query(sql);
    return oldest === undefined ? 0 : Math.max(0, nowMs - Number(oldest.at));
  }

  /** Deletes delivered rows that are too old or too many. Returns how many. */
  prune({ keepDeliveredMs, maxDelivered }: PruneLimits, nowMs: number): number {
    return transact(this.#database, () => {
      const aged = this.#database.prepare('DELETE FROM outbox WHERE delivered_at_ms < ?').run(nowMs - keepDeliveredMs);
      const surplus = this.#database
        .prepare(
          `DELETE FROM outbox WHERE delivered_at_ms IS NOT NULL AND sequence <= (
             SELECT sequence FROM outbox WHERE delivered_at_ms IS NOT NULL ORDER BY sequence DESC LIMIT 1 OFFSET ?)`,
        )
        .run(maxDelivered);
      return aged.changes + surplus.changes;
    });
  }

  /** The number given last; 0 = none yet. */
  lastSequence(): number {
    return Number(this.#query("SELECT value FROM counter WHERE name = 'sequence'")[0]?.value ?? 0);
  }

  /** The next number is above `sequence`, which another outbox has given; never goes back. */
  continueAfter(sequence: number): void {
    if (sequence <= this.lastSequence()) return;
    const sql = "UPDATE counter SET value = ? WHERE name = 'sequence'";
    transact(this.#database, () => this.#database.prepare(sql).run(sequence));
  }

  close(): void {
    this.#listeners.clear();
    closeDatabase(this.#database);
  }

  #nextSequence(): number {
    const [row] = rows(
      this.#database.prepare("UPDATE counter SET value = value + 1 WHERE name = 'sequence' RETURNING value").all(),
    );
    return Number(row?.value);
  }

  #makingRoom(insert: () => OutboxRow): OutboxRow {
    try {
      return insert();
    } catch (error) {
      if (!(error instanceof RecoverableError && error.code === 'outbox/disk-full')) throw error;
      const freed = transact(this.#database, () =>
        this.#database
          .prepare(
            `DELETE FROM outbox WHERE sequence IN (
               SELECT sequence FROM outbox WHERE delivered_at_ms IS NOT NULL ORDER BY sequence LIMIT ?)`,
          )
          .run(MAKE_ROOM_ROWS),
      ).changes;
      if (freed === 0) throw error;
      return insert();
    }
  }

  #countDrop(append: () => OutboxRow): OutboxRow {
    try {
      return append();
    } catch (error) {
      this.#dropped += 1;
      throw error;
    }
  }

  #query(sql: string, ...values: number[]): ReturnType<typeof rows> {
    try {
      return rows(this.#database.prepare(sql).all(...values));
    } catch (error) {
      throw databaseError(error, 'the outbox');
    }
  }
}
