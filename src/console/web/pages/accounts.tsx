/** The own password, and who else may log in. */
import { Alert, Button, Group, NativeSelect, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useCallback, useState } from 'react';
import type { Role } from '../../contract';
import { call } from '../api';
import { Page, Section, Trouble } from '../parts';
import type { Session } from '../session';
import { useDoing, useReading } from '../use-call';
import { useWords } from '../words';

export function AccountsPage({ session }: { readonly session: Session }) {
  const { say } = useWords();
  return (
    <Page title={say('accounts.title')}>
      <OwnPassword />
      {session.role === 'technician' && <Others own={session.username} />}
    </Page>
  );
}

function OwnPassword() {
  const { say } = useWords();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [isChanged, setChanged] = useState(false);
  const change = useDoing(async () => {
    setChanged(false);
    await call('changePassword', { body: { current, next } });
    setChanged(true);
    setCurrent('');
    setNext('');
  });
  return (
    <Section title={say('accounts.own')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void change.run();
        }}
      >
        <Stack maw={420}>
          <PasswordInput
            label={say('accounts.current')}
            required
            autoComplete="current-password"
            value={current}
            onChange={(event) => setCurrent(event.currentTarget.value)}
          />
          <PasswordInput
            label={say('accounts.next')}
            required
            minLength={10}
            autoComplete="new-password"
            value={next}
            onChange={(event) => setNext(event.currentTarget.value)}
          />
          <Trouble error={change.error} />
          {isChanged && <Alert color="#0f6b4e" role="status" title={say('accounts.changed')} />}
          <Button type="submit" loading={change.isBusy}>
            {say('save')}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}

function Others({ own }: { readonly own: string }) {
  const { say } = useWords();
  const read = useCallback((signal: AbortSignal) => call('listAccounts', {}, signal), []);
  const { data, error, again } = useReading(read);
  const remove = useDoing(async (username: string) => {
    await call('removeAccount', { params: { username } });
    again();
  });
  return (
    <>
      <Section title={say('accounts.title')}>
        <Trouble error={error ?? remove.error} again={again} />
        {data?.accounts.map(({ username, role }) => (
          <Group key={username} justify="space-between">
            <Text>
              {username} · {say(`accounts.role.${role}`)}
            </Text>
            {username !== own && (
              <Button variant="default" size="sm" onClick={() => void remove.run(username)}>
                {say('accounts.remove', { name: username })}
              </Button>
            )}
          </Group>
        ))}
      </Section>
      <Add onAdded={again} />
    </>
  );
}

function Add({ onAdded }: { readonly onAdded: () => void }) {
  const { say } = useWords();
  const [username, setUsername] = useState('');
  const [password, setPassword] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  const add = useDoing(async () => {
    await call('addAccount', { body: { username, password, role } });
    setUsername('');
    setPassword('');
    onAdded();
  });
  return (
    <Section title={say('accounts.add')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void add.run();
        }}
      >
        <Stack maw={420}>
          <TextInput
            label={say('login.username')}
            required
            autoComplete="off"
            autoCapitalize="none"
            value={username}
            onChange={(event) => setUsername(event.currentTarget.value)}
          />
          <PasswordInput
            label={say('setUp.password')}
            required
            minLength={10}
            autoComplete="new-password"
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
          <NativeSelect
            label={say('accounts.role')}
            value={role}
            onChange={(event) => setRole(event.currentTarget.value === 'technician' ? 'technician' : 'viewer')}
            data={(['viewer', 'technician'] as const).map((value) => ({ value, label: say(`accounts.role.${value}`) }))}
          />
          <Trouble error={add.error} />
          <Button type="submit" loading={add.isBusy}>
            {say('accounts.add')}
          </Button>
        </Stack>
      </form>
    </Section>
  );
}
