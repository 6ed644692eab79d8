import { Table } from '@mantine/core';
import { useCallback } from 'react';
import { call } from '../api';
import { Page, Trouble, Waiting } from '../parts';
import { useReading } from '../use-call';
import { useWords } from '../words';

export function AuditPage() {
  const { say } = useWords();
  const read = useCallback((signal: AbortSignal) => call('audit', {}, signal), []);
  const { data, error, again } = useReading(read);
  return (
    <Page title={say('audit.title')}>
      <Trouble error={error} again={again} />
      {data === undefined && error === undefined && <Waiting />}
      {data !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a table wider than a phone is scrolled by keyboard as well
        <section className="wide-table" tabIndex={0} aria-label={say('audit.title')}>
          <Table verticalSpacing={6} miw={560} striped>
            <Table.Thead>
              <Table.Tr>
                {(['at', 'by', 'action', 'detail', 'answer'] as const).map((key) => (
                  <Table.Th key={key}>{say(`audit.${key}`)}</Table.Th>
                ))}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {data.rows.map(({ at, by, action, detail, answer }, row) => (
                // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name, and are never changed
                <Table.Tr key={row}>
                  <Table.Td>{new Date(at).toLocaleString()}</Table.Td>
                  <Table.Td>{by}</Table.Td>
                  <Table.Td>{action}</Table.Td>
                  <Table.Td className="words">{detail}</Table.Td>
                  <Table.Td className="words">{answer}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </section>
      )}
    </Page>
  );
}
