/**
 * Events that wait for the broker, on disk: append() returns once the event cannot be lost any more.
 * At least once: a row counts as delivered only when its PUBACK was seen. Undelivered rows are never deleted;
 * delivered ones stay for a while so that the platform can ask for them again.
 */
import { uuidv7 } from 'uuidv7';
import { RecoverableError } from '../errors';
import type { Arrivals, Ended, Grouped } from '../incident/rate';
import {
  closeDatabase,
  columns,
  type Database,
  databaseError,
  raiseLimit,
  rows,
  sizeBytes,
  transact,
} from './database';
import {
  addArrival,
  arrivalGroupsSince,
  arrivalsSince,
  type Bucket,
  type ClockOffset,
  clearTally,
  endedSince,
  enter,
  groupsSince,
  medianReaction,
  openIncidents,
  spanOf,
  type TallyEntry,
  type TallyQuery,
} from './tally';

export interface NewMessage {
  readonly topic: string;
  /** Makes the exact text to publish from the identity it is given. Runs inside the transaction: pure and quick. */
  readonly build: (stamp: MessageStamp) => string;
  /** What it means for the figures; stored with it or not at all. */
  readonly entry?: TallyEntry;
}

export interface MessageStamp {
  readonly id: string;
  readonly sequence: number;
  /** Twelve hex digits that name the numbering. */
  readonly epoch: string;
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
  readonly #sacrifice: () => number;
  #dropped = 0;
  #epoch: string | undefined;

  /** `sacrifice` deletes what is worth less than any event, and returns how many bytes that freed. */
  constructor(database: Database, { sacrifice }: { readonly sacrifice?: () => number } = {}) {
    this.#database = database;
    this.#sacrifice = sacrifice ?? (() => 0);
  }

  /** Events that found no room since start. They were never given a sequence. */
  get dropped(): number {
    return this.#dropped;
  }

