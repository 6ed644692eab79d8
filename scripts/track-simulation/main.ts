/** `node dist/scripts/track-simulation/main.js`: is the published correction rate the true one, and what does noise cost? */
import { Command, InvalidArgumentError } from 'commander';
import { messageOf } from '../../src/errors';
import { MODEL_FOLDER } from '../../src/places';
import { Progress } from '../../src/progress';
import { louder, measuredNoise } from './noise';
import { ratesOf, type Score, simulate } from './simulation';

const TOLERANCE_POINTS = 0.5;

async function main({ riders, seed, noise: levels, json }: Flags): Promise<void> {
  const { noise, thresholds } = measuredNoise(MODEL_FOLDER);
  const bar = new Progress('riders');
  const rows: { readonly noise: number; readonly score: Score }[] = [];
  for (const [done, level] of levels.entries()) {
    const options = { riders, seed, noise: louder(noise, level), thresholds };
    const score = await simulate(options, (count) => bar.show(done * riders + count, levels.length * riders));
    rows.push({ noise: level, score });
  }
  bar.stop();
  const told = rows.map((row) => ({ noise: row.noise, ...ratesOf(row.score), ...row.score }));
  process.stdout.write(json === true ? `${JSON.stringify({ simulated: true, seed, rows: told })}\n` : table(told));
  const measured = told.find((row) => row.noise === 1);
  if (measured !== undefined && Math.abs(measured.error) > TOLERANCE_POINTS) process.exitCode = 1;
}

function table(rows: readonly ({ readonly noise: number } & ReturnType<typeof ratesOf> & Score)[]): string {
  const lines = rows.map(({ noise, riders, trueRate, publishedRate, error, published, ...rest }) =>
    [
      noise,
      riders,
      rest.trueReminded,
      trueRate.toFixed(2),
      publishedRate.toFixed(2),
      (error >= 0 ? '+' : '') + error.toFixed(2),
      `${published.reminded} (${published.unknown} unknown)`,
      rest.falselyCorrected,
      rest.falselyNotCorrected,
    ].join(' | '),
  );
  const head =
    'noise | riders | truly reminded | true rate % | published % | error, points | reminded | falsely corrected | falsely not';
  return `Simulated 模拟, no pictures: measured error rates × noise\n| ${head} |\n|${'---|'.repeat(9)}\n${lines.map((line) => `| ${line} |`).join('\n')}\n`;
}

interface Flags {
  readonly riders: number;
  readonly seed: number;
  readonly noise: readonly number[];
  readonly json?: boolean;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1 && value <= 10_000_000) return value;
  throw new InvalidArgumentError('must be a whole number from 1 to 10000000');
}

function factors(text: string): number[] {
  const values = text.split(',').map(Number);
  if (values.every((value) => value >= 0 && value <= 10)) return values;
  throw new InvalidArgumentError('must be numbers from 0 to 10 with commas between them');
}

new Command('track-simulation')
  .description('10,000 riders without pictures through tracker, votes and incidents: published against true rate')
  .option('--riders <n>', 'for each level of noise', wholeNumber, 10_000)
  .option('--seed <n>', 'the same seed gives the same street', wholeNumber, 1)
  .option('--noise <factors>', "times the models' measured errors", factors, [0, 1, 2, 3])
  .option('--json', 'one line of JSON')
  .action((flags: Flags) => main(flags))
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = 1;
  });
