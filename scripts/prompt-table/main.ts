/** Renders and measures every prompt: the table audio/prompts.md. Exit code 1 when one of them is out of its limits. */
import { execFile } from 'node:child_process';
import { access, constants, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Command } from 'commander';
import { readPhraseBook } from '../../src/announcer/phrase-book';
import { messageOf } from '../../src/errors';
import { AUDIO_FOLDER, PHRASES_FILE } from '../../src/places';
import { Progress } from '../../src/progress';
import { isWithinLimits } from './measure';
import { render } from './render';
import { sentencesOf } from './sentences';
import { promptTable, summary } from './table';

/** Without a terminal to draw a bar on, a line after so many prompts. */
const LINE_EVERY = 50;

interface Flags {
  readonly out: string;
  readonly wav?: string;
}

async function main({ out, wav }: Flags): Promise<void> {
  const signal = untilInterrupted();
  const startedAtMs = performance.now();
  await access(dirname(resolve(out)), constants.W_OK); // not only when a minute's work is to be written
  const program = await voiceProgram(signal);
  const book = readPhraseBook(PHRASES_FILE);
  const sentences = sentencesOf(book);
  const bar = new Progress('prompts');
  const onDone = (count: number) => {
    bar.show(count, sentences.length);
    if (!process.stderr.isTTY && count % LINE_EVERY === 0) bar.tell(`${count} of ${sentences.length} prompts`);
  };
  const rows = await render(sentences, { book, wavFolder: wav, onDone }, signal).finally(() => bar.stop());
  await writeFile(out, promptTable(rows, program));
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0);
  process.stdout.write(`${summary(rows)}\n${out} written after ${seconds} s\n`);
  if (!rows.every(({ measures }) => isWithinLimits(measures))) process.exitCode = 1;
}

async function voiceProgram(signal: AbortSignal): Promise<string> {
  const { stdout } = await promisify(execFile)('espeak-ng', ['--version'], { signal, timeout: 10_000 });
  return `espeak-ng ${/\d+(\.\d+)+/.exec(stdout)?.[0] ?? 'of unknown version'}`;
}

/** A second signal ends the process at once. */
function untilInterrupted(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

new Command('prompts')
  .description('render every phrase in both languages with every slot word, and write the table of measures 逐句测量')
  .option('--out <file>', 'the table', join(AUDIO_FOLDER, 'prompts.md'))
  .option('--wav <folder>', 'keep the sounds there, 0.2 GB, named as in the table')
  .action(main)
  .parseAsync()
  .catch((error: unknown) => {
    process.stderr.write(`prompts: ${messageOf(error)}\n`);
    process.exitCode = 1;
  });
