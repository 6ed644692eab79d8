/**
 * The last lines a child said on stderr: bounded, whatever it says, and the pipe never fills.
 */
import type { Readable } from 'node:stream';

const MAX_LINES = 20;
const MAX_LINE_CHARS = 300;

export class LastLines {
  #lines: string[] = [];
  #open = '';

  /** `onLine` hears every whole line. */
  constructor(
    stream: Readable,
    private readonly onLine: (line: string) => void = () => undefined,
  ) {
    stream.setEncoding('utf8').on('data', (text: string) => this.#add(text));
  }

  /** Oldest first, without empty ones. */
  get lines(): readonly string[] {
    return [...this.#lines, this.#open.trim()].filter((line) => line !== '');
  }

  #add(text: string): void {
    const parts = (this.#open + text).split(/[\r\n]+/);
    this.#open = (parts.pop() ?? '').slice(0, MAX_LINE_CHARS);
    for (const part of parts) {
      // Without addresses the same complaint is the same line: one is enough.
      const line = part
        .replace(/ @ 0x[0-9a-f]+/g, '')
        .trim()
        .slice(0, MAX_LINE_CHARS);
      this.onLine(line);
      if (!this.#lines.includes(line)) this.#lines.push(line);
    }
    this.#lines = this.#lines.slice(-MAX_LINES);
  }
}
