/**
 * What a platform does with the events of many boxes, as short as can be: every incident into SQLite, each once, and the
 * correction rate of every town. `node dist/scripts/platform-example/main.js --url mqtt://BROKER --database incidents.db`
 */
import { Command } from 'commander';
import LibsqlDatabase from 'libsql';
import { type IncidentEvent, type Remembered, subscribe } from '../../src/platform';
import { type Result, rateTable, townOf } from './rate';

interface Options {
  readonly url: string;
  readonly database: string;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
}

const TABLES = `
  CREATE TABLE IF NOT EXISTS event (source TEXT, id TEXT, sequence INTEGER, at TEXT, body TEXT, PRIMARY KEY (source, id));
  CREATE TABLE IF NOT EXISTS incident (id TEXT PRIMARY KEY, town TEXT, result TEXT);
  CREATE TABLE IF NOT EXISTS node (id TEXT PRIMARY KEY, numbers TEXT);`;

async function main(): Promise<void> {
  const options = new Command('platform-example')
    .requiredOption('--url <url>', 'broker')
    .requiredOption('--database <file>', 'SQLite file')
    .option('--client-id <id>', 'session at the broker', 'platform-example')
    .option('--username <name>')
    .option('--password <word>')
    .parse()
    .opts<Options>();
  const store = new Store(options.database);
  const { url, clientId, username, password } = options;
  const subscription = subscribe({
    url,
    clientId,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    onEvent: (event) => {
      store.keep(event);
      if ('outcome' in event.data) process.stdout.write(`${rateTable(store.results())}\n`);
    },
    onProblem: (problem) => process.stderr.write(`${JSON.stringify(problem)}\n`),
    memory: store,
  });
  process.once('SIGTERM', () => void subscription.close().then(() => store.close()));
  process.once('SIGINT', () => void subscription.close().then(() => store.close()));
}

class Store {
  readonly #database: LibsqlDatabase.Database;

  constructor(file: string) {
    this.#database = new LibsqlDatabase(file);
    this.#database.pragma('journal_mode = WAL');
    this.#database.exec(TABLES);
  }

  keep(event: IncidentEvent): void {
    const { source, id, sequence, time, data } = event;
    this.#database
      .prepare('INSERT OR IGNORE INTO event VALUES (?, ?, ?, ?, ?)')
      .run(source, id, Number(sequence), time, JSON.stringify(event));
    const result = 'outcome' in data ? data.outcome.result : null;
    this.#database
      .prepare(
        'INSERT INTO incident VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET result = coalesce(excluded.result, result)',
      )
      .run(data.incidentId, townOf(source, data.site), result);
  }

  results(): Result[] {
    const sql = 'SELECT town, result, count(*) AS n FROM incident WHERE result IS NOT NULL GROUP BY town, result';
    const rows: unknown[] = this.#database.prepare(sql).all();
    return rows.map((row) => {
      const { town, result, n } = Object(row);
      return { town: String(town), result: String(result), count: Number(n) };
    });
  }

  recall(node: string): Remembered | undefined {
    const row: unknown = this.#database.prepare('SELECT numbers FROM node WHERE id = ?').get(node);
    return row === undefined ? undefined : JSON.parse(Object(row).numbers);
  }

  remember(node: string, numbers: Remembered): void {
    this.#database.prepare('INSERT OR REPLACE INTO node VALUES (?, ?)').run(node, JSON.stringify(numbers));
  }

  close(): void {
    this.#database.close();
  }
}

void main();
