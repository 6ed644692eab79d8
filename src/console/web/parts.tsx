/** Small pieces that every page uses. */
import { Alert, Button, Group, Loader, Paper, Stack, Text, Title } from '@mantine/core';
import type { ReactNode } from 'react';
import type { CallError } from './api';
import { useWords } from './words';

export const STATE_COLOURS: Readonly<Record<string, string>> = {
  online: '#0f6b4e',
  healthy: '#0f6b4e',
  connecting: '#1d4ed8',
  disabled: '#4b5563',
  degraded: '#9a3412',
};

export function Trouble({ error, again }: { readonly error: CallError | undefined; readonly again?: () => void }) {
  const { say, sayCode } = useWords();
  if (error === undefined) return null;
  const known = sayCode('error', error.code).replace('{seconds}', String(error.retryAfterS ?? ''));
  const isSaidByUs = ['wrong_login', 'wrong_code', 'too_many', 'unreachable', 'not_logged_in'].includes(error.code);
  return (
    <Alert color="#b01e1e" variant="light" role="alert" title={known}>
      {!isSaidByUs && error.detail !== '' && (
        <Text component="pre" className="words" style={{ whiteSpace: 'pre-wrap' }} size="sm" m={0}>
          {error.detail}
        </Text>
      )}
      {again !== undefined && (
        <Button variant="default" size="sm" mt="xs" onClick={again}>
          {say('retry')}
        </Button>
      )}
    </Alert>
  );
}

export function Waiting() {
  const { say } = useWords();
  return (
    <Group role="status" p="md">
      <Loader size="sm" aria-hidden />
      <Text>{say('loading')}</Text>
    </Group>
  );
}

interface HeadedProps {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}

export function Section({ title, aside, children }: HeadedProps) {
  return (
    <Paper component="section" withBorder p="md" aria-label={title}>
      <Stack gap="sm">
        <Group justify="space-between">
          <Title order={2} size="h4">
            {title}
          </Title>
          {aside}
        </Group>
        {children}
      </Stack>
    </Paper>
  );
}

export function Page({ title, aside, children }: HeadedProps) {
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Title order={1} size="h3">
          {title}
        </Title>
        {aside}
      </Group>
      {children}
    </Stack>
  );
}
