/** Lets an announcer be the voice of a loudspeaker. */
import type { Announcer } from './announcer/announcer';
import type { Voice } from './loudspeaker';

/** `captured`: ask with 您已经被抓拍, where the site wishes it. `onSpoken` is called after every prompt. */
export function liveVoice(
  announcer: Announcer,
  options: { readonly captured: boolean; readonly onSpoken: () => void },
): Voice {
  return (request, _nowMs, done) => {
    const { incidentId, lang, phraseId, colour } = request;
    const spokenPhrase = options.captured && phraseId === 'base' ? 'captured' : phraseId;
    const slots = colour === null ? {} : { colour };
    void announcer.announce({ incidentId, phraseId: spokenPhrase, lang, slots }).then((report) => {
      const { text, voice, startedAtMs, endedAtMs, playback, reason, wavPath } = report;
      options.onSpoken();
      done({ text, voice, startedAtMs, endedAtMs, playback, reason, wavPath }, Date.now());
    });
  };
}
