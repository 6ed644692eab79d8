/** The AsyncAPI document under the official parser: no error, every channel, operation and answer resolved. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Parser } from '@asyncapi/parser';
import { MESSAGES } from '../../src/mqtt/contract';
import { CONTRACT_FOLDER } from '../support/published';

jest.setTimeout(60_000);
const TEXT = readFileSync(join(CONTRACT_FOLDER, 'asyncapi.json'), 'utf8');
/** Severities of the parser: 0 error, 1 warning, 2 information. */
const WARNING = 1;

it('is valid and without warnings, and knows every message', async () => {
  const { document, diagnostics } = await new Parser().parse(TEXT);
  expect(diagnostics.filter(({ severity }) => severity <= WARNING)).toEqual([]);
  const names = document
    ?.allMessages()
    .all()
    .map((message) => message.name());
  expect(names?.sort()).toEqual(MESSAGES.map(({ name }) => name).sort());
  const replies = document
    ?.allOperations()
    .all()
    .flatMap((operation) => operation.reply() ?? []);
  expect(replies).toHaveLength(MESSAGES.filter(({ answer }) => answer !== undefined).length);
});

it('is refused when a channel leads nowhere', async () => {
  const broken = TEXT.replaceAll('#/channels/state', '#/channels/nowhere');
  const { diagnostics } = await new Parser().parse(broken);
  expect(diagnostics.filter(({ severity }) => severity === 0)).not.toEqual([]);
});
