/** Mandarin text → tone-numbered pinyin, which espeak-ng's Mandarin dictionary reads. Pure. */
import { customPinyin, pinyin } from 'pinyin-pro';
import { RecoverableError } from '../errors';
import type { SpeechScript } from './say-voice';

/** Words the dictionary reads wrongly in our sentences. */
const READINGS = { 路上当心: 'lù shang dāng xīn', 当心: 'dāng xīn', 谢谢: 'xiè xie', 朋友: 'péng you' };

/** A little slower and lower than espeak-ng's defaults (175, 50): clear against traffic. */
const SPEED = 170;
const PITCH = 45;
const MAX_CHARACTERS = 300;
const PAUSES: Readonly<Record<string, string>> = {
  '，': ',',
  '、': ',',
  '：': ',',
  '；': ';',
  '。': '.',
  '！': '!',
  '？': '?',
};
const PAUSE = /[，、：；。！？,.!?:;\s]/u;

customPinyin(READINGS);

/** @throws RecoverableError `text_unspeakable` (a character without pinyin), `text_empty` or `text_too_long`. */
export function mandarinScript(text: string): SpeechScript {
  const characters = [...text];
  const length = characters.length;
  if (length > MAX_CHARACTERS) throw new RecoverableError('text_too_long', `${length} of ${MAX_CHARACTERS} characters`);
  const strange = characters.find((each) => !/\p{Script=Han}/u.test(each) && !PAUSE.test(each));
  if (strange !== undefined) {
    throw new RecoverableError('text_unspeakable', `"${strange}" has no reading; write it in Chinese characters`);
  }
  const syllables = pinyin(text, { toneType: 'num', type: 'all', toneSandhi: true });
  const spoken = syllables.filter((each) => each.isZh);
  if (spoken.length === 0) throw new RecoverableError('text_empty', 'there is nothing to say');
  const unread = spoken.find((each) => !/^[a-zü]+[0-5]$/u.test(each.pinyin));
  if (unread !== undefined) throw new RecoverableError('text_unspeakable', `"${unread.origin}" has no known pinyin`);
  const input = syllables
    .map((each) => (each.isZh ? espeakSyllable(each.pinyin) : (PAUSES[each.origin] ?? each.origin)))
    .join(' ');
  return { input, syllables: spoken.length, speed: SPEED, pitch: PITCH };
}

/** espeak-ng writes ü as v, and the neutral tone as 5. */
function espeakSyllable(syllable: string): string {
  return syllable.replace('ü', 'v').replace(/0$/, '5');
}
