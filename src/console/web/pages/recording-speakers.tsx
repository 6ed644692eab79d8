/** Who speaks, and that they have agreed to it. */
import { Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { call } from '../api';
import { Section, Trouble } from '../parts';
import type { Room } from '../recorder/room';
import { useDoing } from '../use-call';
import { useWords } from '../words';

interface SpeakersProps {
  readonly room: Room;
  readonly chosen: string | undefined;
  readonly onChoose: (name: string) => void;
  readonly onChanged: () => void;
}

export function Speakers({ room: { speakers, consent }, chosen, onChoose, onChanged }: SpeakersProps) {
  const { say } = useWords();
  const [isAdding, setAdding] = useState(false);
  const [isAsking, setAsking] = useState(false);
  const withdraw = useDoing(async (name: string) => {
    await call('removeVoiceSpeaker', { params: { name } });
    setAsking(false);
    onChanged();
  });
  const current = speakers.find(({ name }) => name === chosen);
  return (
    <Section title={say('recording.speaker')}>
      {current !== undefined && (
        <Stack gap="xs">
          <NativeSelect
            label={say('recording.speaks')}
            value={current.name}
            onChange={(event) => {
              setAsking(false);
              onChoose(event.currentTarget.value);
            }}
            data={speakers.map(({ name }) => name)}
          />
          <Text size="sm">
            {say('recording.agreed', { date: current.consentedAt.slice(0, 10), count: current.recordings })}
          </Text>
          <Group gap="xs">
            <Button variant="default" onClick={() => setAdding(!isAdding)}>
              {say('recording.another')}
            </Button>
            <Button variant="default" onClick={() => setAsking(!isAsking)}>
              {say('recording.withdraw')}
            </Button>
          </Group>
          {isAsking && (
            <Button color="#b01e1e" loading={withdraw.isBusy} onClick={() => void withdraw.run(current.name)}>
              {say('recording.reallyWithdraw', { name: current.name, count: current.recordings })}
            </Button>
          )}
          <Trouble error={withdraw.error} />
        </Stack>
      )}
      {(isAdding || current === undefined) && (
        <NewSpeaker
          consent={consent}
          onAdded={(name) => {
            setAdding(false);
            onChoose(name);
            onChanged();
          }}
        />
      )}
    </Section>
  );
}

function NewSpeaker({ consent, onAdded }: { readonly consent: string; readonly onAdded: (name: string) => void }) {
  const { say } = useWords();
  const [name, setName] = useState('');
  const [isAgreed, setAgreed] = useState(false);
  const add = useDoing(async () => {
    await call('addVoiceSpeaker', { body: { name: name.trim(), consent: true } });
    onAdded(name.trim());
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void add.run();
      }}
    >
      <Stack gap="sm">
        <TextInput
          label={say('recording.name')}
          required
          maxLength={60}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
        />
        <Text size="sm">{say('recording.consentHint')}</Text>
        <Checkbox
          size="md"
          label={consent}
          classNames={{ label: 'consent' }}
          checked={isAgreed}
          onChange={(event) => setAgreed(event.currentTarget.checked)}
        />
        <Trouble error={add.error} />
        <Button type="submit" disabled={!isAgreed || name.trim() === ''} loading={add.isBusy}>
          {say('recording.agree')}
        </Button>
      </Stack>
    </form>
  );
}
