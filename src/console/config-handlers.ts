/** The configuration as a text, the broker, the loudspeakers: every change is on trial and in the audit. */
import { type Asked, type HandlerParts, type Handlers, note, serviceOf, sessionIn } from './handler';
import type { Changed, Edit } from './ports';

type Name =
  | 'changeOutcome'
  | 'config'
  | 'checkConfig'
  | 'saveConfig'
  | 'restart'
  | 'setBroker'
  | 'speakers'
  | 'setSpeaking'
  | 'testSpeaker';

export function configHandlers(parts: HandlerParts): Pick<Handlers, Name> {
  const service = () => serviceOf(parts.ports);
  const edit = (edits: readonly Edit[], action: string, asked: Asked): Changed => {
    const changed = service().configuration.edit(edits, { by: sessionIn(asked).username });
    note(parts, action, { asked, detail: '' });
    return changed;
  };
  return {
    changeOutcome: ({ params: { transaction } }) => service().configuration.outcome(transaction),
    config: () => service().configuration.read(),
    checkConfig: ({ body: { text } }) => ({ problems: [...service().configuration.check(text)] }),
    saveConfig: ({ body: { text, revision } }, asked) => {
      const changed = service().configuration.save(text, revision, { by: sessionIn(asked).username });
      note(parts, 'console.config.save', { asked, detail: '' });
      return changed;
    },
    restart: (_, asked) => {
      const { restart } = service().configuration;
      note(parts, 'console.restart', { asked, detail: '' });
      asked.afterwards(restart);
    },
    setBroker: ({ body: { url, username, password } }, asked) => {
      const secret = password === null ? [] : [{ path: ['mqtt', 'password'], value: password }];
      const edits = [
        { path: ['mqtt', 'url'], value: url },
        { path: ['mqtt', 'username'], value: username ?? undefined },
        ...secret,
      ];
      return edit(edits, 'console.broker', asked);
    },
    speakers: () => service().speakers.read(),
    setSpeaking: ({ body: { volumes, quietHours, volume, noiseSensitive, approvalNumber } }, asked) => {
      const { speakers } = service().speakers.read();
      const own = speakers.flatMap(({ id, kind, volume: before }, place) =>
        volumes[id] === undefined || volumes[id] === before || kind === 'folder'
          ? []
          : [{ path: ['speakers', place, 'volume'], value: volumes[id] }],
      );
      const prompts = { quietHours, volume, noiseSensitive, approvalNumber: approvalNumber ?? undefined };
      const edits = Object.entries(prompts).map(([key, value]) => ({ path: ['prompts', key], value }));
      return edit([...own, ...edits], 'console.speaking', asked);
    },
    testSpeaker: async ({ params: { id }, body: { lang } }, asked) => {
      note(parts, 'console.speaker.test', { asked, detail: `${id} ${lang}` });
      return service().speakers.test(id, lang);
    },
  };
}
