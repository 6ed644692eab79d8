/** A folder of recordings against the wording: every file judged, in words for the person who recorded it. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { assertNever, type PromptLanguage } from '../../domain';
import { AppError, FatalError, messageOf } from '../../errors';
import { LANGUAGES, type PhraseBook } from '../phrases';
import { integratedLufs } from '../sound/loudness';
import { durationMs } from '../sound/wav';
import { inspect, type RecordingFault } from './inspect';
import { MAX_RECORDING_MS, readRecording } from './recording';
import { isNeeded, nearest, recordingList } from './recording-list';

export interface CheckedFile {
  /** Relative to the folder. */
  readonly name: string;
  readonly lengthMs: number | null;
  readonly rateHz: number | null;
  readonly lufs: number | null;
  /** What to do about it; empty when it is good. */
  readonly advice: readonly Advice[];
}

export interface Advice {
  readonly zh: string;
  readonly en: string;
}

/** @throws FatalError `clips_folder` when there is nothing of the kind in it. */
export async function* checkFolder(folder: string, book: PhraseBook, signal: AbortSignal): AsyncGenerator<CheckedFile> {
  const inside = await readdir(folder).catch((cause) => {
    throw new FatalError('clips_folder', `${folder}: cannot be read: ${messageOf(cause)}`, { cause });
  });
  const languages = LANGUAGES.filter((lang) => inside.includes(lang));
  if (languages.length === 0) {
    const expected = `${path.join(folder, 'wuu')} (dialect) or ${path.join(folder, 'zh-CN')} (Mandarin)`;
    throw new FatalError('clips_folder', `${folder}: recordings belong in ${expected}; neither is there`);
  }
  for (const lang of languages) {
    for (const name of (await readdir(path.join(folder, lang))).sort()) {
      if (signal.aborted) return;
      yield await checkFile({ folder, lang, name }, book);
    }
  }
}

async function checkFile(
  { folder, lang, name }: { readonly folder: string; readonly lang: PromptLanguage; readonly name: string },
  book: PhraseBook,
): Promise<CheckedFile> {
  const file = path.join(lang, name);
  const nothing = { name: file, lengthMs: null, rateHz: null, lufs: null };
  if (!name.toLowerCase().endsWith('.wav')) {
    const zh = '不是 WAV 文件：请另存为 16 位 PCM 的 .wav';
    return { ...nothing, advice: [{ zh, en: 'not a WAV file: save it as .wav, 16-bit PCM' }] };
  }
  const words = name.slice(0, -'.wav'.length).normalize('NFC');
  const naming = nameAdvice(words, book, lang);
  try {
    const { sound } = await readRecording(path.join(folder, file));
    const measures = { lengthMs: durationMs(sound), rateHz: sound.sampleRateHz, lufs: integratedLufs(sound) };
    return { name: file, ...measures, advice: [...naming, ...inspect(sound, words).map(adviceFor)] };
  } catch (error) {
    return { ...nothing, advice: [...naming, unreadable(error)] };
  }
}

function nameAdvice(words: string, book: PhraseBook, lang: PromptLanguage): readonly Advice[] {
  const list = recordingList(book, lang);
  if (isNeeded(words, list)) return [];
  const likely = nearest(words, list);
  const zh = likely === null ? '运行 anqi phrases 查看全部字词' : `是不是“${likely}.wav”？`;
  const en = likely === null ? 'anqi phrases lists all of them' : `perhaps "${likely}.wav"?`;
  return [
    { zh: `文件名不是提示语里的字词，不会被使用；${zh}`, en: `no prompt says these words, it is never used; ${en}` },
  ];
}

function unreadable(error: unknown): Advice {
  const code = error instanceof AppError ? error.code : '';
  const limit = MAX_RECORDING_MS / 1000;
  if (code === 'clip_silent')
    return { zh: '没有声音：检查话筒后重录', en: 'nothing can be heard: check the microphone, record again' };
  if (code === 'clip_too_long') {
    return {
      zh: `太长（最多 ${limit} 秒）：只录这几个字，重录`,
      en: `too long (at most ${limit} s): record only these words`,
    };
  }
  const reason = messageOf(error);
  return {
    zh: `读不出来（${reason}）：请用 16 位 PCM WAV 重录`,
    en: `cannot be read (${reason}): record again as 16-bit PCM WAV`,
  };
}

function adviceFor(fault: RecordingFault): Advice {
  switch (fault.kind) {
    case 'low_rate':
      return {
        zh: `采样率只有 ${fault.rateHz} Hz，像电话音：请用 16000 Hz 以上（最好 48000）重录`,
        en: `only ${fault.rateHz} Hz, like a telephone: record again at 16000 Hz or more (best 48000)`,
      };
    case 'clipped':
      return {
        zh: `声音爆了（${fault.places} 处削顶）：离话筒远一点或调低录音音量，重录`,
        en: `distorted (cut off at full scale in ${fault.places} places): step back or turn the recording level down, record again`,
      };
    case 'quiet':
      return {
        zh: `太轻（${fault.lufs.toFixed(0)} LUFS）：离话筒近一点，重录`,
        en: `too quiet (${fault.lufs.toFixed(0)} LUFS): come closer to the microphone, record again`,
      };
    case 'noisy':
      return {
        zh: `周围太吵（人声只比杂音高 ${fault.aboveNoiseDb.toFixed(0)} dB）：换个安静的房间，重录`,
        en: `the room is noisy (the voice is only ${fault.aboveNoiseDb.toFixed(0)} dB above it): find a quiet one, record again`,
      };
    case 'no_silence':
      return fault.at === 'start'
        ? {
            zh: '开头没有安静：字头被切掉，或周围太吵；先静 0.2 秒再说，重录',
            en: 'no silence at the start: the word is cut off or the room is noisy; wait 0.2 s, then speak',
          }
        : {
            zh: '结尾没有安静：字尾被切掉，或周围太吵；说完静 0.2 秒再停，重录',
            en: 'no silence at the end: the word is cut off or the room is noisy; wait 0.2 s before stopping',
          };
    case 'short':
      return {
        zh: `只有 ${seconds(fault)} 秒，太短：可能漏了字，重录`,
        en: `only ${seconds(fault)} s, too short: words may be missing, record again`,
      };
    case 'long':
      return {
        zh: `有 ${seconds(fault)} 秒，太长：多了字或停顿，重录`,
        en: `${seconds(fault)} s, too long: extra words or rests, record again`,
      };
    default:
      return assertNever(fault);
  }
}

function seconds({ spokenMs }: { readonly spokenMs: number }): string {
  return (spokenMs / 1000).toFixed(1);
}