  /**
   * Stores one message; number and row are one transaction, so numbers have no gaps.
   * When the disk limit is hit what is worth less goes first, then the oldest delivered rows. Throws RecoverableError (`outbox/disk-full`, …).
   */
  append({ topic, build, entry }: NewMessage, nowMs: number): OutboxRow {
    const id = uuidv7();
    const insert = () =>
      transact(this.#database, () => {
        const sequence = this.#nextSequence();
        const row = { sequence, id, topic, payload: build({ id, sequence, epoch: this.epoch() }), createdAtMs: nowMs };
        this.#database
          .prepare('INSERT INTO outbox (sequence, id, topic, payload, created_at_ms) VALUES (?, ?, ?, ?, ?)')
          .run(row.sequence, row.id, row.topic, row.payload, row.createdAtMs);
        if (entry !== undefined) enter(this.#database, entry, row.payload);
        return row;
      });
    const row = this.#countDrop(() => this.#makingRoom(insert));
    for (const listener of this.#listeners) listener();
    return row;
  }

  countArrival(arrival: Omit<Arrivals, 'riders'>): void {
    addArrival(this.#database, arrival);
  }

  /** The events of every incident that is not over. */
  openIncidents(): string[][] {
    return openIncidents(this.#database);
  }

  tally(query: TallyQuery): { readonly ended: readonly Ended[]; readonly arrivals: readonly Arrivals[] } {
    return { ended: endedSince(this.#database, query), arrivals: arrivalsSince(this.#database, query) };
  }

  /** The same in few rows. `offsetsOf`: of the site's clock between two moments. */
  summary(query: TallyQuery, offsetsOf: (fromMs: number, toMs: number) => readonly ClockOffset[]) {
    const span = spanOf(this.#database, query);
    const offsets = span === null ? [] : offsetsOf(span.fromMs, span.toMs);
    const grouped = (bucket: Bucket): Grouped => ({
      groups: groupsSince(this.#database, query, { bucket, offsets }),
      arrivals: arrivalGroupsSince(this.#database, query, { bucket, offsets }),
    });
    return {
      days: grouped('day'),
      hours: grouped('hour'),
      medianReactionMs: medianReaction(this.#database, query),
    };
  }

  /** Calls back after every append. Returns the end of the subscription. */
  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The oldest undelivered rows above `afterSequence`, in order. */
  claimDue({ limit, afterSequence = 0 }: { readonly limit: number; readonly afterSequence?: number }): OutboxRow[] {
    const sql = `SELECT sequence, ${columns({ text: ['id', 'topic', 'payload'], whole: ['created_at_ms'] })} FROM outbox
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
    const sql =
      'SELECT CAST(created_at_ms AS INTEGER) AS at FROM outbox WHERE delivered_at_ms IS NULL ORDER BY sequence LIMIT 1';
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

  /** Forgets the oldest figures beyond so many; events are not touched. Returns how many rows. */
  clearFigures(most: { readonly ended: number; readonly arrivals: number }): number {
    return transact(this.#database, () => clearTally(this.#database, most));
  }

  /** Of the file. */
  sizeBytes(): number {
    return sizeBytes(this.#database);
  }

  /** The rows of these numbers, delivered or not, in order. */
  rowsBetween({ from, to, limit }: { readonly from: number; readonly to: number; readonly limit: number }) {
    const sql = `SELECT sequence, ${columns({ text: ['topic', 'payload'] })}, delivered_at_ms IS NOT NULL AS done FROM outbox
                 WHERE sequence BETWEEN ? AND ? ORDER BY sequence LIMIT ?`;
    return this.#query(sql, from, to, limit).map((row) => ({
      sequence: Number(row.sequence),
      topic: String(row.topic),
      payload: String(row.payload),
      isDelivered: Number(row.done) === 1,
    }));
  }

  /** The number given last; 0 = none yet. */
  lastSequence(): number {
    return this.#counter('sequence');
  }

  /** The next number is above `sequence`, which another outbox has given; never goes back. */
  continueAfter(sequence: number): void {
    if (sequence <= this.lastSequence()) return;
    const sql = "UPDATE counter SET value = ? WHERE name = 'sequence'";
    transact(this.#database, () => this.#database.prepare(sql).run(sequence));
  }

  /** Names the numbering: the same as long as the file lives. */
  epoch(): string {
    this.#epoch ??= this.#counter('epoch').toString(16).padStart(12, '0');
    return this.#epoch;
  }

  /** Numbers on in the name of another outbox. */
  adoptEpoch(epoch: string): void {
    const sql = "UPDATE counter SET value = ? WHERE name = 'epoch'";
    transact(this.#database, () => this.#database.prepare(sql).run(Number.parseInt(epoch, 16)));
    this.#epoch = epoch;
  }

  close(): void {
    this.#listeners.clear();
    closeDatabase(this.#database);
  }

  #counter(name: 'sequence' | 'epoch'): number {
    return Number(
      this.#query('SELECT CAST(value AS INTEGER) AS value FROM counter WHERE name = ?', name)[0]?.value ?? 0,
    );
  }

  #nextSequence(): number {
    const [row] = rows(
      this.#database.prepare("UPDATE counter SET value = value + 1 WHERE name = 'sequence' RETURNING value").all(),
    );
    return Number(row?.value);
  }

  #makingRoom(insert: () => OutboxRow): OutboxRow {
    for (;;) {
      try {
        return insert();
      } catch (error) {
        const isFull = error instanceof RecoverableError && error.code === 'outbox/disk-full';
        if (!isFull || !this.#makeRoom()) throw error;
      }
    }
  }

  #makeRoom(): boolean {
    const freedBytes = this.#sacrifice();
    if (freedBytes > 0) {
      raiseLimit(this.#database, freedBytes);
      return true;
    }
    const sql = `DELETE FROM outbox WHERE sequence IN (
                   SELECT sequence FROM outbox WHERE delivered_at_ms IS NOT NULL ORDER BY sequence LIMIT ?)`;
    return transact(this.#database, () => this.#database.prepare(sql).run(MAKE_ROOM_ROWS)).changes > 0;
  }

  #countDrop(append: () => OutboxRow): OutboxRow {
    try {
      return append();
    } catch (error) {
      this.#dropped += 1;
      throw error;
    }
  }

  #query(sql: string, ...values: (number | string)[]): ReturnType<typeof rows> {
    try {
      return rows(this.#database.prepare(sql).all(...values));
    } catch (error) {
      throw databaseError(error, 'the outbox');
    }
  }
}
