/** `npm run faults:delivery`: does every fault to a box and its broker on this machine, and prints what was lost. Needs root for the full disk. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { FULL, faults } from './faults';
import { type FaultResult, runFault } from './run';

const HEAD = [
  'fault',
  'made',
  'received',
  'repeated',
  'lost',
  'gaps',
  'id changed',
  'number twice',
  'told by health',
  's',
  '',
];

async function main(): Promise<void> {
  const flags = new Command('delivery-faults')
    .option('--seed <n>', 'of the random moments', '1')
    .option('--only <word>', 'only faults whose name has this word', '')
    .option('--kills <n>', 'SIGKILLs', String(FULL.kills))
    .option('--power-cuts <n>', 'copies of the database', String(FULL.powerCuts))
    .parse()
    .opts<{ seed: string; only: string; kills: string; powerCuts: string }>();
  const amounts = { ...FULL, kills: Number(flags.kills), powerCuts: Number(flags.powerCuts) };
  const wanted = faults(amounts).filter(({ name }) => name.includes(flags.only));
  say(HEAD);
  say(HEAD.map(() => '---'));
  for (const fault of wanted) {
    const folder = await mkdtemp(join(tmpdir(), 'anqi-faults-'));
    const place = { folder, script: join(__dirname, 'sender.js'), seed: Number(flags.seed) };
    const result = await runFault(fault, place);
    say(rowOf(result));
    if (result.complaint !== '') process.exitCode = 1;
    await rm(folder, { recursive: true });
  }
}

function rowOf({ name, seconds, findings, told, complaint }: FaultResult): string[] {
  const { made, received, repeated, lost, gaps, changed, givenTwice } = findings;
  const numbers = [made, received, repeated, lost.length, gaps, changed, givenTwice].map(String);
  return [name, ...numbers, told.join(' ') || '–', String(seconds), complaint === '' ? 'good' : complaint];
}

function say(cells: readonly string[]): void {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
}

void main();
