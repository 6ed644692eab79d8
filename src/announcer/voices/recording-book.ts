/**
 * The site's own recordings of one language with who spoke them and agreed to it: `<folder>/<lang>/<words>.wav`, and
 * `<folder>/recordings.json` beside them. Every change is whole or not there; one at a time.
 */
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import type { PromptLanguage } from '../../domain';
import { messageOf, RecoverableError } from '../../errors';
import { writeDurably } from '../../runtime/write-durably';
import { errorCode } from '../error-code';
import { recordedFiles } from './clips';

/** Han characters alone: a name that leads nowhere else, within the 255 bytes of a file name. */
export const WORDS = /^\p{Script=Han}{1,60}$/u;
export const BOOK_FILE = 'recordings.json';
const MAX_SPEAKERS = 100;
export const MAX_RECORDINGS = 500;

const name = z
  .string()
  .min(1)
  .max(60)
  .regex(/^\P{Cc}+$/u);
const time = z.iso.datetime({ offset: true });
export const recordingBookSchema = z.strictObject({
  version: z.literal(1),
  lang: z.enum(['zh-CN', 'wuu']),
  speakers: z
    .array(
      z.strictObject({
        name,
        /** The sentence that was agreed to. */
        consent: z.string().min(1).max(1_000),
        consentedAt: time,
        /** Login of whoever wrote it down. */
        notedBy: z.string().max(64),
      }),
    )
    .max(MAX_SPEAKERS),
  recordings: z
    .array(
      z.strictObject({
        words: z.string().regex(WORDS),
        speaker: name,
        recordedAt: time,
        sha256: z.string().regex(/^[0-9a-f]{64}$/),
      }),
    )
    .max(MAX_RECORDINGS),
});
export type RecordingBookData = z.output<typeof recordingBookSchema>;
export type BookedSpeaker = RecordingBookData['speakers'][number];
export type BookedRecording = RecordingBookData['recordings'][number];

export interface KeptRecording {
  readonly words: string;
  readonly bytes: Buffer;
  /** Null for a file that was put there by hand: nobody's consent is written down. */
  readonly booked: BookedRecording | null;
}

