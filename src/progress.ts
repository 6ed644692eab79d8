/** How far a long command has come. */
import { Presets, SingleBar } from 'cli-progress';

/** ECMA-48: to the start of the line, erase to its end. */
const ERASE_LINE = '\r\u001b[K';

/** A bar on the terminal; nothing where nobody watches, or while the end is not known. */
export class Progress {
  private readonly bar: SingleBar | null;
  private isStarted = false;

  constructor(unit: string) {
    const format = `{bar} {value}/{total} ${unit}`;
    this.bar = process.stderr.isTTY ? new SingleBar({ format, clearOnComplete: true }, Presets.shades_classic) : null;
  }

  show(done: number, total: number | null): void {
    if (total === null) return;
    if (!this.isStarted) this.bar?.start(total, 0);
    this.isStarted = true;
    this.bar?.update(done);
  }

  /** A line of its own, above the bar. */
  tell(line: string): void {
    if (this.bar !== null) process.stderr.write(ERASE_LINE);
    process.stderr.write(`${line}\n`);
  }

  stop(): void {
    this.bar?.stop();
  }
}
