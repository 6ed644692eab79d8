/** From what the incidents want said to the announcer's words and voice. */
import type { Announcer } from './announcer/announcer';
import { type PhraseBook, phraseText } from './announcer/phrases';
import type { SpeakRequest, Voice } from './loudspeaker';

/** The sentence of a prompt, from the phrases and the site's own wording. */
export function wording(
  book: PhraseBook,
  { phraseId, lang, colour }: Pick<SpeakRequest, 'phraseId' | 'lang' | 'colour'>,
): string {
  return phraseText(book, { phraseId, lang, slots: colour === null ? {} : { colour } }).text;
}

/** Lets an announcer be the voice of a loudspeaker. `onSpoken` is called after every prompt. */
export function liveVoice(announcer: Announcer, onSpoken: () => void): Voice {
  return ({ incidentId, lang, phraseId, colour }, _nowMs, done) => {
    const slots = colour === null ? {} : { colour };
    void announcer.announce({ incidentId, phraseId, lang, slots }).then((report) => {
      const { text, voice, startedAtMs, endedAtMs, playback, reason, wavPath } = report;
      onSpoken();
      done({ text, voice, startedAtMs, endedAtMs, playback, reason, wavPath }, Date.now());
    });
  };
}
