/** The console's recording room: takes, consent, and how prompts sound now. */
import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PHRASE_IDS, type PhraseBook } from './announcer/phrases';
import { encodeWav } from './announcer/sound/wav';
import { emptyCache } from './announcer/voices/cache';
import { decodeTake } from './announcer/voices/decode-take';
import { RecordingBook } from './announcer/voices/recording-book';
import { isNeeded, recordingList } from './announcer/voices/recording-list';
import { type JudgedTake, judgeTake, UNREADABLE } from './announcer/voices/take';
import { Voices, type Wording, wordingOf } from './announcer/voices/voices';
import type { Config } from './config/schema';
import type { Output } from './console/contract';
import type { RecordingPorts } from './console/ports';
import { ConsoleRefusal } from './console/refusal';
import { EXAMPLE, listedRecordings } from './console-recordings-list';
import { exportedFiles, importFiles } from './console-recordings-zip';
import type { PromptLanguage } from './domain';
import { AppError } from './errors';
import { formatTime } from './mqtt/time';
import { AUDIO_FOLDER } from './places';
import type { Logger } from './runtime/logger';

export interface RecordingWindowParts {
  readonly config: Config;
  readonly book: PhraseBook;
  readonly log: Logger;
}

const LANG: PromptLanguage = 'wuu';
/** Written down word for word with each consent. */
const CONSENT =
  '我同意安骑用我的录音在路口提醒骑车人戴头盔，录音会随设备备份和迁移。我可以随时撤回，撤回后录音即被删除。\n' +
  'I agree that Anqi uses my recordings to remind riders at junctions of their helmets, and that they are backed up and moved ' +
  'with the device. I may take this back at any time; my recordings are then deleted.';
const MAX_WAITING = 8;
const NOT_DECODED: JudgedTake = { advice: [UNREADABLE], startMs: null, endMs: null, lufs: null, cut: null };

export function recordingPorts({ config, book, log }: RecordingWindowParts): RecordingPorts {
  const { dataFolder, node, prompts } = config;
  const clipsDir = join(dataFolder, 'clips');
  const cacheDir = join(dataFolder, 'prompt-cache');
  const takesDir = join(dataFolder, 'takes');
  rmSync(takesDir, { recursive: true, force: true }); // of a process that was killed meanwhile
  const recordings = new RecordingBook(clipsDir, LANG);
  const needed = recordingList(book, LANG);
  const { mandarinModel } = prompts;
  const voices = new Voices(
    { audioDir: AUDIO_FOLDER, clipsDir, cacheDir, mandarinModel },
    { warn: (facts, message) => log.debug(facts, message) },
  );
  const alone = oneAtATime();
  const now = (): string => formatTime(Date.now(), node.timeZone);
  const judged = async (words: string, take: Uint8Array, signal: AbortSignal): Promise<JudgedTake> => {
    if (!isNeeded(words, needed)) throw new ConsoleRefusal('not_found', `no prompt says ${words}`);
    try {
      return await alone(async () => judgeTake(await decodeTake(take, takesDir, signal), words));
    } catch (error) {
      if (error instanceof AppError && error.code === 'take_unreadable') return NOT_DECODED;
      throw error;
    }
  };
  const sound = (wording: Wording, signal: AbortSignal): Promise<Uint8Array> =>
    alone(async () => readFile((await voices.soundFor(wording, signal)).wavPath));
  return withRefusals({
    list: () => listedRecordings({ book, clipsDir, recordings, consent: CONSENT }),
    check: async (words, take, signal) => shown(await judged(words, take, signal)),
    keep: async ({ words, speaker, take }, signal) => {
      const { speakers } = await recordings.read();
      if (!speakers.some(({ name }) => name === speaker))
        throw new ConsoleRefusal('refused', `${speaker} has not agreed to be recorded: write the consent down first`);
      const verdict = await judged(words, take, signal);
      const { cut, advice } = verdict;
      const serious = advice.filter(({ isSerious }) => isSerious).map(({ code }) => code);
      if (cut === null || serious.length > 0)
        throw new ConsoleRefusal('refused', `record it again: ${serious.join(', ')}`);
      await recordings.keep([{ booked: { words, speaker, recordedAt: now() }, bytes: encodeWav(cut) }]);
      return shown(verdict);
    },
    remove: async (words) => {
      if (!(await recordings.remove(words))) throw new ConsoleRefusal('not_found', `there is no recording of ${words}`);
    },
    wordsSound: async (words, signal) => {
      const isKnown = isNeeded(words, needed) || (await recordings.kept()).some((each) => each.words === words);
      if (!isKnown) throw new ConsoleRefusal('not_found', `no prompt says ${words}`);
      return sound({ lang: LANG, parts: [{ kind: 'fixed', text: words }], neutralText: words }, signal);
    },
    phraseSound: async (phrase, lang, signal) => {
      const phraseId = PHRASE_IDS.find((each) => each === phrase);
      if (phraseId === undefined) throw new ConsoleRefusal('not_found', `no phrase ${phrase}`);
      return sound(wordingOf(book, { phraseId, lang, slots: EXAMPLE }), signal);
    },
    consent: (name, { by }) => recordings.consent({ name, consent: CONSENT, consentedAt: now(), notedBy: by }),
    withdraw: async (name) => {
      const deleted = await recordings.withdraw(name);
      if (deleted === null) throw new ConsoleRefusal('not_found', `nobody is called ${name}`);
      // Sentences joined of their recordings lie there under names that say nothing of whom: all are made anew.
      if (deleted > 0) await emptyCache(cacheDir);
      return deleted;
    },
    exported: () => exportedFiles(recordings, LANG),
    imported: (files) => importFiles(recordings, LANG, files),
  });
}

function shown({ advice, startMs, endMs, lufs }: JudgedTake): Output<'checkTake'> {
  return { advice: [...advice], startMs, endMs, lufs: lufs === null ? null : Math.round(lufs * 10) / 10 };
}

/** Decoding and rendering cost a core: one of them at a time, whoever asks. @throws ConsoleRefusal busy */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    if (waiting >= MAX_WAITING) throw new ConsoleRefusal('busy', 'several sounds are being made: try again');
    waiting += 1;
    const done = last.then(work).finally(() => {
      waiting -= 1;
    });
    last = done.catch(() => undefined);
    return done;
  };
}

/** What went wrong on purpose is said to whoever asked. */
function withRefusals(ports: RecordingPorts): RecordingPorts {
  const wrapped = Object.entries(ports).map(([name, port]) => [
    name,
    async (...given: unknown[]) => {
      try {
        return await Reflect.apply(port, undefined, given);
      } catch (error) {
        if (error instanceof ConsoleRefusal || !(error instanceof AppError)) throw error;
        throw new ConsoleRefusal('refused', `${error.code}: ${error.message}`);
      }
    },
  ]);
  return Object.fromEntries(wrapped);
}
