/** The configuration as a text, the broker, the loudspeakers: every change is on trial and in the audit. */
import { type Asked, enter, type HandlerParts, type Handlers, note, serviceOf, sessionIn } from './handler';
import type { Changed, Edit } from './ports';

type Name =
  | 'changeOutcome'
  | 'config'
  | 'checkConfig'
  | 'saveConfig'
  | 'rollBackConfig'
  | 'backUpConfig'
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
    rollBackConfig: ({ body: { revision } }, asked) => {
      const changed = service().configuration.rollBack(revision, { by: sessionIn(asked).username });
      note(parts, 'console.config.roll-back', { asked, detail: '' });
      return changed;
    },
    backUpConfig: async ({ body: { password } }, asked) => {
      // A screen left open gives no passwords away; wrong ones are throttled and in the audit as at the login.
      await enter(parts, asked, { username: sessionIn(asked).username, password });
      note(parts, 'console.config.backup', { asked, detail: 'with secrets' });
      return { text: service().configuration.wholeText() };
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
