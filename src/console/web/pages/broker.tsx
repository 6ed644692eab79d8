/** Where events go. */
import { Button, Group, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { call } from '../api';
import { ChangeState, useChange } from '../change';
import { Section } from '../parts';
import { useWords } from '../words';

export function BrokerForm({ onDone }: { readonly onDone: () => void }) {
  const { say } = useWords();
  const [url, setUrl] = useState('');
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const save = useChange(() => {
    const body = { url, username: username === '' ? null : username, password: password === '' ? null : password };
    return call('setBroker', { body });
  }, onDone);
  return (
    <Section title={say('broker.title')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void save.run();
        }}
      >
        <Stack gap="sm">
          <TextInput
            label={say('broker.url')}
            description={say('broker.urlHint')}
            required
            inputMode="url"
            autoCapitalize="none"
            placeholder="mqtt://192.168.1.20:1883"
            value={url}
            onChange={(event) => setUrl(event.currentTarget.value)}
          />
          <Group grow>
            <TextInput
              label={say('broker.username')}
              autoComplete="off"
              autoCapitalize="none"
              value={username}
              onChange={(event) => setUsername(event.currentTarget.value)}
            />
            <PasswordInput
              label={say('broker.password')}
              autoComplete="new-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          </Group>
          <ChangeState change={save} />
          <Button type="submit" loading={save.isBusy}>
            {say('broker.save')}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}
