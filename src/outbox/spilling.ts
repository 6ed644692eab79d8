/**
 * The outbox of a disk that may be full: what the disk refuses is kept in memory, so that a broker that is there still
 * gets it. Numbers go on without a gap. Memory does not survive a power cut; health says so while it is needed, and the next
 * start says how many were lost.
 */
import { RecoverableError } from '../errors';
import type { Arrivals, Ended } from '../incident/rate';
import { openDatabase } from './database';
import { type NewMessage, Outbox, type OutboxRow, type PruneLimits } from './outbox';
import type { SpillNote } from './spill-note';
import type { TallyQuery } from './tally';

/** About 30 000 events; then the oldest delivered ones make room. */
const MAX_MEMORY_BYTES = 64 * 1024 * 1024;
const DISK_CODES = new Set(['outbox/disk-full', 'outbox/unwritable']);

export class SpillingOutbox {
  readonly wasReplaced: boolean;
  /** Events that were in memory only when the service before this one died, and that no broker had. */
  readonly lostBefore: number;
  readonly #disk: Outbox;
  readonly #note: SpillNote | undefined;
  /** The highest number that was given in memory before the start. */
  readonly #spilledBefore: number;
  readonly #listeners = new Set<() => void>();
  #memory: Outbox | undefined;
  #isOnDisk: boolean;
  #dropped = 0;

  /**
   * `isOnDisk`: false where `disk` itself is in memory, because no file could be opened. `wasReplaced`: the file before it
   * was damaged, so events may be lost. `note`: remembers the numbers of events that were in memory only.
   */
  constructor(
    disk: Outbox,
    options: { readonly isOnDisk: boolean; readonly wasReplaced?: boolean; readonly note?: SpillNote },
  ) {
    this.#disk = disk;
    this.#isOnDisk = options.isOnDisk;
    this.wasReplaced = options.wasReplaced === true;
    this.#note = options.note;
    const before = options.note?.before;
    const isOfThisFile = before?.epoch === disk.epoch();
    this.lostBefore = before?.waiting ?? 0;
    this.#spilledBefore = isOfThisFile ? before.lastSequence : 0;
    this.#continue(this.#spilledBefore);
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
    if (this.#memory !== undefined) {
      this.#memory.markDelivered(sequences, nowMs);
      this.#takeNote();
    }
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
  summary(...asked: Parameters<Outbox['summary']>): ReturnType<Outbox['summary']> | undefined {
    return this.#memory === undefined ? this.#disk.summary(...asked) : undefined;
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

  clearFigures(most: { readonly ended: number; readonly arrivals: number }): number {
    return this.#disk.clearFigures(most);
  }

  close(): void {
    this.#listeners.clear();
    this.#continue(this.#memory?.lastSequence() ?? 0);
    this.#takeNote(0);
    this.#note?.close();
    this.#memory?.close();
    this.#disk.close();
  }

  #continue(lastSequence: number): void {
    try {
      this.#disk.continueAfter(lastSequence);
    } catch {
      // A full disk: the note remembers the number for the next start.
    }
  }

  /** `toldBefore`: lost events of the service before, of which somebody still has to be told. */
  #takeNote(toldBefore = this.lostBefore): void {
    const lastSequence = Math.max(this.#memory?.lastSequence() ?? 0, this.#spilledBefore);
    if (lastSequence === 0 && this.lostBefore === 0) return;
    try {
      const waiting = toldBefore + (this.#memory?.depth() ?? 0);
      this.#note?.write({ epoch: this.#disk.epoch(), lastSequence, waiting });
    } catch {
      // A disk that does not even take what it has room for: the log and health tell of it already.
    }
  }

  #store(message: NewMessage, nowMs: number): OutboxRow {
    try {
      const spilled = Math.max(this.#memory?.lastSequence() ?? 0, this.#spilledBefore);
      if (spilled > 0) this.#disk.continueAfter(spilled);
      const row = this.#disk.append(message, nowMs);
      if (this.#memory !== undefined) this.#isOnDisk = true;
      return row;
    } catch (error) {
      if (!(error instanceof RecoverableError && DISK_CODES.has(error.code))) throw error;
      const memory = this.#memory ?? this.#openMemory(nowMs);
      memory.continueAfter(Math.max(this.#disk.lastSequence(), this.#spilledBefore));
      this.#isOnDisk = false;
      const row = memory.append(message, nowMs);
      this.#takeNote();
      return row;
    }
  }

  #openMemory(nowMs: number): Outbox {
    const memory = new Outbox(openDatabase({ path: ':memory:', nowMs, maxBytes: MAX_MEMORY_BYTES }).database);
    memory.adoptEpoch(this.#disk.epoch());
    this.#memory = memory;
    return memory;
  }
}
