/** Set-up, login, or the pages: whichever the box is ready for. */
import { Center, Container } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import { CallError, call, setToken } from './api';
import { Login } from './pages/login';
import { SetUp } from './pages/set-up';
import { Trouble, Waiting } from './parts';
import type { Session } from './session';
import { Shell } from './shell';

type State =
  | { readonly kind: 'asking' }
  | { readonly kind: 'away'; readonly error: CallError }
  | { readonly kind: 'set_up'; readonly hasSite: boolean }
  | { readonly kind: 'login' }
  | { readonly kind: 'in'; readonly session: Session };

export function App() {
  const [state, setState] = useState<State>({ kind: 'asking' });
  const ask = useCallback(() => void whereWeAre().then(setState), []);
  useEffect(ask, [ask]);
  const enter = (session: Session): void => {
    setToken(session.csrf);
    setState({ kind: 'in', session });
  };
  switch (state.kind) {
    case 'asking':
      return (
        <Center mih="60vh">
          <Waiting />
        </Center>
      );
    case 'away':
      return (
        <Container size="xs" py="xl">
          <Trouble error={state.error} again={ask} />
        </Container>
      );
    case 'set_up':
      return <SetUp hasSite={state.hasSite} onDone={enter} />;
    case 'login':
      return <Login onDone={enter} />;
    case 'in':
      return <Shell session={state.session} onOut={ask} />;
  }
}

async function whereWeAre(): Promise<State> {
  try {
    const { state, hasSite } = await call('status', {});
    if (state === 'set_up_needed') return { kind: 'set_up', hasSite };
    const session = await call('session', {});
    setToken(session.csrf);
    return { kind: 'in', session };
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    return error.code === 'not_logged_in' ? { kind: 'login' } : { kind: 'away', error };
  }
}
