/** Recordings that leave the box with their book, and such files that come in: all of them or none. */
import { setImmediate as others } from 'node:timers/promises';
import {
  BOOK_FILE,
  type BookedRecording,
  parseBook,
  type RecordingBook,
  type RecordingBookData,
  sha256Of,
} from './announcer/voices/recording-book';
import { seriousFaults, type TakeAdvice } from './announcer/voices/take';
import type { Output } from './console/contract';
import type { RecordingFile } from './console/ports';
import { ConsoleRefusal } from './console/refusal';
import type { PromptLanguage } from './domain';
import { messageOf } from './errors';

type Imported = Output<'importRecordings'>;
type Problem = Imported['problems'][number];

/** Those for which nobody's consent is written down stay behind. */
export async function exportedFiles(
  recordings: RecordingBook,
  lang: PromptLanguage,
): Promise<readonly RecordingFile[]> {
  const book = await recordings.read();
  const leaving = (await recordings.kept()).flatMap(({ words, bytes, booked }) =>
    booked === null ? [] : [{ bytes, booked, name: nameOf(lang, words) }],
  );
  if (leaving.length === 0) throw new ConsoleRefusal('not_found', 'nothing is recorded yet');
  const data: RecordingBookData = { ...book, recordings: leaving.map(({ booked }) => booked) };
  const text = Buffer.from(`${JSON.stringify(data, null, 2)}\n`);
  return [{ name: BOOK_FILE, bytes: text }, ...leaving.map(({ name, bytes }) => ({ name, bytes }))];
}

/** Every file is checked as if it had just been recorded; nothing is kept unless all are good. */
export async function importFiles(
  recordings: RecordingBook,
  lang: PromptLanguage,
  files: readonly RecordingFile[],
): Promise<Imported> {
  const book = bookIn(files, lang);
  if ('code' in book) return { imported: 0, problems: [book] };
  const sounds = new Map(files.filter(({ name }) => name !== BOOK_FILE).map(({ name, bytes }) => [name, bytes]));
  const problems: Problem[] = [];
  const takes: { booked: BookedRecording; bytes: Buffer }[] = [];
  for (const booked of book.recordings) {
    const name = nameOf(lang, booked.words);
    const sound = sounds.get(name);
    if (sound === undefined) {
      problems.push(problemOf(name, 'not_there'));
      continue;
    }
    const bytes = Buffer.from(sound);
    problems.push(...faultsOf(name, { booked, bytes, book }));
    takes.push({ booked, bytes });
    sounds.delete(name);
    await others(); // cameras and speakers go on meanwhile
  }
  problems.push(...[...sounds.keys()].map((name) => problemOf(name, 'not_booked')));
  if (problems.length > 0) return { imported: 0, problems };
  const named = new Set(takes.map(({ booked }) => booked.speaker));
  await recordings.keep(
    takes,
    book.speakers.filter(({ name }) => named.has(name)),
  );
  return { imported: takes.length, problems: [] };
}

function bookIn(files: readonly RecordingFile[], lang: PromptLanguage): RecordingBookData | Problem {
  const file = files.find(({ name }) => name === BOOK_FILE);
  if (file === undefined) return problemOf(BOOK_FILE, 'not_there');
  try {
    const book = parseBook(new TextDecoder('utf-8', { fatal: true }).decode(file.bytes), BOOK_FILE);
    return book.lang === lang ? book : problemOf(BOOK_FILE, 'book', { detail: `lang: ${book.lang}, expected ${lang}` });
  } catch (error) {
    return problemOf(BOOK_FILE, 'book', { detail: messageOf(error).slice(0, 500) });
  }
}

function faultsOf(
  name: string,
  {
    booked,
    bytes,
    book,
  }: { readonly booked: BookedRecording; readonly bytes: Buffer; readonly book: RecordingBookData },
): readonly Problem[] {
  if (!book.speakers.some((speaker) => speaker.name === booked.speaker)) return [problemOf(name, 'no_consent')];
  if (sha256Of(bytes) !== booked.sha256) return [problemOf(name, 'changed')];
  const advice = seriousFaults(bytes, booked.words);
  return advice.length === 0 ? [] : [problemOf(name, 'take', { advice })];
}

function problemOf(
  name: string,
  code: Problem['code'],
  { detail = '', advice = [] }: { readonly detail?: string; readonly advice?: readonly TakeAdvice[] } = {},
): Problem {
  return { name, code, detail, advice: [...advice] };
}

function nameOf(lang: PromptLanguage, words: string): string {
  return `${lang}/${words}.wav`;
}
