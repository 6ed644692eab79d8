/**
 * The last lines a child said on stderr: bounded, whatever it says, and the pipe never fills.
 */
import type { Readable } from 'node:stream';

const MAX_LINES = 20;
const MAX_LINE_CHARS = 300;

export class LastLines {
  #lines: string[] = [];
  #open = '';

  constructor(stream: Readable) {
    stream.setEncoding('utf8').on('data', (text: string) => this.#add(text));
  }

  /** Oldest first, without empty ones. */
  get lines(): readonly string[] {
    return [...this.#lines, this.#open.trim()].filter((line) => line !== '');
  }

  #add(text: string): void {
    const parts = (this.#open + text).split(/[\r\n]+/);
    this.#open = (parts.pop() ?? '').slice(0, MAX_LINE_CHARS);
    this.#lines = [...this.#lines, ...parts.map((line) => line.trim().slice(0, MAX_LINE_CHARS))].slice(-MAX_LINES);
  }
}
