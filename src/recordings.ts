/** What is recorded and what is not, for `anqi phrases`; and the verdict on a folder of recordings, for `anqi voices check`. */
import { join } from 'node:path';
import type { PhraseBook } from './announcer/phrases';
import { checkFolder } from './announcer/voices/check-folder';
import { recordedFiles } from './announcer/voices/clips';
import { DialectVoice } from './announcer/voices/dialect';
import { mandarinScript } from './announcer/voices/mandarin';
import { readRecording } from './announcer/voices/recording';
import { recordingList } from './announcer/voices/recording-list';
import { clipFolders } from './announcer/voices/voices';
import type { PromptLanguage } from './domain';
import { messageOf } from './errors';
import { AUDIO_FOLDER } from './places';

/** `machine`: not recorded, the machine voice says it. `missing`: it cannot be said at all. */
export type ClipState = 'recorded' | 'machine' | 'missing';

export interface ListedClip {
  readonly lang: PromptLanguage;
  readonly words: string;
  /** Where its recording belongs: `wuu/藍.wav`. */
  readonly file: string;
  readonly state: ClipState;
  readonly uses: readonly string[];
  /** Why a recording that is there is not used, or why nothing can say it. */
  readonly note: string;
}

export async function listClips({
  book,
  langs,
  clipsDir,
}: {
  book: PhraseBook;
  langs: readonly PromptLanguage[];
  clipsDir?: string | undefined;
}): Promise<readonly ListedClip[]> {
  const dialect = new DialectVoice(join(AUDIO_FOLDER, 'wuu'));
  const listed: ListedClip[] = [];
  for (const lang of langs) {
    const files = await recordedFiles(clipFolders(AUDIO_FOLDER, clipsDir), lang);
    for (const { words, uses } of recordingList(book, lang)) {
      const clip = { lang, words, file: `${lang}/${words}.wav`, uses };
      const file = files.get(words);
      const fault = file === undefined ? null : await faultOf(() => readRecording(file));
      if (file !== undefined && fault === null) {
        listed.push({ ...clip, state: 'recorded', note: '' });
        continue;
      }
      const speechless = await faultOf(() => (lang === 'wuu' ? dialect.speech(words) : mandarinScript(words)));
      const note = [fault === null ? '' : `not used: ${fault}`, speechless ?? '']
        .filter((each) => each !== '')
        .join('; ');
      listed.push({ ...clip, state: speechless === null ? 'machine' : 'missing', note });
    }
  }
  return listed;
}

async function faultOf(work: () => unknown): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return messageOf(error);
  }
}

/** Columns separated by tabs: language, state, file, what it is used for, note. */
export function describeClip({ lang, state, file, uses, note }: ListedClip): string {
  return [lang, state, file, uses.join(' '), ...(note === '' ? [] : [note])].join('\t');
}

/** Writes a line for each file and a closing one. True when nothing has to be recorded again. */
export async function checkRecordings(
  folder: string,
  { book, tell }: { readonly book: PhraseBook; readonly tell: (line: string) => void },
  signal: AbortSignal,
): Promise<boolean> {
  let good = 0;
  let bad = 0;
  for await (const { name, lengthMs, rateHz, lufs, advice } of checkFolder(folder, book, signal)) {
    const measures =
      lengthMs === null ? '' : `  ${(lengthMs / 1000).toFixed(1)} s, ${rateHz} Hz, ${lufs?.toFixed(0)} LUFS`;
    tell(`${advice.length === 0 ? 'good' : 'AGAIN'}  ${name}${measures}`);
    for (const { zh, en } of advice) tell(`       ${zh}\n       ${en}`);
    if (advice.length === 0) good += 1;
    else bad += 1;
  }
  tell(
    `${good} good 可用, ${bad} to be seen to 需处理; anqi phrases --missing lists what is not recorded yet 列出还没录的`,
  );
  return bad === 0;
}
