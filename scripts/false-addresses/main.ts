/** Counts who is wrongly spoken to in films whose truth is known. Exit code 1 when there is anybody, or a film cannot be read. */
import { basename } from 'node:path';
import { Command } from 'commander';
import { messageOf } from '../../src/errors';
import { MODEL_FOLDER } from '../../src/places';
import { Progress } from '../../src/progress';
import { Detector } from '../../src/vision/detector';
import { countFilm, type FilmCount } from './film';
import { table, totals } from './report';

interface Flags {
  readonly models: string;
  readonly json?: boolean;
}

async function main(films: readonly string[], { models, json }: Flags): Promise<void> {
  const signal = untilInterrupted();
  const detector = new Detector({ modelFolder: models, threads: 1 });
  const counts: FilmCount[] = [];
  try {
    const info = await detector.start();
    for (const film of films) {
      const bar = new Progress(`frames of ${basename(film)}`);
      const onFrame = (done: number, total: number | null): void => bar.show(done, total);
      counts.push(await countFilm(film, { detector, info, onFrame }, signal).finally(() => bar.stop()));
      signal.throwIfAborted();
    }
    const used = info.models.map(({ name, version, sha256 }) => ({ name, version, sha256 }));
    process.stdout.write(`${table(counts)}\n`);
    if (json === true) process.stdout.write(`${JSON.stringify({ films: counts, ...totals(counts), models: used })}\n`);
    process.exitCode = totals(counts).votedWrong === 0 ? 0 : 1;
  } finally {
    await detector.close();
  }
}

/** A second signal ends the process at once. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

new Command('false-addresses')
  .description('count who is wrongly spoken to in films with their truth beside them 误提醒计数')
  .argument('<film...>', 'films of scripts/simulate: film.mp4 with film.truth.json')
  .option('--models <folder>', "another folder of models (default: this release's)", MODEL_FOLDER)
  .option('--json', 'last line: the figures as JSON')
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`false-addresses: ${messageOf(error)}\n`);
    process.exitCode = 1;
  });
