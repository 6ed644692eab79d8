/** Recordings of this box as a ZIP, and those of another one. */
import { Alert, Button, FileButton, Group, Text } from '@mantine/core';
import { useState } from 'react';
import type { Output } from '../../contract';
import { call } from '../api';
import { Section, Trouble } from '../parts';
import { useDoing } from '../use-call';
import { useWords } from '../words';

type Imported = Output<'importRecordings'>;

export function Travel({ canLeave, onChanged }: { readonly canLeave: boolean; readonly onChanged: () => void }) {
  const { say } = useWords();
  const [imported, setImported] = useState<Imported>();
  const take = useDoing(async (file: File) => {
    setImported(undefined);
    const zip = new Blob([file], { type: 'application/zip' });
    setImported(await call('importRecordings', { file: zip }));
    onChanged();
  });
  return (
    <Section title={say('recording.travel')}>
      <Text size="sm">{say('recording.travelHint')}</Text>
      <Group gap="xs">
        {canLeave && (
          <Button component="a" variant="default" href="/api/recordings.zip" download>
            {say('recording.export')}
          </Button>
        )}
        <FileButton accept=".zip,application/zip" onChange={(file) => file !== null && void take.run(file)}>
          {(props) => (
            <Button variant="default" loading={take.isBusy} {...props}>
              {say('recording.import')}
            </Button>
          )}
        </FileButton>
      </Group>
      <Trouble error={take.error} />
      {imported !== undefined && <Outcome imported={imported} />}
    </Section>
  );
}

function Outcome({ imported: { imported, problems } }: { readonly imported: Imported }) {
  const { say, sayCode } = useWords();
  if (problems.length === 0)
    return <Alert color="#0f6b4e" role="status" title={say('recording.imported', { count: imported })} />;
  return (
    <Alert color="#b01e1e" role="alert" title={say('recording.notImported')}>
      {problems.map(({ name, code, detail, advice }) => (
        <Text key={`${name} ${code}`} size="sm" className="words">
          {[
            `${name}: ${sayCode('import', code)}`,
            ...advice.map((one) => sayCode('take', one.code).replace('{value}', String(one.value ?? ''))),
            detail,
          ]
            .filter((part) => part !== '')
            .join(' ')}
        </Text>
      ))}
    </Alert>
  );
}
