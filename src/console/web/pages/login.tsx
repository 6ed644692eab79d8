import { Button, Container, Group, Paper, PasswordInput, Stack, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { call } from '../api';
import { LanguageSwitch } from '../language-switch';
import { Trouble } from '../parts';
import type { Session } from '../session';
import { useDoing } from '../use-call';
import { useWords } from '../words';

export function Login({ onDone }: { readonly onDone: (session: Session) => void }) {
  const { say } = useWords();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const login = useDoing(async () => onDone(await call('login', { body: { username, password } })));
  return (
    <Container component="main" size="xs" py="xl" px="md">
      <Paper withBorder p="lg">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            void login.run();
          }}
        >
          <Stack>
            <Group justify="space-between">
              <Title order={1} size="h3">
                {say('login.title')}
              </Title>
              <LanguageSwitch variant="default" />
            </Group>
            <TextInput
              label={say('login.username')}
              autoComplete="username"
              autoCapitalize="none"
              required
              value={username}
              onChange={(event) => setUsername(event.currentTarget.value)}
            />
            <PasswordInput
              label={say('login.password')}
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            <Trouble error={login.error} />
            <Button type="submit" loading={login.isBusy}>
              {say('login.submit')}
            </Button>
          </Stack>
        </form>
      </Paper>
    </Container>
  );
}
