/**
 * What a platform does with the events of many boxes, as short as can be: every incident into a database, each once, and the
 * correction rate of every town. `node dist/scripts/platform-example/main.js --url mqtt://BROKER --database incidents.db`
 */
import { Command } from 'commander';
import { subscribe } from '../../src/platform';
import { rateTable } from './rate';
import { Store } from './store';

interface Options {
  readonly url: string;
  readonly database: string;
  readonly clientId: string;
  readonly username?: string;
  readonly password?: string;
}

async function main(): Promise<void> {
  const options = new Command('platform-example')
    .requiredOption('--url <url>', 'broker')
    .requiredOption('--database <place>', 'SQLite file, or postgres://USER@HOST/DATABASE')
    .option('--client-id <id>', 'session at the broker', 'platform-example')
    .option('--username <name>')
    .option('--password <word>')
    .parse()
    .opts<Options>();
  const store = await Store.open(options.database);
  const known = await store.memory();
  const { url, clientId, username, password } = options;
  const subscription = subscribe({
    url,
    clientId,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    // Acknowledged to the broker when it is in the database: one that is away costs no event.
    onEvent: async (event) => {
      await store.keep(event);
      if ('outcome' in event.data) process.stdout.write(`${rateTable(await store.results())}\n`);
    },
    onProblem: (problem) => process.stderr.write(`${JSON.stringify(problem)}\n`),
    memory: {
      recall: (node) => known.get(node),
      remember: (node, numbers) => void store.remember(node, numbers).catch(report),
    },
  });
  void subscription.ready.then(() => process.stdout.write(`listening to ${url} 正在接收\n`));
  const end = (): void => void subscription.close().then(() => store.close());
  process.once('SIGTERM', end);
  process.once('SIGINT', end);
}

function report(error: unknown): void {
  process.stderr.write(`${String(error)}\n`);
}

main().catch((error: unknown) => {
  report(error);
  process.exitCode = 1;
});
