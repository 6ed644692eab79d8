/** The configuration as one file, to keep and to bring back. */
import { Button, FileButton, Group, PasswordInput, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { call } from '../api';
import { Section, Trouble } from '../parts';
import { useDoing } from '../use-call';
import { useWords } from '../words';

interface Props {
  /** The text in force, without its secrets. */
  readonly masked: string;
  /** Shown beside the one in force before anything happens. */
  readonly onRestore: (text: string) => void;
}

export function Backup({ masked, onRestore }: Props) {
  const { say } = useWords();
  const [isAsking, setAsking] = useState(false);
  const restore = (file: File | null): void => void file?.text().then(onRestore);
  return (
    <Section title={say('backup.title')}>
      <Text size="sm">{say('backup.hint')}</Text>
      <Group gap="xs">
        <Button variant="default" onClick={() => download(masked)}>
          {say('backup.masked')}
        </Button>
        <Button variant="default" aria-expanded={isAsking} onClick={() => setAsking(!isAsking)}>
          {say('backup.whole')}
        </Button>
        <FileButton accept=".yaml,.yml,text/yaml" onChange={restore}>
          {(props) => (
            <Button variant="default" {...props}>
              {say('backup.restore')}
            </Button>
          )}
        </FileButton>
      </Group>
      {isAsking && <WithPasswords onDone={() => setAsking(false)} />}
    </Section>
  );
}

function WithPasswords({ onDone }: { readonly onDone: () => void }) {
  const { say } = useWords();
  const [password, setPassword] = useState('');
  const fetching = useDoing(async () => {
    const { text } = await call('backUpConfig', { body: { password } });
    download(text);
    onDone();
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void fetching.run();
      }}
    >
      <Stack gap="xs">
        <PasswordInput
          label={say('backup.ownPassword')}
          description={say('backup.ownPasswordHint')}
          required
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Trouble error={fetching.error} />
        <Button type="submit" loading={fetching.isBusy}>
          {say('backup.download')}
        </Button>
      </Stack>
    </form>
  );
}

function download(text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: 'application/yaml' }));
  const link = document.createElement('a');
  link.href = address;
  link.download = 'anqi.yaml';
  link.click();
  // The browser has begun with it by then.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
