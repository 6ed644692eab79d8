/** A change of the configuration: the service starts anew with it, and the page waits until it is in force or taken back. */
import { Alert, Text } from '@mantine/core';
import { useState } from 'react';
import { Trouble, Waiting } from './parts';
import { untilInForce } from './serving';
import { type Doing, useDoing } from './use-call';
import { useWords } from './words';

export interface Change<A extends readonly unknown[]> extends Doing<A> {
  readonly isDone: boolean;
}

/** What a page wants to know of the changes in its parts. */
export interface Changing {
  /** A change is asked for. */
  readonly onBegin: () => void;
  /** It is in force. */
  readonly onDone: () => void;
}

export function useChange<A extends readonly unknown[]>(
  ask: (...given: A) => Promise<{ readonly transaction: string }>,
  onInForce: () => void,
): Change<A> {
  const [isDone, setDone] = useState(false);
  const doing = useDoing(async (...given: A) => {
    setDone(false);
    await untilInForce(await ask(...given));
    setDone(true);
    onInForce();
  });
  return { ...doing, isDone };
}

export function ChangeState({ change }: { readonly change: Pick<Change<never>, 'isBusy' | 'error' | 'isDone'> }) {
  const { say } = useWords();
  return (
    <>
      {change.isBusy && (
        <Alert color="#1d4ed8" role="status">
          <Text>{say('working')}</Text>
          <Waiting />
        </Alert>
      )}
      {change.isDone && !change.isBusy && <Alert color="#0f6b4e" role="status" title={say('applied')} />}
      <Trouble error={change.error} />
    </>
  );
}
