/**
 * Opens the node's SQLite file and brings its tables up to date. The only importer of libsql.
 * A damaged file is moved aside, never deleted, and a fresh one takes its place: the junction goes on working.
 */
import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { dirname } from 'node:path';
import { types } from 'node:util';
import LibsqlDatabase from 'libsql';
import { messageOf, RecoverableError } from '../errors';

export type Database = LibsqlDatabase.Database;

export interface OpenedDatabase {
  readonly database: Database;
  /** Where the damaged predecessor was moved to, and what was wrong with it. */
  readonly replaced?: { readonly movedTo: string; readonly reason: string };
}

export interface OpenOptions {
  /** A file, or ":memory:". Its folder is created. */
  readonly path: string;
  /** Names the file moved aside. Epoch ms. */
  readonly nowMs: number;
  /** The file never grows beyond this; the write that would exceed it fails with `outbox/disk-full`. */
  readonly maxBytes?: number;
}

/** Entry n brings user_version n to n + 1. Entries are never changed, only added. */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE outbox (
     sequence INTEGER PRIMARY KEY,
     id TEXT NOT NULL UNIQUE,
     topic TEXT NOT NULL,
     payload TEXT NOT NULL,
     created_at_ms INTEGER NOT NULL,
     delivered_at_ms INTEGER
   );
   CREATE INDEX outbox_undelivered ON outbox (sequence) WHERE delivered_at_ms IS NULL;
   CREATE TABLE counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
   INSERT INTO counter VALUES ('sequence', 0);`,
  // 48 random bits name the numbering: a file made anew counts from 1 under another name.
  `INSERT INTO counter VALUES ('epoch', abs(random() % 281474976710656));`,
  `CREATE TABLE audit (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     at_ms INTEGER NOT NULL,
     command TEXT NOT NULL,
     asked TEXT,
     asked_by TEXT,
     params TEXT NOT NULL,
     answer TEXT NOT NULL
   );
   CREATE INDEX audit_asked ON audit (asked);
   CREATE TABLE setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE upload (number INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, made_at_ms INTEGER NOT NULL);`,
  `CREATE TABLE open_event (incident_id TEXT NOT NULL, payload TEXT NOT NULL);
   CREATE INDEX open_event_incident ON open_event (incident_id);
   CREATE TABLE ended (
     incident_id TEXT PRIMARY KEY, camera_id TEXT NOT NULL, at_ms INTEGER NOT NULL, seat TEXT NOT NULL,
     result TEXT NOT NULL, heard TEXT NOT NULL, reaction_ms INTEGER
   ) WITHOUT ROWID;
   CREATE INDEX ended_at ON ended (at_ms);
   CREATE TABLE arrival (
     at_ms INTEGER NOT NULL, camera_id TEXT NOT NULL, seat TEXT NOT NULL, head TEXT NOT NULL, riders INTEGER NOT NULL,
     PRIMARY KEY (at_ms, camera_id, seat, head)
   ) WITHOUT ROWID;`,
  `CREATE INDEX outbox_incident ON outbox (CASE WHEN json_valid(payload) THEN json_extract(payload, '$.data.incidentId') END);
   CREATE TABLE mark (
     incident_id TEXT PRIMARY KEY, at_ms INTEGER NOT NULL, marked_by TEXT NOT NULL, reason TEXT NOT NULL, note TEXT NOT NULL
   ) WITHOUT ROWID;`,
  // All that the figures of a year read of an incident, in the order of time.
  `DROP INDEX ended_at;
   CREATE INDEX ended_figures ON ended (at_ms, camera_id, seat, result, heard, reaction_ms);`,
];

/** Another process (a backup, sqlite3 on the command line) may hold the file for a moment. */
const BUSY_TIMEOUT_MS = 2_000;
/** For a service that is just ending. */
const LOCK_WAIT_MS = 1_000;
const DAMAGED = new Set(['SQLITE_NOTADB', 'SQLITE_CORRUPT']);
/** SQLite keeps its log and index beside the file; they belong to it. */
const COMPANIONS = ['', '-wal', '-shm'];

/** Throws RecoverableError `outbox/disk-full` | `outbox/unwritable` | `outbox/newer` | `outbox/failed`. */
export function openDatabase(options: OpenOptions): OpenedDatabase {
  try {
    return { database: openOnce(options) };
  } catch (error) {
    const failure = databaseError(error, options.path);
    if (failure.code !== 'outbox/damaged') throw failure;
    return startAfresh(options, failure.message);
  }
}

function startAfresh(options: OpenOptions, reason: string): OpenedDatabase {
  try {
    const movedTo = moveAside(options);
    return { database: openOnce(options), replaced: { movedTo, reason } };
  } catch (error) {
    throw databaseError(error, options.path);
  }
}

/** To look into the file of a service that may be running: nothing is created, mended or changed. */
export function openForReading(path: string): Database {
  if (!existsSync(path)) {
    throw new RecoverableError(
      'outbox/absent',
      `${path}: no such file; is dataFolder of the configuration right, and has the service run?`,
    );
  }
  const database = new LibsqlDatabase(path, { readonly: true });
  try {
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const version = Number(rows(database.pragma('user_version'))[0]?.user_version);
    if (version === MIGRATIONS.length) return database;
    const detail = `${path}: written by another release (version ${version}, this one reads ${MIGRATIONS.length})`;
    throw new RecoverableError('outbox/version', `${detail}; use the anqi command of the service that runs here`);
  } catch (error) {
    database.close();
    throw databaseError(error, path);
  }
}

/**
 * A lock for as long as this process lives: the kernel gives it back however the process ends. Nothing is written into the file.
 * @returns its end. @throws RecoverableError `outbox/locked` when another process has it, else why it cannot be had
 */
export function holdLock(path: string): () => void {
  let database: Database | undefined;
  try {
    mkdirSync(dirname(path), { recursive: true });
    database = new LibsqlDatabase(path);
    database.pragma(`busy_timeout = ${LOCK_WAIT_MS}`);
    // In memory: a log beside the file would be shared, and so would the lock.
    database.pragma('journal_mode = MEMORY');
    database.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    database?.close();
    throw databaseError(error, path);
  }
  const held = database;
  return () => {
    // close() alone gives it back only once nothing refers to the connection any more.
    held.exec('ROLLBACK');
    held.close();
  };
}

/** Runs `work` in one transaction; foreign errors become RecoverableErrors with a stable code. */
export function transact<T>(database: Database, work: () => T): T {
  try {
    database.exec('BEGIN IMMEDIATE');
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite has already rolled back by itself when the disk was full.
    if (database.open && database.inTransaction) database.exec('ROLLBACK');
    throw databaseError(error, 'the outbox');
  }
}

/** Brings the log into the file first: libsql itself leaves it beside. */
export function closeDatabase(database: Database): void {
  try {
    database.pragma('wal_checkpoint(TRUNCATE)');
  } catch {
    // A full disk: the log stays beside the file and is read at the next start.
  }
  database.close();
}

/** What went wrong, as a RecoverableError that says how to mend it. */
export function databaseError(error: unknown, what: string): RecoverableError {
  if (error instanceof RecoverableError) return error;
  const sqliteCode = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  const detail = `${what}: ${messageOf(error)}`;
  const as = (code: string, advice: string) => new RecoverableError(code, `${detail}; ${advice}`, { cause: error });
  if (DAMAGED.has(sqliteCode)) return as('outbox/damaged', 'the file is no sound SQLite database');
  if (sqliteCode === 'SQLITE_FULL') return as('outbox/disk-full', 'free disk space or raise the limit');
  if (/BUSY|LOCKED/.test(sqliteCode) || /database is locked/.test(detail))
    return as('outbox/locked', 'another program holds the file (a backup, sqlite3): end it and try again');
  if (/READONLY|CANTOPEN|PERM|IOERR|^E[A-Z]+$/.test(sqliteCode) || /ConnectionFailed/.test(detail)) {
    return as('outbox/unwritable', 'check that the folder exists, is writable and the disk is sound');
  }
  return as('outbox/failed', 'see the cause');
}

function openOnce({ path, maxBytes }: OpenOptions): Database {
  if (path !== ':memory:') mkdirSync(dirname(path), { recursive: true });
  const database = new LibsqlDatabase(path);
  try {
    database.pragma(`busy_timeout = ${BUSY_TIMEOUT_MS}`);
    const [check] = rows(database.pragma('quick_check(1)'));
    if (check?.quick_check !== 'ok') throw new RecoverableError('outbox/damaged', String(check?.quick_check));
    database.pragma('journal_mode = WAL');
    // FULL: a commit is on the disk before append() returns, so a power cut loses nothing.
    database.pragma('synchronous = FULL');
    database.pragma('foreign_keys = ON');
    migrate(database);
    if (maxBytes !== undefined) limitSize(database, maxBytes);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

function migrate(database: Database): void {
  const version = Number(rows(database.pragma('user_version'))[0]?.user_version);
  if (version > MIGRATIONS.length) {
    throw new RecoverableError(
      'outbox/newer',
      `the outbox was written by a newer release (version ${version}, this one knows ${MIGRATIONS.length}); update, or choose another path`,
    );
  }
  for (const [step, sql] of MIGRATIONS.slice(version).entries()) {
    transact(database, () => database.exec(`${sql} PRAGMA user_version = ${version + step + 1};`));
  }
}

/** Lets the file grow by so many bytes more. */
export function raiseLimit(database: Database, bytes: number): void {
  const [limit] = rows(database.pragma('max_page_count'));
  const [page] = rows(database.pragma('page_size'));
  limitSize(database, Number(limit?.max_page_count) * Number(page?.page_size) + bytes);
}

/** Of the file, without its log. */
export function sizeBytes(database: Database): number {
  const [count] = rows(database.pragma('page_count'));
  const [page] = rows(database.pragma('page_size'));
  return Number(count?.page_count) * Number(page?.page_size);
}

function limitSize(database: Database, maxBytes: number): void {
  const pageBytes = Number(rows(database.pragma('page_size'))[0]?.page_size);
  database.pragma(`max_page_count = ${Math.max(1, Math.floor(maxBytes / pageBytes))}`);
}

function moveAside({ path, nowMs }: OpenOptions): string {
  const movedTo = `${path}.corrupt-${new Date(nowMs).toISOString().replaceAll(':', '')}`;
  for (const suffix of COMPANIONS) {
    if (existsSync(path + suffix)) renameSync(path + suffix, movedTo + suffix);
  }
  return movedTo;
}

/**
 * Columns for a SELECT. A bad disk may put anything into a cell, and libsql ends the process (a panic, no exception) over
 * text that is no UTF-8: so text is asked for as bytes, and numbers as numbers.
 */
export function columns({
  text,
  whole = [],
}: {
  readonly text: readonly string[];
  readonly whole?: readonly string[];
}) {
  const cast = (name: string, type: 'BLOB' | 'INTEGER'): string => `CAST(${name} AS ${type}) AS ${name}`;
  return [...text.map((name) => cast(name, 'BLOB')), ...whole.map((name) => cast(name, 'INTEGER'))].join(', ');
}

/** libsql types every result as unknown. Bytes become text, with a mark where they are none. */
export function rows(result: unknown): readonly Readonly<Record<string, unknown>>[] {
  if (!Array.isArray(result)) return [];
  return result.map((row: unknown) => {
    if (typeof row !== 'object' || row === null) return {};
    const decoded = (value: unknown): unknown => (types.isArrayBuffer(value) ? Buffer.from(value).toString() : value);
    return Object.fromEntries(Object.entries(row).map(([name, value]) => [name, decoded(value)]));
  });
}
