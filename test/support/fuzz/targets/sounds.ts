/** Recorded prompts: WAV files from recorders, phones and editors. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readPhraseBook } from '../../../../src/announcer/phrase-book';
import { integratedLufs } from '../../../../src/announcer/sound/loudness';
import { encodeWav, parseWav } from '../../../../src/announcer/sound/wav';
import { checkFolder } from '../../../../src/announcer/voices/check-folder';
import { inspect } from '../../../../src/announcer/voices/inspect';
import { isNeeded, nearest, recordingList } from '../../../../src/announcer/voices/recording-list';
import { declared, type Fuzz } from '../fuzz';
import { ROOT } from '../samples';
import { spoiltBytes, spoiltText } from '../spoiling';

export async function sounds(fuzz: Fuzz): Promise<void> {
  const wave = (channels: number, sampleRateHz: number, length: number) =>
    encodeWav({ channels, sampleRateHz, samples: Int16Array.from({ length }, (_, at) => 9000 * Math.sin(at / 5)) });
  const samples = [wave(1, 16_000, 1_600), wave(2, 48_000, 200), wave(1, 8_000, 0)];
  const words = ['RIFF', 'fmt \u0010\0\0\0', 'data\xff\xff\xff\x7f', 'LIST\0\0\0\0', 'WAVE'];
  await fuzz.feed({ what: 'WAV files', inputs: 9_000, of: spoiltBytes({ samples, words }) }, (bytes) => {
    let sound: ReturnType<typeof parseWav>;
    try {
      sound = parseWav(bytes);
    } catch (error) {
      // Its own words are plain errors; the language's own are finds.
      if (Object.getPrototypeOf(error) !== Error.prototype) throw error;
      return 'refused';
    }
    integratedLufs(sound);
    inspect(sound, '蓝色');
    return 'taken';
  });
  await folders(fuzz, spoiltBytes({ samples, words }));
}

async function folders(fuzz: Fuzz, files: ReturnType<typeof spoiltBytes>): Promise<void> {
  const book = readPhraseBook(join(ROOT, 'audio/phrases.json'));
  const folder = join(fuzz.folder, 'clips');
  mkdirSync(join(folder, 'wuu'), { recursive: true });
  await fuzz.feed({ what: 'folders of recordings', inputs: 600, of: files }, (bytes) => {
    writeFileSync(join(folder, 'wuu', '藍.wav'), bytes);
    return declared(async () => {
      for await (const { advice } of checkFolder(folder, book, AbortSignal.timeout(10_000))) {
        // Advice on what nobody foresaw would be an English error of the language.
        for (const { en } of advice) if (/undefined|is not a function|Invalid/.test(en)) throw new Error(en);
      }
    });
  });
  const list = recordingList(book, 'zh-CN');
  const names = spoiltText({ samples: list.map(({ words }) => words) });
  await fuzz.feed({ what: 'names of recordings', inputs: 1_000, of: names }, (name) => {
    // A file system takes no longer one.
    const words = name.slice(0, 255);
    nearest(words, list);
    return isNeeded(words, list) ? 'taken' : 'refused';
  });
}
