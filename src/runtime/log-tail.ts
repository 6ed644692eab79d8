/** The last lines of the log, for a diagnosis; they were redacted before they came here. */
const KEPT_LINES = 1_000;
const MAX_LINE_CHARS = 4_000;

export class LogTail {
  #lines: string[] = [];

  readonly push = (line: string): void => {
    this.#lines.push(line.slice(0, MAX_LINE_CHARS));
    // Seldom, so that a line costs no copy of all.
    if (this.#lines.length > 2 * KEPT_LINES) this.#lines = this.#lines.slice(-KEPT_LINES);
  };

  get text(): string {
    return this.#lines.slice(-KEPT_LINES).join('');
  }
}
