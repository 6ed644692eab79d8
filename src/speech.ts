/** From what the incidents want said to the announcer's words and voice. */
import type { Announcer } from './announcer/announcer';
import { type PhraseBook, phraseText } from './announcer/phrases';
import type { SpeakRequest, Voice } from './loudspeaker';

/** The sentence of a prompt, from the phrases and the site's own wording. */
export function wording(
  book: PhraseBook,
  { phraseId, lang, words }: Pick<SpeakRequest, 'phraseId' | 'lang' | 'words'>,
): string {
  return phraseText(book, { phraseId, lang, slots: words }).text;
}

/** Lets an announcer be the voice of a loudspeaker. `onSpoken` is called after every prompt. */
export function liveVoice(announcer: Announcer, onSpoken: () => void): Voice {
  return ({ incidentId, lang, phraseId, words, volumePercent }, _nowMs, done) => {
    void announcer.announce({ incidentId, phraseId, lang, slots: words, volumePercent }).then((report) => {
      const { text, voice, voiceModel, startedAtMs, endedAtMs, playback, reason, proof, wavPath } = report;
      const said = { text, voice, ...(voiceModel === undefined ? {} : { voiceModel }) };
      onSpoken();
      done({ ...said, startedAtMs, endedAtMs, playback, reason, proof, wavPath }, Date.now());
    });
  };
}
