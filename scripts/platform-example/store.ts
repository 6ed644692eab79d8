/** Where the example keeps events and incidents: a SQLite file, or a PostgreSQL database; the same statements for both. */
import LibsqlDatabase from 'libsql';
import { Pool } from 'pg';
import type { IncidentEvent, Remembered } from '../../src/platform';
import { type Result, townOf } from './rate';

type Row = Readonly<Record<string, unknown>>;

interface Database {
  /** `?` stands for the values, in their order. */
  readonly query: (sql: string, ...values: readonly (string | number | null)[]) => Promise<readonly Row[]>;
  readonly close: () => Promise<void>;
}

const TABLES = [
  'CREATE TABLE IF NOT EXISTS event (source TEXT, id TEXT, sequence BIGINT, at TEXT, body TEXT, PRIMARY KEY (source, id))',
  'CREATE TABLE IF NOT EXISTS incident (id TEXT PRIMARY KEY, town TEXT, result TEXT)',
  'CREATE TABLE IF NOT EXISTS node (id TEXT PRIMARY KEY, numbers TEXT)',
];

export class Store {
  private constructor(private readonly database: Database) {}

  /** @param place a file, or postgres://USER@HOST/DATABASE */
  static async open(place: string): Promise<Store> {
    const database = /^postgres(ql)?:\/\//.test(place) ? postgres(place) : sqlite(place);
    for (const table of TABLES) await database.query(table);
    return new Store(database);
  }

  async keep(event: IncidentEvent): Promise<void> {
    const { source, id, sequence, time, data } = event;
    await this.database.query(
      'INSERT INTO event VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
      ...[source, id, Number(sequence), time, JSON.stringify(event)],
    );
    await this.database.query(
      'INSERT INTO incident VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET result = coalesce(excluded.result, incident.result)',
      ...[data.incidentId, townOf(source, data.site), 'outcome' in data ? data.outcome.result : null],
    );
  }

  async results(): Promise<Result[]> {
    const rows = await this.database.query(
      'SELECT town, result, count(*) AS n FROM incident WHERE result IS NOT NULL GROUP BY town, result',
    );
    return rows.map(({ town, result, n }) => ({ town: String(town), result: String(result), count: Number(n) }));
  }

  /** What was remembered of every node when the subscriber last stopped. */
  async memory(): Promise<Map<string, Remembered>> {
    const rows = await this.database.query('SELECT id, numbers FROM node');
    return new Map(rows.map(({ id, numbers }) => [String(id), JSON.parse(String(numbers))]));
  }

  async remember(node: string, numbers: Remembered): Promise<void> {
    const sql = 'INSERT INTO node VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET numbers = excluded.numbers';
    await this.database.query(sql, node, JSON.stringify(numbers));
  }

  close(): Promise<void> {
    return this.database.close();
  }
}

function sqlite(file: string): Database {
  const database = new LibsqlDatabase(file);
  database.pragma('journal_mode = WAL');
  return {
    query: async (sql, ...values) => {
      const statement = database.prepare(sql);
      if (!statement.reader) {
        statement.run(...values);
        return [];
      }
      const rows: unknown[] = statement.all(...values);
      return rows.map((row) => Object(row));
    },
    close: async () => void database.close(),
  };
}

function postgres(url: string): Database {
  const pool = new Pool({ connectionString: url });
  // An idle connection that the server closed: the next query opens another.
  pool.on('error', (error) => process.stderr.write(`${error.message}\n`));
  return {
    query: async (sql, ...values) => {
      let number = 0;
      const { rows } = await pool.query<Row>(
        sql.replaceAll('?', () => `$${++number}`),
        [...values],
      );
      return rows;
    },
    close: () => pool.end(),
  };
}
