/** The recording room: every recording, every consent and every file that leaves is written down. */
import { type HandlerParts, type Handlers, note, serviceOf, sessionIn } from './handler';
import { packed, unpacked } from './recordings-zip';
import { ConsoleRefusal } from './refusal';

type Name =
  | 'listRecordings'
  | 'checkTake'
  | 'keepTake'
  | 'removeRecording'
  | 'wordsSound'
  | 'phraseSound'
  | 'addVoiceSpeaker'
  | 'removeVoiceSpeaker'
  | 'exportRecordings'
  | 'importRecordings';

const LONGEST_MS = 25_000;

export function recordingHandlers(parts: HandlerParts): Pick<Handlers, Name> {
  const room = () => serviceOf(parts.ports).recordings;
  const patience = (): AbortSignal => AbortSignal.timeout(LONGEST_MS);
  let isImporting = false;
  return {
    listRecordings: () => room().list(),
    checkTake: ({ params: { words }, body }) => room().check(words, body, patience()),
    keepTake: async ({ params: { words }, query: { speaker }, body }, asked) => {
      const judged = await room().keep({ words, speaker, take: body }, patience());
      note(parts, 'console.recording.keep', { asked, detail: `${words} ${speaker}` });
      return judged;
    },
    removeRecording: async ({ params: { words } }, asked) => {
      await room().remove(words);
      note(parts, 'console.recording.remove', { asked, detail: words });
    },
    wordsSound: async ({ params: { words } }) => ({
      name: 'words.wav',
      type: 'audio/wav',
      content: await room().wordsSound(words, patience()),
    }),
    phraseSound: async ({ params: { phrase, lang } }) => ({
      name: `${phrase}-${lang}.wav`,
      type: 'audio/wav',
      content: await room().phraseSound(phrase, lang, patience()),
    }),
    addVoiceSpeaker: async ({ body: { name } }, asked) => {
      await room().consent(name, { by: sessionIn(asked).username });
      note(parts, 'console.voice.consent', { asked, detail: name });
    },
    removeVoiceSpeaker: async ({ params: { name } }, asked) => {
      const deleted = await room().withdraw(name);
      note(parts, 'console.voice.withdraw', { asked, detail: `${name}: ${deleted} deleted` });
      return { deleted };
    },
    exportRecordings: async (_, asked) => {
      const content = packed(await room().exported());
      note(parts, 'console.recordings.export', { asked, detail: '' });
      return { name: `anqi-${parts.ports.site().nodeId}-recordings.zip`, type: 'application/zip', content };
    },
    importRecordings: async ({ body }, asked) => {
      // Each takes as much memory as it unpacks.
      if (isImporting) throw new ConsoleRefusal('busy', 'another import is going on');
      isImporting = true;
      try {
        const result = await room().imported(await unpacked(body));
        const detail = `${result.imported} imported, ${result.problems.length} problems`;
        note(parts, 'console.recordings.import', { asked, detail });
        return result;
      } finally {
        isImporting = false;
      }
    },
  };
}
