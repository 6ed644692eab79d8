/** Who did what: a line each on a laptop, a block each on a phone. */
import { Paper, Text } from '@mantine/core';
import { useCallback } from 'react';
import type { Output } from '../../contract';
import { call } from '../api';
import { Page, Trouble, Waiting } from '../parts';
import type { Session } from '../session';
import { useReading } from '../use-call';
import { useWords } from '../words';

export function AuditPage({ session }: { readonly session: Session }) {
  const { say } = useWords();
  const read = useCallback((signal: AbortSignal) => call('audit', {}, signal), []);
  const { data, error, again } = useReading(read);
  return (
    <Page title={say('audit.title')}>
      <Trouble error={error} again={again} />
      {data === undefined && error === undefined && <Waiting />}
      {data !== undefined && (
        <Paper component="ul" withBorder px="md" py="xs" m={0} className="audit">
          {data.rows.map((row, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and are never changed
            <Row key={index} row={row} timeZone={session.site.timeZone} />
          ))}
        </Paper>
      )}
    </Page>
  );
}

interface RowProps {
  readonly row: Output<'audit'>['rows'][number];
  readonly timeZone: string;
}

function Row({ row: { at, by, action, detail, answer }, timeZone }: RowProps) {
  const { sayCode, language } = useWords();
  const code = codeOf(answer);
  return (
    <li>
      <Text component="span" size="sm" className="figure">
        {new Date(at).toLocaleString(language, { timeZone, hourCycle: 'h23' })}
      </Text>
      <Text component="span" size="sm" className="words">
        {by}
      </Text>
      <Text component="span" fw={600} className="words">
        {sayCode('did', action)}
      </Text>
      <Text component="span" size="sm" className="words">
        {detail}
        {code !== 'ok' && ` → ${sayCode('error', code)}`}
      </Text>
    </li>
  );
}

/** Of the console's own rows a word, of a platform's commands the answer that was sent. */
function codeOf(answer: string): string {
  let said: unknown;
  try {
    said = JSON.parse(answer);
  } catch {
    // A row that the disk has damaged still shows the others.
    return answer;
  }
  if (typeof said !== 'object' || said === null) return String(said);
  const error: unknown = Reflect.get(said, 'error');
  return typeof error === 'object' && error !== null ? String(Reflect.get(error, 'code')) : 'ok';
}
