/** The frame around the pages: where one can go, who is logged in, which language. */
import { Anchor, AppShell, Burger, Button, Group, NavLink, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import type { ReactNode } from 'react';
import type { Role } from '../contract';
import { call } from './api';
import { LanguageSwitch } from './language-switch';
import { AccountsPage } from './pages/accounts';
import { AuditPage } from './pages/audit';
import { CamerasPage } from './pages/cameras';
import { ConfigPage } from './pages/config';
import { FiguresPage } from './pages/figures';
import { HealthPage } from './pages/health';
import { IncidentsPage } from './pages/incidents';
import { LivePage } from './pages/live';
import { RecordingPage } from './pages/recording';
import { SpeakersPage } from './pages/speakers';
import { linkTo, useRoute } from './router';
import type { Session } from './session';
import { useWords, type WordKey } from './words';

interface Place {
  readonly name: string;
  readonly label: WordKey;
  readonly role: Role;
  readonly page: (session: Session) => ReactNode;
}

const PLACES: readonly Place[] = [
  { name: 'figures', label: 'nav.figures', role: 'viewer', page: (session) => <FiguresPage session={session} /> },
  { name: 'live', label: 'nav.live', role: 'viewer', page: () => <LivePage /> },
  { name: 'incidents', label: 'nav.incidents', role: 'technician', page: () => <IncidentsPage /> },
  { name: 'cameras', label: 'nav.cameras', role: 'technician', page: () => <CamerasPage /> },
  { name: 'speakers', label: 'nav.speakers', role: 'technician', page: () => <SpeakersPage /> },
  { name: 'recording', label: 'nav.recording', role: 'technician', page: () => <RecordingPage /> },
  { name: 'health', label: 'nav.health', role: 'viewer', page: (session) => <HealthPage session={session} /> },
  { name: 'config', label: 'nav.config', role: 'technician', page: () => <ConfigPage /> },
  { name: 'accounts', label: 'nav.accounts', role: 'viewer', page: (session) => <AccountsPage session={session} /> },
  { name: 'audit', label: 'nav.audit', role: 'technician', page: (session) => <AuditPage session={session} /> },
];

export function Shell({ session, onOut }: { readonly session: Session; readonly onOut: () => void }) {
  const { say } = useWords();
  const [isOpen, { toggle, close }] = useDisclosure();
  const [name = ''] = useRoute();
  const places = PLACES.filter(({ role }) => role === 'viewer' || session.role === role);
  const here = places.find((place) => place.name === name) ?? places[0];
  const leave = (): void => void call('logout', {}).finally(onOut);
  return (
    <AppShell
      header={{ height: 60 }}
      navbar={{ width: 220, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
      transitionDuration={0}
    >
      <button type="button" className="skip-link" onClick={skip}>
        {say('skipToContent')}
      </button>
      <AppShell.Header bg="pine.8" c="white" px="md">
        <Group h="100%" justify="space-between" wrap="nowrap" gap="xs">
          <Group gap="xs" wrap="nowrap" miw={0}>
            <Burger
              opened={isOpen}
              onClick={toggle}
              hiddenFrom="sm"
              color="white"
              aria-label={say('menu')}
              aria-expanded={isOpen}
            />
            <Text fw={700} truncate>
              {session.site.name === '' ? session.site.nodeId : session.site.name}
            </Text>
          </Group>
          <LanguageSwitch variant="white" />
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="sm" aria-label={say('menu')}>
        <div>
          {places.map((place) => (
            <NavLink
              key={place.name}
              className="nav-link"
              href={linkTo(place.name)}
              label={say(place.label)}
              active={place === here}
              {...(place === here ? { 'aria-current': 'page' as const } : {})}
              onClick={close}
            />
          ))}
        </div>
        <Stack mt="auto" gap={4}>
          <Text size="sm">{session.username}</Text>
          <Button variant="default" onClick={leave}>
            {say('login.logout')}
          </Button>
          <Anchor href="/api/openapi.json" size="xs" target="_blank">
            anqi {session.version} · API
          </Anchor>
        </Stack>
      </AppShell.Navbar>
      <AppShell.Main>
        <div id="content" tabIndex={-1}>
          {here?.page(session)}
        </div>
      </AppShell.Main>
    </AppShell>
  );
}

/** The part after # names a page, so the focus is moved by hand. */
function skip(): void {
  document.getElementById('content')?.focus();
}
