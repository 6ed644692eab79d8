/** Where events go. */
import { Button, Group, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Output } from '../../contract';
import { call } from '../api';
import { ChangeState, type Changing, useChange } from '../change';
import { Section } from '../parts';
import { useWords } from '../words';

interface Props extends Changing {
  /** The one that is in force. */
  readonly broker: Output<'config'>['broker'];
}

export function BrokerForm({ broker, onBegin, onDone }: Props) {
  const { say } = useWords();
  const [url, setUrl] = useState(broker?.url ?? '');
  const [username, setUsername] = useState(broker?.username ?? '');
  const [password, setPassword] = useState('');
  const save = useChange(() => {
    onBegin();
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
          <Group grow align="end">
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
              {...(broker === null ? {} : { description: say('broker.passwordKept') })}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          </Group>
          {/* That it is done is told by the page. */}
          <ChangeState change={{ ...save, isDone: false }} />
          <Button type="submit" loading={save.isBusy}>
            {say('broker.save')}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}
