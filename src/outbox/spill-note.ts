/**
 * What the node remembers of events that a full disk refused: a small file whose blocks were taken beforehand, written over
 * in place, so that it works when nothing else does. Without it a killed service would give the same numbers again.
 */
import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, readSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Spilled {
  /** Of the numbering: that of another file means nothing. */
  readonly epoch: string;
  /** The highest number that an event in memory was given; 0 = never one. */
  readonly lastSequence: number;
  /** How many of them no broker had acknowledged; kept until a service has ended well, so that it is told. */
  readonly waiting: number;
}

const NOTHING: Spilled = { epoch: '', lastSequence: 0, waiting: 0 };
/** Three words, filled up: always the same bytes of the file. */
const LENGTH = 64;

export class SpillNote {
  readonly #file: number;
  #written = '';

  private constructor(
    file: number,
    /** As the service before this one left it. */
    readonly before: Spilled,
  ) {
    this.#file = file;
  }

  /** Throws what the file system throws: a folder that takes nothing has no note. */
  static open(path: string): SpillNote {
    mkdirSync(dirname(path), { recursive: true });
    const isThere = existsSync(path);
    const file = openSync(path, isThere ? 'r+' : 'w+', 0o600);
    const note = new SpillNote(file, isThere ? read(file) : NOTHING);
    note.write(note.before);
    return note;
  }

  /** On the disk before it returns. Throws what the file system throws. */
  write({ epoch, lastSequence, waiting }: Spilled): void {
    const text = `${epoch || '-'} ${lastSequence} ${waiting}`.padEnd(LENGTH - 1).concat('\n');
    if (text === this.#written) return;
    writeSync(this.#file, text, 0);
    fsyncSync(this.#file);
    this.#written = text;
  }

  close(): void {
    closeSync(this.#file);
  }
}

/** A note that was cut off or written over by something else says nothing. */
function read(file: number): Spilled {
  const bytes = Buffer.alloc(LENGTH);
  const length = readSync(file, bytes, 0, LENGTH, 0);
  const words = /^([0-9a-f]{12}) (\d{1,15}) (\d{1,15}) *\n$/.exec(bytes.toString('utf8', 0, length));
  const [, epoch = '', lastSequence = '0', waiting = '0'] = words ?? [];
  return { epoch, lastSequence: Number(lastSequence), waiting: Number(waiting) };
}
