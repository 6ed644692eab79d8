/** Brings every fault upon a real service with two cameras, one after the other, and prints what became of it as a table. */
import { Command } from 'commander';
import { messageOf } from '../../src/errors';
import { bareHeadedFilm } from '../../test/support/service-film';
import { FAULTS } from './faults';
import { type Outcome, rowOf, TABLE_HEAD } from './table';

interface Flags {
  readonly only?: readonly string[];
  readonly slower: number;
  readonly json?: boolean;
}

async function main({ only, slower, json }: Flags): Promise<void> {
  const wanted = FAULTS.filter(({ name }) => only === undefined || only.includes(name));
  if (wanted.length === 0) throw new Error(`no such fault; there are: ${FAULTS.map(({ name }) => name).join(', ')}`);
  using film = bareHeadedFilm();
  const outcomes: Outcome[] = [];
  if (json !== true) process.stdout.write(TABLE_HEAD);
  for (const fault of wanted) {
    process.stderr.write(`${fault.name} …\n`);
    const nothing = { detectedS: null, recoveredS: null, lostEvents: 0, otherPauseS: null, note: '' };
    const failed = (error: unknown): Outcome[] => [{ fault: fault.name, ...nothing, problems: [messageOf(error)] }];
    const own = await fault.bringUpon({ film: film.path, slower }).catch(failed);
    outcomes.push(...own);
    if (json !== true) process.stdout.write(own.map(rowOf).join(''));
  }
  if (json === true) process.stdout.write(`${JSON.stringify(outcomes)}\n`);
  if (outcomes.some(({ problems }) => problems.length > 0)) process.exitCode = 1;
}

new Command('faults')
  .description(
    'what becomes of a service to which something happens; needs ffmpeg, mosquitto, and for some faults root',
  )
  .option('--only <names...>', `some of: ${FAULTS.map(({ name }) => name).join(', ')}`)
  .option('--slower <times>', 'so many times the goals are allowed: for a machine that is busy', Number, 1)
  .option('--json', 'one line of JSON instead of the table')
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  });
