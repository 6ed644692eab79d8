/** Requests that are meant to do harm, and a disk that does not read: each is answered, and the next one is carried out. */
import { CommandDesk } from '../../src/mqtt/command-desk';
import type { Answer } from '../../src/mqtt/commands';

function desk(earlier: () => Answer | undefined = () => undefined) {
  const answers: Answer[] = [];
  const made = new CommandDesk({
    allowed: ['ping', 'config.set'],
    carryOut: async (name) => (name === 'ping' ? { at: '2026-11-30T00:00:00Z' } : { revision: '0'.repeat(64) }),
    send: (_, answer) => void answers.push(answer),
    audit: () => undefined,
    earlier,
    now: () => 0,
  });
  const ask = (command: string, text: string) => made.take(command, { payload: Buffer.from(text), isRetained: false });
  return { ask, answers, settled: () => made.settled() };
}

test('a value nested without end is malformed, and the desk goes on', async () => {
  const { ask, answers, settled } = desk();
  const depth = 9_000;
  const changes = `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
  ask('config.set', `{"transaction":"t1","params":{"changes":${changes}}}`);
  ask('ping', '{"transaction":"t2"}');
  await settled();
  expect(answers.map(({ status, error }) => error?.code ?? status)).toEqual(['malformed', 'ok']);
});

test('where it cannot be known what was answered before, nothing is carried out', async () => {
  const { ask, answers, settled } = desk(() => JSON.parse('{damaged'));
  ask('config.set', '{"transaction":"t1","params":{"changes":{}}}');
  ask('ping', '{"transaction":"t2"}');
  await settled();
  expect(answers.map(({ status, error }) => error?.code ?? status)).toEqual(['failed', 'ok']);
});
