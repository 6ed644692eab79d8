/** ONVIF: who is there, and which streams a camera has. */
import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Output } from '../../contract';
import { call } from '../api';
import type { CameraFields } from '../camera';
import { Section, Trouble } from '../parts';
import { useDoing } from '../use-call';
import { useWords } from '../words';

type Found = Output<'discoverCameras'>['found'];
type Streams = Output<'cameraStreams'>['streams'];

interface SearchProps {
  readonly username: string;
  readonly password: string;
  readonly onChosen: (part: Partial<CameraFields>) => void;
}

export function CameraSearch({ username, password, onChosen }: SearchProps) {
  const { say } = useWords();
  const [found, setFound] = useState<Found>();
  const [chosen, setChosen] = useState<Found[number]>();
  const search = useDoing(async () => {
    setChosen(undefined);
    setFound((await call('discoverCameras', { body: {} })).found);
  });
  return (
    <Section title={say('cameras.search')}>
      <Button variant="default" loading={search.isBusy} onClick={() => void search.run()}>
        {say('cameras.search')}
      </Button>
      {search.isBusy && <Text role="status">{say('cameras.searching')}</Text>}
      <Trouble error={search.error} />
      {found?.length === 0 && <Text role="status">{say('cameras.foundNone')}</Text>}
      {found?.map((one) => (
        <Button key={one.service} variant={one === chosen ? 'filled' : 'default'} onClick={() => setChosen(one)}>
          {one.name} {one.hardware} {one.address}
        </Button>
      ))}
      {chosen !== undefined && (
        <StreamChoice
          key={chosen.service}
          service={chosen.service}
          login={{ username, password }}
          onChosen={onChosen}
        />
      )}
    </Section>
  );
}

interface ChoiceProps {
  readonly service: string;
  readonly login: { readonly username: string; readonly password: string };
  readonly onChosen: SearchProps['onChosen'];
}

function StreamChoice({ service, login, onChosen }: ChoiceProps) {
  const { say } = useWords();
  const [username, setUsername] = useState(login.username);
  const [password, setPassword] = useState(login.password);
  const [streams, setStreams] = useState<Streams>();
  const read = useDoing(async () =>
    setStreams((await call('cameraStreams', { body: { service, username, password } })).streams),
  );
  return (
    <Stack gap="xs">
      <Group grow>
        <TextInput
          label={say('cameras.username')}
          value={username}
          onChange={(event) => setUsername(event.currentTarget.value)}
        />
        <PasswordInput
          label={say('cameras.password')}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
      </Group>
      <Button variant="default" loading={read.isBusy} onClick={() => void read.run()}>
        {say('cameras.streams')}
      </Button>
      <Trouble error={read.error} />
      {streams?.map(({ name, url, codec, widthPx, heightPx }) => (
        <Button key={url} variant="default" onClick={() => onChosen({ url, username, password })}>
          {name} · {codec} {widthPx}×{heightPx}
        </Button>
      ))}
    </Stack>
  );
}
