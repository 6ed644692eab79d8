/**
 * The outbox of a disk that may be full: what the disk refuses is kept in memory, so that a broker that is there still
 * gets it. Numbers go on without a gap. Memory does not survive a power cut; health says so while it is needed.
 */
import { RecoverableError } from '../errors';
import type { Arrivals, Ended } from '../incident/rate';
import { openDatabase } from './database';
import { type NewMessage, Outbox, type OutboxRow, type PruneLimits } from './outbox';
import type { TallyQuery } from './tally';

/** About 30 000 events; then the oldest delivered ones make room. */
const MAX_MEMORY_BYTES = 64 * 1024 * 1024;
const DISK_CODES = new Set(['outbox/disk-full', 'outbox/unwritable']);

export class SpillingOutbox {
  readonly wasReplaced: boolean;
  readonly #disk: Outbox;
  readonly #listeners = new Set<() => void>();
  #memory: Outbox | undefined;
  #isOnDisk: boolean;
  #dropped = 0;

  /**
   * `isOnDisk`: false where `disk` itself is in memory, because no file could be opened. `wasReplaced`: the file before it
   * was damaged, so events may be lost.
   */
  constructor(disk: Outbox, options: { readonly isOnDisk: boolean; readonly wasReplaced?: boolean }) {
    this.#disk = disk;
    this.#isOnDisk = options.isOnDisk;
    this.wasReplaced = options.wasReplaced === true;
  }

  /** Whether the latest event survives a power cut. */
  get isOnDisk(): boolean {
    return this.#isOnDisk;
  }

  /** Events that found no room anywhere since start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** @throws RecoverableError `outbox/*` when the event could be kept nowhere */
  append(message: NewMessage, nowMs: number): OutboxRow {
    let row: OutboxRow;
    try {
      row = this.#store(message, nowMs);
    } catch (error) {
      this.#dropped += 1;
      throw error;
    }
    for (const listener of this.#listeners) listener();
    return row;
  }

  onAppend(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  claimDue(query: { readonly limit: number; readonly afterSequence?: number }): OutboxRow[] {
    const rows = [...this.#disk.claimDue(query), ...(this.#memory?.claimDue(query) ?? [])];
    return rows.sort((a, b) => a.sequence - b.sequence).slice(0, query.limit);
  }

  /** Memory first: a disk that takes no acknowledgement must not keep the others waiting. */
  markDelivered(sequences: readonly number[], nowMs: number): void {
    this.#memory?.markDelivered(sequences, nowMs);
    this.#disk.markDelivered(sequences, nowMs);
  }

  rowsBetween(query: { readonly from: number; readonly to: number; readonly limit: number }) {
    const rows = [...this.#disk.rowsBetween(query), ...(this.#memory?.rowsBetween(query) ?? [])];
    return rows.sort((a, b) => a.sequence - b.sequence).slice(0, query.limit);
  }

  lastSequence(): number {
    return Math.max(this.#disk.lastSequence(), this.#memory?.lastSequence() ?? 0);
  }

  countArrival(arrival: Omit<Arrivals, 'riders'>): void {
    this.#disk.countArrival(arrival);
  }

  openIncidents(): string[][] {
    return this.#disk.openIncidents();
  }

  /** Incidents that ended while the disk was full are in memory. */
  tally(query: TallyQuery): { readonly ended: readonly Ended[]; readonly arrivals: readonly Arrivals[] } {
    const { ended, arrivals } = this.#disk.tally(query);
    return { ended: [...ended, ...(this.#memory?.tally(query).ended ?? [])], arrivals };
  }

  /** The same in few rows; undefined while some incidents are in memory only. */
  summary(query: TallyQuery): ReturnType<Outbox['summary']> | undefined {
    return this.#memory === undefined ? this.#disk.summary(query) : undefined;
  }

  /** Of the file on disk. */
  sizeBytes(): number {
    return this.#disk.sizeBytes();
  }

  depth(): number {
    return this.#disk.depth() + (this.#memory?.depth() ?? 0);
  }

  oldestAgeMs(nowMs: number): number {
    return Math.max(this.#disk.oldestAgeMs(nowMs), this.#memory?.oldestAgeMs(nowMs) ?? 0);
  }

  prune(limits: PruneLimits, nowMs: number): number {
    return (this.#memory?.prune(limits, nowMs) ?? 0) + this.#disk.prune(limits, nowMs);
  }

  close(): void {
    this.#listeners.clear();
    try {
      this.#disk.continueAfter(this.#memory?.lastSequence() ?? 0);
    } catch {
      // A full disk: the next start gives these numbers again, with other ids.
    }
    this.#memory?.close();
    this.#disk.close();
  }

  #store(message: NewMessage, nowMs: number): OutboxRow {
    try {
      if (this.#memory !== undefined) this.#disk.continueAfter(this.#memory.lastSequence());
      const row = this.#disk.append(message, nowMs);
      if (this.#memory !== undefined) this.#isOnDisk = true;
      return row;
    } catch (error) {
      if (!(error instanceof RecoverableError && DISK_CODES.has(error.code))) throw error;
      const memory = this.#memory ?? this.#openMemory(nowMs);
      memory.continueAfter(this.#disk.lastSequence());
      this.#isOnDisk = false;
      return memory.append(message, nowMs);
    }
  }

  #openMemory(nowMs: number): Outbox {
    const memory = new Outbox(openDatabase({ path: ':memory:', nowMs, maxBytes: MAX_MEMORY_BYTES }).database);
    memory.adoptEpoch(this.#disk.epoch());
    this.#memory = memory;
    return memory;
  }
}