export class RecordingBook {
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly folder: string,
    private readonly lang: PromptLanguage,
  ) {}

  /** @throws RecoverableError `recordings_unreadable` when the book is damaged: nothing is overwritten then. */
  async read(): Promise<RecordingBookData> {
    const file = path.join(this.folder, BOOK_FILE);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (cause) {
      if (errorCode(cause) === 'ENOENT') return { version: 1, lang: this.lang, speakers: [], recordings: [] };
      throw new RecoverableError('recordings_unreadable', messageOf(cause), { cause });
    }
    return parseBook(text, file);
  }

  async kept(): Promise<readonly KeptRecording[]> {
    const { recordings } = await this.read();
    const kept: KeptRecording[] = [];
    for (const [words, file] of await recordedFiles([this.folder], this.lang)) {
      const bytes = await readFile(file).catch(() => null);
      if (bytes === null) continue;
      const sha256 = sha256Of(bytes);
      const booked = recordings.find((each) => each.words === words && each.sha256 === sha256) ?? null;
      kept.push({ words, bytes, booked });
    }
    return kept;
  }

  /** Writes down that somebody agreed; a second time changes the date. */
  consent(speaker: BookedSpeaker): Promise<void> {
    return this.#alone(async () => {
      const book = await this.read();
      const others = book.speakers.filter((each) => each.name !== speaker.name);
      if (others.length >= MAX_SPEAKERS)
        throw new RecoverableError('recordings_full', `at most ${MAX_SPEAKERS} speakers`);
      await this.#write({ ...book, speakers: [...others, speaker] });
    });
  }

  /** Somebody takes their consent back: their recordings go with it. @returns how many; null for nobody of that name */
  withdraw(speaker: string): Promise<number | null> {
    return this.#alone(async () => {
      const book = await this.read();
      if (!book.speakers.some((each) => each.name === speaker)) return null;
      const theirs = (await this.kept()).filter(({ booked }) => booked?.speaker === speaker);
      for (const { words } of theirs) await this.#delete(words);
      await this.#write({
        ...book,
        speakers: book.speakers.filter((each) => each.name !== speaker),
        recordings: book.recordings.filter((each) => each.speaker !== speaker),
      });
      return theirs.length;
    });
  }

  /** One or many, all or none. @throws RecoverableError `no_consent` for a speaker who is not in the book. */
  keep(
    takes: readonly { readonly booked: Omit<BookedRecording, 'sha256'>; readonly bytes: Buffer }[],
    newSpeakers: readonly BookedSpeaker[] = [],
  ): Promise<void> {
    return this.#alone(async () => {
      const book = await this.read();
      const added = newSpeakers.filter(({ name: one }) => !book.speakers.some((each) => each.name === one));
      const speakers = [...book.speakers, ...added];
      const stranger = takes.find(({ booked }) => !speakers.some((each) => each.name === booked.speaker));
      if (stranger !== undefined) throw new RecoverableError('no_consent', `${stranger.booked.speaker} has not agreed`);
      const taken = new Set(takes.map(({ booked }) => booked.words));
      const recordings = [
        ...book.recordings.filter(({ words }) => !taken.has(words)),
        ...takes.map(({ booked, bytes }) => ({ ...booked, sha256: sha256Of(bytes) })),
      ];
      if (speakers.length > MAX_SPEAKERS || recordings.length > MAX_RECORDINGS)
        throw new RecoverableError(
          'recordings_full',
          `at most ${MAX_SPEAKERS} speakers and ${MAX_RECORDINGS} recordings`,
        );
      const staged = await this.#stage(takes);
      // The book first: a recording without its entry would be one without consent.
      await this.#write({ ...book, speakers, recordings });
      const before = await recordedFiles([this.folder], this.lang);
      for (const { part, file, words } of staged) {
        const old = before.get(words);
        await rename(part, file);
        // Put there by hand under a name of another form, such as 藍.WAV.
        if (old !== undefined && old !== file) await rm(old, { force: true });
      }
    });
  }

  /** @returns false where there was none */
  remove(words: string): Promise<boolean> {
    return this.#alone(async () => {
      const book = await this.read();
      const isThere = await this.#delete(words);
      const recordings = book.recordings.filter((each) => each.words !== words);
      if (recordings.length < book.recordings.length) await this.#write({ ...book, recordings });
      return isThere;
    });
  }

  /** All on the disk, under names that nobody reads. */
  async #stage(
    takes: readonly { readonly booked: { readonly words: string }; readonly bytes: Buffer }[],
  ): Promise<readonly { readonly part: string; readonly file: string; readonly words: string }[]> {
    const inside = path.join(this.folder, this.lang);
    const staged: { part: string; file: string; words: string }[] = [];
    try {
      await mkdir(inside, { recursive: true });
      await tidy(inside);
      for (const { booked, bytes } of takes) {
        const part = path.join(inside, `${randomUUID()}.part`);
        const { words } = booked;
        staged.push({ part, file: path.join(inside, `${words}.wav`), words });
        await using handle = await open(part, 'w', 0o640);
        await handle.writeFile(bytes);
        await handle.sync();
      }
      return staged;
    } catch (cause) {
      for (const { part } of staged) await rm(part, { force: true }).catch(() => undefined);
      throw new RecoverableError('recordings_unwritten', messageOf(cause), { cause });
    }
  }

  async #delete(words: string): Promise<boolean> {
    const file = (await recordedFiles([this.folder], this.lang)).get(words);
    if (file === undefined) return false;
    await rm(file, { force: true });
    return true;
  }

  async #write(book: RecordingBookData): Promise<void> {
    const text = `${JSON.stringify(book, null, 2)}\n`;
    parseBook(text, BOOK_FILE); // what could not be read again is never written
    try {
      await mkdir(this.folder, { recursive: true });
      writeDurably(path.join(this.folder, BOOK_FILE), text, 0o600);
    } catch (cause) {
      throw new RecoverableError('recordings_unwritten', messageOf(cause), { cause });
    }
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** @throws RecoverableError `recordings_unreadable`; `source` names the text. */
export function parseBook(text: string, source: string): RecordingBookData {
  try {
    return recordingBookSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new RecoverableError('recordings_unreadable', `${source}: ${messageOf(cause)}`, { cause });
  }
}

/** Left by a process that was killed while it wrote. */
async function tidy(folder: string): Promise<void> {
  const parts = (await readdir(folder)).filter((each) => each.endsWith('.part'));
  await Promise.all(parts.map((each) => rm(path.join(folder, each), { force: true })));
}

export function sha256Of(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
