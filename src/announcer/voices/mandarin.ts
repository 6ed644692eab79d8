/** Mandarin text → tone-numbered pinyin with rests, which espeak-ng's Mandarin dictionary reads. Pure. */
import { customPinyin, pinyin } from 'pinyin-pro';
import { RecoverableError } from '../../errors';
import { longestPauseMs, MARK, MARKS } from './pauses';
import { READINGS } from './readings';
import type { SpeechScript } from './say-voice';

/**
 * Words a minute in espeak-ng's sense (175 is its default); measured: about 200 characters a minute, rests included.
 * Chosen to be slower than ordinary speech because of the echoes outdoors; no listening test stands behind it.
 */
const SPEED = 160;
/** A little lower than espeak-ng's default of 50: horns are shrill by themselves. */
const PITCH = 45;
const MAX_CHARACTERS = 300;
const ASCII_MARKS: Readonly<Record<string, string>> = { '。': '.', '！': '!', '？': '?' };

customPinyin(READINGS);

/** @throws RecoverableError `text_unspeakable` (a character without pinyin), `text_empty` or `text_too_long`. */
export function mandarinScript(text: string): SpeechScript {
  const characters = [...text];
  const length = characters.length;
  if (length > MAX_CHARACTERS) throw new RecoverableError('text_too_long', `${length} of ${MAX_CHARACTERS} characters`);
  const strange = characters.find((each) => !/\p{Script=Han}/u.test(each) && !MARK.test(each));
  if (strange !== undefined) {
    throw new RecoverableError('text_unspeakable', `"${strange}" has no reading; write it in Chinese characters`);
  }
  const syllables = pinyin(text, { toneType: 'num', type: 'all', toneSandhi: true });
  const spoken = syllables.filter((each) => each.isZh);
  if (spoken.length === 0) throw new RecoverableError('text_empty', 'there is nothing to say');
  const unread = spoken.find((each) => !/^[a-zü]+[0-5]$/u.test(each.pinyin));
  if (unread !== undefined) throw new RecoverableError('text_unspeakable', `"${unread.origin}" has no known pinyin`);
  const syllableAt = spoken.map((each) => espeakSyllable(each.pinyin)).values();
  const input = text
    .split(MARKS)
    .map((piece, index) => (index % 2 === 1 ? rest(piece) : [...piece].map(() => syllableAt.next().value).join(' ')))
    .join(' ')
    .trim();
  return { input, syllables: spoken.length, speed: SPEED, pitch: PITCH };
}

/** espeak-ng writes ü as v, and the neutral tone as 5. */
function espeakSyllable(syllable: string): string {
  return syllable.replace('ü', 'v').replace(/0$/, '5');
}

/** The first mark gives the melody, the break the length: espeak-ng takes the longer of its own rest and this one. */
function rest(marks: string): string {
  const melody = /[。！？.!?]/u.exec(marks)?.[0] ?? ',';
  return `${ASCII_MARKS[melody] ?? melody}<break time="${longestPauseMs(marks)}ms"/>`;
}
